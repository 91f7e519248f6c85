using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Yaml;

/// <summary>What plain scalars mean: null, booleans, numbers, else text. The reader and the writer share these rules.</summary>
internal static class YamlScalars
{
    /// <summary>Resolves a plain scalar.</summary>
    /// <exception cref="FormatException">A number that JSON cannot hold (<c>.nan</c>, <c>.inf</c>).</exception>
    public static JsonNode? Resolve(string text, bool oldBooleans)
    {
        if (IsNull(text))
        {
            return null;
        }

        if (Boolean(text, oldBooleans) is { } truth)
        {
            return truth;
        }

        if (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.')
        {
            return Number(text) ?? text;
        }

        return text;
    }

    /// <summary>Plain, the text would be read back as something else than text.</summary>
    public static bool IsNotText(string text)
    {
        if (text.Length == 0 || IsNull(text) || Boolean(text, oldBooleans: true) is not null)
        {
            return true;
        }

        try
        {
            return (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.') && Number(text) is not null;
        }
        catch (FormatException)
        {
            return true;
        }
    }

    private static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    private static bool? Boolean(string text, bool oldBooleans) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" when oldBooleans => true,
        "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" when oldBooleans => false,
        _ => null,
    };

    private static JsonNode? Number(string text)
    {
        ReadOnlySpan<char> sign = text[0] is '-' or '+' ? text.AsSpan(0, 1) : default;
        string digits = text[sign.Length..].Replace("_", "", StringComparison.Ordinal);
        if (digits is ".inf" or ".Inf" or ".INF" or ".nan" or ".NaN" or ".NAN")
        {
            throw new FormatException($"{text} has no JSON form");
        }

        bool negative = sign is "-";
        return Prefixed(digits, negative) ?? Plain(digits, negative);
    }

    /// <summary>Hexadecimal, octal (also with the old leading zero, as in file modes) and binary.</summary>
    private static JsonNode? Prefixed(string digits, bool negative)
    {
        if (digits.Length < 2 || digits[0] != '0')
        {
            return null;
        }

        int radix = digits[1] switch { 'x' => 16, 'o' => 8, 'b' => 2, >= '0' and <= '7' => 8, _ => 0 };
        string body = digits[(char.IsAsciiDigit(digits[1]) ? 1 : 2)..];
        if (radix == 0 || body.Length == 0)
        {
            return null;
        }

        long value = 0;
        foreach (char letter in body)
        {
            int digit = char.IsAsciiHexDigit(letter) ? Convert.ToInt32(letter.ToString(), 16) : radix;
            if (digit >= radix || value > (long.MaxValue - digit) / radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        return FromText(negative ? -value : value);
    }

    /// <summary>A number that reads as int, long or double alike, as numbers of parsed JSON do.</summary>
    private static JsonNode? FromText<T>(T number)
        where T : IFormattable
        => JsonNode.Parse(number.ToString(null, CultureInfo.InvariantCulture));

    private static JsonNode? Plain(string digits, bool negative)
    {
        if (digits.Length == 0 || !(char.IsAsciiDigit(digits[0]) || (digits[0] == '.' && digits.Length > 1 && char.IsAsciiDigit(digits[1]))))
        {
            return null;
        }

        string text = negative ? "-" + digits : digits;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
        {
            return FromText(whole);
        }

        if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong large) && !negative)
        {
            return FromText(large);
        }

        const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Real, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real) ? FromText(real) : null;
    }
}
