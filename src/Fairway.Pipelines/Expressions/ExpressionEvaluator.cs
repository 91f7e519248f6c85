using static Fairway.Pipelines.Expressions.ExpressionValue;

namespace Fairway.Pipelines.Expressions;

/// <summary>A function that only some places have: <c>hashFiles</c>, <c>success</c>, <c>always</c>, …</summary>
public delegate ExpressionValue SpecialFunction(IReadOnlyList<ExpressionValue> arguments);

/// <summary>What an expression is evaluated against.</summary>
public sealed record EvaluationContext
{
    /// <summary>Values of contexts by name; one that is missing is null.</summary>
    public required IReadOnlyDictionary<string, ExpressionValue> Contexts { get; init; }

    /// <summary>Special functions by lower-case name.</summary>
    public IReadOnlyDictionary<string, SpecialFunction> Functions { get; init; } = new Dictionary<string, SpecialFunction>();
}

/// <summary>Evaluates expressions. A pure function of expression and context, apart from special functions.</summary>
public static class ExpressionEvaluator
{
    /// <exception cref="ExpressionException">A function does not take these values.</exception>
    public static ExpressionValue Evaluate(Expression expression, EvaluationContext context) => expression switch
    {
        Expression.Literal literal => literal.Value,
        Expression.Context named => Lookup(named.Name, context),
        Expression.Not not => Of(!Evaluate(not.Operand, context).IsTruthy),
        Expression.Compare compare => Of(Compare(compare.Operator, Evaluate(compare.Left, context), Evaluate(compare.Right, context))),
        Expression.Logical logical => EvaluateLogical(logical, context),
        Expression.Access access => EvaluateAccess(access, context),
        Expression.Call call => EvaluateCall(call, context),
        _ => throw new InvalidOperationException($"{expression.GetType().Name} is no expression."),
    };

    private static ExpressionValue Lookup(string name, EvaluationContext context)
    {
        foreach ((string key, ExpressionValue value) in context.Contexts)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return Null;
    }

    private static bool Compare(CompareOperator comparison, ExpressionValue left, ExpressionValue right) => comparison switch
    {
        CompareOperator.Equal => Coercion.AreEqual(left, right),
        CompareOperator.NotEqual => !Coercion.AreEqual(left, right),
        CompareOperator.Less => Coercion.IsLess(left, right),
        CompareOperator.LessOrEqual => Coercion.IsLess(left, right) || Coercion.AreEqual(left, right),
        CompareOperator.Greater => Coercion.IsLess(right, left),
        _ => Coercion.IsLess(right, left) || Coercion.AreEqual(left, right),
    };

    /// <summary>Left to right, ending at the first operand that decides; the result is that operand, not a boolean.</summary>
    private static ExpressionValue EvaluateLogical(Expression.Logical logical, EvaluationContext context)
    {
        ExpressionValue value = Null;
        foreach (Expression operand in logical.Operands)
        {
            value = Evaluate(operand, context);
            if (value.IsTruthy != logical.IsAnd)
            {
                break;
            }
        }

        return value;
    }

    private static ExpressionValue EvaluateAccess(Expression.Access access, EvaluationContext context)
    {
        ExpressionValue target = Evaluate(access.Target, context);
        ExpressionValue? index = access.Index is null ? null : Evaluate(access.Index, context);
        if (target is ArrayValue { IsFiltered: true } filtered)
        {
            return new ArrayValue([.. filtered.Items.SelectMany(item => index is null ? ItemsOf(item) : One(item, index))], filtered: true);
        }

        return index is null ? new ArrayValue([.. ItemsOf(target)], filtered: true) : One(target, index).FirstOrDefault(Null);
    }

    private static IEnumerable<ExpressionValue> ItemsOf(ExpressionValue value) => value switch
    {
        ArrayValue array => array.Items,
        ObjectValue entries => entries.Entries.Select(entry => entry.Value),
        _ => [],
    };

    /// <summary>The item at an index, or nothing.</summary>
    private static IEnumerable<ExpressionValue> One(ExpressionValue target, ExpressionValue index)
    {
        switch (target)
        {
            case ObjectValue entries when index is not (ArrayValue or ObjectValue) && entries.Find(index.AsText()) is { } found:
                return [found];
            case ArrayValue array:
                double at = Math.Floor(index.AsNumber());
                return at >= 0 && at < array.Items.Count ? [array.Items[(int)at]] : [];
            default:
                return [];
        }
    }

    private static ExpressionValue EvaluateCall(Expression.Call call, EvaluationContext context)
    {
        ExpressionValue[] arguments = [.. call.Arguments.Select(argument => Evaluate(argument, context))];
        string name = call.Function.ToLowerInvariant();
        if (context.Functions.TryGetValue(name, out SpecialFunction? special))
        {
            return special(arguments);
        }

        return Functions.Find(name) is { } function
            ? function(arguments)
            : throw new ExpressionException($"The function '{call.Function}' has no meaning here.", 0);
    }
}
