using System.Collections.Concurrent;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>Puts memory back together from a checkpoint and the segments since. Samples that are there already are passed over, so that overlaps do no harm.</summary>
internal sealed partial class LogReplay(MetricStore store, ILogger log)
{
    private readonly CheckpointRestore _checkpoint = new(store.Head);
    private readonly LabelInterner _labels = new(store.Head.Postings);
    private readonly long _now = store.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private const int MostWaiting = 64;
    private BlockingCollection<byte[]> _work = [];

    public long Samples { get; private set; }

    /// <summary>Replays a file: series are made on this thread while another takes the samples, in the order of the log.</summary>
    /// <param name="path">A checkpoint or segment.</param>
    /// <param name="last">Whether a torn end is to be expected.</param>
    public void Read(string path, bool last, CancellationToken cancellation)
    {
        _work = new BlockingCollection<byte[]>(MostWaiting);
        Task samples = Task.Run(TakeSamples, CancellationToken.None);
        long whole;
        try
        {
            whole = FrameFile.Read(path, Apply, cancellation);
        }
        finally
        {
            _work.CompleteAdding();
            samples.GetAwaiter().GetResult();
            _work.Dispose();
        }

        long length = new FileInfo(path).Length;
        if (whole < length && last)
        {
            Torn(path, length - whole);
        }
        else if (whole < length)
        {
            Damaged(path, whole, length - whole);
        }
    }

    private void TakeSamples()
    {
        foreach (byte[] record in _work.GetConsumingEnumerable())
        {
            try
            {
                var reader = new RecordReader(record);
                if ((RecordKind)reader.Byte() == RecordKind.Floats)
                {
                    Floats(ref reader);
                }
                else
                {
                    Histograms(ref reader);
                }
            }
            catch (InvalidDataException impossible)
            {
                // Its checksum was right, so it was written so: the rest of the log is not less true for it.
                Impossible(impossible.Message);
            }
        }
    }

    private void Apply(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        switch ((RecordKind)reader.Byte())
        {
            case RecordKind.Series:
                int id = (int)reader.Varint();
                Labels labels = _labels.Read(ref reader, out ReadOnlySpan<Postings.IdList> lists);
                store.Head.Restore(id, labels, lists).Touched = _now;
                break;
            case RecordKind.Floats or RecordKind.Histograms:
                _work.Add(payload.ToArray());
                break;
            case RecordKind.Exemplars:
                Exemplars(ref reader);
                break;
            case RecordKind.Metadata:
                store.Metadata.Set(reader.Text(), new MetricMetadata(reader.Text(), reader.Text(), reader.Text()));
                break;
            case RecordKind.Symbols:
                _checkpoint.AddSymbols(ref reader);
                break;
            case RecordKind.SeriesState:
                _checkpoint.Series(ref reader);
                break;
        }
    }

    private void Floats(ref RecordReader reader)
    {
        long start = reader.Signed();
        while (!reader.AtEnd)
        {
            int id = (int)reader.Varint();
            long time = start + reader.Signed();
            double value = reader.Double();
            if (store.Head.ById(id) is { } series)
            {
                series.Append(time, value, long.MaxValue);
                Samples++;
            }
        }
    }

    private void Histograms(ref RecordReader reader)
    {
        long start = reader.Signed();
        while (!reader.AtEnd)
        {
            int id = (int)reader.Varint();
            long time = start + reader.Signed();
            FloatHistogram histogram = HistogramChunk.Get(ref reader, null);
            if (store.Head.ById(id) is { } series)
            {
                series.Append(time, histogram, long.MaxValue);
                Samples++;
            }
        }
    }

    private void Exemplars(ref RecordReader reader)
    {
        while (!reader.AtEnd)
        {
            int id = (int)reader.Varint();
            long time = reader.Signed();
            double value = reader.Double();
            Labels labels = Records.GetLabels(ref reader);
            if (store.Head.ById(id) is { } series)
            {
                store.Exemplars.Add(series.Labels, new Exemplar(labels, time, value));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A record of the log cannot be read: {Why}")]
    private partial void Impossible(string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The log {Path} ends in {Bytes} bytes of a record that was never acknowledged; they are passed over")]
    private partial void Torn(string path, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} is damaged at byte {At}: {Bytes} bytes of it cannot be read and their samples are lost")]
    private partial void Damaged(string path, long at, long bytes);
}
