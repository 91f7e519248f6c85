using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Planning;

/// <summary>How things stand before a job or step.</summary>
/// <param name="Succeeded">All that counts before it succeeded.</param>
/// <param name="Failed">Something that counts before it failed.</param>
/// <param name="Cancelled">The run (for jobs) or the job (for steps) was cancelled.</param>
public readonly record struct StatusSoFar(bool Succeeded, bool Failed, bool Cancelled)
{
    internal IReadOnlyDictionary<string, SpecialFunction> Functions()
    {
        StatusSoFar status = this;
        return new Dictionary<string, SpecialFunction>
        {
            ["always"] = _ => ExpressionValue.True,
            ["success"] = _ => ExpressionValue.Of(status.Succeeded && !status.Cancelled),
            ["failure"] = _ => ExpressionValue.Of(status.Failed && !status.Cancelled),
            ["cancelled"] = _ => ExpressionValue.Of(status.Cancelled),
        };
    }
}

/// <summary>Decides <c>if</c>: a condition that asks for no status holds only as long as all went well.</summary>
internal static class Condition
{
    /// <exception cref="ExpressionException">The condition cannot be evaluated.</exception>
    public static bool Holds(Expression? condition, StatusSoFar status, EvaluationContext context)
    {
        bool asksForStatus = condition?.Calls("always", "success", "failure", "cancelled") == true;
        if (!asksForStatus && (!status.Succeeded || status.Cancelled))
        {
            return false;
        }

        Dictionary<string, SpecialFunction> functions = new(context.Functions);
        foreach ((string name, SpecialFunction function) in status.Functions())
        {
            functions.TryAdd(name, function);
        }

        return condition is null || ExpressionEvaluator.Evaluate(condition, context with { Functions = functions }).IsTruthy;
    }
}
