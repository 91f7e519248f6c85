namespace Fairway.Node.Runtimes.Podman;

/// <summary>One node's use of podman or docker.</summary>
public sealed record PodmanOptions
{
    /// <summary>Tells this node's containers from those of other nodes and programs: the same after a restart, unique on the machine.</summary>
    public required string NodeId { get; init; }

    /// <summary>The node's own directory.</summary>
    public required string Directory { get; init; }

    /// <summary>How often containers are looked at even if no event was heard.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromSeconds(10);
}
