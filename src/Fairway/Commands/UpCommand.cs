using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Fairway.Cli;
using Fairway.Platform;
using Fairway.Telemetry.Remote;
using Fairway.Telemetry.Traces;

namespace Fairway.Commands;

internal static class UpCommand
{
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Return when the platform is ready; end it with: fairway down." };

    private static readonly Option<int> Port = new("--port")
    {
        Description = "The API's port; the portal and git listen on the next one, the gateway and telemetry on those after. 0 chooses free ports.",
        HelpName = "PORT",
        DefaultValueFactory = _ => PlatformOptions.DefaultPort,
    };

    private static readonly Option<ClusterSpec[]> Clusters = new("--cluster")
    {
        Description = "A logical cluster and how its pods run: process, podman, simulated or none, then [:NODES] and node options (cpu=4,memory=8Gi,pods=110,zones=3,label=KEY=VALUE,taint=KEY=VALUE:NoSchedule,host-path=/srv). Repeatable; replaces hub, dev, stage, prod.",
        HelpName = "NAME=RUNTIME",
        CustomParser = result =>
        {
            var specs = new List<ClusterSpec>();
            foreach (System.CommandLine.Parsing.Token token in result.Tokens)
            {
                (ClusterSpec? spec, string? error) = ClusterSpec.Parse(token.Value);
                if (spec is null)
                {
                    result.AddError(error!);
                    return [];
                }

                specs.Add(spec);
            }

            return [.. specs];
        },
    };

    private static readonly Option<string[]> Rules = new("--rules")
    {
        Description = "A file with Prometheus rules, or a pattern of names; read again when it changes. Repeatable.",
        HelpName = "FILE",
    };

    private static readonly Option<string> AlertmanagerConfig = new("--alertmanager-config")
    {
        Description = "A configuration file of Alertmanager: who is told about alerts; read again when it changes.",
        HelpName = "FILE",
    };

    private static readonly Option<string[]> Slos = new("--slos")
    {
        Description = "An OpenSLO file, or a directory of them; read again when they change. Repeatable.",
        HelpName = "PATH",
    };

    private static readonly Option<string> Forward = new("--forward")
    {
        Description = "A file that says where telemetry is sent on to: remote_write as in Prometheus' configuration, and otlp.",
        HelpName = "FILE",
    };

    private static readonly Option<Uri> PrometheusServer = Server("--prometheus", "Show the metrics of this server of Prometheus' API instead of the platform's own, and ask it in analyses.");
    private static readonly Option<Uri> LokiServer = Server("--loki", "Show the logs of this server of Loki's API instead of the platform's own, and ask it in analyses.");
    private static readonly Option<Uri> JaegerServer = Server("--jaeger", "Show the traces of this server of Jaeger's query API (Tempo has it, too) instead of the platform's own, and ask it in analyses.");

    private static readonly Option<string> TraceRules = new("--trace-rules")
    {
        Description = "A file that says which traces are kept, and how long.",
        HelpName = "FILE",
    };

    public static Command Build()
    {
        var command = new Command("up", "Start the platform, in the foreground unless --detach.")
        {
            Detach, Port, Clusters, Rules, AlertmanagerConfig, Slos, TraceRules, Forward, PrometheusServer, LokiServer, JaegerServer,
        };
        foreach (Option option in AccessFlags.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>Starts the platform as a process of its own and waits until it answers.</summary>
    /// <exception cref="CommandFailure">It ended before it was ready; the message holds the end of its log.</exception>
    public static async Task<PlatformState> StartDetachedAsync(DirectoryInfo data, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.Combine(data.FullName, "run"));
        string log = Path.Combine(data.FullName, "run", "platform.log");
        PlatformState? before = PlatformState.Load(data);
        using var shell = Process.Start(DetachedStart(data, log, arguments))!;
        await shell.WaitForExitAsync(cancellation);
        int pid = int.Parse(File.ReadAllText(Path.Combine(data.FullName, "run", "pid")), CultureInfo.InvariantCulture);
        for (TimeSpan waited = TimeSpan.Zero; waited < TimeSpan.FromMinutes(2); waited += Tick)
        {
            if (PlatformState.Load(data) is { } state && state.Pid == pid && state.Pid != before?.Pid)
            {
                return state;
            }

            if (!Lives(pid))
            {
                throw new CommandFailure(ExitCode.Failed, $"the platform ended before it was ready:{Environment.NewLine}{Tail(log)}");
            }

            await Task.Delay(Tick, TimeProvider.System, cancellation);
        }

        throw new CommandFailure(ExitCode.Failed, $"the platform was not ready after two minutes; its log: {log}");
    }

    private static TimeSpan Tick { get; } = TimeSpan.FromMilliseconds(20);

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DirectoryInfo data = parsed.DataDirectory();
        if (PlatformState.Load(data) is { } running && running.IsAlive())
        {
            throw new CommandFailure(
                ExitCode.Failed,
                $"a platform runs in {data.FullName} already (pid {running.Pid}). See it with: fairway status --data {data.FullName}; or choose another --data");
        }

        AccessOptions access = AccessFlags.Read(parsed);
        if (!parsed.GetValue(Detach))
        {
            ClusterSpec[] clusters = parsed.GetValue(Clusters) is { Length: > 0 } chosen ? chosen : ClusterSpec.Default;
            var options = new PlatformOptions(data, parsed.GetValue(Port), clusters)
            {
                Access = access,
                Rules = [.. RuleFiles(parsed)],
                AlertmanagerConfig = ExistingFile(parsed, AlertmanagerConfig),
                ForwardConfig = ExistingFile(parsed, Forward),
                Remotes = new RemoteBackends { Prometheus = parsed.GetValue(PrometheusServer), Loki = parsed.GetValue(LokiServer), Jaeger = parsed.GetValue(JaegerServer) },
                Slos = [.. SloPaths(parsed)],
                TraceRules = TraceRulesOf(parsed),
            };
            return await Foreground.RunAsync(options, parsed.WantsJson(), cancellation);
        }

        PlatformState state = await StartDetachedAsync(data, Arguments(parsed), cancellation);
        if (parsed.WantsJson())
        {
            return await StatusCommand.PrintAsync(data, json: true, cancellation);
        }

        using PlatformConnection platform = PlatformConnection.Open(data);
        Terminal.Line($"Fairway is ready after {state.ReadyMilliseconds / 1000:0.00} s");
        Terminal.Line($"  portal    {await PortalCommand.SignInLinkAsync(platform, cancellation)}");
        Terminal.Line($"  gateway   {state.Endpoints.Gateway}");
        Terminal.Line($"  kubectl   fairway kubeconfig --data {data.FullName} > kubeconfig");
        return ExitCode.Ok;
    }

    private static List<string> Arguments(ParseResult parsed)
    {
        var arguments = new List<string> { "--port", parsed.GetValue(Port).ToString(CultureInfo.InvariantCulture) };
        foreach (ClusterSpec cluster in parsed.GetValue(Clusters) ?? [])
        {
            arguments.AddRange(["--cluster", cluster.ToString()]);
        }

        arguments.AddRange(AccessFlags.Arguments(parsed));
        foreach (string file in RuleFiles(parsed))
        {
            arguments.AddRange(["--rules", file]);
        }

        foreach (Option<string> option in (Option<string>[])[AlertmanagerConfig, Forward])
        {
            if (ExistingFile(parsed, option) is { } file)
            {
                arguments.AddRange([option.Name, file]);
            }
        }

        foreach (Option<Uri> option in (Option<Uri>[])[PrometheusServer, LokiServer, JaegerServer])
        {
            if (parsed.GetValue(option) is { } server)
            {
                arguments.AddRange([option.Name, server.AbsoluteUri]);
            }
        }

        if (TraceRulesOf(parsed) is { } traces)
        {
            arguments.AddRange(["--trace-rules", traces]);
        }

        foreach (string path in SloPaths(parsed))
        {
            arguments.AddRange(["--slos", path]);
        }

        return arguments;
    }

    private static IEnumerable<string> RuleFiles(ParseResult parsed)
    {
        foreach (string file in parsed.GetValue(Rules) ?? [])
        {
            string full = Path.GetFullPath(file);
            yield return full.Contains('*', StringComparison.Ordinal) || File.Exists(full)
                ? full
                : throw new CommandFailure(ExitCode.Usage, $"--rules {file}: there is no such file");
        }
    }

    private static string? ExistingFile(ParseResult parsed, Option<string> option)
        => parsed.GetValue(option) is not { } file ? null
            : File.Exists(file) ? Path.GetFullPath(file)
            : throw new CommandFailure(ExitCode.Usage, $"{option.Name} {file}: there is no such file");

    private static Option<Uri> Server(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "URL",
        CustomParser = result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out Uri? url) && (url.Scheme is "http" or "https") ? url : Refused(result, name),
    };

    private static Uri? Refused(System.CommandLine.Parsing.ArgumentResult result, string name)
    {
        result.AddError($"{name} {result.Tokens[0].Value}: expected an http(s) URL such as http://prometheus:9090");
        return null;
    }

    /// <summary>The file, read once so that what is wrong in it is said before anything starts.</summary>
    private static string? TraceRulesOf(ParseResult parsed)
    {
        if (parsed.GetValue(TraceRules) is not { } file)
        {
            return null;
        }

        string full = File.Exists(file) ? Path.GetFullPath(file) : throw new CommandFailure(ExitCode.Usage, $"--trace-rules {file}: there is no such file");
        try
        {
            TraceRulesFile.Read(File.ReadAllText(full), file, new TraceStoreOptions { Directory = "" });
            return full;
        }
        catch (FormatException wrong)
        {
            throw new CommandFailure(ExitCode.Usage, $"--trace-rules {wrong.Message}");
        }
    }

    private static IEnumerable<string> SloPaths(ParseResult parsed)
    {
        foreach (string path in parsed.GetValue(Slos) ?? [])
        {
            yield return File.Exists(path) || Directory.Exists(path)
                ? Path.GetFullPath(path)
                : throw new CommandFailure(ExitCode.Usage, $"--slos {path}: there is no such file or directory");
        }
    }

    /// <summary>
    /// A shell starts the platform in the background in a session of its own, so that it outlives this command and its terminal,
    /// with its output in a file.
    /// </summary>
    private static ProcessStartInfo DetachedStart(DirectoryInfo data, string log, IReadOnlyList<string> arguments)
    {
        const string Script = """
            run=$1; log=$2; shift 2
            if command -v setsid >/dev/null 2>&1; then setsid "$@" >>"$log" 2>&1 </dev/null & else nohup "$@" >>"$log" 2>&1 </dev/null & fi
            echo $! > "$run/pid"
            """;
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (string argument in (string[])["-c", Script, "sh", Path.Combine(data.FullName, "run"), log, .. Self(), "up", "--data", data.FullName, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>How to start this very program again: its own executable, or the runtime with its assembly.</summary>
    private static string[] Self()
    {
        string executable = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(executable) == "dotnet"
            ? [executable, Path.Combine(AppContext.BaseDirectory, "fairway.dll")]
            : [executable];
    }

    private static bool Lives(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string Tail(string log) => string.Join(Environment.NewLine, File.ReadLines(log).TakeLast(15));
}
