using System.Globalization;

namespace Fairway.Resources.Tables;

/// <summary>Ages as kubectl prints them: two units where the second still says something.</summary>
public static class HumanDuration
{
    /// <summary><c>47s</c>, <c>5m30s</c>, <c>23m</c>, <c>3h20m</c>, <c>12h</c>, <c>2d3h</c>, <c>45d</c>, <c>2y40d</c>, <c>9y</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        long seconds = (long)duration.TotalSeconds;
        return seconds switch
        {
            < -1 => "<invalid>",
            < 0 => "0s",
            < 120 => Text(seconds, "s"),
            < 600 => Text(seconds / 60, "m", seconds % 60, "s"),
            < 3 * 3600 => Text(seconds / 60, "m"),
            < 8 * 3600 => Text(seconds / 3600, "h", seconds / 60 % 60, "m"),
            < 48 * 3600 => Text(seconds / 3600, "h"),
            < 8 * 24 * 3600 => Text(seconds / 86400, "d", seconds / 3600 % 24, "h"),
            < 2 * 365 * 24 * 3600L => Text(seconds / 86400, "d"),
            < 8 * 365 * 24 * 3600L => Text(seconds / 86400 / 365, "y", seconds / 86400 % 365, "d"),
            _ => Text(seconds / 86400 / 365, "y"),
        };
    }

    /// <summary>Time since an RFC 3339 instant; <c>&lt;unknown&gt;</c> when there is none.</summary>
    public static string Since(string? instant, DateTimeOffset now)
        => DateTimeOffset.TryParse(instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? Format(now - at)
            : "<unknown>";

    private static string Text(long count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");

    private static string Text(long count, string unit, long rest, string smaller)
        => rest == 0 ? Text(count, unit) : Text(count, unit) + Text(rest, smaller);
}
