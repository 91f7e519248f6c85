using System.Globalization;
using System.Text;

namespace Fairway.PromQL;

/// <summary>Numbers and quoted texts as Go writes them; every text that Prometheus' API shows is of this form.</summary>
public static class GoText
{
    /// <summary>A double-quoted Go literal (<c>%q</c>): printable characters stay, others become escapes.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        for (int i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                // Half a surrogate pair stands for a byte that is no UTF-8.
                quoted.Append(text[i] is >= '\uDC80' and <= '\uDCFF' ? $"\\x{text[i] - 0xDC00:x2}" : "\ufffd");
                i++;
                continue;
            }

            i += rune.Utf16SequenceLength;
            switch (rune.Value)
            {
                case '"': quoted.Append("\\\""); break;
                case '\\': quoted.Append("\\\\"); break;
                case '\a': quoted.Append("\\a"); break;
                case '\b': quoted.Append("\\b"); break;
                case '\f': quoted.Append("\\f"); break;
                case '\n': quoted.Append("\\n"); break;
                case '\r': quoted.Append("\\r"); break;
                case '\t': quoted.Append("\\t"); break;
                case '\v': quoted.Append("\\v"); break;
                default: AppendRune(quoted, rune); break;
            }
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A number without exponent and with as few digits as name it exactly (<c>'f', -1</c>): what the API shows.</summary>
    public static string FormatPlain(double value)
    {
        if (Special(value) is { } special)
        {
            return special;
        }

        // Whole numbers of this size are exact and print fastest as integers.
        if (Math.Abs(value) < 1e15 && value == Math.Truncate(value) && (value != 0 || !double.IsNegative(value)))
        {
            return ((long)value).ToString(CultureInfo.InvariantCulture);
        }

        (string digits, int point, bool negative) = Decompose(value);
        var text = new StringBuilder(negative ? "-" : string.Empty);
        if (point <= 0)
        {
            text.Append("0.").Append('0', -point).Append(digits);
            return digits == "0" ? (negative ? "-0" : "0") : text.ToString();
        }

        return digits.Length <= point
            ? text.Append(digits).Append('0', point - digits.Length).ToString()
            : text.Append(digits, 0, point).Append('.').Append(digits, point, digits.Length - point).ToString();
    }

    /// <summary>A number with as few digits as name it exactly, with an exponent when that is below -4 or at least 6 (<c>%g</c>).</summary>
    public static string FormatGeneral(double value)
    {
        if (Special(value) is { } special)
        {
            return special;
        }

        (string digits, int point, bool negative) = Decompose(value);
        int exponent = digits == "0" ? 0 : point - 1;
        return exponent is >= -4 and < 6 ? FormatPlain(value) : Exponential(digits, exponent, negative);
    }

    /// <summary>Digits, position of the decimal point in them, sign; for the shortest text that reads back as the same number.</summary>
    internal static (string Digits, int Point, bool Negative) Decompose(double value)
    {
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        bool negative = double.IsNegative(value);
        int exponentMark = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = exponentMark < 0 ? shortest : shortest[..exponentMark];
        int exponent = exponentMark < 0 ? 0 : int.Parse(shortest.AsSpan(exponentMark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        mantissa = mantissa.TrimStart('-');
        int dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        string digits = dot < 0 ? mantissa : mantissa.Remove(dot, 1);
        int point = (dot < 0 ? mantissa.Length : dot) + exponent;
        int leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits[leading..];
        point -= leading;
        digits = digits.TrimEnd('0');
        return digits.Length == 0 ? ("0", 1, negative) : (digits, point, negative);
    }

    internal static string Exponential(string digits, int exponent, bool negative)
    {
        var text = new StringBuilder(negative ? "-" : string.Empty).Append(digits[0]);
        if (digits.Length > 1)
        {
            text.Append('.').Append(digits, 1, digits.Length - 1);
        }

        text.Append('e').Append(exponent < 0 ? '-' : '+');
        return text.Append(Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)).ToString();
    }

    private static string? Special(double value)
        => double.IsNaN(value) ? "NaN" : double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : null;

    private static void AppendRune(StringBuilder text, Rune rune)
    {
        bool printable = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            && (Rune.GetUnicodeCategory(rune) != UnicodeCategory.SpaceSeparator || rune.Value == ' ');
        if (printable)
        {
            text.Append(rune.ToString());
        }
        else if (rune.Value < 0x80)
        {
            text.Append("\\x").Append(rune.Value.ToString("x2", CultureInfo.InvariantCulture));
        }
        else if (rune.Value < 0x10000)
        {
            text.Append("\\u").Append(rune.Value.ToString("x4", CultureInfo.InvariantCulture));
        }
        else
        {
            text.Append("\\U").Append(rune.Value.ToString("x8", CultureInfo.InvariantCulture));
        }
    }
}
