using System.Text;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;

namespace Fairway.Telemetry.Slos;

/// <summary>Turns a query for a number of events into one for the events of a window.</summary>
internal static class EventWindows
{
    /// <summary>
    /// Where the query is made of sums, additions and selectors alone, the function goes to each selector, which is exact also when
    /// one of several counters starts again. Anything else is looked at from outside, at a resolution.
    /// </summary>
    /// <param name="query">PromQL whose value grows with every event (or, for <c>sum_over_time</c>, is a number of events).</param>
    /// <param name="function"><c>increase</c> or <c>sum_over_time</c>.</param>
    /// <param name="window">How far to look back.</param>
    /// <param name="resolution">The step where the query has to be evaluated again and again.</param>
    /// <exception cref="PromQLException">The query is not PromQL.</exception>
    public static string Over(string query, string function, TimeSpan window, TimeSpan resolution)
    {
        Expression tree = PromQLParser.Parse(query, ParserOptions.Stable);
        string range = PromDuration.Of(window < resolution ? resolution : window);
        List<VectorSelector> selectors = [];
        if (!IsSumOfSelectors(tree, selectors))
        {
            string vector = tree.Type == PromQL.ValueType.Scalar ? $"vector({query})" : $"({query})";
            return $"sum({function}({vector}[{range}:{PromDuration.Of(resolution)}]))";
        }

        var text = new StringBuilder();
        int copied = 0;
        foreach (VectorSelector selector in selectors.OrderBy(one => one.Span.Start))
        {
            text.Append(query, copied, selector.Span.Start - copied);
            text.Append(function).Append('(').Append(query, selector.Span.Start, selector.Span.End - selector.Span.Start).Append('[').Append(range).Append("])");
            copied = selector.Span.End;
        }

        return $"sum({text.Append(query, copied, query.Length - copied)})";
    }

    private static bool IsSumOfSelectors(Expression node, List<VectorSelector> selectors)
    {
        switch (node)
        {
            case VectorSelector { At: null, Offset.IsZero: true } selector:
                selectors.Add(selector);
                return true;
            case ParenExpression paren:
                return IsSumOfSelectors(paren.Inner, selectors);
            case AggregateExpression { Operation: "sum" } sum:
                return IsSumOfSelectors(sum.Operand, selectors);
            case BinaryExpression { Operator: BinaryOperator.Add or BinaryOperator.Subtract } binary:
                return IsSumOfSelectors(binary.Left, selectors) && IsSumOfSelectors(binary.Right, selectors);
            default:
                return false;
        }
    }
}
