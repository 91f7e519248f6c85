using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>The result of an operator on two samples.</summary>
/// <param name="Value">Float result.</param>
/// <param name="Histogram">Histogram result.</param>
/// <param name="Keep">Whether a comparison holds.</param>
/// <param name="IsValid">False when the operator is not defined for these kinds of samples.</param>
internal readonly record struct SampleResult(double Value, FloatHistogram? Histogram, bool Keep, bool IsValid)
{
    public static SampleResult Of(double value, bool keep = true) => new(value, null, keep, true);

    public static SampleResult Of(FloatHistogram histogram, bool keep = true) => new(0, histogram, keep, true);
}

/// <summary>Operators on single values.</summary>
internal static class SampleMath
{
    public static double Scalars(BinaryOperator op, double left, double right)
        => op.IsComparison() ? (Compare(op, left, right) ? 1 : 0) : Arithmetic(op, left, right);

    public static bool Compare(BinaryOperator op, double left, double right) => op switch
    {
        BinaryOperator.Equal => left == right,
        BinaryOperator.NotEqual => left != right,
        BinaryOperator.Greater => left > right,
        BinaryOperator.Less => left < right,
        BinaryOperator.GreaterOrEqual => left >= right,
        _ => left <= right,
    };

    public static double Arithmetic(BinaryOperator op, double left, double right) => op switch
    {
        BinaryOperator.Add => left + right,
        BinaryOperator.Subtract => left - right,
        BinaryOperator.Multiply => left * right,
        BinaryOperator.Divide => left / right,
        BinaryOperator.Modulo => left % right,
        BinaryOperator.Power => Math.Pow(left, right),
        BinaryOperator.Atan2 => Math.Atan2(left, right),
        _ => throw PromQLException.Execution($"operator {GoText.Quote(op.Symbol())} not allowed for Scalar operations"),
    };

    public static SampleResult Samples(
        BinaryOperator op, double left, FloatHistogram? leftHistogram, double right, FloatHistogram? rightHistogram, Annotations notes, TextSpan span)
    {
        if (leftHistogram is null && rightHistogram is null)
        {
            return op is BinaryOperator.TrimLower or BinaryOperator.TrimUpper ? Incompatible("float", op, "float", notes, span)
                : op.IsComparison() ? SampleResult.Of(left, Compare(op, left, right))
                : SampleResult.Of(Arithmetic(op, left, right));
        }

        if (leftHistogram is null)
        {
            return op == BinaryOperator.Multiply
                ? SampleResult.Of(HistogramMath.Multiply(rightHistogram!, left).Compacted())
                : Incompatible("float", op, "histogram", notes, span);
        }

        if (rightHistogram is null)
        {
            return op switch
            {
                BinaryOperator.Multiply => SampleResult.Of(HistogramMath.Multiply(leftHistogram, right).Compacted()),
                BinaryOperator.Divide => SampleResult.Of(HistogramMath.Divide(leftHistogram, right).Compacted()),
                BinaryOperator.TrimUpper => SampleResult.Of(HistogramTrim.Trim(leftHistogram, right, keepBelow: true)),
                BinaryOperator.TrimLower => SampleResult.Of(HistogramTrim.Trim(leftHistogram, right, keepBelow: false)),
                _ => Incompatible("histogram", op, "float", notes, span),
            };
        }

        return op switch
        {
            BinaryOperator.Add => Combine(HistogramMath.Add(leftHistogram, rightHistogram), "addition", op, notes, span),
            BinaryOperator.Subtract => Combine(HistogramMath.Subtract(leftHistogram, rightHistogram), "subtraction", op, notes, span),
            BinaryOperator.Equal => SampleResult.Of(leftHistogram, leftHistogram.Equals(rightHistogram)),
            BinaryOperator.NotEqual => SampleResult.Of(leftHistogram, !leftHistogram.Equals(rightHistogram)),
            _ => Incompatible("histogram", op, "histogram", notes, span),
        };
    }

    private static SampleResult Combine(HistogramOutcome outcome, string operation, BinaryOperator op, Annotations notes, TextSpan span)
    {
        if (outcome.Result is not { } result)
        {
            notes.Warn(Notes.MixedLayouts(op.Symbol()), span);
            return default;
        }

        if (outcome.HintsCollide)
        {
            notes.Warn(Notes.HintsCollide(operation), span);
        }

        if (outcome.BoundsReconciled)
        {
            notes.Info(Notes.BoundsReconciled(operation), span);
        }

        return SampleResult.Of((op == BinaryOperator.Subtract ? result.WithHint(CounterResetHint.Gauge) : result).Compacted());
    }

    private static SampleResult Incompatible(string left, BinaryOperator op, string right, Annotations notes, TextSpan span)
    {
        notes.Info(Notes.IncompatibleTypes(left, op.Symbol(), right), span);
        return default;
    }
}
