using System.Globalization;

namespace Fairway.Telemetry.Slos;

/// <summary>The units of OpenSLO's duration shorthand, smallest first.</summary>
public enum SloUnit
{
    /// <summary><c>m</c></summary>
    Minutes,

    /// <summary><c>h</c></summary>
    Hours,

    /// <summary><c>d</c></summary>
    Days,

    /// <summary><c>w</c></summary>
    Weeks,

    /// <summary><c>M</c></summary>
    Months,

    /// <summary><c>Q</c></summary>
    Quarters,

    /// <summary><c>Y</c></summary>
    Years,
}

/// <summary>A positive number of one unit, as OpenSLO writes it: <c>5m</c>, <c>28d</c>, <c>1M</c>, <c>1Q</c>.</summary>
/// <param name="Count">At least one.</param>
/// <param name="Unit">What is counted.</param>
public readonly record struct SloDuration(int Count, SloUnit Unit)
{
    private const string Letters = "mhdwMQY";

    // Longer than any budget that somebody could look back on.
    private const double MostDays = 3660;

    /// <summary>
    /// A length for arithmetic that has no calendar at hand (rolling windows, burn rates): a month is 30 days, a quarter 90, a
    /// year 365.
    /// </summary>
    public TimeSpan Length => Unit switch
    {
        SloUnit.Minutes => TimeSpan.FromMinutes(Count),
        SloUnit.Hours => TimeSpan.FromHours(Count),
        SloUnit.Days => TimeSpan.FromDays(Count),
        SloUnit.Weeks => TimeSpan.FromDays(7.0 * Count),
        SloUnit.Months => TimeSpan.FromDays(30.0 * Count),
        SloUnit.Quarters => TimeSpan.FromDays(90.0 * Count),
        _ => TimeSpan.FromDays(365.0 * Count),
    };

    /// <summary>Reads the shorthand; a bare number counts minutes where <paramref name="allowNumber"/> says so.</summary>
    public static bool TryParse(string? text, out SloDuration duration, bool allowNumber = false)
    {
        duration = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        int unit = Letters.IndexOf(text[^1], StringComparison.Ordinal);
        string digits = unit < 0 ? text : text[..^1];
        if ((unit < 0 && !allowNumber)
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || count < 1)
        {
            return false;
        }

        var read = new SloDuration(count, (SloUnit)Math.Max(0, unit));
        double days = read.Unit switch { SloUnit.Minutes => count / 1440.0, SloUnit.Hours => count / 24.0, _ => (double)count };
        if (days > MostDays || read.Length.TotalDays > MostDays)
        {
            return false;
        }

        duration = read;
        return true;
    }

    /// <summary>The moment so many units after another, by the calendar: one month after 31 January is the last day of February.</summary>
    public DateTime After(DateTime local, int times) => Unit switch
    {
        SloUnit.Minutes => local.AddMinutes((double)Count * times),
        SloUnit.Hours => local.AddHours((double)Count * times),
        SloUnit.Days => local.AddDays((double)Count * times),
        SloUnit.Weeks => local.AddDays(7.0 * Count * times),
        SloUnit.Months => local.AddMonths(Count * times),
        SloUnit.Quarters => local.AddMonths(3 * Count * times),
        _ => local.AddYears(Count * times),
    };

    /// <summary>The shorthand that <see cref="TryParse"/> reads back.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count}{Letters[(int)Unit]}");
}
