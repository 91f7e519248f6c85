using System.Collections.Frozen;

namespace Fairway.PromQL.Functions;

/// <summary>
/// Parts of a UTC date, from seconds since 1970, for every number there is: as Go's calendar has it, whose year 0 lies 292 billion
/// years back and in which numbers that are no time, and those beyond 64 bits, are the least one.
/// </summary>
internal static class Calendar
{
    private const long FirstYear = -292_277_022_399;
    private const long FirstToUnix = 9_223_372_028_715_321_600;
    private const ulong Day = 86_400;
    private const ulong DaysIn400Years = 146_097;
    private static readonly int[] DaysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

    public static readonly FrozenDictionary<string, Func<double, double>> Parts = new Dictionary<string, Func<double, double>>(StringComparer.Ordinal)
    {
        ["year"] = seconds => Date(seconds).Year,
        ["month"] = seconds => Date(seconds).Month,
        ["day_of_month"] = seconds => Date(seconds).DayOfMonth,
        ["day_of_week"] = seconds => ((Since(seconds) / Day) + 1) % 7,
        ["day_of_year"] = seconds => Date(seconds).DayOfYear,
        ["days_in_month"] = seconds => Date(seconds) is var date ? DaysIn(date.Year, date.Month) : 0,
        ["hour"] = seconds => Since(seconds) % Day / 3600,
        ["minute"] = seconds => Since(seconds) % 3600 / 60,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Seconds since the first year; wraps around as Go's do.</summary>
    private static ulong Since(double seconds)
    {
        long whole = seconds is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)seconds : long.MinValue;
        return unchecked((ulong)(whole + FirstToUnix));
    }

    private static (long Year, int Month, int DayOfMonth, int DayOfYear) Date(double seconds)
    {
        // Cycles of 400, 100, 4 and 1 years; the last day of a leap year belongs to the fourth of its kind, not to a fifth.
        ulong days = Since(seconds) / Day;
        ulong cycles = days / DaysIn400Years;
        ulong year = cycles * 400;
        days -= cycles * DaysIn400Years;
        ulong centuries = Math.Min(3, days / 36_524);
        year += centuries * 100;
        days -= centuries * 36_524;
        ulong fours = days / 1461;
        year += fours * 4;
        days -= fours * 1461;
        ulong ones = Math.Min(3, days / 365);
        year += ones;
        int dayOfYear = (int)(days - (ones * 365));
        long shown = (long)year + FirstYear;
        int month = 1;
        while (month < 12 && dayOfYear >= Before(shown, month + 1))
        {
            month++;
        }

        return (shown, month, dayOfYear - Before(shown, month) + 1, dayOfYear + 1);
    }

    private static int DaysIn(long year, int month) => Before(year, month + 1) - Before(year, month);

    /// <summary>Days of a year before a month, the thirteenth included.</summary>
    private static int Before(long year, int month) => DaysBefore[month - 1] + (month > 2 && IsLeap(year) ? 1 : 0);

    private static bool IsLeap(long year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
