using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Stages;
using Fairway.Telemetry.Logs.Query.Syntax;

namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>Makes a number with labels of each line of a range. Not for several threads.</summary>
internal sealed class SampleExtractor
{
    private readonly LogQuery.Range _range;
    private readonly string[] _groups;
    private readonly bool _without;
    private readonly bool _noLabels;
    private readonly bool _grouped;
    private readonly Dictionary<(Labels Stream, Labels Known), Labels> _plain = [];

    /// <param name="range">What is asked.</param>
    /// <param name="outer">The grouping of the sum around it, when lines may be grouped by that at once.</param>
    public SampleExtractor(LogQuery.Range range, Grouping? outer)
    {
        _range = range;
        Grouping? grouping = outer ?? range.Grouping;
        _groups = [.. (grouping?.Labels ?? []).Order(StringComparer.Ordinal)];
        _without = grouping?.Without ?? false;
        _noLabels = grouping?.IsNothing == true || range.Function == "absent_over_time";
        string unwrap = range.Over.Unwrap?.Label ?? "";
        if (unwrap.Length > 0 && (_groups.Length == 0 || _without))
        {
            _without = true;
            _groups = [.. _groups.Append(unwrap).Order(StringComparer.Ordinal)];
        }

        _grouped = _groups.Length > 0;
        Pipeline = LinePipeline.ForNumbers(
            range.Over.Lines,
            required => ParserHints.Of(required.Concat(range.Over.Unwrap?.Filters.SelectMany(filter => filter.Required) ?? []), _groups, _without, _noLabels, unwrap));
    }

    public LinePipeline Pipeline { get; }

    /// <summary>Reads a line; false when it gives no number.</summary>
    public bool Read(Labels stream, LogEntry entry, out Labels labels, out double value)
    {
        labels = Labels.Empty;
        value = 1;
        if (!Pipeline.Apply(stream, entry))
        {
            return false;
        }

        LineState line = Pipeline.State;
        if (_range.Over.Unwrap is { } unwrap)
        {
            if (line.Get(unwrap.Label) is not { Length: > 0 } text)
            {
                return false;
            }

            value = Number(unwrap, text, line);
            foreach (LabelFilter filter in unwrap.Filters)
            {
                if (!filter.Holds(line))
                {
                    return false;
                }
            }
        }
        else if (_range.Function is "bytes_rate" or "bytes_over_time")
        {
            value = Encoding.UTF8.GetByteCount(line.Line);
        }

        labels = LabelsOf(line, stream, entry);
        return true;
    }

    private static double Number(Unwrap unwrap, string text, LineState line)
    {
        string problem;
        switch (unwrap.Conversion)
        {
            case "bytes" when HumanBytes.TryParse(text, out ulong bytes, out problem): return bytes;
            case "duration" or "duration_seconds" when GoDurations.TryParseGo(text, out long nanoseconds, out problem): return nanoseconds / 1e9;
            case "" when GoNumbers.TryParse(text, out double number, out problem): return number;
        }

        _ = unwrap.Conversion switch
        {
            "bytes" => HumanBytes.TryParse(text, out _, out problem),
            "" => GoNumbers.TryParse(text, out _, out problem),
            _ => GoDurations.TryParseGo(text, out _, out problem),
        };
        line.Error = LineErrors.Sample;
        line.ErrorDetails = problem;
        return 0;
    }

    private Labels LabelsOf(LineState line, Labels stream, LogEntry entry)
    {
        if (line.Error.Length > 0)
        {
            return line.ToLabels();
        }

        if (_noLabels)
        {
            return Labels.Empty;
        }

        if (!Pipeline.KeepsLabels)
        {
            return _grouped ? line.Group(_groups, _without) : line.ToLabels();
        }

        // Without parsers there are as many sets of labels as streams and kinds of lines in them.
        if (!_plain.TryGetValue((stream, entry.Metadata), out Labels? labels))
        {
            _plain[(stream, entry.Metadata)] = labels = _grouped ? line.Group(_groups, _without) : line.ToLabels();
        }

        return labels;
    }
}
