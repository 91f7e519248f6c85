using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Stages;
using Fairway.Telemetry.Logs.Query.Syntax;

namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>The stages of a query in the order in which they are applied, for one query. Not for several threads.</summary>
internal sealed class LinePipeline
{
    private readonly LogStage[] _stages;

    public LinePipeline(LogQuery.Lines query, ParserHints hints)
        : this(query, Ordered(query.Stages), hints)
    {
    }

    private LinePipeline(LogQuery.Lines query, LogStage[] stages, ParserHints hints)
    {
        Query = query;
        _stages = stages;
        State = new LineState(hints);
        Needles = [.. stages.TakeWhile(stage => stage is LineFilterStage).Cast<LineFilterStage>().SelectMany(stage => stage.Needles).Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>What was asked.</summary>
    public LogQuery.Lines Query { get; }

    /// <summary>The line that was applied last.</summary>
    public LineState State { get; }

    /// <summary>Texts without which no line passes, in UTF-8.</summary>
    public IReadOnlyList<byte[]> Needles { get; }

    /// <summary>Whether labels of lines are those of their stream and what is known of them.</summary>
    public bool KeepsLabels => Array.TrueForAll(_stages, stage => stage is LineFilterStage);

    /// <summary>Whether there is nothing to apply.</summary>
    public bool IsEmpty => _stages.Length == 0;

    /// <summary>For numbers: parsers find only what the result needs.</summary>
    public static LinePipeline ForNumbers(LogQuery.Lines query, Func<IEnumerable<string>, ParserHints> hints)
    {
        LogStage[] stages = Ordered(query.Stages);
        return new LinePipeline(query, stages, hints(stages.SelectMany(stage => stage.Required)));
    }

    /// <summary>Applies the stages to a line; false leaves it out.</summary>
    public bool Apply(Labels stream, LogEntry entry)
    {
        State.Start(stream, entry);
        foreach (LogStage stage in _stages)
        {
            if (!stage.Apply(State))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Filters of lines come before parsers, up to where a stage changes the line or looks at a label: cheap ones first, and as Loki orders them.</summary>
    private static LogStage[] Ordered(IReadOnlyList<LogStage> stages)
    {
        var ordered = new List<LogStage>();
        var filters = new List<IReadOnlyList<LineTest>>();
        var others = new List<LogStage>();
        foreach (LogStage stage in stages)
        {
            switch (stage)
            {
                case LabelFilterStage:
                    Flush();
                    ordered.Add(stage);
                    break;
                case LineFilterStage lines:
                    filters.AddRange(lines.Filters);
                    break;
                case LineFormatStage or UnpackStage:
                    others.Add(stage);
                    Flush();
                    break;
                default:
                    others.Add(stage);
                    break;
            }
        }

        Flush();
        return [.. ordered];

        void Flush()
        {
            if (filters.Count > 0)
            {
                ordered.Add(new LineFilterStage([.. filters]));
            }

            ordered.AddRange(others);
            filters.Clear();
            others.Clear();
        }
    }
}
