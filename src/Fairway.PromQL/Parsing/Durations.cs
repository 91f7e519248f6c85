namespace Fairway.PromQL.Parsing;

/// <summary>Durations in Prometheus' notation: <c>1h30m</c>, <c>90s</c>, <c>1d</c>.</summary>
public static class Durations
{
    /// <summary>Reads a duration.</summary>
    /// <exception cref="FormatException">It is none; the message has Prometheus' words.</exception>
    public static TimeSpan Parse(string text) => TimeSpan.FromMilliseconds(NumberScanner.ParseDuration(text));

    /// <summary>Writes a duration.</summary>
    public static string Format(TimeSpan duration) => NumberScanner.FormatDuration((long)duration.TotalMilliseconds);
}
