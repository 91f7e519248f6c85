using System.Globalization;
using Fairway.PromQL.Evaluation;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Functions;

/// <summary>Functions over histograms, native or classic (series with an <c>le</c> label).</summary>
internal static class HistogramFunctions
{
    private const string BucketLabel = "le";

    public static List<Column> Call(Evaluator evaluator, CallExpression call)
    {
        switch (call.Function.Name)
        {
            case "histogram_count":
                return Map(evaluator, call, histogram => histogram.Count);
            case "histogram_sum":
                return Map(evaluator, call, histogram => histogram.Sum);
            case "histogram_avg":
                return Map(evaluator, call, histogram => histogram.Sum / histogram.Count);
            case "histogram_stdvar":
                return Map(evaluator, call, Variance);
            case "histogram_stddev":
                return Map(evaluator, call, histogram => Math.Sqrt(Variance(histogram)));
            case "histogram_quantile":
                return Quantiles(evaluator, call, call.Arguments[1], [(call.Arguments[0], null)]);
            case "histogram_quantiles":
                string label = evaluator.Text(call.Arguments[1]);
                return Quantiles(evaluator, call, call.Arguments[0], [.. call.Arguments.Skip(2).Select(argument => (argument, (string?)label))]);
            default:
                return Fraction(evaluator, call);
        }
    }

    private static List<Column> Map(Evaluator evaluator, CallExpression call, Func<FloatHistogram, double> map)
    {
        var results = new List<Column>();
        foreach (Column column in evaluator.Vector(call.Arguments[0]))
        {
            if (column.Histograms is null)
            {
                continue;
            }

            var result = new Column(column.Labels.WithoutName(), evaluator.Steps);
            for (int i = 0; i < evaluator.Steps; i++)
            {
                if (column.HistogramAt(i) is { } histogram)
                {
                    result.Values[i] = map(histogram);
                }
            }

            results.Add(result);
        }

        return Column.Merge(results);
    }

    private static double Variance(FloatHistogram histogram)
    {
        double mean = histogram.Sum / histogram.Count;
        double variance = 0;
        double lost = 0;
        foreach (HistogramBucket bucket in histogram.Buckets())
        {
            if (bucket.Count == 0)
            {
                continue;
            }

            double middle;
            if (histogram.IsCustom)
            {
                middle = (bucket.Upper + bucket.Lower) / 2;
            }
            else if (bucket.Lower <= 0 && bucket.Upper >= 0)
            {
                middle = 0;
            }
            else
            {
                middle = Math.Sqrt(bucket.Upper * bucket.Lower);
                middle = bucket.Upper < 0 ? -middle : middle;
            }

            double difference = middle - mean;
            Kahan.Add(bucket.Count * difference * difference, ref variance, ref lost);
        }

        return (variance + lost) / histogram.Count;
    }

    private static List<Column> Quantiles(Evaluator evaluator, CallExpression call, Expression argument, (Expression Q, string? Label)[] wanted)
    {
        Annotations notes = evaluator.Context.Notes;
        double[][] qs = [.. wanted.Select(one => evaluator.Scalar(one.Q))];
        Grouped grouped = Group(evaluator, argument);
        var results = new List<Column>();
        for (int w = 0; w < wanted.Length; w++)
        {
            double[] q = qs[w];
            foreach (double bad in q.Where(value => double.IsNaN(value) || value is < 0 or > 1).Distinct())
            {
                notes.Warn(Notes.BadQuantile(bad), wanted[w].Q.Span);
            }

            string? label = wanted[w].Label;
            string text = label is null ? string.Empty : OpenMetrics(q[0]);
            results.AddRange(grouped.Evaluate(
                labels => label is null ? labels : labels.With(label, text),
                (histogram, step) => NativeQuantiles.Quantile(q[step], histogram),
                (buckets, step) =>
                {
                    (double value, Mended? mended) = ClassicQuantiles.Quantile(q[step], buckets);
                    if (mended is { } so)
                    {
                        notes.ForcedMonotonic(argument.Span, evaluator.TimeAt(step), so);
                    }

                    return value;
                }));
        }

        return Column.Merge(results);
    }

    private static List<Column> Fraction(Evaluator evaluator, CallExpression call)
    {
        double[] lower = evaluator.Scalar(call.Arguments[0]);
        double[] upper = evaluator.Scalar(call.Arguments[1]);
        return Column.Merge([.. Group(evaluator, call.Arguments[2]).Evaluate(
            labels => labels,
            (histogram, step) => NativeQuantiles.Fraction(lower[step], upper[step], histogram),
            (buckets, step) => ClassicQuantiles.Fraction(lower[step], upper[step], buckets))]);
    }

    // As OpenMetrics writes numbers: whole ones with ".0".
    private static string OpenMetrics(double value)
    {
        string text = GoText.FormatGeneral(value);
        return double.IsFinite(value) && !text.Contains('e', StringComparison.Ordinal) && !text.Contains('.', StringComparison.Ordinal) ? text + ".0" : text;
    }

    private static Grouped Group(Evaluator evaluator, Expression argument)
    {
        var grouped = new Grouped(evaluator, argument);
        foreach (Column column in evaluator.Vector(argument))
        {
            grouped.Add(column);
        }

        return grouped;
    }

    /// <summary>Native histograms as they are, and classic buckets by the histogram they belong to.</summary>
    private sealed class Grouped(Evaluator evaluator, Expression argument)
    {
        private readonly List<Column> native = [];
        private readonly Dictionary<Labels, List<(double Bound, Column Column)>> classic = [];

        public void Add(Column column)
        {
            if (column.Histograms is not null)
            {
                native.Add(column);
            }

            bool hasFloat = column.Histograms is null || Enumerable.Range(0, evaluator.Steps).Any(i => column.Has(i) && column.HistogramAt(i) is null);
            if (!hasFloat)
            {
                return;
            }

            string bound = column.Labels[BucketLabel];
            if (!TryBound(bound, out double value))
            {
                evaluator.Context.Notes.Warn(Notes.BadBucketLabel(bound), argument.Span);
                return;
            }

            Labels histogram = column.Labels.Without(BucketLabel);
            if (!classic.TryGetValue(histogram, out List<(double Bound, Column Column)>? buckets))
            {
                classic.Add(histogram, buckets = []);
            }

            buckets.Add((value, column));
        }

        public IEnumerable<Column> Evaluate(
            Func<Labels, Labels> relabel, Func<FloatHistogram, int, (double Value, NotANumber Note)> ofNative, Func<List<ClassicBucket>, int, double> ofClassic)
        {
            foreach (Column column in native)
            {
                classic.TryGetValue(column.Labels, out List<(double Bound, Column Column)>? rival);
                var result = new Column(relabel(column.Labels.WithoutMetadata()), evaluator.Steps);
                for (int i = 0; i < evaluator.Steps; i++)
                {
                    if (column.HistogramAt(i) is not { } histogram || Conflict(rival, i))
                    {
                        continue;
                    }

                    (double value, NotANumber note) = ofNative(histogram, i);
                    result.Values[i] = value;
                    if (Notes.Of(note) is { } text)
                    {
                        evaluator.Context.Notes.Info(text, argument.Span);
                    }
                }

                yield return result;
            }

            foreach ((Labels labels, List<(double Bound, Column Column)> columns) in classic)
            {
                Column? rival = native.Find(column => column.Labels == labels);
                yield return Classic(labels, columns, rival, relabel, ofClassic);
            }
        }

        private Column Classic(
            Labels labels,
            List<(double Bound, Column Column)> columns,
            Column? rival,
            Func<Labels, Labels> relabel,
            Func<List<ClassicBucket>, int, double> evaluate)
        {
            var result = new Column(relabel(labels.WithoutMetadata()), evaluator.Steps);
            var buckets = new List<ClassicBucket>(columns.Count);
            for (int i = 0; i < evaluator.Steps; i++)
            {
                buckets.Clear();
                foreach ((double bound, Column column) in columns)
                {
                    if (column.Has(i) && column.HistogramAt(i) is null)
                    {
                        buckets.Add(new ClassicBucket(bound, column.Values[i]));
                    }
                }

                if (buckets.Count > 0 && rival?.HistogramAt(i) is null)
                {
                    result.Values[i] = evaluate(buckets, i);
                }
            }

            return result;
        }

        // Classic buckets and a native histogram with the same name and labels at the same time: neither is evaluated.
        private bool Conflict(List<(double Bound, Column Column)>? rival, int step)
        {
            bool conflict = rival?.Exists(one => one.Column.Has(step) && one.Column.HistogramAt(step) is null) ?? false;
            if (conflict)
            {
                evaluator.Context.Notes.Warn(Notes.MixedClassicAndNative, argument.Span);
            }

            return conflict;
        }

        private static bool TryBound(string text, out double bound)
        {
            switch (text.ToLowerInvariant())
            {
                case "+inf" or "inf" or "infinity" or "+infinity":
                    bound = double.PositiveInfinity;
                    return true;
                case "-inf" or "-infinity":
                    bound = double.NegativeInfinity;
                    return true;
                case "nan":
                    bound = double.NaN;
                    return true;
                default:
                    const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign;
                    return double.TryParse(text, style, CultureInfo.InvariantCulture, out bound);
            }
        }
    }
}
