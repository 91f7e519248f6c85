using System.Globalization;

namespace Fairway.Cel.Evaluation;

/// <summary>Selecting fields, indexing and membership.</summary>
internal static class Access
{
    public static readonly CelValue NoOverload = CelValue.Fail("no such overload");

    public static CelValue NoSuchKey(string key) => CelValue.Fail($"no such key: {key}");

    private static CelValue NoSuchKey(in CelValue key) => NoSuchKey(key.Kind == CelKind.String ? key.StringValue : key.ToString().TrimEnd('u'));

    public static CelValue Select(in CelValue operand, string field)
    {
        switch (operand.Kind)
        {
            case CelKind.Map:
                return operand.MapValue.TryGet(field, out CelValue value) ? value : NoSuchKey(field);
            case CelKind.Struct:
                return operand.StructValue.Get(field);
            case CelKind.Error:
                return operand;
            case CelKind.Optional:
                return OptionalSelect(operand, field);
            default:
                return CelValue.Fail($"no such overload: type '{operand.Type}' has no field '{field}'");
        }
    }

    /// <summary>The field wrapped, or none when absent.</summary>
    public static CelValue OptionalSelect(in CelValue operand, string field)
    {
        CelValue inner = operand;
        if (operand.Kind == CelKind.Optional)
        {
            if (operand.OptionalValue is not { } held)
            {
                return CelValue.OptionalNone;
            }

            inner = held;
        }

        switch (inner.Kind)
        {
            case CelKind.Map:
                return inner.MapValue.TryGet(field, out CelValue value) ? CelValue.OptionalOf(value) : CelValue.OptionalNone;
            case CelKind.Struct:
                bool? has = inner.StructValue.Has(field);
                return has == true ? CelValue.OptionalOf(inner.StructValue.Get(field)) : has == false ? CelValue.OptionalNone : inner.StructValue.Get(field);
            case CelKind.Error:
                return inner;
            default:
                return CelValue.Fail($"no such overload: type '{inner.Type}' has no field '{field}'");
        }
    }

    public static CelValue Has(in CelValue operand, string field)
    {
        switch (operand.Kind)
        {
            case CelKind.Map:
                return CelValue.Of(operand.MapValue.TryGet(field, out _));
            case CelKind.Struct:
                return operand.StructValue.Has(field) is { } has ? CelValue.Of(has) : operand.StructValue.Get(field);
            case CelKind.Optional:
                return operand.OptionalValue is { } held ? Has(held, field) : CelValue.False;
            case CelKind.Error:
                return operand;
            default:
                return CelValue.Fail($"no such overload: type '{operand.Type}' has no field '{field}'");
        }
    }

    public static CelValue Index(in CelValue operand, in CelValue index)
    {
        switch (operand.Kind)
        {
            case CelKind.List:
                if (Position(index) is not { } position)
                {
                    return CelValue.Fail(CelEquality.IsNumber(index.Kind) ? $"invalid_argument: list index {index} is not a whole number" : "no such overload");
                }

                CelList list = operand.ListValue;
                return position >= 0 && position < list.Count
                    ? list[(int)position]
                    : CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"index out of bounds: {position}"));
            case CelKind.Map:
                return operand.MapValue.TryGet(index, out CelValue value) ? value : NoSuchKey(index);
            case CelKind.Optional:
                return OptionalIndex(operand, index);
            default:
                return NoOverload;
        }
    }

    public static CelValue OptionalIndex(in CelValue operand, in CelValue index)
    {
        CelValue inner = operand;
        if (operand.Kind == CelKind.Optional)
        {
            if (operand.OptionalValue is not { } held)
            {
                return CelValue.OptionalNone;
            }

            inner = held;
        }

        switch (inner.Kind)
        {
            case CelKind.List when Position(index) is { } position:
                return position >= 0 && position < inner.ListValue.Count ? CelValue.OptionalOf(inner.ListValue[(int)position]) : CelValue.OptionalNone;
            case CelKind.Map:
                return inner.MapValue.TryGet(index, out CelValue value) ? CelValue.OptionalOf(value) : CelValue.OptionalNone;
            default:
                return NoOverload;
        }
    }

    private static long? Position(in CelValue index) => index.Kind switch
    {
        CelKind.Int => index.IntValue,
        CelKind.Uint => index.UintValue > long.MaxValue ? long.MaxValue : (long)index.UintValue,
        CelKind.Double when Math.Truncate(index.DoubleValue) == index.DoubleValue && Math.Abs(index.DoubleValue) < 9e18 => (long)index.DoubleValue,
        _ => null,
    };

    public static CelValue In(in CelValue item, in CelValue container)
    {
        if (container.Kind == CelKind.Map)
        {
            return CelValue.Of(container.MapValue.TryGet(item, out _));
        }

        if (container.Kind != CelKind.List)
        {
            return NoOverload;
        }

        CelList list = container.ListValue;
        int count = list.Count;
        for (int i = 0; i < count; i++)
        {
            if (CelEquality.AreEqual(list[i], item))
            {
                return CelValue.True;
            }
        }

        return CelValue.False;
    }

    /// <summary>The size that cost is reckoned with: code points, bytes, elements; 1 for the rest.</summary>
    public static long Size(in CelValue value) => value.Kind switch
    {
        CelKind.String => CodePoints(value.StringValue),
        CelKind.Bytes => value.BytesValue.Length,
        CelKind.List => value.ListValue.Count,
        CelKind.Map => value.MapValue.Count,
        CelKind.Optional when value.OptionalValue is { } held => Size(held),
        _ => 1,
    };

    public static int CodePoints(string text)
    {
        int count = text.Length;
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udbff'))
        {
            return count;
        }

        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]))
            {
                count--;
            }
        }

        return count;
    }
}
