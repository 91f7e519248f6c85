using System.Globalization;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Tests.Scripts;

/// <summary>Turns loaded classic histograms into native ones with custom buckets, which are loaded besides.</summary>
internal static class ClassicConversion
{
    public static void AddNative(MemorySource source, List<(Labels Labels, IReadOnlyList<NotedValue> Values)> loaded, long gap)
    {
        var histograms = new Dictionary<Labels, SortedDictionary<int, Parts>>();
        foreach ((Labels labels, IReadOnlyList<NotedValue> values) in loaded)
        {
            (string suffix, string name) = Suffix(labels.Name);
            if (suffix.Length == 0)
            {
                continue;
            }

            Labels native = labels.Without("le").With(Labels.MetricName, name);
            if (!histograms.TryGetValue(native, out SortedDictionary<int, Parts>? byTime))
            {
                histograms.Add(native, byTime = []);
            }

            for (int i = 0; i < values.Count; i++)
            {
                if (values[i].IsOmitted || values[i].Histogram is not null)
                {
                    continue;
                }

                if (!byTime.TryGetValue(i, out Parts? parts))
                {
                    byTime.Add(i, parts = new Parts());
                }

                parts.Set(suffix, labels["le"], values[i].Value);
            }
        }

        foreach ((Labels labels, SortedDictionary<int, Parts> byTime) in histograms)
        {
            foreach ((int i, Parts parts) in byTime)
            {
                source.Add(labels, i * gap, parts.ToHistogram());
            }
        }
    }

    private static (string Suffix, string Name) Suffix(string name)
    {
        foreach (string suffix in (string[])["_bucket", "_count", "_sum"])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal))
            {
                return (suffix, name[..^suffix.Length]);
            }
        }

        return (string.Empty, name);
    }

    private sealed class Parts
    {
        private readonly SortedDictionary<double, double> buckets = [];
        private double? count;
        private double sum;

        public void Set(string suffix, string le, double value)
        {
            if (suffix == "_count")
            {
                count = value;
            }
            else if (suffix == "_sum")
            {
                sum = value;
            }
            else if (NumberScanner.TryParseNumber(le.TrimStart('+', '-'), out double bound) && !double.IsNaN(bound))
            {
                buckets[le.StartsWith('-') ? -bound : bound] = value;
            }
        }

        public FloatHistogram ToHistogram()
        {
            double all = count ?? (buckets.Count > 0 ? buckets.Last().Value : 0);
            double[] bounds = [.. buckets.Keys.Where(double.IsFinite)];
            var counts = new List<double>();
            double before = 0;
            foreach (double bound in bounds)
            {
                counts.Add(buckets[bound] - before);
                before = buckets[bound];
            }

            counts.Add(all - before);
            return new FloatHistogram
            {
                Schema = FloatHistogram.CustomSchema,
                Count = all,
                Sum = sum,
                CustomBounds = bounds,
                Positive = new BucketSet([.. Enumerable.Range(0, counts.Count)], [.. counts]).Compacted(),
            };
        }
    }
}
