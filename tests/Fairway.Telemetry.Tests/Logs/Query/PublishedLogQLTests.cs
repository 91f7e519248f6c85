using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Syntax;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Logs.Query;

/// <summary>
/// Runs Loki's own published test scripts (<c>*.logqltest</c>) from a directory outside of the repository, named by
/// FAIRWAY_LOGQL_CORPUS; FAIRWAY_LOGQL_REPORT names a file for what differs.
/// </summary>
public sealed partial class PublishedLogQLTests
{
    private static readonly string? Corpus = Environment.GetEnvironmentVariable("FAIRWAY_LOGQL_CORPUS");
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Files()
    {
        var files = new TheoryData<string>();
        string[] found = Corpus is { Length: > 0 } && Directory.Exists(Corpus) ? Directory.GetFiles(Corpus, "*.logqltest") : [];
        foreach (string file in found.Length > 0 ? found.Order(StringComparer.Ordinal).ToArray() : [""])
        {
            files.Add(Path.GetFileName(file));
        }

        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Script_Published_Passes(string file)
    {
        if (file.Length == 0)
        {
            return;
        }

        string[] lines = await File.ReadAllLinesAsync(Path.Combine(Corpus!, file));
        var failures = new List<string>();
        int passed = 0;
        LogStore store = await NewAsync();
        for (int at = 0; at < lines.Length; at++)
        {
            string line = Plain(lines[at]);
            if (line == "clear")
            {
                await store.DisposeAsync();
                store = await NewAsync();
            }
            else if (line == "load")
            {
                for (; at + 1 < lines.Length && lines[at + 1].StartsWith(' '); at++)
                {
                    if (Plain(lines[at + 1]) is { Length: > 0 } entry)
                    {
                        await LoadAsync(store, entry);
                    }
                }
            }
            else if (line.StartsWith("eval ", StringComparison.Ordinal))
            {
                int number = at + 1;
                var expected = new List<string>();
                for (; at + 1 < lines.Length && lines[at + 1].StartsWith(' '); at++)
                {
                    if (Plain(lines[at + 1]) is { Length: > 0 } one)
                    {
                        expected.Add(one);
                    }
                }

                if (Difference(store, line, expected) is { } difference)
                {
                    failures.Add($"{file}:{number}: {line}\n    {difference}");
                }
                else
                {
                    passed++;
                }
            }
        }

        await store.DisposeAsync();
        if (Environment.GetEnvironmentVariable("FAIRWAY_LOGQL_REPORT") is { Length: > 0 } report)
        {
            await File.AppendAllTextAsync(report, $"{file}: {passed} of {passed + failures.Count}\n{string.Join('\n', failures)}\n");
        }

        failures.ShouldBeEmpty();
    }

    private static Task<LogStore> NewAsync()
        => LogStore.OpenAsync(
            new LogStoreOptions { Directory = Directory.CreateTempSubdirectory("fairway-logql-").FullName, StreamBytesPerSecond = long.MaxValue / 100 },
            new ManualTime(Epoch.AddHours(1)), NullLoggerFactory.Instance, CancellationToken.None);

    private static async Task LoadAsync(LogStore store, string line)
    {
        int end = line.IndexOf('}', StringComparison.Ordinal) + 1;
        Labels stream = Labels.From(LogQueryParser.Selector(line[..end]).Select(matcher => KeyValuePair.Create(matcher.Name, matcher.Value)));
        string rest = line[end..].TrimStart();
        int close = rest.IndexOf(rest[0], 1);
        string text = rest[1..close];
        Match match = Entry().Match(rest[(close + 1)..]);
        match.Success.ShouldBeTrue(line);
        long start = Duration(match.Groups["at"].Value);
        long step = match.Groups["step"].Success ? Duration(match.Groups["step"].Value) : 0;
        int count = match.Groups["count"].Success ? int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture) : 1;
        Labels metadata = Labels.FromSortedPairs([.. Pair().Matches(match.Groups["metadata"].Value).OrderBy(pair => pair.Groups["key"].Value, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Groups["key"].Value, pair.Groups["value"].Value })]);
        await store.AppendAsync([new LogBatch(stream, [.. Enumerable.Range(0, count).Select(index => new LogEntry(
            At(start + (index * step)), text.Replace("{{.i}}", index.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), metadata))])]);
    }

    private static string? Difference(LogStore store, string eval, List<string> expected)
    {
        Match match = Eval().Match(eval);
        string query = match.Groups["query"].Value;
        long from = At(Duration(match.Groups[match.Groups["at"].Success ? "at" : "from"].Value));
        long to = match.Groups["to"].Success ? At(Duration(match.Groups["to"].Value)) : from;
        long step = match.Groups["step"].Success ? Duration(match.Groups["step"].Value) : 1;
        string? fails = expected.Find(line => line.StartsWith("expect fail", StringComparison.Ordinal));
        IReadOnlyList<NumberSeries> series;
        LogQuery parsed;
        try
        {
            parsed = LogQueryParser.Parse(query);
            series = new LogQueryEngine(store).Numbers(parsed, from, to, step, CancellationToken.None);
        }
        catch (LogQueryException refused)
        {
            string wanted = fails is null ? "" : fails["expect fail".Length..].Trim();
            return fails is null ? refused.Message
                : wanted.StartsWith("msg:", StringComparison.Ordinal) && !refused.Message.Contains(wanted[4..].Trim(), StringComparison.Ordinal) ? $"said {refused.Message}; not {wanted}"
                : wanted.StartsWith("regex:", StringComparison.Ordinal) && !Regex.IsMatch(refused.Message, wanted[6..].Trim(), RegexOptions.None, TimeSpan.FromSeconds(1)) ? $"said {refused.Message}; not {wanted}"
                : null;
        }

        string[] found = [.. series.Select(one => $"{Text(one.Labels)} {string.Join(' ', one.Values.Select(value => value is { } number ? GoText.FormatPlain(number) : "_"))}")];
        string[] want = [.. expected.Where(line => !line.StartsWith("expect ", StringComparison.Ordinal) && !line.StartsWith("skip ", StringComparison.Ordinal))
            .Select(line => Normal(line, parsed is LogQuery.Literal))];
        bool ordered = expected.Contains("expect ordered");
        if (fails is not null)
        {
            return $"did not fail: {string.Join(" | ", found)}";
        }

        return Same(ordered ? found : [.. found.Order(StringComparer.Ordinal)], ordered ? want : [.. want.Order(StringComparer.Ordinal)])
            ? null
            : $"found {string.Join(" | ", found)}\n    wanted {string.Join(" | ", want)}";
    }

    private static bool Same(string[] found, string[] wanted)
        => found.Length == wanted.Length && found.Zip(wanted).All(pair =>
        {
            string[] one = pair.First[(pair.First.LastIndexOf('}') + 1)..].Trim().Split(' ');
            string[] other = pair.Second[(pair.Second.LastIndexOf('}') + 1)..].Trim().Split(' ');
            return pair.First[..(pair.First.LastIndexOf('}') + 1)] == pair.Second[..(pair.Second.LastIndexOf('}') + 1)] && one.Length == other.Length
                && one.Zip(other).All(points => points.First == points.Second
                    || (double.TryParse(points.First, CultureInfo.InvariantCulture, out double left) && double.TryParse(points.Second, CultureInfo.InvariantCulture, out double right)
                        && (Math.Abs(left - right) <= 1e-6 * Math.Max(Math.Abs(left), Math.Abs(right)) || (double.IsNaN(left) && double.IsNaN(right)))));
        });

    private static string Text(Labels labels) => "{" + string.Join(", ", labels.Pairs.Select(pair => $"{pair.Key}={GoText.Quote(pair.Value)}")) + "}";

    private static string Normal(string line, bool scalar)
    {
        int end = line.StartsWith('{') ? line.LastIndexOf('}') + 1 : 0;
        string labels = end == 0 ? "{}" : Text(Labels.FromSortedPairs([.. LogQueryParser.Selector(line[..end]).OrderBy(one => one.Name, StringComparer.Ordinal).SelectMany(one => new[] { one.Name, one.Value })]));
        _ = scalar;
        return $"{labels} {string.Join(' ', line[end..].Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(Points))}";
    }

    private static IEnumerable<string> Points(string text)
    {
        Match run = Run().Match(text);
        if (!run.Success)
        {
            return [text switch { "Inf" => "+Inf", _ => text }];
        }

        double start = double.Parse(run.Groups["base"].Value, CultureInfo.InvariantCulture);
        double step = run.Groups["step"].Success ? double.Parse(run.Groups["step"].Value, CultureInfo.InvariantCulture) : 0;
        return Enumerable.Range(0, int.Parse(run.Groups["count"].Value, CultureInfo.InvariantCulture) + 1).Select(index => GoText.FormatPlain(start + (index * step)));
    }

    private static long Duration(string text) => text == "0" ? 0 : GoDurations.TryParseGo(text, out long nanoseconds, out string problem) ? nanoseconds : throw new FormatException(problem);

    private static long At(long offset) => ((Epoch - DateTimeOffset.UnixEpoch).Ticks * 100) + offset;

    /// <summary>Without a comment and the space around.</summary>
    private static string Plain(string line)
    {
        char quote = '\0';
        for (int at = 0; at < line.Length; at++)
        {
            char one = line[at];
            if (quote == '\0' && one == '#')
            {
                return line[..at].Trim();
            }

            quote = quote == '\0' && one is '"' or '`' && quote == '\0' ? one : one == quote ? '\0' : quote;
        }

        return line.Trim();
    }

    [GeneratedRegex(@"^\s*@\s*(?<at>\S+)(\s*\[repeat every\s+(?<step>\S+)\s+for\s+(?<count>\d+)\])?(\s*\[metadata\s+(?<metadata>.*?)\])?\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();

    [GeneratedRegex("""("(?<key>[^"]*)"|(?<key>[^\s"=]+))="(?<value>[^"]*)" """, RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Pair();

    [GeneratedRegex(@"^eval\s+(instant\s+at\s+(?<at>\S+)|range\s+from\s+(?<from>\S+)\s+to\s+(?<to>\S+)\s+step\s+(?<step>\S+))\s+(?<query>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Eval();

    [GeneratedRegex(@"^(?<base>-?[0-9.]+)(?<step>[+-][0-9.]+)?x(?<count>\d+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Run();
}
