namespace Fairway.Pipelines;

/// <summary>How pipelines run on this machine.</summary>
public sealed record PipelinesOptions
{
    /// <summary>Below it: workspaces, logs, artifact lists and caches.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where git is served, without a slash at the end (<c>http://127.0.0.1:4000/git</c>); asked for when needed, since the port may be chosen late.</summary>
    public required Func<string> GitUrl { get; init; }

    /// <summary>The portal's address, as <c>github.server_url</c>.</summary>
    public Func<string> PortalUrl { get; init; } = static () => "http://localhost";

    /// <summary>Actions that the program brings besides those of pipelines.</summary>
    public IReadOnlyList<HostAction> HostActions { get; init; } = [];

    /// <summary>Signs how published images came about; without it there is no provenance.</summary>
    public Actions.ProvenanceSigner? Provenance { get; init; }

    /// <summary>How many jobs run at a time, over all runs.</summary>
    public int MaxParallelJobs { get; init; } = Environment.ProcessorCount;

    /// <summary>The limit of a job that names none.</summary>
    public TimeSpan DefaultJobTimeout { get; init; } = TimeSpan.FromHours(6);

    /// <summary>How long a finished run's workspaces stay.</summary>
    public TimeSpan WorkspaceRetention { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The most that one step's log may hold, in bytes; what comes after is left out and said so.</summary>
    public long MaxLogBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>Told of every line that a step prints; must not wait.</summary>
    public Action<StepLine> Lines { get; init; } = static _ => { };

    /// <summary>How long an interrupted process has to end, before SIGTERM and again before SIGKILL.</summary>
    public TimeSpan EndingGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Status is written at most this often while a run is under way.</summary>
    public TimeSpan StatusInterval { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Variables of the platform's own environment that steps also get: where tools, caches, proxies and certificates are.</summary>
    public IReadOnlyCollection<string> PassedOn { get; init; } =
    [
        "PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "DOTNET_ROOT", "DOTNET_GENERATE_ASPNET_CERTIFICATE", "NUGET_PACKAGES",
        "NUGET_CERT_REVOCATION_MODE", "JAVA_HOME", "GOPATH", "GOPROXY", "CARGO_HOME", "RUSTUP_HOME", "NPM_CONFIG_CACHE", "NPM_CONFIG_REGISTRY",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
    ];
}
