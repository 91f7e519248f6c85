using System.Collections;
using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Templates;

/// <summary>Values as Go's fmt prints them.</summary>
internal static class GoFormat
{
    private const int MostWidth = 1000;

    /// <summary>As <c>%v</c>.</summary>
    public static string Print(object? value) => value switch
    {
        null => "<no value>",
        string text => text,
        double number => GoText.FormatGeneral(number),
        bool flag => flag ? "true" : "false",
        DateTimeOffset time => Time(time),
        TimeSpan duration => Duration(duration),
        IReadOnlyDictionary<string, string> map => $"map[{string.Join(' ', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{pair.Value}"))}]",
        IReadOnlyDictionary<string, object?> map => $"map[{string.Join(' ', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{Print(pair.Value)}"))}]",
        IEnumerable list => $"[{string.Join(' ', list.Cast<object?>().Select(Print))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };

    /// <summary>A time as Go prints it.</summary>
    public static string Time(DateTimeOffset time)
    {
        string fraction = time.ToString("fffffff", CultureInfo.InvariantCulture).TrimEnd('0');
        string zone = time.Offset == TimeSpan.Zero ? "+0000 UTC" : time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", string.Empty, StringComparison.Ordinal);
        return time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + (fraction.Length > 0 ? "." + fraction : string.Empty) + " " + zone;
    }

    /// <summary>A duration as Go prints it: <c>1h2m3.5s</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        string sign = duration < TimeSpan.Zero ? "-" : string.Empty;
        duration = duration.Duration();
        if (duration < TimeSpan.FromSeconds(1))
        {
            return sign + (duration.TotalMilliseconds >= 1 ? GoText.FormatPlain(duration.TotalMilliseconds) + "ms" : GoText.FormatPlain(duration.TotalMicroseconds) + "µs");
        }

        long minutes = (long)duration.TotalMinutes;
        string seconds = GoText.FormatPlain((double)((decimal)(duration.Ticks % TimeSpan.TicksPerMinute) / TimeSpan.TicksPerSecond)) + "s";
        return sign + (minutes >= 60 ? $"{minutes / 60}h" : string.Empty) + (minutes > 0 ? $"{minutes % 60}m" : string.Empty) + seconds;
    }

    /// <summary>As <c>Sprintf</c>.</summary>
    public static string Format(string format, IReadOnlyList<object?> arguments)
    {
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int start = ++i;
            while (i < format.Length && format[i] is '+' or '-' or '#' or ' ' or '0')
            {
                i++;
            }

            string flags = format[start..i];
            int? width = Digits(format, ref i);
            int? precision = null;
            if (i < format.Length && format[i] == '.')
            {
                i++;
                precision = Digits(format, ref i) ?? 0;
            }

            if (i >= format.Length)
            {
                text.Append("%!(NOVERB)");
            }
            else if (format[i] == '%')
            {
                text.Append('%');
            }
            else if (next >= arguments.Count)
            {
                text.Append("%!").Append(format[i]).Append("(MISSING)");
            }
            else
            {
                Pad(text, Verb(format[i], flags, precision, arguments[next++]), flags, width);
            }
        }

        if (next < arguments.Count)
        {
            text.Append("%!(EXTRA ").Append(string.Join(", ", arguments.Skip(next).Select(extra => $"{TypeName(extra)}={Print(extra)}"))).Append(')');
        }

        return text.ToString();
    }

    private static int? Digits(string format, ref int at)
    {
        int start = at;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
        {
            at++;
        }

        return at > start ? Math.Min(MostWidth, int.Parse(format.AsSpan(start, Math.Min(6, at - start)), CultureInfo.InvariantCulture)) : null;
    }

    private static void Pad(StringBuilder text, string value, string flags, int? width)
    {
        int missing = (width ?? 0) - value.Length;
        if (missing <= 0)
        {
            text.Append(value);
        }
        else if (flags.Contains('-', StringComparison.Ordinal))
        {
            text.Append(value).Append(' ', missing);
        }
        else if (flags.Contains('0', StringComparison.Ordinal))
        {
            bool signed = value.StartsWith('-') || value.StartsWith('+');
            text.Append(signed ? value[..1] : string.Empty).Append('0', missing).Append(signed ? value[1..] : value);
        }
        else
        {
            text.Append(' ', missing).Append(value);
        }
    }

    private static string Verb(char verb, string flags, int? precision, object? value)
    {
        string plus = flags.Contains('+', StringComparison.Ordinal) ? "+" : string.Empty;
        switch (verb)
        {
            case 'v' when value is double or float:
                return Float('g', precision, Convert.ToDouble(value, CultureInfo.InvariantCulture), plus);
            case 'v' or 's' when value is not (double or long or int or bool) || verb == 'v':
                string text = Print(value);
                return precision is { } most && most < text.Length ? text[..most] : text;
            case 'q':
                return GoText.Quote(Print(value));
            case 't' when value is bool flag:
                return flag ? "true" : "false";
            case 'd' when value is long or int:
                long number = Convert.ToInt64(value, CultureInfo.InvariantCulture);
                return number >= 0 ? plus + number.ToString(CultureInfo.InvariantCulture) : number.ToString(CultureInfo.InvariantCulture);
            case 'x' or 'X' when value is long or int:
                return Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(verb.ToString(), CultureInfo.InvariantCulture);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G' when value is double or float:
                return Float(char.ToLowerInvariant(verb), precision, Convert.ToDouble(value, CultureInfo.InvariantCulture), plus);
            default:
                return $"%!{verb}({TypeName(value)}={Print(value)})";
        }
    }

    /// <summary>A float with a verb and precision.</summary>
    public static string Float(char verb, int? precision, double value, string plus = "")
    {
        if (!double.IsFinite(value))
        {
            return GoText.FormatPlain(value);
        }

        string sign = value >= 0 ? plus : string.Empty;
        return sign + verb switch
        {
            'f' => value.ToString("F" + (precision ?? 6).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            'e' => Exponential(value, precision ?? 6),
            _ => precision is { } digits ? General(value, Math.Max(1, digits)) : GoText.FormatGeneral(value),
        };
    }

    /// <summary>As few digits as name the number, always with an exponent.</summary>
    public static string Scientific(double value)
    {
        if (!double.IsFinite(value))
        {
            return GoText.FormatPlain(value);
        }

        for (int digits = 0; digits < 16; digits++)
        {
            string text = Exponential(value, digits);
            if (double.Parse(text, CultureInfo.InvariantCulture) == value)
            {
                return text;
            }
        }

        return Exponential(value, 16);
    }

    private static string Exponential(double value, int precision)
    {
        string text = value.ToString("E" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return $"{text[..mark]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    // As many digits as asked, without zeros at the end; an exponent when it is below -4 or not below the digits.
    private static string General(double value, int digits)
    {
        string text = Exponential(value, digits - 1);
        int mark = text.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= digits)
        {
            string mantissa = text[..mark];
            return (mantissa.Contains('.', StringComparison.Ordinal) ? mantissa.TrimEnd('0').TrimEnd('.') : mantissa) + text[mark..];
        }

        string plain = value.ToString("F" + Math.Max(0, digits - 1 - exponent).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return plain.Contains('.', StringComparison.Ordinal) ? plain.TrimEnd('0').TrimEnd('.') : plain;
    }

    private static string TypeName(object? value) => value switch
    {
        null => "<nil>",
        string => "string",
        double => "float64",
        long or int => "int",
        bool => "bool",
        _ => "map[string]string",
    };
}
