using Fairway.PromQL;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Series;
using Fairway.Telemetry.Traces;

namespace Fairway.Telemetry.Own;

/// <summary>What the platform counts of lines and spans.</summary>
internal static class LineMetrics
{
    public static IEnumerable<OwnFamily> Of(LogStore lines, TraceStore traces)
    {
        IReadOnlyList<LogCount> counts = lines.Counters.Counts();
        yield return new OwnFamily("fairway_log_lines_total", "counter", "Lines that were taken, by labels of their streams and their level.", [.. counts.Select(one => Sample("fairway_log_lines_total", one.Lines, one.Labels))]);
        yield return new OwnFamily("fairway_log_bytes_total", "counter", "Text of lines that were taken.", [.. counts.Select(one => Sample("fairway_log_bytes_total", one.Bytes, one.Labels))]);
        yield return One("fairway_log_lines_refused_total", "counter", "Lines that were refused for a limit or a rule.", lines.Dropped);
        yield return One("fairway_log_store_bytes", "gauge", "Size of the log store's segments.", lines.Size);
        yield return One("fairway_spans_total", "counter", "Spans that were taken.", traces.Spans);
        yield return One("fairway_spans_refused_total", "counter", "Spans that were refused for a limit or a rule.", traces.Refused);
        yield return One("fairway_trace_store_bytes", "gauge", "Size of the trace store's blocks.", traces.Size);
        yield return new OwnFamily(
            "fairway_traces_ruled_total",
            "counter",
            "Traces by the rule that decided whether they are kept.",
            [.. traces.Ruled().Select(one => new OwnSample("fairway_traces_ruled_total", one.Value, [("rule", one.Key)]))]);
    }

    private static OwnSample Sample(string name, double value, Labels labels)
        => new(name, value, [.. labels.Pairs.Where(label => label.Key != "job").Select(label => (label.Key, label.Value))]);

    private static OwnFamily One(string name, string type, string help, double value) => new(name, type, help, [new OwnSample(name, value, [])]);
}
