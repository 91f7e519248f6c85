namespace Fairway.Cel;

/// <summary>The language's equality and order.</summary>
internal static class CelEquality
{
    /// <summary>Deeper values are taken as unequal rather than ending the process.</summary>
    private const int MaxDepth = 512;

    public static bool AreEqual(in CelValue left, in CelValue right) => AreEqual(left, right, 0);

    private static bool AreEqual(in CelValue left, in CelValue right, int depth)
    {
        CelKind kind = left.Kind;
        if (kind != right.Kind)
        {
            return IsNumber(kind) && IsNumber(right.Kind) && CompareNumbers(left, right) == 0;
        }

        switch (kind)
        {
            case CelKind.Null:
                return true;
            case CelKind.Bool or CelKind.Int or CelKind.Uint:
                return left.IntValue == right.IntValue;
            case CelKind.Double:
                return left.DoubleValue == right.DoubleValue;
            case CelKind.String:
                return string.Equals(left.StringValue, right.StringValue, StringComparison.Ordinal);
            case CelKind.Bytes:
                return left.BytesValue.Span.SequenceEqual(right.BytesValue.Span);
            case CelKind.Timestamp:
                return left.TimestampValue == right.TimestampValue;
            case CelKind.Duration:
                return left.DurationNanos == right.DurationNanos;
            case CelKind.Type:
                return string.Equals(left.TypeValue.Name, right.TypeValue.Name, StringComparison.Ordinal);
            case CelKind.Enum:
                return left.EnumValue == right.EnumValue;
            case CelKind.Optional:
                CelValue? leftValue = left.OptionalValue;
                CelValue? rightValue = right.OptionalValue;
                return leftValue.HasValue == rightValue.HasValue
                    && (!leftValue.HasValue || (depth < MaxDepth && AreEqual(leftValue.Value, rightValue!.Value, depth + 1)));
            case CelKind.List:
                return depth < MaxDepth && ListsEqual(left.ListValue, right.ListValue, depth);
            case CelKind.Map:
                return depth < MaxDepth && MapsEqual(left.MapValue, right.MapValue, depth);
            case CelKind.Struct:
                return left.StructValue.IsEqualTo(right.StructValue);
            case CelKind.Opaque:
                return left.OpaqueValue.Type.Name == right.OpaqueValue.Type.Name && left.OpaqueValue.IsEqualTo(right.OpaqueValue);
            default:
                return false;
        }
    }

    private static bool ListsEqual(CelList left, CelList right, int depth)
    {
        if (ReferenceEquals(left, right) && left.Count == 0)
        {
            return true;
        }

        if (left.Count != right.Count)
        {
            return false;
        }

        if (((left as ILooseList)?.IsEqualTo(right) ?? (right as ILooseList)?.IsEqualTo(left)) is { } decided)
        {
            return decided;
        }

        for (int i = 0; i < left.Count; i++)
        {
            if (!AreEqual(left[i], right[i], depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MapsEqual(CelMap left, CelMap right, int depth)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (CelValue key in left.Keys)
        {
            if (!left.TryGet(key, out CelValue value) || !right.TryGet(key, out CelValue other) || !AreEqual(value, other, depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    public static bool IsNumber(CelKind kind) => kind is CelKind.Int or CelKind.Uint or CelKind.Double;

    /// <summary>-1, 0 or 1; null when one is NaN.</summary>
    public static int? CompareNumbers(in CelValue left, in CelValue right) => (left.Kind, right.Kind) switch
    {
        (CelKind.Int, CelKind.Int) => left.IntValue.CompareTo(right.IntValue),
        (CelKind.Uint, CelKind.Uint) => left.UintValue.CompareTo(right.UintValue),
        (CelKind.Double, CelKind.Double) => CompareDoubles(left.DoubleValue, right.DoubleValue),
        (CelKind.Int, CelKind.Uint) => left.IntValue < 0 ? -1 : ((ulong)left.IntValue).CompareTo(right.UintValue),
        (CelKind.Uint, CelKind.Int) => right.IntValue < 0 ? 1 : left.UintValue.CompareTo((ulong)right.IntValue),
        (CelKind.Int, CelKind.Double) => CompareMixed(left.IntValue, right.DoubleValue),
        (CelKind.Uint, CelKind.Double) => CompareMixed(left.UintValue, right.DoubleValue),
        (CelKind.Double, CelKind.Int) => -CompareMixed(right.IntValue, left.DoubleValue),
        (CelKind.Double, CelKind.Uint) => -CompareMixed(right.UintValue, left.DoubleValue),
        _ => null,
    };

    private static int? CompareDoubles(double left, double right)
        => double.IsNaN(left) || double.IsNaN(right) ? null : left < right ? -1 : left > right ? 1 : 0;

    /// <summary>As the reference does: doubles beyond the range of the integer's type decide, else the integer is taken as a double.</summary>
    private static int? CompareMixed(double whole, double number, double least, double most)
        => double.IsNaN(number) ? null : number < least ? 1 : number > most ? -1 : whole.CompareTo(number);

    private static int? CompareMixed(long whole, double number) => CompareMixed(whole, number, long.MinValue, long.MaxValue);

    private static int? CompareMixed(ulong whole, double number) => CompareMixed(whole, number, 0, ulong.MaxValue);

    /// <summary>-1, 0 or 1 for values that have an order; null when they have none.</summary>
    public static int? Compare(in CelValue left, in CelValue right)
    {
        CelKind kind = left.Kind;
        if (kind != right.Kind || kind is CelKind.Int or CelKind.Uint or CelKind.Double)
        {
            return IsNumber(kind) && IsNumber(right.Kind) ? CompareNumbers(left, right) : null;
        }

        return kind switch
        {
            CelKind.Bool => left.BoolValue.CompareTo(right.BoolValue),
            CelKind.String => CompareText(left.StringValue, right.StringValue),
            CelKind.Bytes => Math.Sign(left.BytesValue.Span.SequenceCompareTo(right.BytesValue.Span)),
            CelKind.Timestamp => left.TimestampValue.CompareTo(right.TimestampValue),
            CelKind.Duration => left.DurationNanos.CompareTo(right.DurationNanos),
            CelKind.Enum when left.EnumValue.TypeName == right.EnumValue.TypeName => left.EnumValue.Number.CompareTo(right.EnumValue.Number),
            _ => null,
        };
    }

    /// <summary>Order by code point, which is not the order of UTF-16 units once surrogates meet U+E000–U+FFFF.</summary>
    private static int CompareText(string left, string right)
    {
        int common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        char a = left[common];
        char b = right[common];
        bool surrogateA = char.IsSurrogate(a);
        bool surrogateB = char.IsSurrogate(b);
        return surrogateA == surrogateB ? a.CompareTo(b) < 0 ? -1 : 1 : surrogateA ? 1 : -1;
    }
}

/// <summary>A list whose equality ignores order: sets and maps written as lists.</summary>
internal interface ILooseList
{
    /// <summary>Whether equal, for lists of the same length; null when this list is an ordinary one after all.</summary>
    bool? IsEqualTo(CelList other);
}
