using System.Globalization;

namespace Fairway.PromQL.Parsing;

/// <summary>Numbers and durations as the language writes them.</summary>
internal static class NumberScanner
{
    private const string Digits = "0123456789";
    private const string HexDigits = "0123456789abcdefABCDEF";

    // Units from the longest, in milliseconds; they must appear in this order.
    private static readonly (string Name, long Milliseconds)[] Units =
    [
        ("y", 365L * 24 * 3600 * 1000), ("w", 7L * 24 * 3600 * 1000), ("d", 24L * 3600 * 1000), ("h", 3600 * 1000), ("m", 60 * 1000), ("s", 1000), ("ms", 1),
    ];

    /// <summary>Reads over something that may be a number; false (with the position after what was read) when it is none.</summary>
    public static bool ScanNumber(string input, ref int at)
    {
        int first = at;
        string digits = Digits;
        if (Accept(input, ref at, "0") && Accept(input, ref at, "xX"))
        {
            Accept(input, ref at, "_");
            digits = HexDigits;
        }

        Accept(input, ref at, ".");
        Accept(input, ref at, digits);
        bool dot = false;
        bool exponent = false;
        while (at < input.Length && (digits.Contains(input[at], StringComparison.Ordinal) || input[at] is '.' or '_' or 'e' or 'E'))
        {
            char c = input[at];
            bool isDigit = digits.Contains(c, StringComparison.Ordinal);
            if (c == '.')
            {
                at++;
                if (dot || Accept(input, ref at, "_.") || digits.Length > 10)
                {
                    return false;
                }

                dot = true;
            }
            else if (c is 'e' or 'E' && !isDigit)
            {
                at++;
                Accept(input, ref at, "+-");
                if (exponent || Accept(input, ref at, "._eE") || at >= input.Length)
                {
                    return false;
                }

                exponent = true;
            }
            else if (c == '_')
            {
                at++;
                if (Accept(input, ref at, "._eE") || at >= input.Length)
                {
                    return false;
                }
            }
            else
            {
                at++;
            }
        }

        return at > first && (at >= input.Length || !Lexer.IsAlphaNumeric(input[at]));
    }

    /// <summary>After the leading digits: reads over units and further digits.</summary>
    public static bool ScanRestOfDuration(string input, ref int at)
    {
        if (!Accept(input, ref at, "smhdwy"))
        {
            return false;
        }

        Accept(input, ref at, "s");
        while (Accept(input, ref at, Digits))
        {
            while (Accept(input, ref at, Digits))
            {
            }

            if (!Accept(input, ref at, "smhdw"))
            {
                return false;
            }

            Accept(input, ref at, "s");
        }

        if (at < input.Length && Lexer.IsAlphaNumeric(input[at]))
        {
            at++;
            return false;
        }

        return true;
    }

    /// <summary>The value of a number: decimal, octal (leading 0), hexadecimal, with exponent, underscores, Inf, NaN.</summary>
    public static bool TryParseNumber(string text, out double value)
    {
        string plain = text.Replace("_", string.Empty, StringComparison.Ordinal);
        value = double.NaN;
        switch (plain.ToLowerInvariant())
        {
            case "nan":
                return true;
            case "inf" or "+inf":
                value = double.PositiveInfinity;
                return true;
            case "-inf":
                value = double.NegativeInfinity;
                return true;
        }

        if (text.EndsWith('_') || text.Contains("__", StringComparison.Ordinal) || plain.Length == 0)
        {
            return false;
        }

        if (plain.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            bool fits = ulong.TryParse(plain.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hex) && hex <= long.MaxValue;
            value = hex;
            return fits;
        }

        if (plain.Length > 1 && plain[0] == '0' && plain.All(c => c is >= '0' and <= '7'))
        {
            value = plain.Aggregate(0.0, (sum, c) => (sum * 8) + (c - '0'));
            return true;
        }

        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign;
        return double.TryParse(plain, style, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The length of a duration such as <c>1h30m</c> in milliseconds.</summary>
    /// <exception cref="FormatException">Not a duration; the message is Prometheus'.</exception>
    public static long ParseDuration(string text)
    {
        if (text.Length == 0)
        {
            throw new FormatException("empty duration string");
        }

        if (text == "0")
        {
            return 0;
        }

        int at = 0;
        decimal total = 0;
        int unit = 0;
        while (at < text.Length)
        {
            int first = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            int unitStart = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            string name = text[unitStart..at];
            int found = Array.FindIndex(Units, unit, one => one.Name == name);
            if (unitStart > first && name.Length > 0 && !Array.Exists(Units, one => one.Name == name))
            {
                throw new FormatException($"unknown unit {GoText.Quote(name)} in duration {GoText.Quote(text)}");
            }

            if (unitStart == first || found < 0)
            {
                throw new FormatException($"not a valid duration string: {GoText.Quote(text)}");
            }

            unit = found + 1;
            if (!ulong.TryParse(text.AsSpan(first, unitStart - first), NumberStyles.None, CultureInfo.InvariantCulture, out ulong count)
                || (total += count * (decimal)Units[found].Milliseconds) > long.MaxValue / 1_000_000)
            {
                throw new FormatException("duration out of range");
            }
        }

        return (long)total;
    }

    /// <summary>A duration as Prometheus writes it: the largest units that divide it, years and weeks only when exact.</summary>
    public static string FormatDuration(long milliseconds)
    {
        if (milliseconds == 0)
        {
            return "0s";
        }

        var text = new System.Text.StringBuilder(milliseconds < 0 ? "-" : string.Empty);
        long rest = Math.Abs(milliseconds);
        foreach ((string name, long length) in Units)
        {
            if (name is "y" or "w" && rest % length != 0)
            {
                continue;
            }

            if (rest / length is > 0 and long count)
            {
                text.Append(count).Append(name);
                rest -= count * length;
            }
        }

        return text.ToString();
    }

    private static bool Accept(string input, ref int at, string set)
    {
        if (at < input.Length && set.Contains(input[at], StringComparison.Ordinal))
        {
            at++;
            return true;
        }

        return false;
    }
}
