using System.Globalization;
using System.Text;

namespace Fairway.Telemetry.Slos;

/// <summary>Durations as PromQL writes them: <c>1d2h</c>, <c>90s</c>.</summary>
internal static class PromDuration
{
    private static readonly (string Unit, long Milliseconds)[] Units =
    [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ];

    /// <summary>The shortest text for a duration; weeks only when nothing is left over, as people read days better.</summary>
    public static string Of(TimeSpan duration)
    {
        long left = (long)duration.TotalMilliseconds;
        if (left <= 0)
        {
            return "0s";
        }

        var text = new StringBuilder();
        foreach ((string unit, long milliseconds) in Units)
        {
            if (unit == "w")
            {
                continue;
            }

            long count = left / milliseconds;
            left -= count * milliseconds;
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            }
        }

        return text.ToString();
    }
}
