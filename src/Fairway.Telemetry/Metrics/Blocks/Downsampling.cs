using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;

namespace Fairway.Telemetry.Metrics.Blocks;

/// <summary>
/// Thins the samples of a series out to a resolution, so that what is asked of it afterwards is answered as before:
/// <list type="bullet">
/// <item>Counters, and histograms that count, keep the first and the last sample of each interval and those on both sides of every
/// reset: increases and rates over whole intervals come out exactly.</item>
/// <item>Gauges keep first, last, count, sum, least and greatest of each interval (<see cref="AggregateChunk"/>).</item>
/// <item>Histograms that are gauges keep the last of each interval.</item>
/// <item>Staleness markers stay where they are.</item>
/// </list>
/// </summary>
internal static class Downsampling
{
    public const long FiveMinutes = 5 * 60_000;
    public const long Hour = 60 * 60_000;

    private static readonly string[] CounterSuffixes = ["_total", "_count", "_sum", "_bucket"];

    /// <summary>Whether a series only grows, by what is said of its metric or else by its name.</summary>
    public static bool IsCounter(string metric, string? type)
        => type is "counter" or "histogram" or "summary"
            ? type == "counter" || CounterSuffixes.Any(suffix => metric.EndsWith(suffix, StringComparison.Ordinal))
            : type is null or "unknown" && CounterSuffixes.Any(suffix => metric.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>The chunks of a series at a resolution; the samples are in order.</summary>
    public static IReadOnlyList<SealedChunk> Encode(DecodedSamples samples, bool isCounter, long resolution)
    {
        bool plain = isCounter || samples.HasHistograms;
        return plain ? SampleCoder.Encode(Counters(samples, resolution), ordered: true, byWindow: false) : Gauges(samples, resolution);
    }

    /// <summary>Writes all series of a block at a resolution.</summary>
    public static void Write(Block block, BlockWriter writer, long resolution, Func<string, string?> typeOf, CancellationToken cancellation)
    {
        var samples = new DecodedSamples();
        for (int series = 0; series < block.Meta.Series; series++)
        {
            cancellation.ThrowIfCancellationRequested();
            Labels labels = block.LabelsOf(series);
            samples.Clear();
            block.Read(series, long.MinValue, long.MaxValue, samples);
            samples.Order();
            string metric = labels.Name;
            string family = CounterSuffixes.FirstOrDefault(suffix => metric.EndsWith(suffix, StringComparison.Ordinal)) is { } end ? metric[..^end.Length] : metric;
            writer.Add(labels, Encode(samples, IsCounter(metric, typeOf(metric) ?? typeOf(family)), resolution));
        }
    }

    /// <summary>Thinned out chunks without what touches a closed range of time.</summary>
    public static IReadOnlyList<SealedChunk> Without(IReadOnlyList<SealedChunk> chunks, long from, long to)
    {
        var rest = new List<SealedChunk>();
        foreach (SealedChunk chunk in chunks)
        {
            if (chunk.MaxTime < from || chunk.MinTime > to)
            {
                rest.Add(chunk);
            }
            else if (chunk.Kind == ChunkKind.Aggregates)
            {
                Aggregate[] kept = [.. AggregateChunk.Decode(chunk.Data).Where(one => one.LastTime < from || one.FirstTime > to)];
                if (kept.Length > 0)
                {
                    rest.Add(new SealedChunk(ChunkKind.Aggregates, kept[0].FirstTime, kept[^1].LastTime, kept.Length, AggregateChunk.Encode(kept)));
                }
            }
            else
            {
                var samples = new DecodedSamples();
                chunk.Decode(samples);
                samples.Remove(from, to);
                rest.AddRange(SampleCoder.Encode(samples, ordered: true, byWindow: false));
            }
        }

        return rest;
    }

    /// <summary>The samples of a counter that matter.</summary>
    public static DecodedSamples Counters(DecodedSamples samples, long resolution)
    {
        var kept = new DecodedSamples();
        for (int index = 0; index < samples.Count; index++)
        {
            bool first = index == 0 || Interval(samples, index, resolution) != Interval(samples, index - 1, resolution);
            bool last = index == samples.Count - 1 || Interval(samples, index, resolution) != Interval(samples, index + 1, resolution);
            bool gauge = samples.HistogramAt(index) is { Hint: CounterResetHint.Gauge };
            if (last || (first && !gauge) || IsMarked(samples, index)
                || (!gauge && (IsReset(samples, index) || (index + 1 < samples.Count && IsReset(samples, index + 1)))))
            {
                kept.AddFrom(samples, index);
            }
        }

        return kept;
    }

    private static List<SealedChunk> Gauges(DecodedSamples samples, long resolution)
    {
        var chunks = new List<SealedChunk>();
        var intervals = new List<Aggregate>();
        var markers = new DecodedSamples();
        for (int start = 0; start < samples.Count;)
        {
            int end = start + 1;
            while (end < samples.Count && Interval(samples, end, resolution) == Interval(samples, start, resolution))
            {
                end++;
            }

            if (Put(samples, start, end, markers) is { } one)
            {
                intervals.Add(one);
            }

            if (intervals.Count == AggregateChunk.MostIntervals || (end == samples.Count && intervals.Count > 0))
            {
                chunks.Add(new SealedChunk(ChunkKind.Aggregates, intervals[0].FirstTime, intervals[^1].LastTime, intervals.Count, AggregateChunk.Encode([.. intervals])));
                intervals.Clear();
            }

            start = end;
        }

        // What ends a series is no value of its; it stays as it was.
        chunks.AddRange(SampleCoder.Encode(markers, ordered: true, byWindow: false));
        chunks.Sort((left, right) => left.MinTime.CompareTo(right.MinTime));
        return chunks;
    }

    private static Aggregate? Put(DecodedSamples samples, int start, int end, DecodedSamples markers)
    {
        Aggregate? all = null;
        for (int index = start; index < end; index++)
        {
            long time = samples.Times[index];
            double value = samples.Values[index];
            if (StaleMarker.Is(value))
            {
                markers.Add(time, value);
                continue;
            }

            all = all is not { } known
                ? new Aggregate(time, value, time, value, 1, value, value, value)
                : known with
                {
                    LastTime = time,
                    Last = value,
                    Count = known.Count + 1,
                    Sum = known.Sum + value,
                    Min = double.IsNaN(known.Min) || value < known.Min ? value : known.Min,
                    Max = double.IsNaN(known.Max) || value > known.Max ? value : known.Max,
                };
        }

        return all;
    }

    private static bool IsMarked(DecodedSamples samples, int index)
        => samples.HistogramAt(index) is { } histogram ? histogram.IsStale : StaleMarker.Is(samples.Values[index]);

    /// <summary>Whether a counter began anew with a sample, or its kind changed.</summary>
    private static bool IsReset(DecodedSamples samples, int index)
    {
        if (index == 0 || IsMarked(samples, index) || IsMarked(samples, index - 1))
        {
            return index > 0;
        }

        return (samples.HistogramAt(index), samples.HistogramAt(index - 1)) switch
        {
            (null, null) => samples.Values[index] < samples.Values[index - 1],
            ({ } now, { } before) => now.IsResetSince(before),
            _ => true,
        };
    }

    private static long Interval(DecodedSamples samples, int index, long resolution) => (long)Math.Floor((double)samples.Times[index] / resolution);
}
