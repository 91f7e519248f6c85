namespace Fairway.Cel.Evaluation;

/// <summary>The logic operators' treatment of failures: a decided side absorbs the other side's error.</summary>
internal static class Logic
{
    /// <summary>Neither side decided. Not-known-yet is kept before an error.</summary>
    public static CelValue Undecided(in CelValue left, in CelValue right)
    {
        CelError? leftError = left.Error;
        CelError? rightError = right.Error;
        if (leftError is { Reason: CelErrorKind.Unknown })
        {
            return left;
        }

        if (rightError is { Reason: CelErrorKind.Unknown })
        {
            return right;
        }

        return leftError is not null ? left : rightError is not null ? right : Access.NoOverload;
    }

    public static CelValue And(in CelValue left, in CelValue right)
        => left.IsFalse || right.IsFalse ? CelValue.False : left.IsTrue && right.IsTrue ? CelValue.True : Undecided(left, right);

    public static CelValue Or(in CelValue left, in CelValue right)
        => left.IsTrue || right.IsTrue ? CelValue.True : left.IsFalse && right.IsFalse ? CelValue.False : Undecided(left, right);

    public static CelValue Not(in CelValue value) => value.Kind == CelKind.Bool ? CelValue.Of(!value.BoolValue) : value.IsError ? value : Access.NoOverload;
}
