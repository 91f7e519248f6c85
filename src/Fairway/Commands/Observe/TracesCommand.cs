using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands.Observe;

/// <summary>Traces: search, one as a waterfall with its critical path, two releases side by side.</summary>
internal static class TracesCommand
{
    private const double Certain = 0.05;

    public static Command Build() => new("traces", "Search traces, look at one, compare releases.") { Search(), Show(), Compare() };

    private static Option<string> Since() => new("--since") { Description = "How far back.", DefaultValueFactory = _ => "1h", HelpName = "DURATION" };

    private static Command Search()
    {
        var query = new Argument<string>("query") { Description = "Conditions such as 'service=web error=true minDuration=250ms', or TraceQL such as '{ duration > 1s } >> { status = error }'. Default: all.", DefaultValueFactory = _ => "" };
        Option<string> since = Since();
        var limit = new Option<int>("--limit") { Description = "The most traces.", DefaultValueFactory = _ => 20, HelpName = "N" };
        var command = new Command("search", "List the traces that a search finds, newest first.") { query, since, limit };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            JsonNode found = await GetAsync(
                platform, string.Create(CultureInfo.InvariantCulture, $"search?q={Uri.EscapeDataString(parsed.GetValue(query)!)}&since={Uri.EscapeDataString(parsed.GetValue(since)!)}&limit={parsed.GetValue(limit)}"), cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(found.DeepClone());
                return ExitCode.Ok;
            }

            Terminal.Table(
                ["trace", "started", "duration", "spans", "errors", "root", "services"],
                [.. found.AsArray().Select(trace => (IReadOnlyList<string>)
                [
                    $"{trace!["traceID"]}",
                    LogSearch.Time($"{(long)trace["startTime"]! * 1000}"),
                    Micro((long)trace["duration"]!),
                    $"{trace["spans"]}",
                    $"{trace["errors"]}",
                    $"{trace["rootService"]}: {trace["rootOperation"]}",
                    string.Join(' ', trace["services"]!.AsArray()),
                ])],
                "No such traces in that time.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("trace") { Description = "The trace's id." };
        var command = new Command("show", "Print a trace as a waterfall; what is on its critical path is marked with *.") { id };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            string name = Uri.EscapeDataString(parsed.GetValue(id)!);
            JsonNode trace = (await GetAsync(platform, name, cancellation))[0]!;
            JsonNode path = await GetAsync(platform, $"{name}/critical-path", cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(new JsonObject { ["trace"] = trace.DeepClone(), ["criticalPath"] = path.DeepClone() });
                return ExitCode.Ok;
            }

            foreach (string line in TraceDrawing.Of(trace, path))
            {
                Terminal.Line(line);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Compare()
    {
        var left = new Argument<string>("left") { Description = "A release, or a search such as service.version=\"1.2\"." };
        var right = new Argument<string>("right") { Description = "The release or search to hold against it." };
        var service = new Option<string>("--service") { Description = "Only traces through this service.", HelpName = "NAME" };
        var operation = new Option<string>("--operation") { Description = "Only traces with this operation of the service.", HelpName = "NAME" };
        Option<string> since = Since();
        var command = new Command("compare", "Where the traces of two releases spend their time, and what became slower for certain.") { left, right, service, operation, since };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            JsonNode answer = await GetAsync(
                platform,
                $"compare?left={Uri.EscapeDataString(parsed.GetValue(left)!)}&right={Uri.EscapeDataString(parsed.GetValue(right)!)}&since={Uri.EscapeDataString(parsed.GetValue(since)!)}"
                    + $"&service={Uri.EscapeDataString(parsed.GetValue(service) ?? "")}&operation={Uri.EscapeDataString(parsed.GetValue(operation) ?? "")}",
                cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(answer.DeepClone());
                return ExitCode.Ok;
            }

            Terminal.Line($"traces {answer["left"]!["count"]} and {answer["right"]!["count"]}; median {Micro((long)answer["left"]!["p50"]!)} and {Micro((long)answer["right"]!["p50"]!)}; {Verdict((double)answer["chance"]!)}");
            Terminal.Table(
                ["service", "operation", "left p50", "right p50", "left errors", "right errors", "added per trace", "certain"],
                [.. answer["operations"]!.AsArray().Select(one => (IReadOnlyList<string>)
                [
                    $"{one!["service"]}", $"{one["operation"]}", Side(one["left"], "p50"), Side(one["right"], "p50"), Share(one["left"]), Share(one["right"]), Micro((long)one["added"]!), Verdict((double)one["chance"]!),
                ])],
                "Neither side has traces in that time.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<JsonNode> GetAsync(PlatformConnection platform, string path, CancellationToken cancellation)
        => (await platform.GetAsync("jaeger/api/traces/" + path, cancellation))["data"] ?? throw new CommandFailure(ExitCode.Refused, "there is no such trace");

    private static string Verdict(double chance) => chance < Certain ? "yes" : "no";

    private static string Side(JsonNode? side, string field) => side is null ? "absent" : Micro((long)side[field]!);

    private static string Share(JsonNode? side) => side is null ? "absent" : $"{side["errors"]} of {side["count"]}";

    /// <summary>Microseconds with a unit that suits them.</summary>
    public static string Micro(long microseconds) => Math.Abs(microseconds) switch
    {
        >= 1_000_000 => (microseconds / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "s",
        >= 1000 => (microseconds / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + "ms",
        _ => microseconds.ToString(CultureInfo.InvariantCulture) + "µs",
    };
}
