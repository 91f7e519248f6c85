using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Usage;

namespace Fairway.ApiServer.Tests;

/// <summary>A test that needs Node.js: skipped, visibly, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute()
    {
        if (ClientNodeFixture.Find("node") is null || ClientNodeFixture.Find("npm") is null || ClientNodeFixture.Find("openssl") is null)
        {
            Skip = "node, npm or openssl is not installed";
        }
    }
}

/// <summary>
/// A server for the tests in tests/clients/node, which drive it with the npm package @kubernetes/client-node. There is no node: pods
/// run as a shell of this machine, which is all that exec and logs need.
/// </summary>
public sealed class ClientNodeFixture : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TcpListener _loud = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private Task _serving = Task.CompletedTask;

    public EmbeddedServer Server { get; private set; } = null!;

    private static string Folder { get; } = FolderOf();

    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        Server = await EmbeddedServer.StartAsync(withAccounts: true);
        _loud.Start();
        _serving = ShoutAsync();
        var node = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "node-1" },
            ["status"] = new JsonObject
            {
                ["capacity"] = new JsonObject { ["cpu"] = "4", ["memory"] = "8Gi" },
                ["allocatable"] = new JsonObject { ["cpu"] = "4", ["memory"] = "8Gi" },
            },
        };
        await Server.Api.Client("dev", Identity.Component("test")).CreateAsync(KindOf<Node>.Type, null, Document.From(node), WriteOptions.Default, default);
        Server.Api.Pods.Logs = LogsAsync;
        Server.Api.Pods.Exec = ExecAsync;
        Server.Api.Pods.Usage = cluster => new Usage(cluster == "dev" ? Server.Api.Client("dev", Identity.Component("test")) : null);
        Server.Api.Pods.Connect = async (request, cancellation) =>
        {
            var client = new TcpClient();
            await client.ConnectAsync((IPEndPoint)_loud.LocalEndpoint, cancellation);
            return client.GetStream();
        };
        if (Find("npm") is not null && !File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json")))
        {
            (int code, string said) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
            code.ShouldBe(0, said);
        }
    }

    public async Task DisposeAsync()
    {
        await _ending.CancelAsync();
        _loud.Stop();
        await _serving;
        _loud.Dispose();
        _ending.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>Runs a program in the folder of the tests.</summary>
    /// <returns>Its exit code, and all that it said.</returns>
    public async Task<(int Code, string Said)> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = Server.KubeconfigPath;
        start.Environment["FAIRWAY_CONTEXT"] = "dev";
        start.Environment["FAIRWAY_PODS"] = "given";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"{program} did not end within {Patience}: {await output}{await error}");
        }

        return (process.ExitCode, await output + await error);
    }

    private static string FolderOf([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "clients", "node"));

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LogsAsync(PodLogRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string[] before = ["one", "two", "three"];
        string prefix = request.Timestamps ? "2026-01-02T03:04:05.000000006Z " : "";
        foreach (string line in before.TakeLast((int)Math.Min(request.TailLines ?? 3, 3)))
        {
            yield return Encoding.UTF8.GetBytes($"{prefix}{line}\n");
        }

        for (int tick = 0; request.Follow; tick++)
        {
            await Task.Delay(20, cancellation);
            yield return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{prefix}tick {tick}\n"));
        }
    }

    private static async Task<int> ExecAsync(PodExecRequest request, PodExecStreams streams, CancellationToken cancellation)
    {
        if (request.Command.Count == 0)
        {
            for (int tick = 0; !cancellation.IsCancellationRequested; tick++)
            {
                await streams.Stdout.WriteAsync(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"tick {tick}\n")), cancellation);
                await Task.Delay(20, cancellation);
            }

            return 0;
        }

        var start = new ProcessStartInfo(request.Command[0], request.Command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task reading = Task.WhenAll(
            process.StandardOutput.BaseStream.CopyToAsync(streams.Stdout, cancellation), process.StandardError.BaseStream.CopyToAsync(streams.Stderr, cancellation));
        if (request.Stdin)
        {
            byte[] line = new byte[6];
            await streams.Stdin.ReadExactlyAsync(line, cancellation);
            await process.StandardInput.BaseStream.WriteAsync(line, cancellation);
        }

        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    /// <summary>Answers whatever comes in capitals: the port that is forwarded.</summary>
    private async Task ShoutAsync()
    {
        try
        {
            byte[] buffer = new byte[1024];
            while (true)
            {
                using TcpClient client = await _loud.AcceptTcpClientAsync(_ending.Token);
                int count = await client.GetStream().ReadAsync(buffer, _ending.Token);
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(buffer, 0, count).ToUpperInvariant()), _ending.Token);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or IOException)
        {
            // The tests are over.
        }
    }

    private sealed class Usage(IClusterApi? api) : IResourceUsage
    {
        public IReadOnlyList<PodUsageSample> Pods(string? @namespace) => api is null
            ? []
            : [.. api.ListAsync(KindOf<Pod>.Type, string.IsNullOrEmpty(@namespace) ? null : @namespace, ListOptions.All, CancellationToken.None).GetAwaiter().GetResult().Items.Select(pod => new PodUsageSample
            {
                Namespace = pod.Header.Namespace!, Name = pod.Header.Name, Node = "node-1", At = DateTimeOffset.UnixEpoch, Window = TimeSpan.FromSeconds(15),
                Containers = [new ContainerUsageSample("main", 12_000_000, 20 * 1024 * 1024)],
            })];
    }
}
