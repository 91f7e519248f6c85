using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Prometheus.Remote;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Otlp;

/// <summary>Writes the data points of one resource.</summary>
internal sealed class PointWriter(
    MetricStore store, LabelRules rules, MetricBatch batch, TranslationOutcome outcome, MetricSender sender)
{
    private const int HighestSchema = 8;
    private const int LowestSchema = -4;
    private const int MostBuckets = 10_000;
    private const double ZeroThreshold = 1e-128;
    private const int MostExemplarText = 128;

    private readonly LabelsBuilder _labels = new();
    private readonly List<(string Key, object? Value)> _attributes = [];

    public MetricBatch Batch => batch;

    public TranslationOutcome Outcome => outcome;

    /// <summary>The oldest and newest point so far, in milliseconds.</summary>
    public long Earliest { get; private set; } = long.MaxValue;

    /// <inheritdoc cref="Earliest"/>
    public long Latest { get; private set; } = long.MinValue;

    private Labels Base()
    {
        _labels.Reset(Labels.Empty);
        sender.Put(_labels, _attributes);
        sender.PutSender(_labels);
        return _labels.ToLabels();
    }

    public void Number(ReadOnlySpan<byte> data, string metric, bool delta)
    {
        long start = 0;
        long time = 0;
        double value = 0;
        bool absent = false;
        var exemplars = new List<Exemplar>();
        _attributes.Clear();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: start = Milliseconds(ref reader); break;
                case 3: time = Milliseconds(ref reader); break;
                case 4: value = reader.Double(); break;
                case 5: AddExemplar(reader.Bytes(), exemplars); break;
                case 6: value = (long)reader.Fixed64(); break;
                case 7: _attributes.Add(OtlpAttributes.KeyValue(reader.Bytes())); break;
                case 8: absent = (reader.UInt32() & 1) != 0; break;
                default: reader.Skip(); break;
            }
        }

        Note(time);
        if (Series(Base(), metric) is not { } series)
        {
            return;
        }

        string? problem = Float(series, start, time, absent ? StaleMarker.Value : value, delta && !absent);
        Done(problem, metric);
        Add(series, exemplars);
    }

    public void Summary(ReadOnlySpan<byte> data, string metric)
    {
        long time = 0;
        double sum = 0;
        double count = 0;
        bool absent = false;
        var quantiles = new List<(double Quantile, double Value)>();
        _attributes.Clear();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3: time = Milliseconds(ref reader); break;
                case 4: count = reader.Fixed64(); break;
                case 5: sum = reader.Double(); break;
                case 6: quantiles.Add(Quantile(reader.Bytes())); break;
                case 7: _attributes.Add(OtlpAttributes.KeyValue(reader.Bytes())); break;
                case 8: absent = (reader.UInt32() & 1) != 0; break;
                default: reader.Skip(); break;
            }
        }

        Note(time);
        Labels labels = Base();
        string? problem = Value(labels, metric + "_sum", time, absent, sum) ?? Value(labels, metric + "_count", time, absent, count);
        foreach ((double quantile, double value) in quantiles)
        {
            problem ??= Value(labels.With("quantile", GoText.FormatPlain(quantile)), metric, time, absent, value);
        }

        Done(problem, metric);
    }

    public void Histogram(ReadOnlySpan<byte> data, string metric, bool delta)
    {
        long start = 0;
        long time = 0;
        double count = 0;
        double? sum = null;
        bool absent = false;
        var counts = new List<ulong>();
        var bounds = new List<double>();
        var exemplars = new List<Exemplar>();
        _attributes.Clear();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: start = Milliseconds(ref reader); break;
                case 3: time = Milliseconds(ref reader); break;
                case 4: count = reader.Fixed64(); break;
                case 5: sum = reader.Double(); break;
                case 6: reader.Fixed64s(counts); break;
                case 7: reader.Doubles(bounds); break;
                case 8: AddExemplar(reader.Bytes(), exemplars); break;
                case 9: _attributes.Add(OtlpAttributes.KeyValue(reader.Bytes())); break;
                case 10: absent = (reader.UInt32() & 1) != 0; break;
                default: reader.Skip(); break;
            }
        }

        Note(time);
        Labels labels = Base();
        string? problem = sum is { } total ? Value(labels, metric + "_sum", time, absent, total, delta, start) : null;
        problem ??= Value(labels, metric + "_count", time, absent, count, delta, start);
        double below = 0;
        int next = 0;
        exemplars.Sort(static (left, right) => left.Value.CompareTo(right.Value));
        for (int index = 0; index < bounds.Count && index < counts.Count && problem is null; index++)
        {
            below += counts[index];
            problem = Bucket(labels, metric, GoText.FormatPlain(bounds[index]), below, exemplars, ref next, bounds[index]);
        }

        problem ??= Bucket(labels, metric, "+Inf", count, exemplars, ref next, double.PositiveInfinity);
        Done(problem, metric);

        string? Bucket(Labels of, string name, string bound, double value, List<Exemplar> examples, ref int at, double upper)
        {
            if (Series(of.With("le", bound), name + "_bucket") is not { } series)
            {
                return "";
            }

            string? wrong = Float(series, start, time, absent ? StaleMarker.Value : value, delta && !absent);
            for (; at < examples.Count && examples[at].Value <= upper; at++)
            {
                batch.Append(series, examples[at]);
            }

            return wrong;
        }
    }

    public void Exponential(ReadOnlySpan<byte> data, string metric, bool delta)
    {
        long time = 0;
        double count = 0;
        double zero = 0;
        double sum = 0;
        int scale = 0;
        bool absent = false;
        double threshold = ZeroThreshold;
        (int Offset, List<ulong> Counts) positive = (0, []);
        (int Offset, List<ulong> Counts) negative = (0, []);
        var exemplars = new List<Exemplar>();
        _attributes.Clear();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: _attributes.Add(OtlpAttributes.KeyValue(reader.Bytes())); break;
                case 3: time = Milliseconds(ref reader); break;
                case 4: count = reader.Fixed64(); break;
                case 5: sum = reader.Double(); break;
                case 6: scale = reader.SInt32(); break;
                case 7: zero = reader.Fixed64(); break;
                case 8: positive = Buckets(reader.Bytes()); break;
                case 9: negative = Buckets(reader.Bytes()); break;
                case 10: absent = (reader.UInt32() & 1) != 0; break;
                case 11: AddExemplar(reader.Bytes(), exemplars); break;
                default: reader.Skip(); break;
            }
        }

        Note(time);
        if (scale < LowestSchema)
        {
            outcome.Reject($"cannot convert exponential to native histogram. Scale must be >= {LowestSchema}, was {scale}");
            return;
        }

        if (Series(Base(), metric) is not { } series)
        {
            return;
        }

        int shift = Math.Max(0, scale - HighestSchema);
        FloatHistogram histogram = absent ? FloatHistogram.Stale : new FloatHistogram
        {
            Schema = Math.Min(scale, HighestSchema),
            ZeroThreshold = threshold,
            ZeroCount = zero,
            Count = count,
            Sum = sum,
            Positive = Native(positive, shift),
            Negative = Native(negative, shift),
        };
        if (delta && !absent)
        {
            FloatHistogram? before = store.LastHistogram(series, out long last);
            if (before is not null && time <= last)
            {
                outcome.Reject($"out of order sample for metric {metric}");
                return;
            }

            histogram = before is { IsStale: false } ? DeltaHistograms.Add(before, histogram) : histogram;
        }

        Done(Outcomes.Message(batch.Append(series, time, histogram)), metric);
        Add(series, exemplars);
    }

    /// <summary>One sample of <c>target_info</c>.</summary>
    public void Information(Labels labels, long time)
    {
        if (rules.Problem(labels) is null && batch.Series(labels, out _) is { } series)
        {
            batch.Append(series, time, 1);
        }
    }

    private string? Value(Labels labels, string metric, long time, bool absent, double value, bool delta = false, long start = 0)
        => Series(labels, metric) is { } series ? Float(series, start, time, absent ? StaleMarker.Value : value, delta && !absent) : "";

    /// <summary>Appends a value, or adds it to what the series has; null when it was taken.</summary>
    private string? Float(MemorySeries series, long start, long time, double value, bool delta)
    {
        if (delta)
        {
            double? before = store.LastValue(series, out long last);
            if (time <= last)
            {
                return "out of order sample";
            }

            // A new series begins with a zero where its first interval begins, so that rates see the first change too.
            if (before is null && start > 0 && start < time && start > last)
            {
                batch.Append(series, start, 0);
            }

            value += before ?? 0;
        }

        return Outcomes.Message(batch.Append(series, time, value));
    }

    private MemorySeries? Series(Labels labels, string metric)
    {
        labels = labels.With(Labels.MetricName, metric);
        if (rules.Problem(labels) is { } problem)
        {
            outcome.Reject(problem);
            return null;
        }

        MemorySeries? series = batch.Series(labels, out string? refusal);
        if (series is null)
        {
            outcome.Reject(refusal!);
        }

        return series;
    }

    /// <summary>Counts a point; an empty problem was counted already.</summary>
    private void Done(string? problem, string metric)
    {
        if (problem is null)
        {
            outcome.Accepted++;
        }
        else if (problem.Length > 0)
        {
            outcome.Reject($"{problem} for metric {metric}");
        }
    }

    private void Note(long time)
    {
        Earliest = Math.Min(Earliest, time);
        Latest = Math.Max(Latest, time);
    }

    private void Add(MemorySeries series, List<Exemplar> exemplars)
    {
        foreach (Exemplar exemplar in exemplars)
        {
            batch.Append(series, exemplar);
        }
    }

    private static long Milliseconds(ref ProtoReader reader) => (long)(reader.Fixed64() / 1_000_000);

    private static (double Quantile, double Value) Quantile(ReadOnlySpan<byte> data)
    {
        double quantile = 0;
        double value = 0;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: quantile = reader.Double(); break;
                case 2: value = reader.Double(); break;
                default: reader.Skip(); break;
            }
        }

        return (quantile, value);
    }

    private static (int Offset, List<ulong> Counts) Buckets(ReadOnlySpan<byte> data)
    {
        int offset = 0;
        var counts = new List<ulong>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: offset = reader.SInt32(); break;
                case 2: reader.Varints(counts); break;
                default: reader.Skip(); break;
            }
        }

        return counts.Count <= MostBuckets ? (offset, counts) : throw new ProtoException($"a histogram has {counts.Count} buckets, the limit is {MostBuckets}");
    }

    /// <summary>OTLP's bucket 0 begins at 1, the native one ends there; finer scales are merged. Buckets in the middle stay though they are empty, as with Prometheus.</summary>
    private static BucketSet Native((int Offset, List<ulong> Counts) buckets, int shift)
    {
        var merged = new SortedDictionary<int, double>();
        for (int index = 0; index < buckets.Counts.Count; index++)
        {
            if (buckets.Counts[index] > 0)
            {
                int at = ((buckets.Offset + index) >> shift) + 1;
                merged[at] = merged.GetValueOrDefault(at) + buckets.Counts[index];
            }
        }

        return merged.Count == 0 ? BucketSet.None : new BucketSet([.. merged.Keys], [.. merged.Values]);
    }

    private static void AddExemplar(ReadOnlySpan<byte> data, List<Exemplar> into)
    {
        var pairs = new List<(string, string)>();
        var attributes = new List<(string Key, object? Value)>();
        long time = 0;
        double value = 0;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: time = Milliseconds(ref reader); break;
                case 3: value = reader.Double(); break;
                case 4: Id("span_id", reader.Bytes()); break;
                case 5: Id("trace_id", reader.Bytes()); break;
                case 6: value = (long)reader.Fixed64(); break;
                case 7: attributes.Add(OtlpAttributes.KeyValue(reader.Bytes())); break;
                default: reader.Skip(); break;
            }
        }

        List<(string, string)> texts = [.. attributes.Select(attribute => (attribute.Key, OtlpAttributes.Text(attribute.Value)))];
        if (pairs.Concat(texts).Sum(pair => pair.Item1.Length + pair.Item2.Length) <= MostExemplarText)
        {
            pairs.AddRange(texts);
        }

        into.Add(new Exemplar(Labels.From(pairs.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))), time, value));

        void Id(string name, ReadOnlySpan<byte> id)
        {
            if (id.ContainsAnyExcept((byte)0))
            {
                pairs.Add((name, Convert.ToHexStringLower(id)));
            }
        }
    }
}

/// <summary>Sums of exponential histograms, for delta points that are added up.</summary>
internal static class DeltaHistograms
{
    /// <summary>The sum, in the coarser of the two layouts.</summary>
    public static FloatHistogram Add(FloatHistogram one, FloatHistogram other)
    {
        int schema = Math.Min(one.Schema, other.Schema);
        return new FloatHistogram
        {
            Schema = schema,
            ZeroThreshold = Math.Max(one.ZeroThreshold, other.ZeroThreshold),
            ZeroCount = one.ZeroCount + other.ZeroCount,
            Count = one.Count + other.Count,
            Sum = one.Sum + other.Sum,
            Positive = Add(one.Positive, one.Schema - schema, other.Positive, other.Schema - schema),
            Negative = Add(one.Negative, one.Schema - schema, other.Negative, other.Schema - schema),
        };
    }

    private static BucketSet Add(BucketSet one, int oneShift, BucketSet other, int otherShift)
    {
        var sum = new SortedDictionary<int, double>();
        Put(one, oneShift);
        Put(other, otherShift);
        return sum.Count == 0 ? BucketSet.None : new BucketSet([.. sum.Keys], [.. sum.Values]);

        void Put(BucketSet buckets, int shift)
        {
            for (int at = 0; at < buckets.Length; at++)
            {
                int index = ((buckets.Indexes[at] - 1) >> shift) + 1;
                sum[index] = sum.GetValueOrDefault(index) + buckets.Counts[at];
            }
        }
    }
}
