using Fairway.PromQL;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary>Native histograms as messages, with counts as floats.</summary>
internal static class OutgoingHistogram
{
    /// <summary>The fields of <c>prometheus.Histogram</c>.</summary>
    public static void Write(ProtoWriter into, FloatHistogram histogram, long time)
    {
        into.Double(2, histogram.Count);
        into.Double(3, histogram.Sum);
        into.SInt64(4, histogram.Schema);
        into.Double(5, histogram.ZeroThreshold);
        into.Double(7, histogram.ZeroCount);
        Buckets(into, histogram.Negative, 8, 10);
        Buckets(into, histogram.Positive, 11, 13);
        into.Int64(14, histogram.Hint == CounterResetHint.Gauge ? 3 : 0);
        into.Int64(15, time);
        foreach (double bound in histogram.CustomBounds)
        {
            into.Double(16, bound);
        }
    }

    /// <summary>The spans and counts of one side, in the two fields that a message has for them.</summary>
    public static void Buckets(ProtoWriter into, BucketSet buckets, int spans, int counts)
    {
        var span = new ProtoWriter();
        foreach ((int offset, uint length) in buckets.Spans())
        {
            span.Clear();
            span.SInt64(1, offset);
            span.UInt64(2, length);
            into.Message(spans, span);
        }

        foreach (double count in buckets.Counts)
        {
            into.Double(counts, count);
        }
    }
}
