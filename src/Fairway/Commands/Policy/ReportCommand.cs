using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Resources.Schemas;

namespace Fairway.Commands.Policy;

/// <summary>What the continuous audit of the running platform says.</summary>
internal static class ReportCommand
{
    private static readonly Option<string> By = new("--by") { Description = "Sums by this.", HelpName = "policy|team|kind|cluster|severity", DefaultValueFactory = _ => "policy" };

    private static readonly Option<string?> Cluster = new("--cluster") { Description = "Only this cluster.", HelpName = "NAME" };

    private static readonly Option<string?> Team = new("--team") { Description = "List this team's violations.", HelpName = "NAME" };

    private static readonly Option<string?> Only = new("--policy") { Description = "List this policy's violations.", HelpName = "NAME" };

    private static readonly Option<bool> All = new("--violations") { Description = "List every violation." };

    public static Command BuildReport()
    {
        By.AcceptOnlyFromAmong("policy", "team", "kind", "cluster", "severity");
        var command = new Command("report", "What the audit of stored objects and releases says, by policy, team or kind.") { By, Cluster, Team, Only, All };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
        string cluster = parsed.GetValue(Cluster) is { } name ? $"&cluster={Uri.EscapeDataString(name)}" : "";
        if (parsed.GetValue(All) || parsed.GetValue(Team) is not null || parsed.GetValue(Only) is not null)
        {
            string team = parsed.GetValue(Team) is { } one ? $"&team={Uri.EscapeDataString(one)}" : "";
            string policy = parsed.GetValue(Only) is { } only ? $"&policy={Uri.EscapeDataString(only)}" : "";
            JsonNode found = await platform.GetAsync($"fairway/v1/policy/violations?{(cluster + team + policy).TrimStart('&')}", cancellation);
            JsonArray items = found.Array("items") ?? [];
            if (parsed.WantsJson())
            {
                Terminal.Json(items);
            }
            else
            {
                Terminal.Table(
                    ["cluster", "object", "policy", "severity", "result", "field", "what"],
                    [.. items.Select(item => (string[])[item.Text("cluster")!, $"{item.Text("kind")} {item.Text("namespace")}/{item.Text("name")}", item.Text("policy")!, item.Text("severity")!, item.Text("result")!, item.Text("path")!, item.Text("message")!])],
                    "No violations.");
            }

            return ExitCode.Ok;
        }

        JsonNode report = await platform.GetAsync($"fairway/v1/policy/report?by={parsed.GetValue(By)}{cluster}", cancellation);
        JsonArray groups = report.Array("items") ?? [];
        if (parsed.WantsJson())
        {
            Terminal.Json(report);
        }
        else
        {
            Terminal.Table(
                [parsed.GetValue(By)!, "pass", "fail", "unknown", "waived", "pass rate"],
                [.. groups.Select(group => (string[])[group.Text("key")!, Number(group, "pass"), Number(group, "fail"), Number(group, "unknown"), Number(group, "waived"), Rate(group)])],
                "Nothing has been audited yet.");
        }

        return ExitCode.Ok;
    }

    public static Command BuildRehearse()
    {
        var policy = new Argument<string>("policy") { Description = "A policy's name, or a file." };
        var since = new Option<string>("--since") { Description = "How far back, in days.", HelpName = "DAYSd", DefaultValueFactory = _ => "30d" };
        var command = new Command("rehearse", "Show from the stored history whom a policy would have stopped, by team, with the mends.") { policy, since, Cluster };
        command.SetAction(async (parsed, cancellation) =>
        {
            string days = parsed.GetValue(since)!.TrimEnd('d');
            if (!double.TryParse(days, CultureInfo.InvariantCulture, out _))
            {
                throw new CommandFailure(ExitCode.Usage, $"--since \"{parsed.GetValue(since)}\": expected days, like 30d");
            }

            string given = parsed.GetRequiredValue(policy);
            var body = new JsonObject { ["days"] = days };
            body[File.Exists(given) ? "policy" : "name"] = File.Exists(given) ? await File.ReadAllTextAsync(given, cancellation) : given;
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            string query = parsed.GetValue(Cluster) is { } cluster ? $"?cluster={Uri.EscapeDataString(cluster)}" : "";
            JsonNode result = await platform.PostAsync($"fairway/v1/policy/rehearse{query}", body, cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(result);
                return ExitCode.Ok;
            }

            Terminal.Line($"{Number(result, "writes")} writes since {result["since"]}: {Number(result, "refused")} would have been refused, {Number(result, "unknown")} could not have been told");
            foreach (JsonNode? team in result.Array("teams") ?? [])
            {
                Terminal.Line($"{team.Text("team")}: {Number(team, "refused")} writes");
                foreach (JsonNode? one in team.Array("objects") ?? [])
                {
                    bool still = KubeJson.AsBool(one?["stillViolates"]) == true;
                    Terminal.Line($"  {one.Text("cluster")} {one.Text("object")}: {one.Text("path")}: {one.Text("message")}{(still ? "" : " (mended since)")}");
                    if (still && one?["patch"] is JsonArray patch)
                    {
                        Terminal.Line($"    mend: {patch.ToJsonString(KubeJson.Options)}");
                    }
                }
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static string Number(JsonNode? node, string name) => (node.Long(name) ?? 0).ToString(CultureInfo.InvariantCulture);

    private static string Rate(JsonNode? group)
    {
        long pass = group.Long("pass") ?? 0;
        long decided = pass + (group.Long("fail") ?? 0) + (group.Long("unknown") ?? 0);
        return decided == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * pass / decided:0}%");
    }
}
