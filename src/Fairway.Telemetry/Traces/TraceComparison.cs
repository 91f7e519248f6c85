namespace Fairway.Telemetry.Traces;

/// <summary>What one side of a comparison shows of an operation; times in nanoseconds.</summary>
/// <param name="PerTrace">How often it is called in a trace.</param>
/// <param name="Self">The median of the time that it did not wait for its children.</param>
internal sealed record OperationStats(int Calls, int Errors, long Median, long High, long Self, double PerTrace);

/// <summary>An operation on both sides.</summary>
/// <param name="Added">How much more of its own time a trace spends in it on the right side, in nanoseconds.</param>
/// <param name="Chance">How likely a difference of this size is by chance alone, 0 to 1; 1 where a side has too little.</param>
internal sealed record OperationDifference(string Service, string Operation, OperationStats? Left, OperationStats? Right, long Added, double Chance);

/// <summary>Two sets of traces side by side: what became slower, and where the time goes. Pure.</summary>
internal sealed record TraceComparison(OperationStats Left, OperationStats Right, double Chance, IReadOnlyList<OperationDifference> Operations)
{
    private const int Least = 5;

    /// <summary>Compares; operations with the most added time first.</summary>
    public static TraceComparison Of(IReadOnlyList<TraceRecord> left, IReadOnlyList<TraceRecord> right)
    {
        Dictionary<(string, string), List<(long Duration, long Self, bool Error)>> lefts = Operation(left);
        Dictionary<(string, string), List<(long Duration, long Self, bool Error)>> rights = Operation(right);
        var operations = new List<OperationDifference>();
        foreach ((string Service, string Operation) key in lefts.Keys.Union(rights.Keys))
        {
            OperationStats? one = lefts.TryGetValue(key, out var leftSpans) ? Stats(leftSpans, left.Count) : null;
            OperationStats? other = rights.TryGetValue(key, out var rightSpans) ? Stats(rightSpans, right.Count) : null;
            long added = (long)(((other?.Self ?? 0) * (other?.PerTrace ?? 0)) - ((one?.Self ?? 0) * (one?.PerTrace ?? 0)));
            operations.Add(new OperationDifference(key.Service, key.Operation, one, other, added, Chance2(leftSpans?.ConvertAll(span => span.Self) ?? [], rightSpans?.ConvertAll(span => span.Self) ?? [])));
        }

        return new TraceComparison(
            Whole(left), Whole(right), Chance2([.. left.Select(trace => trace.Duration)], [.. right.Select(trace => trace.Duration)]),
            [.. operations.OrderByDescending(one => one.Added).ThenBy(one => one.Service, StringComparer.Ordinal).ThenBy(one => one.Operation, StringComparer.Ordinal)]);
    }

    /// <summary>The two-sided rank-sum test of Mann and Whitney, with the normal approximation corrected for ties.</summary>
    public static double Chance2(IReadOnlyList<long> left, IReadOnlyList<long> right)
    {
        if (left.Count < Least || right.Count < Least)
        {
            return 1;
        }

        (long Value, bool Left)[] all = [.. left.Select(value => (value, true)).Concat(right.Select(value => (value, false))).OrderBy(one => one.Item1)];
        double ranks = 0;
        double ties = 0;
        for (int start = 0; start < all.Length;)
        {
            int end = start;
            while (end < all.Length && all[end].Value == all[start].Value)
            {
                end++;
            }

            double rank = (start + 1 + end) / 2.0;
            ranks += rank * all[start..end].Count(one => one.Left);
            double same = end - start;
            ties += (same * same * same) - same;
            start = end;
        }

        double n = left.Count;
        double m = right.Count;
        double total = n + m;
        double spread = Math.Sqrt(n * m / 12 * (total + 1 - (ties / (total * (total - 1)))));
        if (spread == 0)
        {
            return 1;
        }

        double distance = Math.Max(0, Math.Abs(ranks - (n * (n + 1) / 2) - (n * m / 2)) - 0.5) / spread;
        return Math.Min(1, 2 * Above(distance));
    }

    private static OperationStats Whole(IReadOnlyList<TraceRecord> traces)
    {
        long[] durations = [.. traces.Select(trace => trace.Duration)];
        return new OperationStats(traces.Count, traces.Count(trace => trace.Spans.Any(span => span.IsError)), TraceMath.Percentile(durations, 0.5), TraceMath.Percentile(durations, 0.95), 0, 1);
    }

    private static Dictionary<(string, string), List<(long Duration, long Self, bool Error)>> Operation(IReadOnlyList<TraceRecord> traces)
    {
        var found = new Dictionary<(string, string), List<(long, long, bool)>>();
        foreach (TraceRecord trace in traces)
        {
            IReadOnlyDictionary<SpanRecord, long> selves = TraceMath.SelfTimes(trace);
            foreach (SpanRecord span in trace.Spans)
            {
                (string, string) key = (span.Process.Service, span.Name);
                (found.TryGetValue(key, out List<(long, long, bool)>? spans) ? spans : found[key] = []).Add((span.Duration, selves[span], span.IsError));
            }
        }

        return found;
    }

    private static OperationStats Stats(List<(long Duration, long Self, bool Error)> spans, int traces)
    {
        List<long> durations = spans.ConvertAll(span => span.Duration);
        return new OperationStats(
            spans.Count, spans.Count(span => span.Error), TraceMath.Percentile(durations, 0.5), TraceMath.Percentile(durations, 0.95),
            TraceMath.Percentile(spans.ConvertAll(span => span.Self), 0.5), Math.Round((double)spans.Count / traces, 3));
    }

    /// <summary>The part of a normal distribution above a value (Abramowitz and Stegun 26.2.17).</summary>
    private static double Above(double z)
    {
        double t = 1 / (1 + (0.2316419 * z));
        double tail = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * tail;
    }
}
