using System.Collections.Frozen;
using Fairway.PromQL.Evaluation;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Functions;

/// <summary>Functions over instant vectors.</summary>
internal static class VectorFunctions
{
    // Functions of one float; histograms are left out, the name is dropped.
    private static readonly FrozenDictionary<string, Func<double, double>> Simple = new Dictionary<string, Func<double, double>>(StringComparer.Ordinal)
    {
        ["abs"] = Math.Abs,
        ["ceil"] = Math.Ceiling,
        ["floor"] = Math.Floor,
        ["exp"] = Math.Exp,
        ["sqrt"] = Math.Sqrt,
        ["ln"] = Math.Log,
        ["log2"] = Math.Log2,
        ["log10"] = Math.Log10,
        ["sin"] = Math.Sin,
        ["cos"] = Math.Cos,
        ["tan"] = Math.Tan,
        ["asin"] = Math.Asin,
        ["acos"] = Math.Acos,
        ["atan"] = Math.Atan,
        ["sinh"] = Math.Sinh,
        ["cosh"] = Math.Cosh,
        ["tanh"] = Math.Tanh,
        ["asinh"] = Math.Asinh,
        ["acosh"] = Math.Acosh,
        ["atanh"] = Math.Atanh,
        ["rad"] = value => value * Math.PI / 180,
        ["deg"] = value => value * 180 / Math.PI,
        ["sgn"] = value => value < 0 ? -1 : value > 0 ? 1 : value,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static List<Column> Call(Evaluator evaluator, CallExpression call)
    {
        string name = call.Function.Name;
        if (Simple.TryGetValue(name, out Func<double, double>? simple))
        {
            return MapFloats(evaluator, evaluator.Vector(call.Arguments[0]), (value, _) => simple(value));
        }

        if (Calendar.Parts.TryGetValue(name, out Func<double, double>? part))
        {
            List<Column> times = call.Arguments.Count == 0 ? [Now(evaluator)] : evaluator.Vector(call.Arguments[0]);
            return MapFloats(evaluator, times, (value, _) => part(value));
        }

        switch (name)
        {
            case "vector":
                var column = new Column(Labels.Empty, evaluator.Steps);
                evaluator.Scalar(call.Arguments[0]).CopyTo(column.Values, 0);
                return [column];
            case "clamp" or "clamp_min" or "clamp_max":
                return Clamp(evaluator, call);
            case "round":
                double[]? nearest = call.Arguments.Count > 1 ? evaluator.Scalar(call.Arguments[1]) : null;
                return MapFloats(evaluator, evaluator.Vector(call.Arguments[0]), (value, step) =>
                {
                    double inverse = 1 / (nearest?[step] ?? 1);
                    return Math.Floor((value * inverse) + 0.5) / inverse;
                });
            case "timestamp":
                return Timestamp(evaluator, call.Arguments[0]);
            case "absent":
                return Absent(evaluator, call.Arguments[0]);
            case "sort" or "sort_desc" or "sort_by_label" or "sort_by_label_desc":
                return Sorting.Call(evaluator, call);
            case "label_replace":
                return LabelFunctions.Replace(evaluator, call);
            case "label_join":
                return LabelFunctions.Join(evaluator, call);
            case "info":
                return new InfoFunction(evaluator, call).Evaluate();
            default:
                return HistogramFunctions.Call(evaluator, call);
        }
    }

    private static List<Column> MapFloats(Evaluator evaluator, List<Column> input, Func<double, int, double> map)
    {
        var results = new List<Column>(input.Count);
        foreach (Column column in input)
        {
            var result = new Column(column.Labels.WithoutMetadata(), evaluator.Steps);
            for (int i = 0; i < evaluator.Steps; i++)
            {
                if (column.Has(i) && column.HistogramAt(i) is null)
                {
                    result.Values[i] = map(column.Values[i], i);
                }
            }

            results.Add(result);
        }

        return Column.Merge(results);
    }

    private static Column Now(Evaluator evaluator)
    {
        var now = new Column(Labels.Empty, evaluator.Steps);
        for (int i = 0; i < evaluator.Steps; i++)
        {
            now.Values[i] = evaluator.TimeAt(i) / 1000.0;
        }

        return now;
    }

    private static List<Column> Clamp(Evaluator evaluator, CallExpression call)
    {
        string name = call.Function.Name;
        List<Column> input = evaluator.Vector(call.Arguments[0]);
        double[]? least = name == "clamp_max" ? null : evaluator.Scalar(call.Arguments[1]);
        double[]? most = name == "clamp_min" ? null : evaluator.Scalar(call.Arguments[^1]);
        var results = new List<Column>(input.Count);
        foreach (Column column in input)
        {
            var result = new Column(column.Labels.WithoutMetadata(), evaluator.Steps);
            for (int i = 0; i < evaluator.Steps; i++)
            {
                double low = least?[i] ?? double.NegativeInfinity;
                double high = most?[i] ?? double.PositiveInfinity;
                if (column.Has(i) && column.HistogramAt(i) is null && !(high < low))
                {
                    result.Values[i] = Math.Max(low, Math.Min(high, column.Values[i]));
                }
            }

            results.Add(result);
        }

        return Column.Merge(results);
    }

    private static List<Column> Timestamp(Evaluator evaluator, Expression argument)
    {
        if (StepInvariance.Unwrap(argument) is VectorSelector selector)
        {
            List<Column> times = new SelectorReader(evaluator).Timestamps(selector);
            return Column.Merge(times.ConvertAll(column => column.Relabelled(column.Labels.WithoutMetadata())));
        }

        var results = new List<Column>();
        foreach (Column column in evaluator.Vector(argument))
        {
            var result = new Column(column.Labels.WithoutMetadata(), evaluator.Steps);
            for (int i = 0; i < evaluator.Steps; i++)
            {
                if (column.Has(i))
                {
                    result.Values[i] = evaluator.TimeAt(i) / 1000.0;
                }
            }

            results.Add(result);
        }

        return Column.Merge(results);
    }

    private static List<Column> Absent(Evaluator evaluator, Expression argument)
    {
        List<Column> present = evaluator.Vector(argument);
        var result = new Column(AbsentLabels.Of(argument), evaluator.Steps);
        for (int i = 0; i < evaluator.Steps; i++)
        {
            if (!present.Exists(column => column.Has(i)))
            {
                result.Values[i] = 1;
            }
        }

        return [result];
    }
}

/// <summary>The labels that a missing series would have had, as far as the selector says.</summary>
internal static class AbsentLabels
{
    public static Labels Of(Expression node)
    {
        VectorSelector? selector = StepInvariance.Unwrap(node) switch
        {
            VectorSelector vector => vector,
            MatrixSelector matrix => matrix.Selector,
            _ => null,
        };
        if (selector is null)
        {
            return Labels.Empty;
        }

        // A label with several conditions, or one that is not "=", says nothing certain.
        var labels = new LabelsBuilder();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (LabelMatcher matcher in selector.Matchers.Where(matcher => matcher.Name != Labels.MetricName))
        {
            labels.Set(matcher.Name, matcher.Type == MatchType.Equal && seen.Add(matcher.Name) ? matcher.Value : string.Empty);
        }

        return labels.ToLabels();
    }
}
