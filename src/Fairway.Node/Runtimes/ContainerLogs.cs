namespace Fairway.Node.Runtimes;

public enum LogStream
{
    Out,
    Error,
}

/// <summary>One line of a container's output.</summary>
/// <param name="At">When the platform saw it.</param>
/// <param name="Text">UTF-8 or whatever the container wrote, without the newline.</param>
/// <param name="Partial">The line goes on in the next one of the same stream (it was long, or the container ended in it).</param>
public readonly record struct LogLine(DateTimeOffset At, LogStream Stream, ReadOnlyMemory<byte> Text, bool Partial);

/// <summary>What of a log is asked for.</summary>
public sealed record LogQuery
{
    public static LogQuery All { get; } = new();

    /// <summary>Go on with new lines until the container has ended.</summary>
    public bool Follow { get; init; }

    /// <summary>Lines at or after this time only.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only this many of the last lines (before following).</summary>
    public int? Tail { get; init; }
}
