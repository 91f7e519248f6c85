using System.Globalization;
using System.Text;

namespace Fairway.Resources;

/// <summary>Durations as Go writes them: <c>300ms</c>, <c>10s</c>, <c>1h30m</c>, <c>-1.5h</c>, <c>0</c>.</summary>
public static class GoDuration
{
    /// <summary>Units with their length in nanoseconds, longest first.</summary>
    private static readonly (string Name, decimal Nanoseconds)[] Units =
    [
        ("ns", 1m), ("us", 1e3m), ("µs", 1e3m), ("μs", 1e3m), ("ms", 1e6m), ("s", 1e9m), ("m", 60e9m), ("h", 3600e9m),
    ];

    /// <summary>Parses a duration.</summary>
    /// <exception cref="FormatException">In Go's words: <c>time: invalid duration "x"</c>.</exception>
    public static TimeSpan Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out TimeSpan value) ? value : throw new FormatException(Complaint(text));
    }

    /// <summary>Parses a duration; precision below 100 ns is cut off.</summary>
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = default;
        ReadOnlySpan<char> rest = text;
        bool negative = rest.StartsWith("-");
        rest = negative || rest.StartsWith("+") ? rest[1..] : rest;
        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        decimal total = 0;
        while (!rest.IsEmpty)
        {
            if (!TryTerm(ref rest, out decimal nanoseconds) || (total += nanoseconds) > long.MaxValue)
            {
                return false;
            }
        }

        value = TimeSpan.FromTicks((long)(total / 100) * (negative ? -1 : 1));
        return true;
    }

    /// <summary>Writes a duration as Go does: <c>1h30m0s</c>, <c>1.5s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
        {
            return "0s";
        }

        decimal nanoseconds = Math.Abs((decimal)value.Ticks) * 100;
        string sign = value < TimeSpan.Zero ? "-" : "";
        if (nanoseconds < 1e9m)
        {
            return nanoseconds < 1e3m ? $"{sign}{Number(nanoseconds)}ns"
                : nanoseconds < 1e6m ? $"{sign}{Number(nanoseconds / 1e3m)}µs"
                : $"{sign}{Number(nanoseconds / 1e6m)}ms";
        }

        decimal seconds = nanoseconds / 1e9m;
        long hours = (long)(seconds / 3600);
        long minutes = (long)(seconds / 60) % 60;
        var result = new StringBuilder(sign);
        if (hours > 0)
        {
            result.Append(CultureInfo.InvariantCulture, $"{hours}h");
        }

        if (hours > 0 || minutes > 0)
        {
            result.Append(CultureInfo.InvariantCulture, $"{minutes}m");
        }

        return result.Append(Number(seconds % 60)).Append('s').ToString();
    }

    private static bool TryTerm(ref ReadOnlySpan<char> rest, out decimal nanoseconds)
    {
        nanoseconds = 0;
        int digits = rest.IndexOfAnyExcept("0123456789.");
        if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
        {
            return false;
        }

        rest = rest[digits..];
        int length = rest.IndexOfAny("0123456789.");
        ReadOnlySpan<char> name = length < 0 ? rest : rest[..length];
        foreach ((string unit, decimal scale) in Units)
        {
            if (name.SequenceEqual(unit) && number < 1e15m)
            {
                nanoseconds = number * scale;
                rest = rest[name.Length..];
                return true;
            }
        }

        return false;
    }

    private static string Complaint(string text)
    {
        string quoted = "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
        bool onlyNumber = text.Length > 0 && text.AsSpan().IndexOfAnyExcept("0123456789.+-") < 0 && text.AsSpan().ContainsAny("0123456789");
        return onlyNumber ? $"time: missing unit in duration {quoted}" : $"time: invalid duration {quoted}";
    }

    private static string Number(decimal value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
