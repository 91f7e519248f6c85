using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Stages;

namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>A query over several lines where it is long, as Loki's <c>format_query</c> lays it out.</summary>
internal static class LogQueryLayout
{
    private const int MostOnALine = 100;

    public static string Of(LogQuery query) => Of(query, 0);

    private static string Of(LogQuery query, int level)
    {
        if (query is LogQuery.Lines lines)
        {
            return LinesOf(lines, level);
        }

        string whole = query.ToString()!;
        if (whole.Length <= MostOnALine)
        {
            return Indent(level) + whole;
        }

        return query switch
        {
            LogQuery.Range range => RangeOf(range, level),
            LogQuery.Vector vector => $"{Indent(level)}{vector.Function}{GroupingOf(vector.Grouping)}(\n"
                + (vector.HasParameter ? $"{Indent(level + 1)}{vector.Parameter},\n" : "")
                + $"{Of(vector.Inner, level + 1)}\n{Indent(level)})",
            LogQuery.Binary binary => $"{Of(binary.Left, level + 1)}\n{Indent(level)}{Operator(binary)}\n{Of(binary.Right, level + 1)}",
            LogQuery.Replace replace => $"{Indent(level)}label_replace(\n{Of(replace.Inner, level + 1)},\n"
                + string.Join(",\n", new[] { replace.To, replace.Replacement, replace.From, replace.Expression }.Select(text => Indent(level + 1) + GoText.Quote(text)))
                + $"\n{Indent(level)})",
            _ => Indent(level) + whole,
        };
    }

    private static string LinesOf(LogQuery.Lines lines, int level)
    {
        if (lines.Stages.Count == 0 || lines.ToString().Length <= MostOnALine)
        {
            return Indent(level) + lines;
        }

        return $"{Indent(level)}{lines.Selector}\n" + string.Join('\n', lines.Stages.Select(stage => StageOf(stage, level + 1)));
    }

    private static string StageOf(LogStage stage, int level) => stage switch
    {
        LineFilterStage filters when filters.Text.Length > MostOnALine => string.Join('\n', filters.Filters.Select(filter => Indent(level) + LineFilterStage.One(filter))),
        DecolorizeStage => stage.Text,
        _ => Indent(level) + stage.Text,
    };

    private static string RangeOf(LogQuery.Range range, int level)
    {
        string text = $"{Indent(level)}{range.Function}(\n";
        if (range.Parameter is { } parameter)
        {
            text += $"{Indent(level + 1)}{GoText.FormatGeneral(parameter)},\n";
        }

        text += LinesOf(range.Over.Lines, level + 1);
        if (range.Over.Unwrap is { } unwrap)
        {
            text += $"\n{Indent(level + 2)}| unwrap {(unwrap.Conversion.Length > 0 ? $"{unwrap.Conversion}({unwrap.Label})" : unwrap.Label)}"
                + string.Concat(unwrap.Filters.Select(filter => $"\n{Indent(level + 2)}| {filter}"));
        }

        text += $" [{GoDurations.PrintPrometheus(range.Over.Interval)}]{(range.Over.Offset == 0 ? "" : $" offset {GoDurations.PrintPrometheus(range.Over.Offset)}")}";
        return text + $"\n{Indent(level)})" + (range.Grouping is null ? "" : GroupingOf(range.Grouping));
    }

    private static string GroupingOf(Grouping grouping)
        => (grouping.Without ? " without" : grouping.Labels.Count > 0 ? " by" : "") + (grouping.Labels.Count > 0 ? $" ({string.Join(", ", grouping.Labels)})" : "");

    private static string Operator(LogQuery.Binary binary)
    {
        Matching matching = binary.Matching;
        string text = binary.Operator + (matching.Bool ? " bool" : "");
        string group = matching.Include is { Count: > 0 } include ? $"{matching.Group} ({string.Join(", ", include)})" : matching.Group;
        return matching.Labels is { Count: > 0 } labels ? $"{text} {(matching.On ? "on" : "ignoring")} ({string.Join(", ", labels)}) {group}" : text;
    }

    private static string Indent(int level) => new(' ', level * 2);
}
