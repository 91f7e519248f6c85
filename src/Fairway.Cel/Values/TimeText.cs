using System.Globalization;
using System.Text;

namespace Fairway.Cel;

/// <summary>Timestamps as RFC 3339 and durations as Go writes and reads them.</summary>
internal static class TimeText
{
    private const long NanosPerSecond = 1_000_000_000;

    public static string Format(long seconds, int nanos)
    {
        DateTime time = DateTime.UnixEpoch.AddSeconds(seconds);
        string text = time.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        return nanos == 0 ? text + "Z" : $"{text}.{nanos.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0')}Z";
    }

    /// <summary>Seconds with up to nine decimals and the suffix s.</summary>
    public static string FormatDuration(Int128 nanos)
    {
        Int128 magnitude = nanos < 0 ? -nanos : nanos;
        string sign = nanos < 0 ? "-" : "";
        Int128 fraction = magnitude % NanosPerSecond;
        string whole = (magnitude / NanosPerSecond).ToString(CultureInfo.InvariantCulture);
        return fraction == 0
            ? $"{sign}{whole}s"
            : $"{sign}{whole}.{((long)fraction).ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0')}s";
    }

    /// <summary>RFC 3339 with any offset; null when malformed or out of range.</summary>
    public static CelTimestamp? Parse(string text)
    {
        ReadOnlySpan<char> s = text;
        if (s.Length < 20 || s[4] != '-' || s[7] != '-' || s[10] is not ('T' or 't') || s[13] != ':' || s[16] != ':')
        {
            return null;
        }

        if (!Digits(s[..4], out int year) || !Digits(s[5..7], out int month) || !Digits(s[8..10], out int day)
            || !Digits(s[11..13], out int hour) || !Digits(s[14..16], out int minute) || !Digits(s[17..19], out int second))
        {
            return null;
        }

        if (year == 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return null;
        }

        int at = 19;
        int nanos = 0;
        if (s[at] is '.' or ',')
        {
            int start = ++at;
            while (at < s.Length && char.IsAsciiDigit(s[at]))
            {
                if (at - start < 9)
                {
                    nanos = (nanos * 10) + (s[at] - '0');
                }

                at++;
            }

            if (at == start)
            {
                return null;
            }

            for (int i = at - start; i < 9; i++)
            {
                nanos *= 10;
            }
        }

        if (Offset(s[at..]) is not { } offset)
        {
            return null;
        }

        long seconds = ((long)(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalSeconds) - offset;
        return CelTimestamp.InRange(seconds) ? new CelTimestamp(seconds, nanos) : null;
    }

    private static int? Offset(ReadOnlySpan<char> s)
    {
        if (s.Length == 1)
        {
            return s[0] is 'Z' or 'z' ? 0 : null;
        }

        if (s.Length != 6 || s[0] is not ('+' or '-') || s[3] != ':' || !Digits(s[1..3], out int hours) || !Digits(s[4..6], out int minutes) || hours > 23 || minutes > 59)
        {
            return null;
        }

        int offset = (hours * 3600) + (minutes * 60);
        return s[0] == '-' ? -offset : offset;
    }

    private static bool Digits(ReadOnlySpan<char> s, out int value)
    {
        value = 0;
        foreach (char c in s)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }

    /// <summary>Go's form: an optional sign, then numbers with units h, m, s, ms, us, µs, ns. Null when malformed or out of range.</summary>
    public static Int128? ParseDuration(string text)
    {
        ReadOnlySpan<char> s = text.AsSpan();
        bool negative = false;
        if (s.Length > 0 && s[0] is '+' or '-')
        {
            negative = s[0] == '-';
            s = s[1..];
        }

        if (s is "0")
        {
            return 0;
        }

        if (s.IsEmpty)
        {
            return null;
        }

        Int128 total = 0;
        while (!s.IsEmpty)
        {
            if (Part(ref s) is not { } part)
            {
                return null;
            }

            total += part;
            if (total > (Int128)long.MaxValue + 1)
            {
                return null;
            }
        }

        return negative ? -total : total;
    }

    private static Int128? Part(ref ReadOnlySpan<char> s)
    {
        int at = 0;
        Int128 whole = 0;
        while (at < s.Length && char.IsAsciiDigit(s[at]))
        {
            whole = (whole * 10) + (s[at++] - '0');
            if (whole > (Int128)long.MaxValue)
            {
                return null;
            }
        }

        int digits = at;
        Int128 fraction = 0;
        Int128 scale = 1;
        if (at < s.Length && s[at] == '.')
        {
            at++;
            while (at < s.Length && char.IsAsciiDigit(s[at]))
            {
                if (scale < 1_000_000_000_000_000)
                {
                    fraction = (fraction * 10) + (s[at] - '0');
                    scale *= 10;
                }

                at++;
                digits++;
            }
        }

        if (digits == 0)
        {
            return null;
        }

        int unitStart = at;
        while (at < s.Length && s[at] != '.' && !char.IsAsciiDigit(s[at]))
        {
            at++;
        }

        long? unit = s[unitStart..at] switch
        {
            "ns" => 1,
            "us" or "µs" or "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => NanosPerSecond,
            "m" => 60 * NanosPerSecond,
            "h" => 3600 * NanosPerSecond,
            _ => null,
        };
        s = s[at..];
        return unit is { } nanos ? (whole * nanos) + (fraction * nanos / scale) : null;
    }

    /// <summary>Go's text of a duration (<c>1h2m3.5s</c>), for messages.</summary>
    public static string FormatGo(Int128 nanos)
    {
        var text = new StringBuilder();
        Int128 rest = nanos < 0 ? -nanos : nanos;
        if (rest == 0)
        {
            return "0s";
        }

        text.Append(nanos < 0 ? "-" : "");
        Int128 hours = rest / (3600 * (Int128)NanosPerSecond);
        Int128 minutes = rest / (60 * (Int128)NanosPerSecond) % 60;
        if (hours > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        }

        if (hours > 0 || minutes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{minutes}m");
        }

        return text.Append(FormatDuration(rest % (60 * (Int128)NanosPerSecond))).ToString();
    }
}
