using System.Globalization;

namespace Fairway.Cel;

/// <summary>Numbers as text, and the conversions between number types with their ranges.</summary>
internal static class Numbers
{
    /// <summary>The shortest text that reads back; with an exponent below 1e-4 and from ten to the <paramref name="threshold"/>.</summary>
    public static string FormatDouble(double value, int threshold = 6)
    {
        if (double.IsNaN(value))
        {
            return "NaN";
        }

        if (double.IsInfinity(value))
        {
            return value > 0 ? "+Inf" : "-Inf";
        }

        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        (bool negative, string digits, int exponent) = Decompose(shortest);
        string sign = negative ? "-" : "";
        int point = exponent + 1;
        if (exponent < -4 || exponent >= threshold)
        {
            string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
            return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (point <= 0)
        {
            return $"{sign}0.{new string('0', -point)}{digits}";
        }

        return digits.Length <= point
            ? $"{sign}{digits}{new string('0', point - digits.Length)}"
            : $"{sign}{digits[..point]}.{digits[point..]}";
    }

    /// <summary>As a literal: always with a point or an exponent.</summary>
    public static string DoubleLiteral(double value)
    {
        string text = FormatDouble(value, 21);
        return text.AsSpan().IndexOfAny(".eNI") >= 0 ? text : text + ".0";
    }

    /// <summary>Digits without leading or trailing zeros and the exponent of the first one.</summary>
    internal static (bool Negative, string Digits, int Exponent) Decompose(string shortest)
    {
        bool negative = shortest[0] == '-';
        string rest = negative ? shortest[1..] : shortest;
        int exponent = 0;
        int at = rest.IndexOf('E', StringComparison.Ordinal);
        if (at >= 0)
        {
            exponent = int.Parse(rest.AsSpan(at + 1), CultureInfo.InvariantCulture);
            rest = rest[..at];
        }

        int point = rest.IndexOf('.', StringComparison.Ordinal);
        string digits = point < 0 ? rest : rest.Remove(point, 1);
        int first = (point < 0 ? rest.Length : point) - 1 + exponent;
        int zeros = 0;
        while (zeros < digits.Length - 1 && digits[zeros] == '0')
        {
            zeros++;
        }

        digits = digits[zeros..].TrimEnd('0');
        return digits.Length == 0 ? (negative, "0", 0) : (negative, digits, first - zeros);
    }

    public static CelValue ToInt(double value)
        => value > -9.223372036854775808e18 && value < 9.223372036854775807e18
            ? CelValue.Of((long)value)
            : CelValue.Fail("integer overflow");

    public static CelValue ToUint(double value)
        => value >= 0 && value < 1.8446744073709551615e19
            ? CelValue.Of((ulong)value)
            : CelValue.Fail("unsigned integer overflow");
}
