using System.Globalization;
using System.Text.RegularExpressions;

namespace Fairway.Telemetry.Prometheus;

/// <summary>Times and durations as the query API takes them.</summary>
internal static partial class ApiTime
{
    /// <summary>The names that Prometheus gives to the ends of time.</summary>
    private const string Earliest = "-292273086-05-16T16:47:06Z";
    private const string Latest = "292277025-08-18T07:12:54.999999999Z";

    /// <summary>Unix seconds with a fraction, or RFC 3339; milliseconds since 1970, null for neither.</summary>
    public static long? Parse(string text)
    {
        if (Number(text) is { } seconds)
        {
            if (double.IsNaN(seconds))
            {
                return null;
            }

            // Whole and fraction apart, as the original does it, so that halves of a millisecond round the same way.
            double whole = Math.Truncate(seconds);
            double fraction = Math.Round((seconds - whole) * 1000, MidpointRounding.AwayFromZero);
            return Clamp((whole * 1000) + fraction);
        }

        if (text is Earliest or Latest)
        {
            return text == Earliest ? long.MinValue : long.MaxValue;
        }

        Match match = Rfc3339().Match(text);
        if (!match.Success
            || !DateTimeOffset.TryParseExact(
                match.Groups["date"].Value + match.Groups["zone"].Value, "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
        {
            return null;
        }

        string digits = match.Groups["fraction"].Value.PadRight(3, '0')[..3];
        return time.ToUnixTimeMilliseconds() + int.Parse(digits, CultureInfo.InvariantCulture);
    }

    /// <summary>Seconds with a fraction, or a duration like <c>1h30m</c>; null for neither.</summary>
    public static TimeSpan? ParseDuration(string text, out bool overflow)
    {
        overflow = false;
        if (Number(text) is { } seconds)
        {
            double nanoseconds = seconds * 1e9;
            overflow = nanoseconds is > long.MaxValue or < long.MinValue;
            return overflow || double.IsNaN(seconds) ? null : TimeSpan.FromTicks((long)(nanoseconds / 100));
        }

        if (text == "0")
        {
            return TimeSpan.Zero;
        }

        Match match = DurationForm().Match(text);
        if (text.Length == 0 || !match.Success)
        {
            return null;
        }

        double milliseconds = Part(match, "y", 365L * 86_400_000) + Part(match, "w", 7L * 86_400_000) + Part(match, "d", 86_400_000)
            + Part(match, "h", 3_600_000) + Part(match, "m", 60_000) + Part(match, "s", 1000) + Part(match, "ms", 1);
        return milliseconds < 9.2e12 ? TimeSpan.FromMilliseconds(milliseconds) : null;
    }

    /// <summary>A number as Go reads floats; null when it is none.</summary>
    public static double? Number(string text)
    {
        if (text.Length == 0 || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            return null;
        }

        switch (text.ToLowerInvariant())
        {
            case "nan":
                return double.NaN;
            case "inf" or "+inf" or "infinity" or "+infinity":
                return double.PositiveInfinity;
            case "-inf" or "-infinity":
                return double.NegativeInfinity;
        }

        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
            ? number
            : null;
    }

    private static long Clamp(double milliseconds) => milliseconds >= long.MaxValue ? long.MaxValue : milliseconds <= long.MinValue ? long.MinValue : (long)milliseconds;

    private static double Part(Match match, string unit, long milliseconds)
        => match.Groups[unit] is { Success: true } group ? double.Parse(group.Value, CultureInfo.InvariantCulture) * milliseconds : 0;

    [GeneratedRegex(@"^(?<date>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](?<fraction>\d+))?(?<zone>Z|[+-]\d{2}:\d{2})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Rfc3339();

    [GeneratedRegex("^((?<y>[0-9]+)y)?((?<w>[0-9]+)w)?((?<d>[0-9]+)d)?((?<h>[0-9]+)h)?((?<m>[0-9]+)m)?((?<s>[0-9]+)s)?((?<ms>[0-9]+)ms)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DurationForm();
}
