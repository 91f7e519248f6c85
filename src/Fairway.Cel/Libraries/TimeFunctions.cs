using System.Globalization;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Parts of timestamps, in UTC or a named zone, and of durations.</summary>
internal static class TimeFunctions
{
    public static readonly CelFunction[] All =
    [
        Part("getFullYear", time => time.Year),
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

    private static CelFunction Part(string name, Func<DateTime, long> part, Func<Int128, Int128>? ofDuration = null)
    {
        List<CelOverload> overloads =
        [
            Member($"timestamp_{name}", CelType.Timestamp, CelType.Int, time => CelValue.Of(part(Utc(time)))),
            Member($"timestamp_{name}_with_tz", CelType.Timestamp, CelType.String, CelType.Int, (time, zone) => InZone(time, zone, part)),
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

    private static DateTime Utc(CelValue time) => DateTime.UnixEpoch.AddSeconds(time.TimestampValue.Seconds);

    private static CelValue InZone(CelValue time, CelValue zone, Func<DateTime, long> part)
    {
        DateTime utc = Utc(time);
        if (Offset(zone.StringValue, utc) is not { } offset)
        {
            return CelValue.Fail($"unknown time zone {zone.StringValue}: must be a name such as Europe/Berlin or an offset such as +01:00");
        }

        long ticks = utc.Ticks + offset.Ticks;
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks ? CelValue.Fail("timestamp out of range in this time zone") : CelValue.Of(part(new DateTime(ticks)));
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
