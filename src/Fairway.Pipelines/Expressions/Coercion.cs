using static Fairway.Pipelines.Expressions.ExpressionValue;

namespace Fairway.Pipelines.Expressions;

/// <summary>How values compare: like kinds by value, unlike kinds as numbers, texts without regard to case, NaN with nothing.</summary>
internal static class Coercion
{
    public static bool AreEqual(ExpressionValue left, ExpressionValue right)
    {
        (left, right) = Unify(left, right);
        return (left, right) switch
        {
            (NullValue, NullValue) => true,
            (NumberValue l, NumberValue r) => l.Value == r.Value,
            (TextValue l, TextValue r) => string.Equals(l.Value, r.Value, StringComparison.OrdinalIgnoreCase),
            (BooleanValue l, BooleanValue r) => l.Value == r.Value,
            _ => ReferenceEquals(left, right),
        };
    }

    /// <summary>Whether left is less than right; false when the two cannot be ordered.</summary>
    public static bool IsLess(ExpressionValue left, ExpressionValue right)
    {
        (left, right) = Unify(left, right);
        return (left, right) switch
        {
            (NumberValue l, NumberValue r) => l.Value < r.Value,
            (TextValue l, TextValue r) => string.Compare(l.Value, r.Value, StringComparison.OrdinalIgnoreCase) < 0,
            (BooleanValue l, BooleanValue r) => !l.Value && r.Value,
            _ => false,
        };
    }

    private static (ExpressionValue Left, ExpressionValue Right) Unify(ExpressionValue left, ExpressionValue right)
    {
        if (left.GetType() == right.GetType())
        {
            return (left, right);
        }

        bool arrayOrObject = left is ArrayValue or ObjectValue || right is ArrayValue or ObjectValue;
        return arrayOrObject ? (left, right) : (ExpressionValue.Of(left.AsNumber()), ExpressionValue.Of(right.AsNumber()));
    }
}
