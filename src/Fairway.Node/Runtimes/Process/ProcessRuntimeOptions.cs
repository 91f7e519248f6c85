namespace Fairway.Node.Runtimes.Process;

/// <summary>Where and how the process runtime keeps its containers.</summary>
public sealed record ProcessRuntimeOptions
{
    /// <summary>The node's own directory: nobody else writes there. Made with access for its owner only.</summary>
    public required string Directory { get; init; }

    /// <summary>Where images lie unpacked; may be shared by nodes of one program.</summary>
    public required string ImageDirectory { get; init; }

    /// <summary>A container's log is closed and a new file begun after this many bytes.</summary>
    public long LogFileBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>How many log files a container keeps.</summary>
    public int LogFiles { get; init; } = 5;

    /// <summary>How often output is moved and ends are noticed.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(50);
}
