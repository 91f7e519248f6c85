using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Which expressions have the same value at every step, because all they read is pinned by <c>@</c>.</summary>
internal static class StepInvariance
{
    // Their value depends on the evaluation time itself.
    private static readonly HashSet<string> TimeDependent = new(StringComparer.Ordinal)
    {
        "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year",
        "predict_linear", "time", "timestamp", "info",
    };

    public static bool Is(Expression node) => node switch
    {
        NumberLiteral or StringLiteral => true,
        VectorSelector selector => selector.At is not null,
        MatrixSelector matrix => matrix.Selector.At is not null,
        SubqueryExpression subquery => subquery.At is not null,
        CallExpression { Function.Name: "timestamp" } call => Unwrap(call.Arguments[0]) is VectorSelector { At: not null },
        CallExpression call => !TimeDependent.Contains(call.Function.Name) && call.Arguments.All(Is),
        _ => node.Children.All(Is),
    };

    public static Expression Unwrap(Expression node)
    {
        while (node is ParenExpression paren)
        {
            node = paren.Inner;
        }

        return node;
    }
}
