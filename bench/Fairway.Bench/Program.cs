using Fairway.Bench;

return args switch
{
    ["storage", ..] => await StorageBench.RunAsync(args.ElementAtOrDefault(1) ?? Path.GetTempPath()),
    ["soak", ..] => await SoakBench.RunAsync(
        long.Parse(args.ElementAtOrDefault(1) ?? "1000000", System.Globalization.CultureInfo.InvariantCulture), args.ElementAtOrDefault(2) ?? Path.GetTempPath()),
    ["cel"] => CelBench.Run(),
    ["api"] => await ApiBench.RunAsync(),
    ["server", var kubeconfig, .. var rest] => await ServerBench.RunAsync(
        kubeconfig, rest.ElementAtOrDefault(0), [.. rest.Skip(1).Select(process => int.Parse(process, System.Globalization.CultureInfo.InvariantCulture))]),
    ["scale", ..] => await ScaleBench.RunAsync(int.Parse(args.ElementAtOrDefault(1) ?? "50", System.Globalization.CultureInfo.InvariantCulture)),
    ["metrics", ..] => await Fairway.Bench.Metrics.MetricsBench.RunAsync(Number(1, 10_000), Number(2, 10), Number(3, 1_000_000), args.ElementAtOrDefault(4) ?? ""),
    ["metrics-restart", ..] => await Fairway.Bench.Metrics.RestartBench.RunAsync(Number(1, 1_000_000), args.ElementAtOrDefault(2) ?? Path.GetTempPath()),
    ["metrics-restart-step", var step, var directory, _] => await Fairway.Bench.Metrics.RestartBench.StepAsync(step, directory, Number(3, 0)),
    ["metrics-serve", var directory, var port] => await Fairway.Bench.Metrics.MetricsServe.RunAsync(directory, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)),
    ["policy"] => PolicyBench.Run(),
    ["logs", ..] => await LogsBench.RunAsync(int.Parse(args.ElementAtOrDefault(1) ?? "10000000", System.Globalization.CultureInfo.InvariantCulture), args.ElementAtOrDefault(2) ?? Path.GetTempPath()),
    ["traces", ..] => await TracesBench.RunAsync(int.Parse(args.ElementAtOrDefault(1) ?? "1000000", System.Globalization.CultureInfo.InvariantCulture), args.ElementAtOrDefault(2) ?? Path.GetTempPath()),
    ["gateway", var port] => await GatewayBench.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)),
    _ => Usage(),
};

int Number(int position, int otherwise)
    => args.ElementAtOrDefault(position) is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;

static int Usage()
{
    Console.Error.WriteLine("usage: Fairway.Bench storage [DIRECTORY]   durable creates, gets, lists and watch delivery of the revision log");
    Console.Error.WriteLine("       Fairway.Bench soak [REVISIONS] [DIRECTORY]   rewrites 10,000 objects a million times; file size, latency and memory on the way");
    Console.Error.WriteLine("       Fairway.Bench api                   the whole API over TLS and in process: writes, reads, lists, apply, watch fan-out, memory, restart");
    Console.Error.WriteLine("       Fairway.Bench server KUBECONFIG [CONTEXT [PID...]]   the same requests against a server that runs: Fairway's or kube-apiserver");
    Console.Error.WriteLine("       Fairway.Bench scale [NODES]         2,000 simulated pods in one process: start, rolling update, drain, loss of a node");
    Console.Error.WriteLine("       Fairway.Bench cel                   the restricted Pod Security checks on a pod: compiling and evaluating");
    Console.Error.WriteLine("       Fairway.Bench metrics [SERIES] [HOURS] [MANY] [DIRECTORY]   metrics next to Debian's prometheus: ingestion, bytes on disk, queries, memory, restart");
    Console.Error.WriteLine("       Fairway.Bench metrics-restart [SERIES] [DIRECTORY]   opening a store with a million series, after a kill and after an orderly end");
    Console.Error.WriteLine("       Fairway.Bench policy                the restricted pack on a typical pod; an audit of 10,000 objects by 60 policies");
    Console.Error.WriteLine("       Fairway.Bench logs [LINES] [DIRECTORY]     durable ingestion of lines, bytes a line on disk, searches over all of them");
    Console.Error.WriteLine("       Fairway.Bench traces [SPANS] [DIRECTORY]   durable ingestion of spans, bytes a span on disk, searches and fetches");
    Console.Error.WriteLine("       Fairway.Bench gateway PORT          a gateway with one route to PORT on loopback, until standard input ends; prints its own port");
    return 2;
}
