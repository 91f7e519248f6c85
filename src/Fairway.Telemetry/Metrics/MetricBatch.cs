using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Metrics;

/// <summary>
/// Samples that are acknowledged together. They are visible to queries as they are appended and durable after
/// <see cref="CommitAsync"/>. Appending a sample of a known series costs a look-up, a few bits, and about eleven bytes of log.
/// </summary>
internal sealed class MetricBatch(MetricStore store)
{
    private const int FlushAt = 1 << 20;

    private readonly RecordWriter _floats = new();
    private readonly RecordWriter _histograms = new();
    private readonly long _now = store.Time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _lateWindow = (long)store.Options.OutOfOrderWindow.TotalMilliseconds;
    private long _floatStart;
    private long _histogramStart;
    private long _samples;

    /// <summary>The current time that the batch judges samples by, in milliseconds.</summary>
    public long Now => _now;

    /// <summary>Samples accepted so far, repetitions included.</summary>
    public long Samples => _samples;

    /// <summary>Finds or makes a series of checked labels; null with the reason when it may not be.</summary>
    public MemorySeries? Series(Labels labels, out string? refusal) => store.GetOrCreate(labels, out refusal);

    /// <summary>Appends a float; visible at once.</summary>
    public AppendOutcome Append(MemorySeries series, long time, double value)
    {
        if (Judge(time) is not AppendOutcome.Accepted and var refused)
        {
            return refused;
        }

        AppendOutcome? outcome;
        while ((outcome = TryAppend(series, time, value)) is null)
        {
            // It left memory between being found and being locked: its successor takes the sample.
            if (store.GetOrCreate(series.Labels, out _) is not { } successor)
            {
                return AppendOutcome.OutOfBounds;
            }

            series = successor;
        }

        return Count(outcome.Value);
    }

    /// <inheritdoc cref="Append(MemorySeries, long, double)"/>
    public AppendOutcome Append(MemorySeries series, long time, FloatHistogram histogram)
    {
        if (Judge(time) is not AppendOutcome.Accepted and var refused)
        {
            return refused;
        }

        AppendOutcome? outcome;
        while ((outcome = TryAppend(series, time, histogram)) is null)
        {
            if (store.GetOrCreate(series.Labels, out _) is not { } successor)
            {
                return AppendOutcome.OutOfBounds;
            }

            series = successor;
        }

        return Count(outcome.Value);
    }

    private AppendOutcome? TryAppend(MemorySeries series, long time, double value)
    {
        AppendOutcome outcome;
        bool asHistogram;
        lock (store.Head.Stripe(series))
        {
            if (series.Gone)
            {
                return null;
            }

            // A staleness marker ends what is there: after histograms it is one of their kind.
            asHistogram = series.EndsWithHistogram && StaleMarker.Is(value);
            outcome = asHistogram ? series.Append(time, FloatHistogram.Stale, _lateWindow) : series.Append(time, value, _lateWindow);
            series.Touched = _now;
        }

        if (outcome == AppendOutcome.Accepted)
        {
            if (asHistogram)
            {
                LogHistogram(series.Id, time, FloatHistogram.Stale);
            }
            else
            {
                LogFloat(series.Id, time, value);
            }
        }

        return outcome;
    }

    private AppendOutcome? TryAppend(MemorySeries series, long time, FloatHistogram histogram)
    {
        AppendOutcome outcome;
        lock (store.Head.Stripe(series))
        {
            if (series.Gone)
            {
                return null;
            }

            outcome = series.Append(time, histogram, _lateWindow);
            series.Touched = _now;
        }

        if (outcome == AppendOutcome.Accepted)
        {
            LogHistogram(series.Id, time, histogram);
        }

        return outcome;
    }

    private AppendOutcome Count(AppendOutcome outcome)
    {
        _samples += outcome is AppendOutcome.Accepted or AppendOutcome.Repeated ? 1 : 0;
        return outcome;
    }

    /// <summary>Adds an exemplar of a series; false for one that is there or older than its newest.</summary>
    public bool Append(MemorySeries series, Exemplar exemplar)
    {
        if (!store.Exemplars.Add(series.Labels, exemplar))
        {
            return false;
        }

        store.Wal.Append(ExemplarRecord(series.Id, exemplar));
        return true;
    }

    public void Describe(string metric, MetricMetadata metadata)
    {
        if (store.Metadata.Set(metric, metadata))
        {
            store.Wal.Append(MetadataRecord(metric, metadata));
        }
    }

    /// <summary>Ends when all of the batch is durable.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public Task CommitAsync()
    {
        Flush(_floats);
        Flush(_histograms);
        store.CountAppended(_samples);
        _samples = 0;
        return store.Wal.CommitAsync();
    }

    internal static byte[] MetadataRecord(string metric, MetricMetadata metadata)
    {
        var record = new RecordWriter();
        record.Byte((byte)RecordKind.Metadata);
        record.Text(metric);
        record.Text(metadata.Type);
        record.Text(metadata.Help);
        record.Text(metadata.Unit);
        return record.Written.ToArray();
    }

    internal static byte[] ExemplarRecord(int series, Exemplar exemplar)
    {
        var record = new RecordWriter();
        record.Byte((byte)RecordKind.Exemplars);
        record.Varint((ulong)series);
        record.Signed(exemplar.Time);
        record.Double(exemplar.Value);
        Records.PutLabels(record, exemplar.Labels);
        return record.Written.ToArray();
    }

    private AppendOutcome Judge(long time)
        => time > _now + (long)store.Options.FutureLimit.TotalMilliseconds ? AppendOutcome.OutOfBounds : AppendOutcome.Accepted;

    private void LogFloat(int id, long time, double value)
    {
        if (_floats.Length == 0)
        {
            _floats.Byte((byte)RecordKind.Floats);
            _floats.Signed(_floatStart = time);
        }

        _floats.Varint((ulong)id);
        _floats.Signed(time - _floatStart);
        _floats.Double(value);
        if (_floats.Length > FlushAt)
        {
            Flush(_floats);
        }
    }

    private void LogHistogram(int id, long time, FloatHistogram histogram)
    {
        if (_histograms.Length == 0)
        {
            _histograms.Byte((byte)RecordKind.Histograms);
            _histograms.Signed(_histogramStart = time);
        }

        _histograms.Varint((ulong)id);
        _histograms.Signed(time - _histogramStart);
        HistogramChunk.Put(_histograms, histogram, null);
        if (_histograms.Length > FlushAt)
        {
            Flush(_histograms);
        }
    }

    private void Flush(RecordWriter record)
    {
        if (record.Length > 0)
        {
            store.Wal.Append(record.Written);
            record.Clear();
        }
    }
}
