using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query;

/// <summary>Durations in nanoseconds as Go and Prometheus write them, with their own words for what is wrong.</summary>
internal static class GoDurations
{
    public const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    /// <summary>Prometheus' form first, then Go's.</summary>
    public static bool TryParseAny(string text, out long nanoseconds) => TryParsePrometheus(text, out nanoseconds, out _) || TryParseGo(text, out nanoseconds, out _);

    /// <summary><c>1d12h</c>: whole numbers, larger units first.</summary>
    public static bool TryParsePrometheus(string text, out long nanoseconds, out string problem)
    {
        nanoseconds = 0;
        problem = text.Length == 0 ? "empty duration string" : "";
        if (text is "0" or "")
        {
            return problem.Length == 0;
        }

        int last = 0;
        for (int at = 0; at < text.Length;)
        {
            int digits = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            int unit = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            if (unit == digits || unit == at || !ulong.TryParse(text.AsSpan(digits, unit - digits), NumberStyles.None, CultureInfo.InvariantCulture, out ulong count))
            {
                problem = $"not a valid duration string: {GoText.Quote(text)}";
                return false;
            }

            (int place, long factor) = text[unit..at] switch
            {
                "y" => (1, 365 * Day),
                "w" => (2, 7 * Day),
                "d" => (3, Day),
                "h" => (4, Hour),
                "m" => (5, Minute),
                "s" => (6, Second),
                "ms" => (7, 1_000_000),
                _ => (0, 0L),
            };
            if (place <= last)
            {
                problem = place == 0 ? $"unknown unit {GoText.Quote(text[unit..at])} in duration {GoText.Quote(text)}" : $"not a valid duration string: {GoText.Quote(text)}";
                return false;
            }

            last = place;
            if (count > (ulong)(long.MaxValue / factor) || (long)count * factor > long.MaxValue - nanoseconds)
            {
                problem = "duration out of range";
                return false;
            }

            nanoseconds += (long)count * factor;
        }

        return true;
    }

    /// <summary><c>1h15m30.5s</c>, <c>-5ms</c>: fractions and signs, units in any order.</summary>
    public static bool TryParseGo(string text, out long nanoseconds, out string problem)
    {
        nanoseconds = 0;
        problem = "";
        int at = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        bool negative = at == 1 && text[0] == '-';
        if (text.AsSpan(at) is "0")
        {
            return true;
        }

        if (at == text.Length)
        {
            problem = $"time: invalid duration {GoText.Quote(text)}";
            return false;
        }

        decimal total = 0;
        while (at < text.Length)
        {
            int number = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            int unit = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]) && text[at] != '.')
            {
                at++;
            }

            ReadOnlySpan<char> digits = text.AsSpan(number, unit - number);
            if (digits.Length is 0 or > 25 || digits is "." || digits.Count('.') > 1)
            {
                problem = $"time: invalid duration {GoText.Quote(text)}";
                return false;
            }

            long factor = text[unit..at] switch
            {
                "ns" => 1,
                "us" or "µs" or "μs" => 1000,
                "ms" => 1_000_000,
                "s" => Second,
                "m" => Minute,
                "h" => Hour,
                _ => 0,
            };
            if (factor == 0)
            {
                problem = unit == at
                    ? $"time: missing unit in duration {GoText.Quote(text)}"
                    : $"time: unknown unit {GoText.Quote(text[unit..at])} in duration {GoText.Quote(text)}";
                return false;
            }

            total += decimal.Parse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) * factor;
            if (total > long.MaxValue)
            {
                problem = $"time: invalid duration {GoText.Quote(text)}";
                return false;
            }
        }

        nanoseconds = (long)(negative ? -total : total);
        return true;
    }

    /// <summary>As Prometheus prints a duration: <c>5m</c>, <c>1h30m</c>; whole weeks and years too.</summary>
    public static string PrintPrometheus(long nanoseconds)
    {
        long milliseconds = nanoseconds / 1_000_000;
        if (milliseconds == 0)
        {
            return "0s";
        }

        var text = new StringBuilder();
        if (milliseconds < 0)
        {
            text.Append('-');
            milliseconds = -milliseconds;
        }

        // Years and weeks only where nothing else is left over.
        Part("y", 365L * 86_400_000, exact: true);
        Part("w", 7L * 86_400_000, exact: true);
        Part("d", 86_400_000, exact: false);
        Part("h", 3_600_000, exact: false);
        Part("m", 60_000, exact: false);
        Part("s", 1000, exact: false);
        Part("ms", 1, exact: false);
        return text.ToString();

        void Part(string unit, long factor, bool exact)
        {
            if (exact && milliseconds % factor != 0)
            {
                return;
            }

            if (milliseconds / factor is > 0 and long count)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
                milliseconds -= count * factor;
            }
        }
    }

    /// <summary>As Go prints a duration: <c>1h30m0s</c>, <c>1.5ms</c>.</summary>
    public static string PrintGo(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }

        string sign = nanoseconds < 0 ? "-" : "";
        ulong all = nanoseconds < 0 ? (ulong)-nanoseconds : (ulong)nanoseconds;
        if (all < 1000)
        {
            return $"{sign}{all}ns";
        }

        if (all < Second)
        {
            (ulong factor, string unit) = all < 1_000_000 ? (1000UL, "µs") : (1_000_000UL, "ms");
            return sign + Fraction(all, factor) + unit;
        }

        ulong minutes = all / Minute;
        string seconds = Fraction(all % Minute, Second) + "s";
        return sign + (minutes >= 60 ? $"{minutes / 60}h" : "") + (minutes > 0 ? $"{minutes % 60}m" : "") + seconds;
    }

    private static string Fraction(ulong value, ulong factor) => ((decimal)value / factor).ToString("0.#########", CultureInfo.InvariantCulture);
}

/// <summary>Sizes with units, as <c>go-humanize</c> reads and prints them.</summary>
internal static class HumanBytes
{
    /// <summary>Reads <c>5KB</c>, <c>1.5 MiB</c>, <c>42</c>.</summary>
    public static bool TryParse(string text, out ulong bytes, out string problem)
    {
        bytes = 0;
        int digits = 0;
        bool commas = false;
        while (digits < text.Length && (char.IsDigit(text[digits]) || text[digits] is '.' or ','))
        {
            commas |= text[digits++] == ',';
        }

        string number = commas ? text[..digits].Replace(",", "", StringComparison.Ordinal) : text[..digits];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
        {
            problem = $"strconv.ParseFloat: parsing {GoText.Quote(number)}: invalid syntax";
            return false;
        }

        string unit = text[digits..].Trim().ToLowerInvariant();
        double factor = unit switch
        {
            "" or "b" => 1,
            "k" or "kb" => 1e3,
            "m" or "mb" => 1e6,
            "g" or "gb" => 1e9,
            "t" or "tb" => 1e12,
            "p" or "pb" => 1e15,
            "e" or "eb" => 1e18,
            "ki" or "kib" => 1L << 10,
            "mi" or "mib" => 1L << 20,
            "gi" or "gib" => 1L << 30,
            "ti" or "tib" => 1L << 40,
            "pi" or "pib" => 1L << 50,
            "ei" or "eib" => 1L << 60,
            _ => 0,
        };
        double total = value * factor;
        problem = factor == 0 ? $"unhandled size name: {unit}" : total >= ulong.MaxValue ? $"too large: {text}" : "";
        bytes = problem.Length == 0 ? (ulong)total : 0;
        return problem.Length == 0;
    }

    /// <summary><c>5kB</c>: powers of a thousand, one decimal below ten, no space.</summary>
    public static string Print(ulong bytes)
    {
        if (bytes < 10)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{bytes}B");
        }

        int power = (int)Math.Floor(Math.Log(bytes) / Math.Log(1000));
        double value = Math.Floor((bytes / Math.Pow(1000, power) * 10) + 0.5) / 10;
        string unit = ((ReadOnlySpan<string>)["B", "kB", "MB", "GB", "TB", "PB", "EB"])[power];
        return value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + unit;
    }
}
