using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands;

/// <summary>Alerts of the running platform: what fires, why somebody was told or was not, and taking an alert on.</summary>
internal static class AlertsCommand
{
    private const string Api = "alertmanager/api/v2/";

    public static Command Build() => new("alerts", "Alerts: what fires, why somebody was paged or was not, acknowledge. Silences are amtool's: see the endpoint alertmanager of fairway status.")
    {
        List(), Why(), Acknowledge(),
    };

    private static Argument<string> Which() => new("ALERT") { Description = "The alert's name, or its fingerprint as fairway alerts list shows it." };

    private static Command List()
    {
        var command = new Command("list", "Alerts that fire, with those whom they go to.");
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            JsonNode answer = await platform.GetAsync(Api + "alerts", cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(answer);
                return ExitCode.Ok;
            }

            Terminal.Table(
                ["fingerprint", "alert", "state", "since", "receivers", "labels"],
                [.. answer.AsArray().Select(alert => (IReadOnlyList<string>)
                [
                    $"{alert!["fingerprint"]}", $"{alert["labels"]!["alertname"]}", $"{alert["status"]!["state"]}", $"{alert["startsAt"]}",
                    string.Join(",", alert["receivers"]!.AsArray().Select(one => $"{one!["name"]}")), Labels(alert["labels"]!.AsObject()),
                ])],
                "Nothing fires.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Why()
    {
        Argument<string> which = Which();
        var command = new Command("why", "Why an alert was told to somebody, or was not: routes, silences, inhibition, mute times, acknowledgement, what was told last.") { which };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            var explained = new JsonArray();
            foreach (string fingerprint in await FindAsync(platform, parsed.GetValue(which)!, cancellation))
            {
                JsonObject explanation = (await platform.GetAsync($"{Api}alert/{fingerprint}/explain", cancellation)).AsObject();
                explanation["told"] = (await platform.GetAsync($"{Api}notifications?fingerprint={fingerprint}", cancellation)).DeepClone();
                explained.Add((JsonNode)explanation.DeepClone());
            }

            if (parsed.WantsJson())
            {
                Terminal.Json(explained);
                return ExitCode.Ok;
            }

            foreach (JsonNode? alert in explained)
            {
                Terminal.Line($"{alert!["labels"]!["alertname"]} ({alert["fingerprint"]})  {Labels(alert["labels"]!.AsObject())}");
                foreach (JsonNode? route in alert["routes"]!.AsArray())
                {
                    Terminal.Line($"  {route!["receiver"]}: {route["state"]}");
                    foreach (JsonNode? reason in route["reasons"]!.AsArray())
                    {
                        Terminal.Line($"    {reason}");
                    }
                }

                foreach (JsonNode? told in alert["told"]!.AsArray())
                {
                    Terminal.Line($"  {told!["at"]} told {told["receiver"]}: {told["reason"]} ({told["firing"]} firing, {told["resolved"]} resolved)");
                }
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Acknowledge()
    {
        Argument<string> which = Which();
        var comment = new Option<string>("--comment", "-c") { Description = "What is being done about it.", DefaultValueFactory = _ => string.Empty };
        var by = new Option<string>("--by") { Description = "Who takes it on.", DefaultValueFactory = _ => Environment.UserName };
        var command = new Command("ack", "Take an alert on: it is not repeated until it ends.") { which, comment, by };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            foreach (string fingerprint in await FindAsync(platform, parsed.GetValue(which)!, cancellation))
            {
                await platform.PostAsync($"{Api}alert/{fingerprint}/acknowledge", new JsonObject { ["by"] = parsed.GetValue(by), ["comment"] = parsed.GetValue(comment) }, cancellation);
                Terminal.Line($"{fingerprint} is acknowledged: it is not repeated until it ends");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<IReadOnlyList<string>> FindAsync(PlatformConnection platform, string which, CancellationToken cancellation)
    {
        JsonNode alerts = await platform.GetAsync(Api + "alerts", cancellation);
        string[] found = [.. alerts.AsArray().Where(alert => $"{alert!["fingerprint"]}" == which || $"{alert["labels"]!["alertname"]}" == which).Select(alert => $"{alert!["fingerprint"]}")];
        return found.Length > 0 ? found : throw new CommandFailure(ExitCode.Failed, $"no alert that fires is called {which} or has that fingerprint. See them with: fairway alerts list");
    }

    private static string Labels(JsonObject labels) => string.Join(' ', labels.Where(label => label.Key != "alertname").Select(label => $"{label.Key}={label.Value}"));
}
