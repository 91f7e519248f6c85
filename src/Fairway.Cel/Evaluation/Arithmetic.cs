using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>The operators over numbers, strings, lists and times. Overflow and division by zero are errors.</summary>
internal static class Arithmetic
{
    private static readonly CelValue Overflow = CelValue.Fail("integer overflow");
    private static readonly CelValue UintOverflow = CelValue.Fail("unsigned integer overflow");

    public static CelValue Apply(string function, in CelValue a, in CelValue b) => function switch
    {
        Operators.Add => Add(a, b),
        Operators.Subtract => Subtract(a, b),
        Operators.Multiply => Multiply(a, b),
        Operators.Divide => Divide(a, b),
        _ => Modulo(a, b),
    };

    public static CelValue Add(in CelValue a, in CelValue b)
    {
        switch (a.Kind, b.Kind)
        {
            case (CelKind.Int, CelKind.Int):
                long sum = unchecked(a.IntValue + b.IntValue);
                return ((a.IntValue ^ sum) & (b.IntValue ^ sum)) < 0 ? Overflow : CelValue.Of(sum);
            case (CelKind.Uint, CelKind.Uint):
                ulong total = unchecked(a.UintValue + b.UintValue);
                return total < a.UintValue ? UintOverflow : CelValue.Of(total);
            case (CelKind.Double, CelKind.Double):
                return CelValue.Of(a.DoubleValue + b.DoubleValue);
            case (CelKind.String, CelKind.String):
                return CelValue.Of(string.Concat(a.StringValue, b.StringValue));
            case (CelKind.Bytes, CelKind.Bytes):
                return CelValue.Of([.. a.BytesValue.Span, .. b.BytesValue.Span]);
            case (CelKind.List, CelKind.List):
                return CelValue.Of(a.ListValue.Merge(b.ListValue) ?? ConcatList.Join(a.ListValue, b.ListValue));
            case (CelKind.Timestamp, CelKind.Duration):
                return Shift(a, b.DurationNanos);
            case (CelKind.Duration, CelKind.Timestamp):
                return Shift(b, a.DurationNanos);
            case (CelKind.Duration, CelKind.Duration):
                return CelValue.Duration(a.DurationNanos + b.DurationNanos);
            default:
                return Access.NoOverload;
        }
    }

    private static CelValue Shift(in CelValue time, Int128 nanos)
    {
        var start = (CelTimestamp)time.Boxed!;
        return CelTimestamp.FromNanos(start.TotalNanos + nanos) is { } moved ? CelValue.Of(moved) : CelValue.Fail("timestamp overflow");
    }

    public static CelValue Subtract(in CelValue a, in CelValue b)
    {
        switch (a.Kind, b.Kind)
        {
            case (CelKind.Int, CelKind.Int):
                long difference = unchecked(a.IntValue - b.IntValue);
                return ((a.IntValue ^ b.IntValue) & (a.IntValue ^ difference)) < 0 ? Overflow : CelValue.Of(difference);
            case (CelKind.Uint, CelKind.Uint):
                return a.UintValue < b.UintValue ? UintOverflow : CelValue.Of(a.UintValue - b.UintValue);
            case (CelKind.Double, CelKind.Double):
                return CelValue.Of(a.DoubleValue - b.DoubleValue);
            case (CelKind.Timestamp, CelKind.Timestamp):
                return CelValue.Duration(((CelTimestamp)a.Boxed!).TotalNanos - ((CelTimestamp)b.Boxed!).TotalNanos);
            case (CelKind.Timestamp, CelKind.Duration):
                return Shift(a, -b.DurationNanos);
            case (CelKind.Duration, CelKind.Duration):
                return CelValue.Duration(a.DurationNanos - b.DurationNanos);
            default:
                return Access.NoOverload;
        }
    }

    public static CelValue Multiply(in CelValue a, in CelValue b)
    {
        switch (a.Kind, b.Kind)
        {
            case (CelKind.Int, CelKind.Int):
                Int128 product = (Int128)a.IntValue * b.IntValue;
                return product < long.MinValue || product > long.MaxValue ? Overflow : CelValue.Of((long)product);
            case (CelKind.Uint, CelKind.Uint):
                UInt128 unsigned = (UInt128)a.UintValue * b.UintValue;
                return unsigned > ulong.MaxValue ? UintOverflow : CelValue.Of((ulong)unsigned);
            case (CelKind.Double, CelKind.Double):
                return CelValue.Of(a.DoubleValue * b.DoubleValue);
            default:
                return Access.NoOverload;
        }
    }

    public static CelValue Divide(in CelValue a, in CelValue b)
    {
        switch (a.Kind, b.Kind)
        {
            case (CelKind.Int, CelKind.Int):
                return b.IntValue == 0 ? CelValue.Fail("division by zero")
                    : a.IntValue == long.MinValue && b.IntValue == -1 ? Overflow
                    : CelValue.Of(a.IntValue / b.IntValue);
            case (CelKind.Uint, CelKind.Uint):
                return b.UintValue == 0 ? CelValue.Fail("division by zero") : CelValue.Of(a.UintValue / b.UintValue);
            case (CelKind.Double, CelKind.Double):
                return CelValue.Of(a.DoubleValue / b.DoubleValue);
            default:
                return Access.NoOverload;
        }
    }

    public static CelValue Modulo(in CelValue a, in CelValue b)
    {
        switch (a.Kind, b.Kind)
        {
            case (CelKind.Int, CelKind.Int):
                return b.IntValue == 0 ? CelValue.Fail("modulus by zero")
                    : a.IntValue == long.MinValue && b.IntValue == -1 ? Overflow
                    : CelValue.Of(a.IntValue % b.IntValue);
            case (CelKind.Uint, CelKind.Uint):
                return b.UintValue == 0 ? CelValue.Fail("modulus by zero") : CelValue.Of(a.UintValue % b.UintValue);
            default:
                return Access.NoOverload;
        }
    }

    public static CelValue Negate(in CelValue a) => a.Kind switch
    {
        CelKind.Int => a.IntValue == long.MinValue ? Overflow : CelValue.Of(-a.IntValue),
        CelKind.Double => CelValue.Of(-a.DoubleValue),
        CelKind.Duration => CelValue.Duration(-a.DurationNanos),
        _ => Access.NoOverload,
    };

    /// <summary>An order operator; NaN makes every one false.</summary>
    public static CelValue Compare(string function, in CelValue a, in CelValue b)
    {
        int? order = CelEquality.Compare(a, b);
        if (order is null)
        {
            return CelEquality.IsNumber(a.Kind) && CelEquality.IsNumber(b.Kind) ? CelValue.False : Access.NoOverload;
        }

        return CelValue.Of(function switch
        {
            Operators.Less => order < 0,
            Operators.LessEquals => order <= 0,
            Operators.Greater => order > 0,
            _ => order >= 0,
        });
    }
}
