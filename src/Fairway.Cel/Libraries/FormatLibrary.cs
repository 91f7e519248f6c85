using System.Globalization;
using System.Numerics;
using System.Text;
using Fairway.Cel.Evaluation;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary><c>'%s has %d'.format([name, count])</c> with the clauses s, d, f, e, x, X, o and b.</summary>
internal static class FormatLibrary
{
    internal const string OverloadId = "string_format";

    public static readonly CelLibrary Strings = new(
        "strings.format",
        new CelFunction("format", Member(OverloadId, CelType.String, CelType.ListOf(CelType.Dyn), CelType.String, (text, args) => Format(text.StringValue, args.ListValue)) with
        {
            Cost = (args, result) => Math.Max(1, OperatorCosts.Traversal(Access.Size(args[0]))),
        }));

    private static CelValue Format(string pattern, CelList args)
        => Interpolate(pattern, args.Count, (verb, precision, index) => Clause(verb, precision, args[index]), out _);

    /// <summary>Goes through a format string, with what each clause becomes in its place.</summary>
    /// <param name="pattern">The format string.</param>
    /// <param name="count">How many arguments there are.</param>
    /// <param name="clause">The text for a verb, its precision (-1 without one) and its argument's number; null when there is no such verb.</param>
    /// <param name="used">How many arguments were asked for.</param>
    internal static CelValue Interpolate(string pattern, int count, Func<char, int, int, CelValue?> clause, out int used)
    {
        var text = new StringBuilder();
        used = 0;
        int at = 0;
        while (at < pattern.Length)
        {
            char c = pattern[at++];
            if (c != '%')
            {
                text.Append(c);
                continue;
            }

            if (at < pattern.Length && pattern[at] == '%')
            {
                text.Append('%');
                at++;
                continue;
            }

            if (Precision(pattern, ref at) is not { } precision)
            {
                return CelValue.Fail("could not parse formatting clause: unable to find end of precision specifier");
            }

            if (at >= pattern.Length)
            {
                return CelValue.Fail("unexpected end of format string: could not parse formatting clause");
            }

            if (used >= count)
            {
                return CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"index {used} out of range"));
            }

            char verb = pattern[at++];
            if (clause(verb, precision, used++) is not { } part)
            {
                return CelValue.Fail($"could not parse formatting clause: unrecognized formatting clause \"{verb}\"");
            }

            if (part.IsError)
            {
                return part;
            }

            text.Append(part.StringValue);
        }

        return CelValue.Of(text.ToString());
    }

    /// <summary>The kinds of values that a clause may be given, as far as a type tells; null when there is no such clause.</summary>
    internal static IReadOnlyList<CelTypeKind>? Takes(char verb) => verb switch
    {
        's' =>
        [
            CelTypeKind.List, CelTypeKind.Map, CelTypeKind.Int, CelTypeKind.Uint, CelTypeKind.Double, CelTypeKind.Bool, CelTypeKind.String, CelTypeKind.Timestamp,
            CelTypeKind.Bytes, CelTypeKind.Duration, CelTypeKind.Type, CelTypeKind.Null,
        ],
        'd' or 'o' => [CelTypeKind.Int, CelTypeKind.Uint],
        'f' or 'e' => [CelTypeKind.Double, CelTypeKind.String],
        'b' => [CelTypeKind.Int, CelTypeKind.Uint, CelTypeKind.Bool],
        'x' or 'X' => [CelTypeKind.Int, CelTypeKind.Uint, CelTypeKind.String, CelTypeKind.Bytes],
        _ => null,
    };

    /// <summary>The number after a point; -1 when there is none, null when malformed.</summary>
    private static int? Precision(string pattern, ref int at)
    {
        if (at >= pattern.Length || pattern[at] != '.')
        {
            return -1;
        }

        int start = ++at;
        while (at < pattern.Length && char.IsAsciiDigit(pattern[at]))
        {
            at++;
        }

        return at == start || at - start > 3 ? null : int.Parse(pattern.AsSpan(start, at - start), CultureInfo.InvariantCulture);
    }

    private static CelValue? Clause(char verb, int precision, CelValue value) => verb switch
    {
        's' => Text(value),
        'd' => Decimal(value),
        'f' => Fixed(value, precision < 0 ? 6 : precision),
        'e' => Scientific(value, precision < 0 ? 6 : precision),
        'x' or 'X' => Hex(value, verb == 'X'),
        'o' => Octal(value),
        'b' => Binary(value),
        _ => null,
    };

    internal static CelValue Refuse(char verb, CelType given) => CelValue.Fail(verb switch
    {
        's' => $"error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given {given.Name}",
        'd' => $"error during formatting: decimal clause can only be used on integers, was given {given.Name}",
        'f' => $"error during formatting: fixed-point clause can only be used on doubles, was given {given.Name}",
        'e' => $"error during formatting: scientific clause can only be used on doubles, was given {given.Name}",
        'b' => $"error during formatting: only integers and bools can be formatted as binary, was given {given.Name}",
        'o' => $"error during formatting: octal clause can only be used on integers, was given {given.Name}",
        _ => $"error during formatting: only integers, byte buffers, and strings can be formatted as hex, was given {given.Name}",
    });

    private static CelValue Refuse(char verb, CelValue value) => value.IsError ? value : Refuse(verb, value.Type);

    private static string? NotFinite(double value) => double.IsNaN(value) ? "NaN" : double.IsPositiveInfinity(value) ? "Infinity" : double.IsNegativeInfinity(value) ? "-Infinity" : null;

    private static CelValue Text(CelValue value)
    {
        var text = new StringBuilder();
        return Append(text, value, 0) is { } failure ? failure : CelValue.Of(text.ToString());
    }

    private static CelValue? Append(StringBuilder text, CelValue value, int depth)
    {
        switch (value.Kind)
        {
            case CelKind.Null:
                text.Append("null");
                return null;
            case CelKind.Double:
                text.Append(NotFinite(value.DoubleValue) ?? PlainDouble(value.DoubleValue));
                return null;
            case CelKind.Type:
                text.Append(value.TypeValue.Name);
                return null;
            case CelKind.List when depth < 64:
                return AppendList(text, value.ListValue, depth);
            case CelKind.Map when depth < 64:
                return AppendMap(text, value.MapValue, depth);
            case CelKind.String or CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.Bytes or CelKind.Timestamp or CelKind.Duration:
                CelValue converted = ConversionFunctions.ToText(value);
                if (converted.IsError)
                {
                    return converted;
                }

                text.Append(converted.StringValue);
                return null;
            default:
                return Refuse('s', value);
        }
    }

    /// <summary>Without an exponent where Go's shortest 'f' form is used.</summary>
    private static string PlainDouble(double value) => Numbers.FormatDouble(value, 400) is var plain && plain.Contains('e', StringComparison.Ordinal)
        ? value.ToString("0." + new string('#', 339), CultureInfo.InvariantCulture)
        : plain;

    private static CelValue? AppendList(StringBuilder text, CelList list, int depth)
    {
        text.Append('[');
        for (int i = 0; i < list.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            if (Append(text, list[i], depth + 1) is { } failure)
            {
                return failure;
            }
        }

        text.Append(']');
        return null;
    }

    private static CelValue? AppendMap(StringBuilder text, CelMap map, int depth)
    {
        var entries = new List<(string Key, CelValue Value)>();
        foreach (CelValue key in map.Keys)
        {
            CelValue name = Text(key);
            if (name.IsError)
            {
                return name;
            }

            map.TryGet(key, out CelValue value);
            entries.Add((name.StringValue, value));
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        text.Append('{');
        for (int i = 0; i < entries.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(entries[i].Key).Append(": ");
            if (Append(text, entries[i].Value, depth + 1) is { } failure)
            {
                return failure;
            }
        }

        text.Append('}');
        return null;
    }

    private static CelValue Decimal(CelValue value) => value.Kind switch
    {
        CelKind.Int or CelKind.Uint => ConversionFunctions.ToText(value),
        CelKind.Double when NotFinite(value.DoubleValue) is { } name => CelValue.Of(name),
        _ => Refuse('d', value),
    };

    private static double? Number(CelValue value) => value.Kind switch
    {
        CelKind.Double => value.DoubleValue,
        CelKind.Int => value.IntValue,
        CelKind.Uint => value.UintValue,
        CelKind.String when value.StringValue is "NaN" => double.NaN,
        CelKind.String when value.StringValue is "Infinity" or "+Infinity" => double.PositiveInfinity,
        CelKind.String when value.StringValue is "-Infinity" => double.NegativeInfinity,
        _ => null,
    };

    private static CelValue Fixed(CelValue value, int precision)
        => Number(value) is not { } number ? Refuse('f', value) : CelValue.Of(NotFinite(number) ?? Rounded(number, precision));

    /// <summary>Exactly rounded, half to even on the binary value, as C's printf does.</summary>
    private static string Rounded(double number, int precision)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)((bits >> 52) & 0x7ff);
        BigInteger mantissa = bits & 0xfffffffffffff;
        if (exponent == 0)
        {
            exponent = 1;
        }
        else
        {
            mantissa |= 1L << 52;
        }

        exponent -= 1075;
        BigInteger scaled = mantissa * BigInteger.Pow(10, precision);
        BigInteger whole;
        if (exponent >= 0)
        {
            whole = scaled << exponent;
        }
        else
        {
            BigInteger divisor = BigInteger.One << -exponent;
            whole = BigInteger.DivRem(scaled, divisor, out BigInteger rest);
            int half = (rest * 2).CompareTo(divisor);
            if (half > 0 || (half == 0 && !whole.IsEven))
            {
                whole++;
            }
        }

        string digits = whole.ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        string sign = bits < 0 ? "-" : "";
        return precision == 0 ? sign + digits : $"{sign}{digits[..^precision]}.{digits[^precision..]}";
    }

    private static CelValue Scientific(CelValue value, int precision)
    {
        if (Number(value) is not { } number)
        {
            return Refuse('e', value);
        }

        return CelValue.Of(NotFinite(number) ?? number.ToString($"{(precision == 0 ? "0" : "0." + new string('0', precision))}e+00", CultureInfo.InvariantCulture));
    }

    private static CelValue Hex(CelValue value, bool upper)
    {
        string? text = value.Kind switch
        {
            CelKind.Int => value.IntValue < 0 ? "-" + ((UInt128)(-(Int128)value.IntValue)).ToString("x", CultureInfo.InvariantCulture) : value.IntValue.ToString("x", CultureInfo.InvariantCulture),
            CelKind.Uint => value.UintValue.ToString("x", CultureInfo.InvariantCulture),
            CelKind.String => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(value.StringValue)),
            CelKind.Bytes => Convert.ToHexStringLower(value.BytesValue.Span),
            _ => null,
        };
        return text is null ? Refuse('x', value) : CelValue.Of(upper ? text.ToUpperInvariant() : text);
    }

    private static CelValue Octal(CelValue value) => value.Kind switch
    {
        CelKind.Int => CelValue.Of(Digits(value.IntValue, 8)),
        CelKind.Uint => CelValue.Of(Digits(value.UintValue, 8)),
        _ => Refuse('o', value),
    };

    private static CelValue Binary(CelValue value) => value.Kind switch
    {
        CelKind.Bool => CelValue.Of(value.BoolValue ? "1" : "0"),
        CelKind.Int => CelValue.Of(Digits(value.IntValue, 2)),
        CelKind.Uint => CelValue.Of(Digits(value.UintValue, 2)),
        _ => Refuse('b', value),
    };

    private static string Digits(Int128 value, int radix)
    {
        var text = new StringBuilder();
        Int128 rest = value < 0 ? -value : value;
        do
        {
            text.Insert(0, (char)('0' + (int)(rest % radix)));
            rest /= radix;
        }
        while (rest > 0);
        return (value < 0 ? "-" : "") + text;
    }
}
