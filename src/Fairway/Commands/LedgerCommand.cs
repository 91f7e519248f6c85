using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands;

internal static class LedgerCommand
{
    public static Command Build()
    {
        var command = new Command("ledger", "The hash-chained record of everything that happened.") { List(), Verify() };
        return command;
    }

    private static Command List()
    {
        var application = new Option<string?>("--application") { Description = "Only facts about this application.", HelpName = "NAME" };
        var type = new Option<string?>("--type") { Description = "Only this type of fact (release.created, rollout.step, …).", HelpName = "TYPE" };
        var limit = new Option<int>("--limit") { Description = "At most this many, newest.", DefaultValueFactory = _ => 50, HelpName = "N" };
        var command = new Command("list", "List facts, newest last.") { application, type, limit };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            string query = $"limit={parsed.GetValue(limit)}"
                + (parsed.GetValue(application) is { } app ? $"&application={Uri.EscapeDataString(app)}" : "")
                + (parsed.GetValue(type) is { } only ? $"&type={Uri.EscapeDataString(only)}" : "");
            JsonNode answer = await platform.GetAsync($"fairway/v1/ledger?{query}", cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(answer["items"]);
                return ExitCode.Ok;
            }

            Terminal.Table(
                ["#", "at", "fact", "application", "environment", "release", "by", "hash"],
                [.. answer["items"]!.AsArray().Reverse().Select(item => (IReadOnlyList<string>)
                [
                    $"{item!["sequence"]}",
                    At(item["at"]!.GetValue<DateTimeOffset>()),
                    $"{item["type"]}",
                    $"{item["application"]}",
                    $"{item["environment"]}",
                    $"{item["release"]}",
                    $"{item["actor"]}",
                    $"{item["hash"]}"[..Math.Min(12, $"{item["hash"]}".Length)],
                ])],
                "The ledger is empty: nothing has happened yet.");
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>To the second and in the reader's time zone; JSON output has the whole moment.</summary>
    private static string At(DateTimeOffset moment) => moment.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static Command Verify()
    {
        var command = new Command("verify", "Recompute the hash chain; exits 1 if any past entry was changed, removed or inserted.");
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            JsonNode answer = await platform.GetAsync("fairway/v1/ledger/verify", cancellation);
            bool valid = answer["valid"]!.GetValue<bool>();
            if (parsed.WantsJson())
            {
                Terminal.Json(answer);
            }
            else
            {
                Terminal.Line(valid
                    ? $"The ledger is intact: {answer["entries"]} entries, head {answer["head"]}"
                    : $"The ledger was changed: {answer["message"]}");
            }

            return valid ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
