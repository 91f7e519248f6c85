namespace Fairway.Node.Runtimes.Podman;

/// <summary>Whether podman or docker can really run a container on this machine.</summary>
public abstract record PodmanDetection
{
    private PodmanDetection()
    {
    }

    /// <param name="Program">Its path.</param>
    /// <param name="Version">As it says.</param>
    /// <param name="Arguments">What <c>create</c> needs on this machine.</param>
    public sealed record Works(string Program, string Version, IReadOnlyList<string> Arguments) : PodmanDetection
    {
        internal bool IsPodman => Path.GetFileName(Program).StartsWith("podman", StringComparison.Ordinal);
    }

    /// <param name="Why">What is missing or what went wrong, for a person.</param>
    public sealed record Missing(string Why) : PodmanDetection;

    private static readonly string[][] Attempts =
    [
        [],
        ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
        ["--runtime", "runc"],
        ["--runtime", "runc", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
    ];

    /// <summary>
    /// Tries to run a program that does not exist in an empty image made here: nothing is downloaded, and the complaint that the
    /// program is not found comes only after namespaces, limits and network have been set up. Default limits, or the default
    /// low-level runtime, are refused on some machines: then others are tried.
    /// </summary>
    public static async Task<PodmanDetection> DetectAsync(TimeProvider time, CancellationToken cancellation)
    {
        var problems = new List<string>();
        foreach (string name in (string[])["podman", "docker"])
        {
            if (Find(name) is not { } program)
            {
                problems.Add($"{name} is not on PATH");
                continue;
            }

            PodmanDetection detected = await TryAsync(new ContainerCli(program, time), name, cancellation);
            if (detected is Works)
            {
                return detected;
            }

            problems.Add($"{name}: {((Missing)detected).Why}");
        }

        return new Missing(string.Join("; ", problems));
    }

    private static async Task<PodmanDetection> TryAsync(ContainerCli cli, string name, CancellationToken cancellation)
    {
        const string image = "localhost/fairway-probe:1";
        CliResult version = await cli.RunAsync(["version", "--format", name == "podman" ? "{{.Client.Version}}" : "{{.Server.Version}}"], cancellation);
        if (version.Code != 0)
        {
            return new Missing($"\"{name} version\" failed: {version.Complaint}");
        }

        // An empty tar archive is two empty blocks.
        CliResult imported = await cli.RunAsync(["import", "-", image], cancellation, stream => stream.WriteAsync(new byte[1024], CancellationToken.None).AsTask());
        if (imported.Code != 0)
        {
            return new Missing($"\"{name} import\" failed: {imported.Complaint}");
        }

        string complaint = "";
        foreach (string[] arguments in Attempts)
        {
            CliResult run = await cli.RunAsync(["run", "--rm", .. arguments, "-p", "127.0.0.1::9", image, "/nothing-here"], cancellation);
            if (run.Code == 127)
            {
                return new Works(cli.Program, version.Output.Trim(), arguments);
            }

            complaint = complaint.Length == 0 ? run.Complaint : complaint;
        }

        return new Missing($"\"{name} run\" failed: {complaint}");
    }

    private static string? Find(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => Path.Combine(part, name))
            .FirstOrDefault(File.Exists);
}
