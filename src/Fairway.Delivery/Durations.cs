using System.Globalization;

namespace Fairway.Delivery;

/// <summary>Durations as manifests write them: <c>250ms</c>, <c>30s</c>, <c>1m30s</c>, <c>2h</c>.</summary>
internal static class Durations
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("us", 0.000001), ("h", 3600), ("m", 60), ("s", 1)];

    /// <summary>Reads a duration; null when the text is none.</summary>
    public static TimeSpan? TryParse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        double seconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = 0;
            while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            {
                digits++;
            }

            if (!double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return null;
            }

            rest = rest[digits..];
            int unit = UnitAt(rest);
            if (unit < 0)
            {
                return null;
            }

            seconds += number * Units[unit].Seconds;
            rest = rest[Units[unit].Unit.Length..];
        }

        return seconds > TimeSpan.MaxValue.TotalSeconds / 2 ? null : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Reads a duration, or gives the default when there is none or it is not one.</summary>
    public static TimeSpan Or(string? text, TimeSpan otherwise) => TryParse(text) ?? otherwise;

    private static int UnitAt(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < Units.Length; i++)
        {
            if (text.StartsWith(Units[i].Unit, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
