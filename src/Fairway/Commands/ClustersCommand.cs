using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Platform;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Commands;

/// <summary><c>clusters join</c>, <c>list</c> and <c>leave</c>: real clusters that the hub delivers to.</summary>
internal static class ClustersCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Build()
    {
        var command = new Command("clusters", "Clusters: the platform's own, and real ones that it delivers to.") { List(), Join(), Leave() };
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the clusters that environments can name.");
        command.SetAction(ListAsync);
        return command;
    }

    private static Command Join()
    {
        var name = new Argument<string>("name") { Description = "What environments call the cluster." };
        var file = new Option<FileInfo>("--kubeconfig") { Description = "The kubeconfig that reaches it.", HelpName = "FILE", Required = true };
        var context = new Option<string?>("--context") { Description = "The context in it. Default: its current one.", HelpName = "NAME" };
        var command = new Command("join", "Deliver to a real cluster: keep a kubeconfig for it. Takes effect when the platform starts.") { name, file, context };
        command.SetAction(async (parsed, cancellation) =>
        {
            DirectoryInfo data = parsed.DataDirectory();
            KubeconfigContext member = await ReadAsync(parsed.GetRequiredValue(file), parsed.GetValue(context), cancellation) with { Name = parsed.GetRequiredValue(name) };
            PlatformState? state = PlatformState.Load(data);
            IEnumerable<string> own = state?.Endpoints.Clusters.Keys ?? ClusterSpec.Default.Select(cluster => cluster.Name);
            if (own.Contains(member.Name))
            {
                throw new CommandFailure(ExitCode.Usage, $"\"{member.Name}\" is a cluster of the platform itself; choose another name");
            }

            string version = await ProbeAsync(member, cancellation);
            await new MemberClusters(data).JoinAsync(member, cancellation);
            string restart = state?.IsAlive() == true ? $" Restart the platform to deliver to it: fairway down --data {data.FullName}, then fairway up" : "";
            Terminal.Line($"joined {member.Name}: {member.Server} ({version}).{restart}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Leave()
    {
        var name = new Argument<string>("name") { Description = "The cluster's name." };
        var command = new Command("leave", "Forget a joined cluster. What was delivered to it stays there.") { name };
        command.SetAction(parsed =>
        {
            if (!new MemberClusters(parsed.DataDirectory()).Leave(parsed.GetRequiredValue(name)))
            {
                throw new CommandFailure(ExitCode.Refused, $"no cluster named \"{parsed.GetRequiredValue(name)}\" is joined; see: fairway clusters list");
            }

            Terminal.Line($"{parsed.GetRequiredValue(name)} is forgotten when the platform starts again");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DirectoryInfo data = parsed.DataDirectory();
        var rows = new List<(string Name, string Kind, string Server, string State)>();
        PlatformState? state = PlatformState.Load(data);
        bool isAlive = state?.IsAlive() == true;
        foreach ((string name, string server) in state?.Endpoints.Clusters ?? new Dictionary<string, string>())
        {
            rows.Add((name, "embedded", server, isAlive ? "running" : "stopped"));
        }

        foreach (KubeconfigContext member in new MemberClusters(data).All())
        {
            rows.Add((member.Name, "joined", member.Server.AbsoluteUri.TrimEnd('/'), await StateAsync(member, cancellation)));
        }

        if (parsed.WantsJson())
        {
            Terminal.Json(new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject { ["name"] = row.Name, ["kind"] = row.Kind, ["server"] = row.Server, ["state"] = row.State })]));
        }
        else
        {
            Terminal.Table(["NAME", "KIND", "SERVER", "STATE"], [.. rows.Select(row => (IReadOnlyList<string>)[row.Name, row.Kind, row.Server, row.State])], "no platform has run here, and no cluster is joined");
        }

        return ExitCode.Ok;
    }

    private static async Task<KubeconfigContext> ReadAsync(FileInfo file, string? context, CancellationToken cancellation)
    {
        if (!file.Exists)
        {
            throw new CommandFailure(ExitCode.Usage, $"--kubeconfig: {file.FullName} is not there");
        }

        try
        {
            return (await Kubeconfig.LoadAsync(file.FullName, cancellation)).Context(context);
        }
        catch (KubeconfigException broken)
        {
            throw new CommandFailure(ExitCode.Usage, broken.Message);
        }
    }

    /// <summary>The cluster's version, after a read that needs permission.</summary>
    private static async Task<string> ProbeAsync(KubeconfigContext member, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using HttpClusterApi api = HttpClusterApi.Connect(member);
            await api.ListAsync(KindOf<Namespace>.Type, null, new ListOptions { Limit = 1 }, either.Token);
            using HttpClient http = HttpTransport.Connect(member);
            JsonNode? version = JsonNode.Parse(await http.GetStringAsync(new Uri("version", UriKind.Relative), either.Token));
            return (string?)version?["gitVersion"] ?? "of unknown version";
        }
        catch (Exception failure) when (failure is HttpRequestException or StatusException or KubeconfigException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            string why = failure is OperationCanceledException ? $"no answer within {Patience.TotalSeconds} s" : failure.InnerException?.Message ?? failure.Message;
            throw new CommandFailure(ExitCode.Refused, $"{member.Name} at {member.Server} cannot be used: {why}");
        }
    }

    private static async Task<string> StateAsync(KubeconfigContext member, CancellationToken cancellation)
    {
        try
        {
            return await ProbeAsync(member, cancellation);
        }
        catch (CommandFailure unreachable)
        {
            return unreachable.Message;
        }
    }
}
