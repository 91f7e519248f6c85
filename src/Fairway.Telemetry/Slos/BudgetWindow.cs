namespace Fairway.Telemetry.Slos;

/// <summary>The period that an error budget is for.</summary>
/// <param name="Length">How long it is.</param>
/// <param name="CalendarStart">Null for a rolling window; otherwise the local time at which some period began.</param>
/// <param name="Zone">The time zone of the calendar.</param>
public sealed record BudgetWindow(SloDuration Length, DateTime? CalendarStart = null, TimeZoneInfo? Zone = null)
{
    /// <summary>A window that always ends now.</summary>
    public bool IsRolling => CalendarStart is null;

    /// <summary>The period that a moment is in: from, and to (exclusive; for a rolling window, the moment itself).</summary>
    /// <remarks>A calendar's boundary that falls into a gap of daylight saving is moved to the end of the gap.</remarks>
    public (DateTimeOffset From, DateTimeOffset To) At(DateTimeOffset moment)
    {
        if (CalendarStart is not { } start)
        {
            return (moment - Length.Length, moment);
        }

        TimeZoneInfo zone = Zone ?? TimeZoneInfo.Utc;
        DateTime local = TimeZoneInfo.ConvertTime(moment, zone).DateTime;

        // A first guess by the average length of a period, then at most a step or two.
        int number = (int)Math.Floor((local - start) / Length.Length);
        while (Boundary(number, start, zone) > moment)
        {
            number--;
        }

        while (Boundary(number + 1, start, zone) <= moment)
        {
            number++;
        }

        return (Boundary(number, start, zone), Boundary(number + 1, start, zone));
    }

    private DateTimeOffset Boundary(int number, DateTime start, TimeZoneInfo zone)
    {
        DateTime local = DateTime.SpecifyKind(Length.After(start, number), DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }
}
