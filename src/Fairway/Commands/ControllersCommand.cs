using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Platform;
using Fairway.Remote;
using Microsoft.Extensions.Logging;

namespace Fairway.Commands;

/// <summary><c>controllers</c>: Fairway's hub controllers against a real cluster that has Fairway's kinds.</summary>
internal static class ControllersCommand
{
    private static readonly Option<FileInfo?> File = new("--kubeconfig") { Description = "The kubeconfig of the cluster that holds Fairway's kinds.", HelpName = "FILE" };

    private static readonly Option<string?> Context = new("--context") { Description = "The context in it. Default: its current one.", HelpName = "NAME" };

    private static readonly Option<bool> InPod = new("--in-cluster") { Description = "Run as a pod of that cluster, with the pod's ServiceAccount." };

    private static readonly Option<string> Name = new("--cluster-name")
    {
        Description = "What environments call that cluster.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "hub",
    };

    private static readonly Option<string?> Home = new("--lease-namespace")
    {
        Description = "The namespace of the Lease by which one of several processes leads. Default: the pod's, or fairway-system.",
        HelpName = "NAME",
    };

    private static readonly Option<string> Listen = new("--listen") { Description = "Where to listen for git and health checks.", HelpName = "ADDRESS:PORT", DefaultValueFactory = _ => "127.0.0.1:0" };

    private static readonly Option<FileInfo?> LedgerFile = new("--ledger-file")
    {
        Description = "A file with the connection string of the PostgreSQL database that keeps the ledger, shared by all processes. Default: $FAIRWAY_LEDGER, or a file in the data directory.",
        HelpName = "FILE",
    };

    public static Command Build()
    {
        var command = new Command("controllers", "Run Fairway's controllers against a real cluster; several processes elect a leader.") { File, Context, InPod, Name, Home, Listen, LedgerFile };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DirectoryInfo data = parsed.DataDirectory();
        KubeconfigContext hub = await HubAsync(parsed, cancellation) with { Name = parsed.GetRequiredValue(Name) };
        if (!IPEndPoint.TryParse(parsed.GetRequiredValue(Listen), out IPEndPoint? address))
        {
            throw new CommandFailure(ExitCode.Usage, $"--listen {parsed.GetValue(Listen)}: expected ADDRESS:PORT, such as 0.0.0.0:8080");
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            ended.Cancel();
        });
        data.Create();
        await using var log = new FileLog(Path.Combine(data.FullName, "run", "controllers.log"), LogLevel.Information, TimeProvider.System);
        using ILoggerFactory logs = LoggerFactory.Create(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning));
        var options = new RemoteHubOptions(data, hub, parsed.GetValue(Home) ?? hub.Namespace ?? "fairway-system", address.Address, address.Port) { Ledger = Ledger(parsed) };
        try
        {
            await new RemoteHub(options, TimeProvider.System, logs).RunAsync(
                port => Terminal.Line($"Fairway's controllers run against {hub.Server}; git and health on port {port}"), ended.Token);
        }
        catch (Exception failed) when (failed is System.Data.Common.DbException or ArgumentException && options.Ledger is not null)
        {
            throw new CommandFailure(ExitCode.Failed, $"the ledger's database cannot be used: {failed.Message}");
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Asked to end.
        }

        return ExitCode.Ok;
    }

    private static string? Ledger(ParseResult parsed)
    {
        if (parsed.GetValue(LedgerFile) is not { } file)
        {
            return Environment.GetEnvironmentVariable("FAIRWAY_LEDGER") is { Length: > 0 } given ? given : null;
        }

        return file.Exists
            ? System.IO.File.ReadAllText(file.FullName).Trim()
            : throw new CommandFailure(ExitCode.Usage, $"--ledger-file: {file.FullName} is not there");
    }

    private static async Task<KubeconfigContext> HubAsync(ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            return parsed.GetValue(File) switch
            {
                { Exists: false } missing => throw new CommandFailure(ExitCode.Usage, $"--kubeconfig: {missing.FullName} is not there"),
                { } file => (await Kubeconfig.LoadAsync(file.FullName, cancellation)).Context(parsed.GetValue(Context)),
                null when parsed.GetValue(InPod) => InCluster.Context(parsed.GetRequiredValue(Name)),
                null => throw new CommandFailure(ExitCode.Usage, "say which cluster: --kubeconfig FILE, or --in-cluster"),
            };
        }
        catch (KubeconfigException broken)
        {
            throw new CommandFailure(ExitCode.Usage, broken.Message);
        }
    }
}
