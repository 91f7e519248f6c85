using System.Globalization;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>A moment with nanoseconds for templates.</summary>
internal sealed class GoMoment(long nanoseconds, TimeSpan offset) : TemplateObject
{
    public long Nanoseconds => nanoseconds;

    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100).ToOffset(offset);

    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Format" => GoLayout.Format(this, TemplateBuiltins.Text(arguments, 0)),
        "UnixNano" => nanoseconds,
        "UnixMilli" => nanoseconds / 1_000_000,
        "UTC" => new GoMoment(nanoseconds, TimeSpan.Zero),
        _ => TemplateTimes.Member(Time, name, arguments),
    };

    public override string ToString() => GoLayout.Format(this, "2006-01-02 15:04:05.999999999 -0700 MST");
}

/// <summary>The functions of times that templates over lines have.</summary>
internal static class LineTimes
{
    public static Dictionary<string, TemplateFunction> All { get; } = new(StringComparer.Ordinal)
    {
        ["now"] = a => a.Count == 0 ? Now() : throw new TemplateException($"wrong number of args for now: want 0 got {a.Count}"),
        ["unixEpoch"] = a => (Moment(a, 0).Nanoseconds / GoDurations.Second).ToString(CultureInfo.InvariantCulture),
        ["unixEpochMillis"] = a => (Moment(a, 0).Nanoseconds / 1_000_000).ToString(CultureInfo.InvariantCulture),
        ["unixEpochNanos"] = a => Moment(a, 0).Nanoseconds.ToString(CultureInfo.InvariantCulture),
        ["unixToTime"] = UnixToTime,
        ["toDate"] = a => GoLayout.Parse(TemplateBuiltins.Text(a, 0), TemplateBuiltins.Text(a, 1), TimeZoneInfo.Utc),
        ["toDateInZone"] = a => GoLayout.Parse(TemplateBuiltins.Text(a, 0), TemplateBuiltins.Text(a, 2), Zone(TemplateBuiltins.Text(a, 1))),
        ["date"] = a => GoLayout.Format(a.Count > 1 && a[1] is GoMoment or long or double ? Moment(a, 1) : Now(), TemplateBuiltins.Text(a, 0)),
    };

    private static GoMoment Now() => new((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, TimeSpan.Zero);

    private static GoMoment Moment(IReadOnlyList<object?> arguments, int index) => index < arguments.Count
        ? arguments[index] switch
        {
            GoMoment moment => moment,
            long seconds => new GoMoment(seconds * GoDurations.Second, TimeSpan.Zero),
            double seconds => new GoMoment((long)(seconds * 1e9), TimeSpan.Zero),
            var other => throw new TemplateException($"wrong type for value; expected time.Time; got {(other is string ? "string" : other?.GetType().Name ?? "nil")}"),
        }
        : throw new TemplateException("wrong number of args: a time is missing");

    private static object UnixToTime(IReadOnlyList<object?> arguments)
    {
        string text = TemplateBuiltins.Text(arguments, 0);
        long factor = text.Length switch
        {
            5 => 86_400 * GoDurations.Second,
            10 => GoDurations.Second,
            13 => 1_000_000,
            16 => 1000,
            19 => 1,
            _ => 0,
        };
        return factor > 0 && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? new GoMoment(value * factor, TimeSpan.Zero)
            : throw new TemplateException($"error calling unixToTime: unable to parse time '{text}'");
    }

    private static TimeZoneInfo Zone(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;
}
