namespace Fairway.Platform;

/// <summary>How one platform is to run.</summary>
/// <param name="Data">The directory that holds all its state.</param>
/// <param name="Port">The API's port; the portal listens on the next, the gateway on the one after; 0 chooses free ones.</param>
/// <param name="Clusters">Its logical clusters.</param>
internal sealed record PlatformOptions(DirectoryInfo Data, int Port, IReadOnlyList<ClusterSpec> Clusters)
{
    /// <summary>OpenSLO files, or directories of them.</summary>
    public IReadOnlyList<string> Slos { get; init; } = [];

    public const int DefaultPort = 7443;

    /// <summary>Who may come in besides the platform's own users, and what audit keeps.</summary>
    public AccessOptions Access { get; init; } = AccessOptions.None;

    /// <summary>Files with Prometheus rules, or patterns of their names.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>A file that says which traces are kept.</summary>
    public string? TraceRules { get; init; }

    /// <summary>A configuration file of Alertmanager.</summary>
    public string? AlertmanagerConfig { get; init; }

    /// <summary>A file that says where telemetry is sent on to.</summary>
    public string? ForwardConfig { get; init; }

    /// <summary>Servers whose data is shown instead of the platform's own.</summary>
    public Telemetry.Remote.RemoteBackends Remotes { get; init; } = new();

    /// <summary>The cluster that holds Fairway's own kinds: the one called hub, or the first where none is.</summary>
    public string Hub => (Clusters.FirstOrDefault(cluster => cluster.Name == "hub") ?? Clusters[0]).Name;
}
