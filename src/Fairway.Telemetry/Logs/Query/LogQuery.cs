using System.Text.RegularExpressions;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query;

/// <summary>A LogQL query that cannot be read or answered.</summary>
public sealed class LogQueryException(string message) : Exception(message);

/// <summary>A line on its way through the stages of a query.</summary>
internal sealed class LogLine(Labels stream, LogEntry entry)
{
    public long Time { get; } = entry.Time;

    public string Line { get; set; } = entry.Line;

    /// <summary>The stream's labels, what is known of the line, and what stages found in it.</summary>
    public LabelsBuilder Labels { get; } = Start(stream, entry.Metadata);

    private static LabelsBuilder Start(Labels stream, Labels metadata)
    {
        var labels = new LabelsBuilder(stream);
        for (int index = 0; index < metadata.Count; index++)
        {
            labels.Set(metadata.NameAt(index), metadata.ValueAt(index));
        }

        return labels;
    }
}

/// <summary>One stage: false leaves the line out.</summary>
internal abstract record LogStage
{
    public abstract bool Apply(LogLine line);
}

/// <summary><c>|= != |~ !~</c> on the line.</summary>
internal sealed record LineFilter(bool Keep, string Text, Regex? Pattern) : LogStage
{
    public override bool Apply(LogLine line)
        => (Pattern is null ? line.Line.Contains(Text, StringComparison.Ordinal) : Pattern.IsMatch(line.Line)) == Keep;
}

/// <summary>A condition on a label, compared as text, number, duration or size.</summary>
internal sealed record LabelCondition(string Name, string Operator, string Text, double? Number, Regex? Pattern) : LogStage
{
    public override bool Apply(LogLine line)
    {
        string value = line.Labels[Name];
        if (Number is { } number)
        {
            return Quantities.Parse(value) is { } actual && Operator switch
            {
                "==" or "=" => actual == number,
                "!=" => actual != number,
                ">" => actual > number,
                ">=" => actual >= number,
                "<" => actual < number,
                _ => actual <= number,
            };
        }

        return Operator switch
        {
            "=" => value == Text,
            "!=" => value != Text,
            "=~" => Pattern!.IsMatch(value),
            _ => !Pattern!.IsMatch(value),
        };
    }
}

/// <summary>Several conditions of which one, or all, must hold.</summary>
internal sealed record CombinedCondition(bool All, LogStage Left, LogStage Right) : LogStage
{
    public override bool Apply(LogLine line) => All ? Left.Apply(line) && Right.Apply(line) : Left.Apply(line) || Right.Apply(line);
}

/// <summary>The stages' conditions that may be asked of a block's filter: texts that every line must contain.</summary>
internal sealed record LogPipeline(IReadOnlyList<LabelMatcher> Matchers, IReadOnlyList<LogStage> Stages)
{
    /// <summary>Texts without which no line passes: those before the first stage that changes lines.</summary>
    public IReadOnlyList<byte[]> Texts
        => [.. Stages.TakeWhile(stage => stage is not LineFormat).OfType<LineFilter>().Where(filter => filter is { Keep: true, Pattern: null, Text.Length: > 0 })
            .Select(filter => System.Text.Encoding.UTF8.GetBytes(filter.Text))];

    public bool Apply(LogLine line)
    {
        foreach (LogStage stage in Stages)
        {
            if (!stage.Apply(line))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A query: lines, or numbers made of lines.</summary>
internal abstract record LogQuery
{
    /// <summary>Lines as they are.</summary>
    internal sealed record Lines(LogPipeline Pipeline) : LogQuery;

    /// <summary><c>rate({...}[5m])</c> and its like.</summary>
    internal sealed record Over(string Function, LogPipeline Pipeline, TimeSpan Range, TimeSpan Offset, string? Unwrap) : LogQuery;

    /// <summary><c>sum by (x) (...)</c> and its like.</summary>
    internal sealed record Aggregate(string Function, int? Parameter, bool By, IReadOnlyList<string> Labels, LogQuery Inner) : LogQuery;

    /// <summary>A number by the side of numbers.</summary>
    internal sealed record Binary(string Operator, LogQuery Left, LogQuery Right) : LogQuery;

    /// <summary>A number.</summary>
    internal sealed record Literal(double Value) : LogQuery;
}

/// <summary>Numbers in texts: plain, durations (<c>1m30s</c>, in seconds) and sizes (<c>5KB</c>, in bytes).</summary>
internal static partial class Quantities
{
    public static double? Parse(string text)
    {
        if (Prometheus.ApiTime.Number(text) is { } number)
        {
            return number;
        }

        Match size = Size().Match(text);
        if (size.Success)
        {
            double factor = size.Groups["unit"].Value.ToUpperInvariant() switch
            {
                "KB" => 1e3,
                "MB" => 1e6,
                "GB" => 1e9,
                "TB" => 1e12,
                "KIB" => 1024,
                "MIB" => 1024 * 1024.0,
                "GIB" => 1024 * 1024 * 1024.0,
                _ => 1,
            };
            return double.Parse(size.Groups["number"].Value, System.Globalization.CultureInfo.InvariantCulture) * factor;
        }

        double seconds = 0;
        int at = 0;
        foreach (Match part in DurationPart().Matches(text))
        {
            if (part.Index != at)
            {
                return null;
            }

            at += part.Length;
            seconds += double.Parse(part.Groups["number"].Value, System.Globalization.CultureInfo.InvariantCulture) * part.Groups["unit"].Value switch
            {
                "ns" => 1e-9,
                "us" or "µs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                "d" => 86_400,
                "w" => 604_800,
                _ => 31_536_000,
            };
        }

        return at == text.Length && at > 0 ? seconds : null;
    }

    [GeneratedRegex("^(?<number>[0-9]+(\\.[0-9]+)?)(?<unit>[KMGT]i?B|B)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Size();

    [GeneratedRegex("(?<number>[0-9]+(\\.[0-9]+)?)(?<unit>ns|us|µs|ms|s|m|h|d|w|y)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DurationPart();
}
