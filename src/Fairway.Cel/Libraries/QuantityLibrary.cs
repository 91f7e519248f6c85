using System.Globalization;
using System.Numerics;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Kubernetes' resource quantities: parsing, comparison, addition, conversion.</summary>
internal static class QuantityLibrary
{
    internal static readonly CelType Type = CelType.Opaque("kubernetes.Quantity");

    public static readonly CelLibrary Instance = new(
        "k8s.quantity",
        new("quantity", CelOverload.Of("string_to_quantity", CelType.String, Type, Parse)),
        new("isQuantity", CelOverload.Of("is_quantity_string", CelType.String, CelType.Bool, a => CelValue.Of(!Parse(a).IsError))),
        new("sign", Member("quantity_sign", Type, CelType.Int, Sign)),
        new("isGreaterThan", Member("quantity_is_greater_than", Type, Type, CelType.Bool, (a, b) => CelValue.Of(Of(a).Order(Of(b)) > 0))),
        new("isLessThan", Member("quantity_is_less_than", Type, Type, CelType.Bool, (a, b) => CelValue.Of(Of(a).Order(Of(b)) < 0))),
        new("compareTo", Member("quantity_compare_to", Type, Type, CelType.Int, (a, b) => CelValue.Of((long)Of(a).Order(Of(b))))),
        new("asApproximateFloat", Member("quantity_get_float", Type, CelType.Double, a => CelValue.Of(Of(a).ToDouble()))),
        new("asInteger", Member("quantity_get_int", Type, CelType.Int, a => Of(a).ToLong() is { } whole ? CelValue.Of(whole) : CelValue.Fail("cannot convert value to integer"))),
        new("isInteger", Member("quantity_is_integer", Type, CelType.Bool, a => CelValue.Of(Of(a).ToLong() is not null))),
        new(
            "add",
            Member("quantity_add", Type, Type, Type, (a, b) => CelValue.Of(Of(a).Plus(Of(b), 1))),
            Member("quantity_add_int", Type, CelType.Int, Type, (a, b) => CelValue.Of(Of(a).Plus(new QuantityValue(b.IntValue, 0), 1)))),
        new(
            "sub",
            Member("quantity_sub", Type, Type, Type, (a, b) => CelValue.Of(Of(a).Plus(Of(b), -1))),
            Member("quantity_sub_int", Type, CelType.Int, Type, (a, b) => CelValue.Of(Of(a).Plus(new QuantityValue(b.IntValue, 0), -1)))))
    {
        Constants = new Dictionary<string, CelValue>(StringComparer.Ordinal) { ["kubernetes.Quantity"] = CelValue.Of(Type) },
    };

    private static QuantityValue Of(CelValue value) => (QuantityValue)value.OpaqueValue;

    internal static CelValue Sign(CelValue quantity) => CelValue.Of((long)Of(quantity).Sign);

    private static CelValue Parse(CelValue text)
        => QuantityValue.TryParse(text.StringValue) is { } quantity
            ? CelValue.Of(quantity)
            : CelValue.Fail("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

/// <summary>An exact decimal: an unscaled number and how many of its digits stand behind the point.</summary>
internal sealed class QuantityValue(BigInteger unscaled, int scale) : CelOpaque
{
    private const int MaxDigits = 64;

    private readonly BigInteger _unscaled = unscaled;
    private readonly int _scale = scale;

    public override CelType Type => QuantityLibrary.Type;

    public int Sign => _unscaled.Sign;

    public override bool IsEqualTo(CelOpaque other) => other is QuantityValue quantity && Order(quantity) == 0;

    public int Order(QuantityValue other)
    {
        (BigInteger a, BigInteger b, _) = Align(other);
        return a.CompareTo(b);
    }

    public QuantityValue Plus(QuantityValue other, int sign)
    {
        (BigInteger a, BigInteger b, int scale) = Align(other);
        return new QuantityValue(a + (sign * b), scale);
    }

    public double ToDouble() => double.Parse($"{_unscaled.ToString(CultureInfo.InvariantCulture)}e{-_scale}", CultureInfo.InvariantCulture);

    /// <summary>The whole number, or null when there is a fraction or it does not fit in 64 bits.</summary>
    public long? ToLong()
    {
        BigInteger divisor = BigInteger.Pow(10, _scale);
        BigInteger whole = BigInteger.DivRem(_unscaled, divisor, out BigInteger rest);
        return rest.IsZero && whole >= long.MinValue && whole <= long.MaxValue ? (long)whole : null;
    }

    private (BigInteger A, BigInteger B, int Scale) Align(QuantityValue other)
    {
        int common = Math.Max(_scale, other._scale);
        return (_unscaled * BigInteger.Pow(10, common - _scale), other._unscaled * BigInteger.Pow(10, common - other._scale), common);
    }

    public static QuantityValue? TryParse(string text)
    {
        int at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        int start = at;
        int point = -1;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && point < 0)))
        {
            point = text[at] == '.' ? at : point;
            at++;
        }

        string digits = text[start..at].Replace(".", "", StringComparison.Ordinal);
        if (digits.Length is 0 or > MaxDigits)
        {
            return null;
        }

        BigInteger number = BigInteger.Parse(digits, CultureInfo.InvariantCulture) * (text[0] == '-' ? -1 : 1);
        int scale = point < 0 ? 0 : at - point - 1;
        return Suffixed(number, scale, text[at..]);
    }

    private static QuantityValue? Suffixed(BigInteger number, int scale, string suffix)
    {
        int binary = suffix switch { "Ki" => 10, "Mi" => 20, "Gi" => 30, "Ti" => 40, "Pi" => 50, "Ei" => 60, _ => 0 };
        if (binary > 0)
        {
            return new QuantityValue(number << binary, scale);
        }

        int? exponent = suffix switch
        {
            "" => 0,
            "n" => -9,
            "u" => -6,
            "m" => -3,
            "k" => 3,
            "M" => 6,
            "G" => 9,
            "T" => 12,
            "P" => 15,
            "E" => 18,
            _ when suffix[0] is 'e' or 'E' && suffix.Length <= 4
                && int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int written) => written,
            _ => null,
        };
        if (exponent is not { } power)
        {
            return null;
        }

        return power <= scale ? new QuantityValue(number, scale - power) : new QuantityValue(number * BigInteger.Pow(10, power - scale), 0);
    }

    public override string ToString()
    {
        string digits = BigInteger.Abs(_unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(_scale + 1, '0');
        string text = _scale == 0 ? digits : $"{digits[..^_scale]}.{digits[^_scale..]}".TrimEnd('0').TrimEnd('.');
        return (_unscaled.Sign < 0 ? "-" : "") + text;
    }
}
