using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Tests.Scripts;

/// <summary>
/// Runs scripts in the test language of Prometheus' engine: <c>load</c> adds series, <c>clear</c> forgets them, <c>eval</c> asks a query
/// and names what it has to yield.
/// </summary>
internal sealed partial class TestScript
{
    private readonly MemorySource source = new();
    private readonly string[] lines;
    private readonly PromQLEngine engine = new(
        new EngineOptions { Parser = ParserOptions.All, MaxSamples = 10_000_000, Timeout = TimeSpan.FromSeconds(100) }, TimeProvider.System);

    private int at;

    public TestScript(string text) => lines = [.. text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()).Select(line => line.StartsWith('#') ? string.Empty : line)];

    public List<string> Failures { get; } = [];

    public int Evaluations { get; private set; }

    public void Run()
    {
        for (at = 0; at < lines.Length; at++)
        {
            string line = lines[at];
            if (line.StartsWith("load", StringComparison.OrdinalIgnoreCase))
            {
                Load(line);
            }
            else if (line == "clear")
            {
                source.Clear();
            }
            else if (line.StartsWith("eval", StringComparison.Ordinal))
            {
                Evaluations++;
                int number = at + 1;
                try
                {
                    Expectation expected = Expect();
                    if (Check(expected, line) is { } problem)
                    {
                        Failures.Add($"line {number}: {line}: {problem}");
                    }
                }
                catch (Exception broken) when (broken is not OutOfMemoryException)
                {
                    Failures.Add($"line {number}: {line}: {broken.GetType().Name}: {broken.Message}");
                }
            }
        }
    }

    private void Load(string line)
    {
        Match match = LoadLine().Match(line);
        long gap = NumberScanner.ParseDuration(match.Groups["gap"].Value);
        var loaded = new List<(Labels Labels, IReadOnlyList<NotedValue> Values)>();
        while (at + 1 < lines.Length && lines[at + 1].Length > 0)
        {
            string series = lines[++at];
            if (StartTimes().IsMatch(series))
            {
                continue;
            }

            loaded.Add(SeriesNotation.Parse(series));
        }

        foreach ((Labels labels, IReadOnlyList<NotedValue> values) in loaded)
        {
            for (int i = 0; i < values.Count; i++)
            {
                if (values[i].Histogram is { } histogram)
                {
                    source.Add(labels, i * gap, histogram);
                }
                else if (!values[i].IsOmitted)
                {
                    source.Add(labels, i * gap, values[i].Value);
                }
            }
        }

        if (match.Groups["nhcb"].Success)
        {
            ClassicConversion.AddNative(source, loaded, gap);
        }
    }

    private Expectation Expect()
    {
        var expected = new Expectation();
        int position = 0;
        bool failMode = lines[at].StartsWith("eval_fail", StringComparison.Ordinal);
        expected.Fail = failMode ? _ => true : null;
        expected.Ordered = lines[at].StartsWith("eval_ordered", StringComparison.Ordinal);
        expected.AnyWarning = lines[at].StartsWith("eval_warn", StringComparison.Ordinal);
        expected.AnyInfo = lines[at].StartsWith("eval_info", StringComparison.Ordinal);
        while (at + 1 < lines.Length && lines[at + 1].Length > 0)
        {
            string line = lines[++at];
            if (expected.TryRead(line))
            {
                continue;
            }

            if (double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double scalar) || NumberScanner.TryParseNumber(line, out scalar))
            {
                expected.Scalar = scalar;
                continue;
            }

            (Labels labels, IReadOnlyList<NotedValue> values) = SeriesNotation.Parse(line);
            expected.Series[labels] = (position++, values);
        }

        return expected;
    }

    private string? Check(Expectation expected, string line)
    {
        Match instant = InstantLine().Match(line);
        Match range = RangeLine().Match(line);
        QueryResult result;
        string query = (range.Success ? range : instant).Groups["query"].Value;
        try
        {
            if (range.Success)
            {
                long from = Time(range, "from");
                long step = Time(range, "step");
                result = engine.Range(source, query, from, Time(range, "to"), step, QueryOptions.Default, CancellationToken.None);
                return expected.CheckMatrix(result, from, step);
            }

            long time = Time(instant, "at");
            result = engine.Instant(source, query, time, QueryOptions.Default, CancellationToken.None);
            string? problem = expected.CheckInstant(result, time);
            return problem ?? AsRange(expected, query, time, result);
        }
        catch (PromQLException failed)
        {
            return expected.CheckFailure(failed.Message);
        }
    }

    // The same query over a range around the time has to yield the same at that time.
    private string? AsRange(Expectation expected, string query, long time, QueryResult result)
    {
        if (expected.Ordered || expected.Fail is not null || result.Value is not VectorValue || query.Contains("sort", StringComparison.Ordinal)
            || QueryContext().IsMatch(query))
        {
            return null;
        }

        QueryResult range;
        try
        {
            range = engine.Range(source, query, time - 60_000, time + 60_000, 60_000, QueryOptions.Default, CancellationToken.None);
        }
        catch (PromQLException)
        {
            // At the neighbouring times the data may be such that the query fails.
            return null;
        }

        List<Sample> samples = [.. ((MatrixValue)range.Value).Series.SelectMany(one
            => one.Points.Where(point => point.Time == time).Select(point => new Sample(one.Labels, time, point.Value, point.Histogram)))];
        string? problem = expected.CheckVector(samples);
        return problem is null ? null : "as a range: " + problem;
    }

    private static long Time(Match match, string group) => NumberScanner.ParseDuration(match.Groups[group].Value);

    [GeneratedRegex(@"^load(?<nhcb>_with_nhcb)?\s+(?<gap>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LoadLine();

    [GeneratedRegex(@"^eval(_(fail|warn|ordered|info))?\s+instant\s+(at\s+(?<at>.+?))?\s+(?<query>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InstantLine();

    [GeneratedRegex(@"^eval(_(fail|warn|info))?\s+range\s+from\s+(?<from>.+)\s+to\s+(?<to>.+)\s+step\s+(?<step>.+?)\s+(?<query>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RangeLine();

    [GeneratedRegex(@"^\S*@st\s", RegexOptions.None, 1000)]
    private static partial Regex StartTimes();

    [GeneratedRegex(@"(start|end|range|step)\(\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex QueryContext();
}
