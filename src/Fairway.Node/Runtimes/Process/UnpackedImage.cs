namespace Fairway.Node.Runtimes.Process;

/// <summary>An image whose layers lie unpacked in a directory of the node, and the part of its configuration that says how to run it.</summary>
internal sealed record UnpackedImage
{
    public required string Digest { get; init; }

    /// <summary>Shared by all containers of the image: never written to.</summary>
    public required string Root { get; init; }

    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary><c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    public string WorkingDirectory { get; init; } = "/";

    public IReadOnlyList<int> ExposedPorts { get; init; } = [];

    public string? StopSignal { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>This call unpacked it; false when it lay there already.</summary>
    public bool Fetched { get; init; }
}
