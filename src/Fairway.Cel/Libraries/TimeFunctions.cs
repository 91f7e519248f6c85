using System.Globalization;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Parts of timestamps, in UTC or a named zone, and of durations.</summary>
internal static class TimeFunctions
{
    public static readonly CelFunction[] All =
    [
        Part("getFullYear", time => time.Year, isYear: true),
        Part("getMonth", time => time.Month - 1),
        Part("getDate", time => time.Day),
        Part("getDayOfMonth", time => time.Day - 1),
        Part("getDayOfWeek", time => (int)time.DayOfWeek),
        Part("getDayOfYear", time => time.DayOfYear - 1),
        Part("getHours", time => time.Hour, nanos => nanos / 3_600_000_000_000),
        Part("getMinutes", time => time.Minute, nanos => nanos / 60_000_000_000),
        Part("getSeconds", time => time.Second, nanos => nanos / 1_000_000_000),
        Milliseconds(),
    ];

    private static CelFunction Part(string name, Func<DateTime, long> part, Func<Int128, Int128>? ofDuration = null, bool isYear = false)
    {
        List<CelOverload> overloads =
        [
            Member($"timestamp_{name}", CelType.Timestamp, CelType.Int, time => CelValue.Of(part(Utc(time)))),
            Member($"timestamp_{name}_with_tz", CelType.Timestamp, CelType.String, CelType.Int, (time, zone) => InZone(time, zone, part, isYear)),
        ];
        if (ofDuration is not null)
        {
            overloads.Add(Member($"duration_{name}", CelType.Duration, CelType.Int, span => CelValue.Of((long)ofDuration(span.DurationNanos))));
        }

        return new CelFunction(name, [.. overloads]);
    }

    private static CelFunction Milliseconds() => new(
        "getMilliseconds",
        Member("timestamp_getMilliseconds", CelType.Timestamp, CelType.Int, time => CelValue.Of(time.TimestampValue.Nanos / 1_000_000L)),
        Member("timestamp_getMilliseconds_with_tz", CelType.Timestamp, CelType.String, CelType.Int, (time, zone) => InZone(time, zone, _ => time.TimestampValue.Nanos / 1_000_000)),
        Member("duration_getMilliseconds", CelType.Duration, CelType.Int, span => CelValue.Of((long)(span.DurationNanos / 1_000_000 % 1_000))));

    private const long DaysOf400Years = 146_097;

    private static DateTime Utc(CelValue time) => DateTime.UnixEpoch.AddSeconds(time.TimestampValue.Seconds);

    /// <summary>A zone can reach beyond the years 1 and 9999; 400 years away the calendar is the same, weekdays included.</summary>
    private static CelValue InZone(CelValue time, CelValue zone, Func<DateTime, long> part, bool isYear = false)
    {
        DateTime utc = Utc(time);
        if (Offset(zone.StringValue, utc) is not { } offset)
        {
            return CelValue.Fail($"unknown time zone {zone.StringValue}: must be a name such as Europe/Berlin or an offset such as +01:00");
        }

        long ticks = utc.Ticks + offset.Ticks;
        int cycles = ticks < 0 ? 1 : ticks > DateTime.MaxValue.Ticks ? -1 : 0;
        return CelValue.Of(part(new DateTime(ticks + (cycles * DaysOf400Years * TimeSpan.TicksPerDay))) - (isYear ? 400 * cycles : 0));
    }

    private static TimeSpan? Offset(string zone, DateTime utc)
    {
        if (zone.Length == 0 || zone is "UTC" or "Z")
        {
            return TimeSpan.Zero;
        }

        int colon = zone.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            return int.TryParse(zone.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int hours)
                && int.TryParse(zone.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int minutes)
                && Math.Abs(hours) <= 23 && minutes <= 59
                ? new TimeSpan(0, (hours * 60) + (zone[0] == '-' ? -minutes : minutes), 0)
                : null;
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out TimeZoneInfo? found) ? found.GetUtcOffset(utc) : null;
    }
}
