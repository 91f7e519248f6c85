using System.Text.RegularExpressions;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Tests.Scripts;

/// <summary>What an evaluation in a script has to yield.</summary>
internal sealed partial class Expectation
{
    private readonly List<Func<string, bool>> warnings = [];
    private readonly List<Func<string, bool>> infos = [];
    private bool noWarnings;
    private bool noInfos;
    private string? text;
    private (long From, long Step)? rangeVector;

    public Dictionary<Labels, (int Position, IReadOnlyList<NotedValue> Values)> Series { get; } = [];

    public double? Scalar { get; set; }

    public bool Ordered { get; set; }

    public bool AnyWarning { get; set; }

    public bool AnyInfo { get; set; }

    public Func<string, bool>? Fail { get; set; }

    public bool TryRead(string line)
    {
        if (line.StartsWith("expected_fail_message", StringComparison.Ordinal))
        {
            string message = line["expected_fail_message".Length..].Trim();
            Fail = actual => actual == message;
            return true;
        }

        if (line.StartsWith("expected_fail_regexp", StringComparison.Ordinal))
        {
            Fail = Pattern(line["expected_fail_regexp".Length..].Trim());
            return true;
        }

        if (RangeVector().Match(line) is { Success: true } range)
        {
            rangeVector = (NumberScanner.ParseDuration(range.Groups["from"].Value), NumberScanner.ParseDuration(range.Groups["step"].Value));
            return true;
        }

        if (line.StartsWith("expect string ", StringComparison.Ordinal))
        {
            text = TextLiteral.Unquote(line["expect string ".Length..].Trim());
            return true;
        }

        Match match = ExpectLine().Match(line);
        if (!match.Success)
        {
            return false;
        }

        string wanted = match.Groups["text"].Value.Trim();
        Func<string, bool> check = match.Groups["how"].Value switch
        {
            "msg" => actual => actual == wanted,
            "regex" => Pattern(wanted),
            _ => _ => true,
        };
        switch (match.Groups["kind"].Value)
        {
            case "ordered": Ordered = true; break;
            case "fail": Fail = check; break;
            case "warn": warnings.Add(check); break;
            case "info": infos.Add(check); break;
            case "no_warn": noWarnings = true; break;
            default: noInfos = true; break;
        }

        return true;
    }

    public string? CheckFailure(string message)
        => Fail is null ? $"failed: {message}" : Fail(message) ? null : $"failed with other words: {message}";

    public string? CheckInstant(QueryResult result, long time)
    {
        if (Notes(result) is { } problem)
        {
            return problem;
        }

        return result.Value switch
        {
            ScalarValue scalar => Scalar is { } wanted
                ? ClassicQuantiles.AlmostEqual(scalar.Value, wanted, 1e-6) ? null : $"scalar {scalar.Value} instead of {wanted}"
                : "unexpected scalar",
            StringValue actual => actual.Value == text ? null : $"text {actual.Value} instead of {text}",
            MatrixValue matrix => CheckSeries(matrix, rangeVector?.From ?? time, rangeVector?.Step ?? 1),
            _ => Scalar is not null ? "a vector instead of a scalar" : CheckVector(((VectorValue)result.Value).Samples),
        };
    }

    public string? CheckMatrix(QueryResult result, long from, long step)
        => Notes(result) ?? CheckSeries((MatrixValue)result.Value, from, step);

    public string? CheckVector(IReadOnlyList<Sample> samples)
    {
        for (int i = 0; i < samples.Count; i++)
        {
            Sample sample = samples[i];
            if (!Series.TryGetValue(sample.Labels, out (int Position, IReadOnlyList<NotedValue> Values) wanted))
            {
                return $"unexpected {sample.Labels} {sample.Histogram?.ToString() ?? GoText.FormatPlain(sample.Value)}";
            }

            if (Ordered && wanted.Position != i)
            {
                return $"{sample.Labels} at position {i} instead of {wanted.Position}";
            }

            if (Differs(wanted.Values[0], sample.Value, sample.Histogram) is { } difference)
            {
                return $"{sample.Labels}: {difference}";
            }
        }

        HashSet<Labels> seen = [.. samples.Select(sample => sample.Labels)];
        return Series.Keys.FirstOrDefault(labels => !seen.Contains(labels)) is { } missing ? $"missing {missing}" : null;
    }

    private string? CheckSeries(MatrixValue matrix, long from, long step)
    {
        foreach (SeriesResult series in matrix.Series)
        {
            if (!Series.TryGetValue(series.Labels, out (int Position, IReadOnlyList<NotedValue> Values) wanted))
            {
                return $"unexpected {series.Labels}: {string.Join(' ', series.Points)}";
            }

            List<(long Time, NotedValue Value)> points = [.. wanted.Values.Select((value, i) => (from + (i * step), value)).Where(one => !one.value.IsOmitted)];
            if (points.Count != series.Points.Count)
            {
                return $"{series.Labels}: {series.Points.Count} points instead of {points.Count}: {string.Join(' ', series.Points.Select(Show))}";
            }

            for (int i = 0; i < points.Count; i++)
            {
                Point point = series.Points[i];
                if (point.Time != points[i].Time)
                {
                    return $"{series.Labels}: a point at {point.Time} instead of {points[i].Time}";
                }

                if (Differs(points[i].Value, point.Value, point.Histogram) is { } difference)
                {
                    return $"{series.Labels} at {point.Time}: {difference}";
                }
            }
        }

        HashSet<Labels> seen = [.. matrix.Series.Select(series => series.Labels)];
        return Series.FirstOrDefault(one => !seen.Contains(one.Key) && one.Value.Values.Any(value => !value.IsOmitted)) is { Key: not null } missing
            ? $"missing {missing.Key}"
            : null;
    }

    private static string Show(Point point) => point.Histogram?.ToString() ?? GoText.FormatPlain(point.Value);

    private static string? Differs(NotedValue wanted, double value, FloatHistogram? histogram)
    {
        if (wanted.Histogram is null != histogram is null)
        {
            return $"{histogram?.ToString() ?? GoText.FormatPlain(value)} instead of {wanted.Histogram?.ToString() ?? GoText.FormatPlain(wanted.Value)}";
        }

        if (histogram is null)
        {
            return ClassicQuantiles.AlmostEqual(wanted.Value, value, 1e-6) ? null : $"{value} instead of {wanted.Value}";
        }

        FloatHistogram one = wanted.Histogram!.Compacted();
        FloatHistogram other = histogram.Compacted();
        bool same = one.Schema == other.Schema && Close(one.Count, other.Count) && Close(one.Sum, other.Sum) && Close(one.ZeroCount, other.ZeroCount)
            && one.ZeroThreshold == other.ZeroThreshold && one.CustomBounds.AsSpan().SequenceEqual(other.CustomBounds)
            && Same(one.Positive, other.Positive) && Same(one.Negative, other.Negative) && (!wanted.IsHintGiven || one.Hint == other.Hint);
        return same ? null : $"{other} (schema {other.Schema}, {other.Hint}) instead of {one} (schema {one.Schema}, {one.Hint})";
    }

    private static bool Close(double left, double right) => ClassicQuantiles.AlmostEqual(left, right, 1e-6);

    private static bool Same(BucketSet left, BucketSet right)
        => left.Indexes.AsSpan().SequenceEqual(right.Indexes) && left.Counts.Zip(right.Counts, Close).All(close => close);

    private string? Notes(QueryResult result)
    {
        if (Fail is not null)
        {
            return "should have failed";
        }

        if ((AnyWarning && result.Warnings.Count == 0) || (AnyInfo && result.Infos.Count == 0))
        {
            return "expected a note";
        }

        return Notes(warnings, noWarnings, result.Warnings) ?? Notes(infos, noInfos, result.Infos);
    }

    private static string? Notes(List<Func<string, bool>> wanted, bool none, IReadOnlyList<string> actual)
    {
        if (none && actual.Count > 0)
        {
            return $"unexpected {actual[0]}";
        }

        if (wanted.Count == 0)
        {
            return null;
        }

        return wanted.Exists(one => !actual.Any(one)) ? $"a note is missing; there are: {string.Join("; ", actual)}"
            : actual.FirstOrDefault(one => !wanted.Exists(check => check(one))) is { } surplus ? $"unexpected {surplus}"
            : null;
    }

    private static Func<string, bool> Pattern(string pattern)
    {
        Regex regex = Re2Pattern.Compile(pattern);
        return regex.IsMatch;
    }

    [GeneratedRegex(@"^expect\s+(?<kind>ordered|fail|warn|no_warn|info|no_info)(\s+(?<how>regex|msg):(?<text>.+))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ExpectLine();

    [GeneratedRegex(@"^expect range vector\s+from\s+(?<from>.+)\s+to\s+(?<to>.+)\s+step\s+(?<step>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RangeVector();
}
