using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query;

/// <summary>A LogQL query that cannot be read or answered; the words are Loki's.</summary>
public sealed class LogQueryException(string message) : Exception(message)
{
    /// <summary>The status that answers the request: whose fault it is, as Loki sees it.</summary>
    public int Status { get; init; } = 400;

    /// <summary>A query that does not parse, without a position.</summary>
    public static LogQueryException Parse(string message) => new($"parse error : {message}");

    /// <summary>A query that does not parse at a place; both numbers 0 for no place.</summary>
    public static LogQueryException Parse(string message, int line, int column)
        => line == 0 && column == 0 ? Parse(message) : new($"parse error at line {line}, col {column}: {message}");

    /// <summary>A stage that cannot be made.</summary>
    public static LogQueryException Stage(string stage, string why) => Parse($"stage '{stage}' : {why}");

    /// <summary>A line that a stage could not read, in a query of numbers, where that must be said.</summary>
    internal static LogQueryException Pipeline(Labels series)
    {
        string error = series[LineErrors.Label];
        return new(
            $"pipeline error: '{error}' for series: '{series}'.\n"
            + $"Use a label filter to intentionally skip this error. (e.g | __error__!=\"{error}\").\n"
            + "To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n"
            + "The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n");
    }

    /// <summary>A query with too many series.</summary>
    public static LogQueryException TooManySeries(int most) => new(
        $"maximum number of series ({most}) reached for a single query; consider reducing query cardinality by adding more specific stream selectors, "
        + "reducing the time range, or aggregating results with functions like sum(), count() or topk()");
}

/// <summary>The labels and values by which a line says that a stage could not read it.</summary>
internal static class LineErrors
{
    public const string Label = "__error__";
    public const string Details = "__error_details__";
    public const string Preserve = "__preserve_error__";
    public const string Json = "JSONParserErr";
    public const string Logfmt = "LogfmtParserErr";
    public const string Sample = "SampleExtractionErr";
    public const string Filter = "LabelFilterErr";
    public const string Template = "TemplateFormatErr";
}
