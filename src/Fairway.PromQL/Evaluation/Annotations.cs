using System.Globalization;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>What the user should know about a result. Equal notes are kept once.</summary>
internal sealed class Annotations(string query)
{
    private readonly Dictionary<string, (bool IsInfo, TextSpan Span)> notes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Forced> forced = new(StringComparer.Ordinal);

    public void Warn(string message, TextSpan span) => notes["PromQL warning: " + message] = (false, span);

    public void Info(string message, TextSpan span) => notes["PromQL info: " + message] = (true, span);

    /// <summary>A classic histogram whose counts had to be raised; the extent over all steps is shown in one note.</summary>
    public void ForcedMonotonic(TextSpan span, long time, Mended mended)
    {
        const string message = "input to histogram_quantile needed to be fixed for monotonicity"
            + " (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
        forced[message] = forced.TryGetValue(message, out Forced? so)
            ? new Forced(
                span,
                Math.Min(so.From, time),
                Math.Max(so.To, time),
                new Mended(
                    Math.Min(so.Mended.MinBucket, mended.MinBucket),
                    Math.Max(so.Mended.MaxBucket, mended.MaxBucket),
                    Math.Max(so.Mended.MaxDifference, mended.MaxDifference)),
                so.Count + 1)
            : new Forced(span, time, time, mended, 1);
    }

    public IReadOnlyList<string> Warnings => [.. notes.Where(note => !note.Value.IsInfo).Select(Text)];

    public IReadOnlyList<string> Infos => [.. notes.Where(note => note.Value.IsInfo).Select(Text), .. forced.Select(Text)];

    private string Text(KeyValuePair<string, (bool IsInfo, TextSpan Span)> note) => $"{note.Key} ({note.Value.Span.Position(query)})";

    private string Text(KeyValuePair<string, Forced> note)
    {
        Forced one = note.Value;
        return $"PromQL info: {note.Key}, from buckets {GoText.FormatGeneral(one.Mended.MinBucket)} to {GoText.FormatGeneral(one.Mended.MaxBucket)},"
            + $" with a max diff of {TwoDigits(one.Mended.MaxDifference)}, over {one.Count} samples from {Time(one.From)} to {Time(one.To)}"
            + $" ({one.Span.Position(query)})";
    }

    private static string Time(long milliseconds)
        => DateTimeOffset.FromUnixTimeSeconds(milliseconds / 1000).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string TwoDigits(double value)
    {
        (string digits, int point, bool negative) = GoText.Decompose(double.Parse(value.ToString("E1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
        int exponent = point - 1;
        return exponent is < -4 or >= 2
            ? GoText.Exponential(digits, exponent, negative)
            : GoText.FormatPlain(double.Parse(value.ToString("E1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    private sealed record Forced(TextSpan Span, long From, long To, Mended Mended, int Count);
}

/// <summary>Texts of the notes.</summary>
internal static class Notes
{
    public const string SortInRange = "sort is ineffective for range queries since results are always ordered by labels";

    public static string BadQuantile(double q) => $"quantile value should be between 0 and 1, got {GoText.FormatGeneral(q)}";

    public static string BadRatio(double ratio, double to)
        => $"ratio value should be between -1 and 1, got {GoText.FormatGeneral(ratio)}, capping to {GoText.FormatGeneral(to)}";

    public static string BadBucketLabel(string value) => $"bucket label \"le\" is missing or has a malformed value of {GoText.Quote(value)}";

    public static string MixedFloatsAndHistograms(string metric)
        => $"encountered a mix of histograms and floats for metric name {GoText.Quote(metric)}";

    public const string MixedInAggregation = "encountered a mix of histograms and floats for aggregation";

    public const string MixedClassicAndNative = "vector contains a mix of classic and native histograms";

    public static string NotACounter(string metric) => $"this native histogram metric is not a counter: {GoText.Quote(metric)}";

    public static string NotAGauge(string metric) => $"this native histogram metric is not a gauge: {GoText.Quote(metric)}";

    public static string MixedSchemas(string metric)
        => $"vector contains a mix of histograms with exponential and custom buckets schemas for metric name {GoText.Quote(metric)}";

    public static string MixedLayouts(string op) => $"incompatible bucket layout encountered for binary operator {op}";

    public static string PossibleNonCounter(string metric)
        => $"metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {GoText.Quote(metric)}";

    public static string IncompatibleTypes(string left, string op, string right)
        => $"incompatible sample types encountered for binary operator {GoText.Quote(op)}: {left} {op} {right}";

    public static string IgnoredInAggregation(string aggregation) => $"ignored histogram in {aggregation} aggregation";

    public static string IgnoredInRange(string metric)
        => $"ignored histograms in a range containing both floats and histograms for metric name {GoText.Quote(metric)}";

    public static string HintsCollide(string operation) => $"conflicting counter resets during histogram {operation}";

    public static string BoundsReconciled(string operation) => $"mismatched custom buckets were reconciled during {operation}";

    public static string? Of(NotANumber note) => note switch
    {
        NotANumber.ResultIsNaN => "input to histogram_quantile has NaN observations, result is NaN",
        NotANumber.ResultIsSkewed => "input to histogram_quantile has NaN observations, result is skewed higher",
        NotANumber.Excluded => "input to histogram_fraction has NaN observations, which are excluded from all fractions",
        _ => null,
    };
}
