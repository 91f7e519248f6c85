using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Platform;
using Fairway.Web;

namespace Fairway.Commands;

/// <summary>
/// <c>clusters join</c>, <c>list</c> and <c>leave</c>: real clusters that the hub delivers to. A running platform is told and takes
/// it up at once; without one, what is kept takes effect when it starts.
/// </summary>
internal static class ClustersCommand
{
    public static Command Build()
    {
        var command = new Command("clusters", "Clusters: the platform's own, and real ones that it delivers to.") { List(), Join(), Leave() };
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the clusters that environments can name, and how they are.");
        command.SetAction(ListAsync);
        return command;
    }

    private static Command Join()
    {
        var name = new Argument<string>("name") { Description = "What environments call the cluster." };
        var file = new Option<FileInfo>("--kubeconfig") { Description = "The kubeconfig that reaches it.", HelpName = "FILE", Required = true };
        var context = new Option<string?>("--context") { Description = "The context in it. Default: its current one.", HelpName = "NAME" };
        var command = new Command("join", "Deliver to a real cluster: keep a kubeconfig for it. A running platform takes it up at once.") { name, file, context };
        command.SetAction(async (parsed, cancellation) =>
        {
            DirectoryInfo data = parsed.DataDirectory();
            KubeconfigContext member = await ReadAsync(parsed.GetRequiredValue(file), parsed.GetValue(context), cancellation) with { Name = parsed.GetRequiredValue(name) };
            MemberClusters.CheckName(member.Name, PlatformState.Load(data)?.Endpoints.Clusters.Keys ?? ClusterSpec.Default.Select(cluster => cluster.Name));
            JsonNode joined = PlatformState.Load(data)?.IsAlive() == true
                ? await JoinRunningAsync(data, member, cancellation)
                : await JoinStoppedAsync(data, member, cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(joined);
                return ExitCode.Ok;
            }

            Terminal.Line($"joined {member.Name}: {joined["server"]} ({joined["version"]})");
            foreach (JsonNode? notice in joined["notices"]?.AsArray() ?? [])
            {
                Terminal.Line($"  note: {notice}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Leave()
    {
        var name = new Argument<string>("name") { Description = "The cluster's name." };
        var command = new Command("leave", "Forget a joined cluster. What was delivered to it stays there.") { name };
        command.SetAction(async (parsed, cancellation) =>
        {
            DirectoryInfo data = parsed.DataDirectory();
            string left = parsed.GetRequiredValue(name);
            if (PlatformState.Load(data)?.IsAlive() == true)
            {
                using PlatformConnection platform = PlatformConnection.Open(data);
                await platform.DeleteAsync($"fairway/v1/clusters/{Uri.EscapeDataString(left)}", cancellation);
            }
            else if (!new MemberClusters(data).Leave(left))
            {
                throw new CommandFailure(ExitCode.Refused, $"no cluster named \"{left}\" is joined; see: fairway clusters list");
            }

            Terminal.Line($"{left} is forgotten; what was delivered there stays");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<JsonNode> JoinRunningAsync(DirectoryInfo data, KubeconfigContext member, CancellationToken cancellation)
    {
        using PlatformConnection platform = PlatformConnection.Open(data);
        return await platform.PostAsync("fairway/v1/clusters", new JsonObject { ["name"] = member.Name, ["kubeconfig"] = MemberClusters.Write(member) }, cancellation);
    }

    private static async Task<JsonNode> JoinStoppedAsync(DirectoryInfo data, KubeconfigContext member, CancellationToken cancellation)
    {
        try
        {
            ProbeResult found = await ClusterProbe.RunAsync(member, TimeProvider.System, cancellation);
            await new MemberClusters(data).JoinAsync(member, cancellation);
            return ClusterEndpoints.Show(new JoinedCluster(member.Name, member.Server, found.Version, null, found.Notices));
        }
        catch (ProbeException unusable)
        {
            throw new CommandFailure(ExitCode.Refused, unusable.Message);
        }
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DirectoryInfo data = parsed.DataDirectory();
        JsonArray all = PlatformState.Load(data)?.IsAlive() == true
            ? await ListRunningAsync(data, cancellation)
            : await ListStoppedAsync(data, cancellation);
        if (parsed.WantsJson())
        {
            Terminal.Json(all);
        }
        else
        {
            Terminal.Table(
                ["NAME", "KIND", "VERSION", "STATE", "SERVER"],
                [.. all.Select(one => (IReadOnlyList<string>)[$"{one!["name"]}", $"{one["kind"]}", one["version"] is null ? "-" : $"{one["version"]}", $"{one["state"]}", $"{one["server"]}"])],
                "no platform has run here, and no cluster is joined");
            foreach (JsonNode one in all.OfType<JsonNode>())
            {
                foreach (string line in (one["notices"]?.AsArray() ?? []).Select(notice => $"{one["name"]}: {notice}").Concat(one["message"] is { } problem ? [$"{problem}"] : []))
                {
                    Terminal.Line(line);
                }
            }
        }

        return ExitCode.Ok;
    }

    private static async Task<JsonArray> ListRunningAsync(DirectoryInfo data, CancellationToken cancellation)
    {
        using PlatformConnection platform = PlatformConnection.Open(data);
        return (await platform.GetAsync("fairway/v1/clusters", cancellation))["clusters"]?.DeepClone() as JsonArray ?? [];
    }

    private static async Task<JsonArray> ListStoppedAsync(DirectoryInfo data, CancellationToken cancellation)
    {
        JsonArray all = [];
        foreach ((string name, string server) in PlatformState.Load(data)?.Endpoints.Clusters ?? new Dictionary<string, string>())
        {
            all.Add(new JsonObject { ["name"] = name, ["kind"] = "embedded", ["server"] = server, ["state"] = "stopped" });
        }

        foreach (KubeconfigContext member in new MemberClusters(data).All())
        {
            all.Add(ClusterEndpoints.Show(await JoinedClusters.StateAsync(member, TimeProvider.System, cancellation)));
        }

        return all;
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
}
