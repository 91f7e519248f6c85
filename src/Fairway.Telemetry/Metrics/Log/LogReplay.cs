using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>Puts memory back together from a checkpoint and the segments since. Samples that are there already are passed over, so that overlaps do no harm.</summary>
internal sealed partial class LogReplay(MetricStore store, ILogger log)
{
    private readonly List<string> _symbols = [];

    public long Samples { get; private set; }

    /// <summary>Replays a file.</summary>
    /// <param name="path">A checkpoint or segment.</param>
    /// <param name="last">Whether a torn end is to be expected.</param>
    public void Read(string path, bool last, CancellationToken cancellation)
    {
        long whole = FrameFile.Read(path, Apply, cancellation);
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

    private void Apply(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        switch ((RecordKind)reader.Byte())
        {
            case RecordKind.Series:
                int id = (int)reader.Varint();
                MemorySeries made = store.Head.Restore(id, store.Head.Postings.Share(Records.GetLabels(ref reader)));
                made.Touched = store.Time.GetUtcNow().ToUnixTimeMilliseconds();
                break;
            case RecordKind.Floats:
                Floats(ref reader);
                break;
            case RecordKind.Histograms:
                Histograms(ref reader);
                break;
            case RecordKind.Exemplars:
                Exemplars(ref reader);
                break;
            case RecordKind.Metadata:
                store.Metadata.Set(reader.Text(), new MetricMetadata(reader.Text(), reader.Text(), reader.Text()));
                break;
            case RecordKind.Symbols:
                while (!reader.AtEnd)
                {
                    _symbols.Add(reader.Text());
                }

                break;
            case RecordKind.SeriesState:
                Checkpoint.Restore(ref reader, _symbols, store.Head, static labels => labels);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "The log {Path} ends in {Bytes} bytes of a record that was never acknowledged; they are passed over")]
    private partial void Torn(string path, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} is damaged at byte {At}: {Bytes} bytes of it cannot be read and their samples are lost")]
    private partial void Damaged(string path, long at, long bytes);
}
