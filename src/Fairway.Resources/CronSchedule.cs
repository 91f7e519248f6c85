using System.Globalization;

namespace Fairway.Resources;

/// <summary>
/// A timetable of five fields (minute, hour, day of month, month, day of week) or a macro such as <c>@daily</c> or
/// <c>@every 90m</c>, as the library that Kubernetes uses reads it. Pure: the zone and the time are given.
/// </summary>
public sealed class CronSchedule
{
    private const ulong Star = 1UL << 63;

    /// <summary>No date matches within this many years: the schedule never fires (30th of February).</summary>
    private const int YearsAhead = 5;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private ulong _minutes;
    private ulong _hours;
    private ulong _daysOfMonth;
    private ulong _months;
    private ulong _daysOfWeek;
    private TimeSpan? _every;

    private CronSchedule()
    {
    }

    /// <summary>The distance of <c>@every</c>; null for a timetable.</summary>
    public TimeSpan? Every => _every;

    /// <summary>Why a text is no schedule, or null when it is one.</summary>
    public static string? Problem(string text) => TryParse(text, out _, out string? problem) ? null : problem;

    /// <exception cref="FormatException">It is no schedule; the message says why.</exception>
    public static CronSchedule Parse(string text)
        => TryParse(text, out CronSchedule? schedule, out string? problem) ? schedule! : throw new FormatException(problem);

    /// <summary>Parses a schedule.</summary>
    public static bool TryParse(string text, out CronSchedule? schedule, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        schedule = new CronSchedule();
        problem = text.StartsWith('@') ? schedule.Macro(text) : schedule.Fields(text);
        schedule = problem is null ? schedule : null;
        return problem is null;
    }

    /// <summary>
    /// The first time after an instant. Local times that daylight saving skips do not fire; those that happen twice fire twice.
    /// </summary>
    /// <returns>null when there is none within five years.</returns>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        if (_every is { } every)
        {
            // From whole seconds, as the distance is.
            return new DateTimeOffset(after.UtcTicks - (after.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero) + every;
        }

        // Whole minutes of real time, so that a repeated or skipped local hour is what it is.
        var instant = new DateTimeOffset(after.UtcTicks - (after.UtcTicks % TimeSpan.TicksPerMinute) + TimeSpan.TicksPerMinute, TimeSpan.Zero);
        int lastYear = after.UtcDateTime.Year + YearsAhead;
        while (true)
        {
            DateTimeOffset local = TimeZoneInfo.ConvertTime(instant, zone);
            if (local.Year > lastYear)
            {
                return null;
            }

            if (!Has(_months, local.Month))
            {
                instant = StartOf(new DateTime(local.Year, local.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(1), zone, instant);
            }
            else if (!MatchesDay(local))
            {
                instant = StartOf(local.Date.AddDays(1), zone, instant);
            }
            else if (!Has(_hours, local.Hour))
            {
                instant = instant.AddMinutes(60 - local.Minute);
            }
            else if (!Has(_minutes, local.Minute))
            {
                instant = instant.AddMinutes(1);
            }
            else
            {
                return instant;
            }
        }
    }

    private static bool Has(ulong bits, int value) => (bits >> value & 1) == 1;

    /// <summary>Midnight of a local date, or what comes first of the day where there is no midnight; never before where we are.</summary>
    private static DateTimeOffset StartOf(DateTime date, TimeZoneInfo zone, DateTimeOffset notBefore)
    {
        DateTime local = date;
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        // Where midnight happens twice, the first of them.
        TimeSpan offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        DateTimeOffset start = new DateTimeOffset(local, offset).ToUniversalTime();
        return start > notBefore ? start : notBefore.AddMinutes(1);
    }

    /// <summary>With both days restricted either may match, with one only that one.</summary>
    private bool MatchesDay(DateTimeOffset local)
    {
        bool ofMonth = Has(_daysOfMonth, local.Day);
        bool ofWeek = Has(_daysOfWeek, (int)local.DayOfWeek);
        return (_daysOfMonth & Star) != 0 || (_daysOfWeek & Star) != 0 ? ofMonth && ofWeek : ofMonth || ofWeek;
    }

    private string? Macro(string text)
    {
        string? fields = text switch
        {
            "@yearly" or "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" or "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ => null,
        };
        if (fields is not null)
        {
            return Fields(fields);
        }

        const string EveryPrefix = "@every ";
        if (!text.StartsWith(EveryPrefix, StringComparison.Ordinal))
        {
            return $"unrecognized descriptor: {text}";
        }

        if (!GoDuration.TryParse(text[EveryPrefix.Length..], out TimeSpan every))
        {
            return $"failed to parse duration {text}: time: invalid duration \"{text[EveryPrefix.Length..]}\"";
        }

        _every = every < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : new TimeSpan(every.Ticks - (every.Ticks % TimeSpan.TicksPerSecond));
        return null;
    }

    private string? Fields(string text)
    {
        string[] fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
        {
            return text.Trim().Length == 0 ? "empty spec string" : $"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]";
        }

        return Field(fields[0], 0, 59, [], out _minutes)
            ?? Field(fields[1], 0, 23, [], out _hours)
            ?? Field(fields[2], 1, 31, [], out _daysOfMonth)
            ?? Field(fields[3], 1, 12, Months, out _months)
            ?? Field(fields[4], 0, 6, Days, out _daysOfWeek);
    }

    private static string? Field(string text, int least, int most, string[] names, out ulong bits)
    {
        bits = 0;
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Range(part, least, most, names, out ulong some) is { } problem)
            {
                return problem;
            }

            bits |= some;
        }

        return null;
    }

    private static string? Range(string text, int least, int most, string[] names, out ulong bits)
    {
        bits = 0;
        string[] steps = text.Split('/');
        string[] ends = steps[0].Split('-');
        bool isSingle = ends.Length == 1;
        int start = least;
        int end = most;
        ulong star = 0;
        if (ends[0] is "*" or "?")
        {
            star = Star;
        }
        else if (Number(ends[0], least, names, out start) is { } problem)
        {
            return problem;
        }
        else
        {
            switch (ends.Length)
            {
                case 1:
                    end = start;
                    break;
                case 2 when Number(ends[1], least, names, out end) is { } wrong:
                    return wrong;
                case > 2:
                    return $"too many hyphens: {text}";
            }
        }

        int step = 1;
        switch (steps.Length)
        {
            case 1:
                break;
            case 2:
                if (Number(steps[1], 0, [], out step) is { } wrong)
                {
                    return wrong;
                }

                // "5/15" means from 5 on.
                end = isSingle ? most : end;
                star = step > 1 ? 0 : star;
                break;
            default:
                return $"too many slashes: {text}";
        }

        if (start < least)
        {
            return $"beginning of range ({start}) below minimum ({least}): {text}";
        }

        if (end > most)
        {
            return $"end of range ({end}) above maximum ({most}): {text}";
        }

        if (start > end)
        {
            return $"beginning of range ({start}) beyond end of range ({end}): {text}";
        }

        if (step == 0)
        {
            return $"step of range should be a positive number: {text}";
        }

        for (int value = start; value <= end; value += step)
        {
            bits |= 1UL << value;
        }

        bits |= star;
        return null;
    }

    private static string? Number(string text, int first, string[] names, out int number)
    {
        int named = Array.IndexOf(names, text.ToLowerInvariant());
        if (named >= 0)
        {
            number = named + first;
            return null;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            return $"failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax";
        }

        return number < 0 ? $"negative number ({number}) not allowed: {text}" : null;
    }
}
