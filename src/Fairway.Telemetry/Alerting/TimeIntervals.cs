using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.Telemetry.GoYaml;

namespace Fairway.Telemetry.Alerting;

/// <summary>A set of times as Alertmanager's <c>time_intervals</c> describe it: all parts that are given have to hold.</summary>
internal sealed partial class TimeInterval
{
    private static readonly string[] Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    private static readonly string[] Months =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    /// <summary>What a file may say.</summary>
    public static readonly YamlShape Shape = YamlShape.Struct("timeinterval.TimeInterval",
    [
        new("times", YamlShape.List(YamlShape.Struct("timeinterval.yamlTimeRange", [new("start_time", YamlShape.Text), new("end_time", YamlShape.Text)], range => Time(range)))),
        new("weekdays", YamlShape.List(YamlShape.Checked(text => Problem(() => Weekday(text))))),
        new("days_of_month", YamlShape.List(YamlShape.Checked(text => Problem(() => DayOfMonth(text))))),
        new("months", YamlShape.List(YamlShape.Checked(text => Problem(() => Month(text))))),
        new("years", YamlShape.List(YamlShape.Checked(text => Problem(() => Year(text))))),
        new("location", YamlShape.Checked(text => Problem(() => Zone(text)))),
    ]);

    private readonly List<(int From, int To)>? times;
    private readonly List<(int From, int To)>? weekdays;
    private readonly List<(int From, int To)>? daysOfMonth;
    private readonly List<(int From, int To)>? months;
    private readonly List<(int From, int To)>? years;
    private readonly TimeZoneInfo zone;

    /// <exception cref="YamlTextException">A part is not of its form.</exception>
    public TimeInterval(JsonObject node)
    {
        times = node["times"] is JsonArray list ? [.. list.OfType<JsonObject>().Select(Time)] : null;
        weekdays = Ranges(node["weekdays"], Weekday);
        daysOfMonth = Ranges(node["days_of_month"], DayOfMonth);
        months = Ranges(node["months"], Month);
        years = Ranges(node["years"], Year);
        zone = Zone(AlertConfigReader.Text(node["location"]));
    }

    /// <summary>Whether a time lies in the set.</summary>
    public bool Contains(DateTimeOffset time)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(time, zone);
        int minute = (local.Hour * 60) + local.Minute;
        return (times is null || times.Exists(range => minute >= range.From && minute < range.To))
            && Within(weekdays, (int)local.DayOfWeek)
            && InMonth(local)
            && Within(months, local.Month)
            && Within(years, local.Year);
    }

    private bool InMonth(DateTimeOffset local)
    {
        if (daysOfMonth is null)
        {
            return true;
        }

        // Negative days count from the end of the month.
        int length = DateTime.DaysInMonth(local.Year, local.Month);
        int Day(int day) => day < 0 ? length + 1 + day : day;
        return daysOfMonth.Exists(range => Day(range.From) <= length
            && local.Day >= Day(range.From) && local.Day <= Math.Min(Day(range.To), length));
    }

    private static bool Within(List<(int From, int To)>? ranges, int value) => ranges is null || ranges.Exists(range => value >= range.From && value <= range.To);

    private static string? Problem(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (YamlTextException broken)
        {
            return broken.Message;
        }
    }

    private static (int From, int To) Time(JsonObject range)
    {
        string start = AlertConfigReader.Text(range["start_time"]);
        string end = AlertConfigReader.Text(range["end_time"]);
        if (start.Length == 0 || end.Length == 0)
        {
            throw new YamlTextException("both start and end times must be provided");
        }

        (int from, int to) = (Minute(start), Minute(end));
        return from < to ? (from, to) : throw new YamlTextException("start time cannot be equal or greater than end time");
    }

    private static int Minute(string text)
        => ClockTime().IsMatch(text)
            ? (int.Parse(text.AsSpan(0, 2), CultureInfo.InvariantCulture) * 60) + int.Parse(text.AsSpan(3), CultureInfo.InvariantCulture)
            : throw new YamlTextException($"couldn't parse timestamp {text}, invalid format");

    private static List<(int From, int To)>? Ranges(JsonNode? node, Func<string, (int From, int To)> read)
        => node is JsonArray list ? [.. list.Select(one => read(AlertConfigReader.Text(one)))] : null;

    private static (int From, int To) Range(string text, Func<string, int> read)
    {
        string lower = text.ToLowerInvariant();
        string[] parts = lower.Split(':');
        return parts.Length > 2 ? throw new YamlTextException($"couldn't parse range {lower}, invalid format") : (read(parts[0]), read(parts[^1]));
    }

    private static (int From, int To) Weekday(string text)
    {
        (int from, int to) = Range(text, day => Array.IndexOf(Days, day) is >= 0 and int at ? at : throw new YamlTextException($"{day} is not a valid weekday"));
        return from > to ? throw new YamlTextException("start day cannot be before end day") : (from, to);
    }

    private static (int From, int To) DayOfMonth(string text)
    {
        (int from, int to) = Range(text, Number);
        foreach (int day in (int[])[from, to])
        {
            if (day is 0 or < -31 or > 31)
            {
                throw new YamlTextException($"{day} is not a valid day of the month: out of range");
            }
        }

        if (from < 0 && to > 0)
        {
            throw new YamlTextException("end day must be negative if start day is negative");
        }

        // Months have different lengths; what can never be is refused.
        return (from < 0 ? 28 + from : from) > (to < 0 ? 28 + to : to)
            ? throw new YamlTextException($"end day {to} is always before start day {from}")
            : (from, to);
    }

    private static (int From, int To) Month(string text)
    {
        (int from, int to) = Range(text, month
            => Array.IndexOf(Months, month) is >= 0 and int at ? at + 1
                : int.TryParse(month, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
                : throw new YamlTextException($"{month} is not a valid month"));
        string Name(int month) => month is >= 1 and <= 12 ? Months[month - 1] : string.Empty;
        return from > to ? throw new YamlTextException($"end month {Name(to)} is before start month {Name(from)}") : (from, to);
    }

    private static (int From, int To) Year(string text)
    {
        (int from, int to) = Range(text, Number);
        return from > to ? throw new YamlTextException($"end year {to} is before start year {from}") : (from, to);
    }

    private static int Number(string text)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new YamlTextException($"strconv.Atoi: parsing {GoText.Quote(text)}: invalid syntax");

    private static TimeZoneInfo Zone(string location)
        => location is "" or "UTC" ? TimeZoneInfo.Utc
            : location == "Local" ? TimeZoneInfo.Local
            : TimeZoneInfo.TryFindSystemTimeZoneById(location, out TimeZoneInfo? found) ? found
            : throw new YamlTextException($"unknown time zone {location}");

    [GeneratedRegex("^((([01][0-9])|(2[0-3])):[0-5][0-9])$|(^24:00$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClockTime();
}
