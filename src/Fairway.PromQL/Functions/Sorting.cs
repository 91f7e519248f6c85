using Fairway.PromQL.Evaluation;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Functions;

/// <summary>Orders the elements of an instant vector; over a range the order is that of the labels and nothing happens here.</summary>
internal static class Sorting
{
    public static List<Column> Call(Evaluator evaluator, CallExpression call)
    {
        List<Column> input = evaluator.Vector(call.Arguments[0]);
        bool byLabel = call.Function.Name.StartsWith("sort_by_label", StringComparison.Ordinal);
        bool descending = call.Function.Name.EndsWith("_desc", StringComparison.Ordinal);
        if (!byLabel)
        {
            input = WithoutHistograms(input);
        }

        if (!evaluator.IsInstant)
        {
            return input;
        }

        if (byLabel)
        {
            string[] labels = [.. call.Arguments.Skip(1).Select(evaluator.Text)];
            var order = Comparer<Column>.Create((left, right) => CompareByLabels(left.Labels, right.Labels, labels) * (descending ? -1 : 1));
            return [.. input.Order(order)];
        }

        // NaN is last whichever way.
        IOrderedEnumerable<Column> numbersFirst = input.Where(column => column.Has(0)).OrderBy(column => double.IsNaN(column.Values[0]));
        return [.. descending ? numbersFirst.ThenByDescending(column => column.Values[0]) : numbersFirst.ThenBy(column => column.Values[0])];
    }

    private static List<Column> WithoutHistograms(List<Column> input)
    {
        var results = new List<Column>(input.Count);
        foreach (Column column in input)
        {
            if (column.Histograms is null)
            {
                results.Add(column);
                continue;
            }

            var floats = new Column(column.Labels, column.Values.Length);
            for (int i = 0; i < column.Values.Length; i++)
            {
                if (column.HistogramAt(i) is null)
                {
                    floats.Values[i] = column.Values[i];
                }
            }

            results.Add(floats);
        }

        return results;
    }

    private static int CompareByLabels(Labels left, Labels right, string[] labels)
    {
        foreach (string label in labels)
        {
            string one = left[label];
            string other = right[label];
            if (!string.Equals(one, other, StringComparison.Ordinal))
            {
                return ComesBefore(one, other) ? -1 : 1;
            }
        }

        return left.CompareTo(right);
    }

    /// <summary>Natural order: runs of digits compare as numbers.</summary>
    private static bool ComesBefore(string left, string right)
    {
        int i = 0;
        int j = 0;
        while (i < left.Length && j < right.Length)
        {
            string one = Run(left, ref i);
            string other = Run(right, ref j);
            if (string.Equals(one, other, StringComparison.Ordinal))
            {
                continue;
            }

            if (char.IsAsciiDigit(one[0]) && char.IsAsciiDigit(other[0]))
            {
                string first = one.TrimStart('0');
                string second = other.TrimStart('0');
                if (first.Length != second.Length)
                {
                    return first.Length < second.Length;
                }

                int order = string.CompareOrdinal(first, second);
                return order != 0 ? order < 0 : one.Length < other.Length;
            }

            return string.CompareOrdinal(one, other) < 0;
        }

        return left.Length - i < right.Length - j;
    }

    private static string Run(string text, ref int at)
    {
        int start = at;
        bool digits = char.IsAsciiDigit(text[at]);
        while (at < text.Length && char.IsAsciiDigit(text[at]) == digits)
        {
            at++;
        }

        return text[start..at];
    }
}
