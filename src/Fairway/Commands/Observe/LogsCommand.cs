using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands.Observe;

/// <summary>Logs of everything that runs: search, live tail, the lines around a line, and the templates that lines follow.</summary>
internal static class LogsCommand
{
    private const int UsualLimit = 100;

    private static readonly string[] Names = ["pod", "job", "service_name", "service"];

    public static Command Build() => new("logs", "Search the logs of pods, pipelines and everything that sends logs.") { Search() };

    private static Command Search()
    {
        var query = new Argument<string>("query") { Description = "LogQL such as '{service_name=\"shop\"} |= \"timeout\"', or words that lines contain." };
        var since = new Option<string>("--since") { Description = "How far back.", DefaultValueFactory = _ => "1h", HelpName = "DURATION" };
        var limit = new Option<int>("--limit") { Description = "The most lines.", DefaultValueFactory = _ => UsualLimit, HelpName = "N" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on printing lines as they come." };
        var around = new Option<int>("--context", "-C") { Description = "Print so many lines before and after each one found.", HelpName = "N" };
        var patterns = new Option<bool>("--patterns") { Description = "Print the templates that the streams' lines follow instead, with their counts." };
        var command = new Command("search", "Print the lines that a query finds, oldest first; numbers for a query of numbers.") { query, since, limit, follow, around, patterns };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            var search = new LogSearch(platform, LogSearch.ToLogQL(parsed.GetValue(query)!), parsed.GetValue(since)!, parsed.GetValue(limit), parsed.WantsJson());
            if (parsed.GetValue(patterns))
            {
                await PatternsAsync(search, cancellation);
            }
            else if (parsed.GetValue(follow))
            {
                await LogFollow.RunAsync(search, Print, cancellation);
            }
            else
            {
                await LinesAsync(search, parsed.GetValue(around), cancellation);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task LinesAsync(LogSearch search, int around, CancellationToken cancellation)
    {
        JsonNode data = await search.RangeAsync(cancellation);
        if ($"{data["resultType"]}" != "streams")
        {
            Numbers(search, data);
            return;
        }

        IReadOnlyList<LogSearch.Line> lines = LogSearch.Lines(data["result"]!);
        if (around <= 0)
        {
            Print(search, lines);
            return;
        }

        foreach (LogSearch.Line line in lines)
        {
            JsonNode context = await search.ContextAsync(line, around, cancellation);
            if (search.Json)
            {
                Terminal.Json(context);
                continue;
            }

            foreach ((string side, string mark) in (ReadOnlySpan<(string, string)>)[("before", "  "), ("at", "> "), ("after", "  ")])
            {
                foreach (JsonNode? one in context[side]!.AsArray())
                {
                    Terminal.Line($"{mark}{LogSearch.Time($"{one!["time"]}")}  {one["line"]}");
                }
            }

            Terminal.Line("--");
        }
    }

    private static void Print(LogSearch search, IReadOnlyList<LogSearch.Line> lines)
    {
        foreach (LogSearch.Line line in lines)
        {
            if (search.Json)
            {
                Console.Out.WriteLine(new JsonObject
                {
                    ["time"] = LogSearch.Time(line.Nanoseconds),
                    ["line"] = line.Text,
                    ["labels"] = line.Labels.DeepClone(),
                }.ToJsonString());
                continue;
            }

            string name = Names.Select(label => $"{line.Labels[label]}").FirstOrDefault(value => value.Length > 0) ?? "";
            Terminal.Line($"{LogSearch.Time(line.Nanoseconds)}  {name}  {line.Text}");
        }
    }

    private static void Numbers(LogSearch search, JsonNode data)
    {
        if (search.Json)
        {
            Terminal.Json(data["result"]!.DeepClone());
            return;
        }

        Terminal.Table(
            ["series", "last", "points"],
            [.. data["result"]!.AsArray().Select(series => (IReadOnlyList<string>)[series!["metric"]!.ToJsonString(), $"{series["values"]!.AsArray()[^1]![1]}", $"{series["values"]!.AsArray().Count}"])],
            "No lines in that time.");
    }

    private static async Task PatternsAsync(LogSearch search, CancellationToken cancellation)
    {
        JsonNode answer = await search.PatternsAsync(cancellation);
        if (search.Json)
        {
            Terminal.Json(answer);
            return;
        }

        Terminal.Table(
            ["lines", "level", "pattern"],
            [.. answer.AsArray().Take(search.Limit).Select(pattern => (IReadOnlyList<string>)
            [
                pattern!["samples"]!.AsArray().Sum(sample => (long)sample![1]!).ToString(CultureInfo.InvariantCulture), $"{pattern["level"]}", $"{pattern["pattern"]}",
            ])],
            "No patterns in that time.");
    }
}
