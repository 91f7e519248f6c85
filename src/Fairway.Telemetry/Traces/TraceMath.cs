namespace Fairway.Telemetry.Traces;

/// <summary>A call from one service to another, as spans show it.</summary>
internal sealed record ServiceEdge(string Parent, string Child, long Calls, long Errors)
{
    /// <summary>The median duration of calls in nanoseconds.</summary>
    public long Median { get; init; }

    /// <summary>The duration in nanoseconds that one call in twenty exceeds.</summary>
    public long High { get; init; }
}

/// <summary>What traces say together. Pure.</summary>
internal static class TraceMath
{
    /// <summary>
    /// The spans that the trace's duration consists of: from the end backwards, at each span the child that ended last before
    /// what is explained so far. Making one of them faster makes the trace faster.
    /// </summary>
    public static IReadOnlyList<(SpanRecord Span, long From, long To)> CriticalPath(TraceRecord trace)
    {
        ILookup<string, SpanRecord> children = trace.Spans.ToLookup(span => span.ParentId);
        HashSet<string> ids = [.. trace.Spans.Select(span => span.SpanId)];
        SpanRecord? root = trace.Spans.Where(span => span.ParentId.Length == 0 || !ids.Contains(span.ParentId)).MaxBy(span => span.Duration);
        var path = new List<(SpanRecord, long, long)>();
        if (root is not null)
        {
            Walk(root, root.End, children, path, []);
        }

        path.Reverse();
        return path;
    }

    /// <summary>Which service calls which, over some traces.</summary>
    public static IReadOnlyList<ServiceEdge> Dependencies(IEnumerable<TraceRecord> traces)
    {
        var edges = new Dictionary<(string Parent, string Child), (List<long> Durations, long Errors)>();
        foreach (TraceRecord trace in traces)
        {
            var spans = new Dictionary<string, SpanRecord>();
            foreach (SpanRecord span in trace.Spans)
            {
                spans[span.SpanId] = span;
            }

            foreach (SpanRecord span in trace.Spans)
            {
                if (spans.TryGetValue(span.ParentId, out SpanRecord? parent) && parent.Process.Service != span.Process.Service)
                {
                    (string, string) edge = (parent.Process.Service, span.Process.Service);
                    (List<long> durations, long errors) = edges.TryGetValue(edge, out (List<long>, long) known) ? known : ([], 0);
                    durations.Add(span.Duration);
                    edges[edge] = (durations, errors + (span.IsError ? 1 : 0));
                }
            }
        }

        return
        [
            .. edges.Select(edge => new ServiceEdge(edge.Key.Parent, edge.Key.Child, edge.Value.Durations.Count, edge.Value.Errors)
            {
                Median = Percentile(edge.Value.Durations, 0.5),
                High = Percentile(edge.Value.Durations, 0.95),
            }).OrderBy(edge => edge.Parent, StringComparer.Ordinal).ThenBy(edge => edge.Child, StringComparer.Ordinal),
        ];
    }

    /// <summary>The value below which a part of some numbers is; the nearest one that there is.</summary>
    public static long Percentile(IReadOnlyCollection<long> values, double part)
        => values.Count == 0 ? 0 : values.Order().ElementAt(Math.Min(values.Count - 1, (int)(part * values.Count)));

    /// <summary>How long each span did not wait for its children, in nanoseconds.</summary>
    public static IReadOnlyDictionary<SpanRecord, long> SelfTimes(TraceRecord trace)
    {
        ILookup<string, SpanRecord> children = trace.Spans.ToLookup(span => span.ParentId);
        var times = new Dictionary<SpanRecord, long>(ReferenceEqualityComparer.Instance);
        foreach (SpanRecord span in trace.Spans)
        {
            long covered = 0;
            long until = span.Start;
            foreach (SpanRecord child in children[span.SpanId].Where(child => child != span).OrderBy(child => child.Start))
            {
                long from = Math.Max(until, child.Start);
                long to = Math.Min(span.End, child.End);
                covered += Math.Max(0, to - from);
                until = Math.Max(until, to);
            }

            times[span] = Math.Max(0, span.Duration - covered);
        }

        return times;
    }

    private static void Walk(SpanRecord span, long until, ILookup<string, SpanRecord> children, List<(SpanRecord, long, long)> path, HashSet<string> seen)
    {
        if (!seen.Add(span.SpanId))
        {
            return;
        }

        long at = Math.Min(until, span.End);
        foreach (SpanRecord child in children[span.SpanId].Where(child => child.Start < until).OrderByDescending(child => child.End))
        {
            if (child.Start >= at)
            {
                continue;
            }

            long end = Math.Min(child.End, at);
            if (end < at)
            {
                path.Add((span, end, at));
            }

            Walk(child, end, children, path, seen);
            at = Math.Max(span.Start, child.Start);
        }

        if (at > span.Start)
        {
            path.Add((span, span.Start, at));
        }
    }
}
