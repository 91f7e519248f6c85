using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Telemetry.Alerting;

/// <summary>A set of times as Alertmanager's <c>time_intervals</c> describe it: all parts that are given have to hold.</summary>
internal sealed class TimeInterval
{
    private static readonly string[] Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    private static readonly string[] Months =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    private readonly List<(int From, int To)> times = [];
    private readonly List<(int From, int To)> weekdays;
    private readonly List<(int From, int To)> daysOfMonth;
    private readonly List<(int From, int To)> months;
    private readonly List<(int From, int To)> years;
    private readonly TimeZoneInfo zone = TimeZoneInfo.Utc;

    /// <exception cref="FormatException">A part is not of its form.</exception>
    public TimeInterval(JsonObject node)
    {
        foreach (JsonNode? range in node["times"] as JsonArray ?? [])
        {
            int from = Minute(AlertConfigReader.Text(range?["start_time"]));
            int to = Minute(AlertConfigReader.Text(range?["end_time"]));
            times.Add(from < to ? (from, to) : throw new FormatException("start time cannot be equal or greater than end time"));
        }

        weekdays = Ranges(node["weekdays"], day => Word(Days, day, 0));
        daysOfMonth = Ranges(node["days_of_month"], Number);
        months = Ranges(node["months"], month => Word(Months, month, 1));
        years = Ranges(node["years"], Number);
        string location = AlertConfigReader.Text(node["location"]);
        if (location is not ("" or "UTC"))
        {
            zone = location == "Local" ? TimeZoneInfo.Local
                : TimeZoneInfo.TryFindSystemTimeZoneById(location, out TimeZoneInfo? found) ? found
                : throw new FormatException($"unknown time zone {location}");
        }
    }

    /// <summary>Whether a time lies in the set.</summary>
    public bool Contains(DateTimeOffset time)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(time, zone);
        int minute = (local.Hour * 60) + local.Minute;
        return (times.Count == 0 || times.Exists(range => minute >= range.From && minute < range.To))
            && Within(weekdays, (int)local.DayOfWeek)
            && InMonth(local)
            && Within(months, local.Month)
            && Within(years, local.Year);
    }

    private bool InMonth(DateTimeOffset local)
    {
        // Negative days count from the end of the month.
        int length = DateTime.DaysInMonth(local.Year, local.Month);
        int Day(int day) => Math.Clamp(day < 0 ? length + 1 + day : day, 1, length);
        return daysOfMonth.Count == 0 || daysOfMonth.Exists(range
            => !(range.From > length) && local.Day >= Day(range.From) && local.Day <= Day(range.To));
    }

    private static bool Within(List<(int From, int To)> ranges, int value) => ranges.Count == 0 || ranges.Exists(range => value >= range.From && value <= range.To);

    private static int Minute(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int hour)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minute)
            && minute < 60 && (hour < 24 || (hour == 24 && minute == 0))
            ? (hour * 60) + minute
            : throw new FormatException($"couldn't parse timestamp {text}, invalid format");
    }

    private static List<(int From, int To)> Ranges(JsonNode? node, Func<string, int> read)
    {
        var ranges = new List<(int From, int To)>();
        foreach (JsonNode? one in node as JsonArray ?? [])
        {
            string[] ends = AlertConfigReader.Text(one).ToLowerInvariant().Split(':');
            (int from, int to) = (read(ends[0].Trim()), read(ends[^1].Trim()));
            ranges.Add(from <= to || from < 0 != to < 0 ? (from, to) : throw new FormatException("start cannot be before end"));
        }

        return ranges;
    }

    private static int Word(string[] words, string word, int first)
        => Array.IndexOf(words, word) is >= 0 and int at ? at + first
            : first == 1 && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 12 ? number
            : throw new FormatException($"{word} is not a valid weekday or month");

    private static int Number(string text)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : throw new FormatException($"{text} is not a number");
}
