using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Rules;

/// <summary>Histograms in the notation of tests, the same text for equal histograms.</summary>
internal static class HistogramNotation
{
    public static string Of(FloatHistogram? histogram)
    {
        if (histogram is null)
        {
            return string.Empty;
        }

        FloatHistogram compact = histogram.Compacted();
        var parts = new List<string>();
        void Number(string name, double value)
        {
            if (value != 0)
            {
                parts.Add($"{name}:{GoText.FormatGeneral(value)}");
            }
        }

        if (compact.Schema != 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"schema:{compact.Schema}"));
        }

        Number("count", compact.Count);
        Number("sum", compact.Sum);
        Number("z_bucket", compact.ZeroCount);
        Number("z_bucket_w", compact.ZeroThreshold);
        if (compact.IsCustom)
        {
            parts.Add($"custom_values:{Numbers(compact.CustomBounds)}");
        }

        string? hint = compact.Hint switch
        {
            CounterResetHint.Reset => "reset",
            CounterResetHint.NotReset => "not_reset",
            CounterResetHint.Gauge => "gauge",
            _ => null,
        };
        if (hint is not null)
        {
            parts.Add($"counter_reset_hint:{hint}");
        }

        Buckets(parts, compact.Positive, "buckets", "offset");
        Buckets(parts, compact.Negative, "n_buckets", "n_offset");
        return "{{" + string.Join(' ', parts) + "}}";
    }

    private static void Buckets(List<string> parts, BucketSet buckets, string name, string offset)
    {
        if (buckets.Length == 0)
        {
            return;
        }

        int first = buckets.Indexes[0];
        if (first != 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{offset}:{first}"));
        }

        // One run of buckets, gaps filled with nothing.
        double[] counts = new double[buckets.Indexes[^1] - first + 1];
        for (int i = 0; i < buckets.Length; i++)
        {
            counts[buckets.Indexes[i] - first] = buckets.Counts[i];
        }

        parts.Add($"{name}:{Numbers(counts)}");
    }

    private static string Numbers(IEnumerable<double> values)
    {
        var text = new StringBuilder("[");
        foreach (double value in values)
        {
            text.Append(text.Length > 1 ? " " : string.Empty).Append(GoText.FormatGeneral(value));
        }

        return text.Append(']').ToString();
    }
}
