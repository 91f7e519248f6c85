using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;

namespace Fairway.EndToEnd.Tests;

/// <summary>
/// A platform as its users start it: the launcher of the repository, which builds the program when it is stale, in a process of
/// its own, on free ports and an empty directory.
/// </summary>
internal sealed class PlatformProcess : IAsyncDisposable
{
    private readonly List<string> _clusters;
    private readonly List<IDisposable> _clients = [];

    private static string Launcher { get; } = Path.Combine(Root(), "fairway");

    private PlatformProcess(DirectoryInfo data, IEnumerable<string> clusters)
    {
        Data = data;
        _clusters = [.. clusters];
    }

    public DirectoryInfo Data { get; }

    public static async Task<PlatformProcess> StartAsync(params string[] clusters)
    {
        var platform = new PlatformProcess(Directory.CreateTempSubdirectory("fairway-e2e-"), clusters);
        await platform.StartAgainAsync();
        return platform;
    }

    /// <summary>Starts it in the same directory, after <see cref="Kill"/> or <c>down</c>.</summary>
    public async Task StartAgainAsync()
    {
        Outcome up = await RunAsync(["up", "--detach", "--port", "0", .. _clusters.SelectMany(cluster => (string[])["--cluster", cluster])]);
        up.ExitCode.ShouldBe(0, up.Errors);
    }

    /// <summary>Runs a verb of the program against this platform.</summary>
    public Task<Outcome> RunAsync(params IEnumerable<string> arguments) => RunIn(Data, [.. arguments]);

    public async Task<JsonNode> JsonAsync(params IEnumerable<string> arguments)
    {
        Outcome outcome = await RunAsync([.. arguments, "-o", "json"]);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return JsonNode.Parse(outcome.Output)!;
    }

    /// <summary>The process of its last start.</summary>
    public int Pid => int.Parse(File.ReadAllText(Path.Combine(Data.FullName, "run", "pid")), CultureInfo.InvariantCulture);

    /// <summary>A client of one of its clusters, as kubectl would be.</summary>
    public async Task<HttpClusterApi> ClusterAsync(string name)
    {
        Outcome kubeconfig = await RunAsync("kubeconfig");
        HttpClusterApi client = HttpClusterApi.Connect(Kubeconfig.Parse(kubeconfig.Output, "kubeconfig").Context(name));
        _clients.Add(client);
        return client;
    }

    public static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill(entireProcessTree: false);
        process.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await RunAsync("down");
        Data.Delete(recursive: true);
    }

    public static Task<Outcome> RunIn(DirectoryInfo data, IReadOnlyList<string> arguments)
        => ExecuteAsync(Launcher, [.. arguments, "--data", data.FullName], null);

    public static async Task<Outcome> ExecuteAsync(string program, IReadOnlyList<string> arguments, string? directory, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "" };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, await output, await errors);
    }

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fairway.slnx")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException($"no repository is above {AppContext.BaseDirectory}");
    }
}

/// <summary>How a program ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors);
