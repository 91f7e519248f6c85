using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Storage;

/// <summary>Lines that are in no segment yet, and the limits that a sender meets. Not for several threads.</summary>
internal sealed class LogMemory(LogStoreOptions options)
{
    private const long WindowSeconds = 10;
    private const int Overhead = 16;

    private readonly Dictionary<Labels, (long Second, long Bytes)> _rates = [];
    private readonly Dictionary<string, int> _services = new(StringComparer.Ordinal);

    /// <summary>The lines by stream.</summary>
    public Dictionary<Labels, List<LogEntry>> Streams { get; private set; } = [];

    /// <summary>Text held, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes all lines out.</summary>
    public Dictionary<Labels, List<LogEntry>> Leave()
    {
        Dictionary<Labels, List<LogEntry>> leaving = Streams;
        Streams = [];
        _services.Clear();
        Bytes = 0;
        return leaving;
    }

    /// <summary>Takes lines; null, or why not.</summary>
    public string? Add(LogBatch batch, DateTimeOffset now)
    {
        long bytes = Size(batch);
        long second = now.ToUnixTimeSeconds() / WindowSeconds;
        (long at, long used) = _rates.GetValueOrDefault(batch.Stream);
        used = at == second ? used + bytes : bytes;
        if (used > options.StreamBytesPerSecond * WindowSeconds)
        {
            return $"Per stream rate limit exceeded (limit: {Megabytes(options.StreamBytesPerSecond)}/sec) while attempting to ingest for stream '{batch.Stream}' totaling {Megabytes(bytes)}, "
                + "consider splitting a stream via additional labels";
        }

        if (Open(batch.Stream) is { } refusal)
        {
            return refusal;
        }

        if (_rates.Count > 2 * options.Streams)
        {
            _rates.Clear();
        }

        _rates[batch.Stream] = (second, used);
        Put(batch, bytes);
        return null;
    }

    /// <summary>Takes lines that were taken before a restart.</summary>
    public void Restore(LogBatch batch)
    {
        Streams.TryAdd(batch.Stream, []);
        Put(batch, Size(batch));
    }

    private static long Size(LogBatch batch) => batch.Entries.Sum(entry => (long)Overhead + Encoding.UTF8.GetByteCount(entry.Line));

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.##}MB");

    private void Put(LogBatch batch, long bytes)
    {
        Streams[batch.Stream].AddRange(batch.Entries);
        Bytes += bytes;
    }

    private string? Open(Labels stream)
    {
        if (Streams.ContainsKey(stream))
        {
            return null;
        }

        string service = stream["service_name"];
        int own = _services.GetValueOrDefault(service);
        if (Streams.Count >= options.Streams)
        {
            return $"Maximum active stream limit exceeded when trying to create stream {stream}, reduce the number of active streams (reduce labels or reduce label values), limit: {options.Streams}";
        }

        if (own >= options.StreamsPerService)
        {
            return $"Maximum active stream limit exceeded when trying to create stream {stream}: service {GoText.Quote(service)} has {own}, limit: {options.StreamsPerService} of one service";
        }

        _services[service] = own + 1;
        Streams[stream] = [];
        return null;
    }
}
