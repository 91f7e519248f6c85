using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Storage;

/// <summary>What lines from outside must be like; the words are Loki's. Pure.</summary>
internal sealed class LogRules(LogStoreOptions options)
{
    /// <summary>What a cut line's metadata has: its length before.</summary>
    public const string CutFrom = "cut_from_bytes";

    private const int MostName = 1024;
    private const int MostValue = 2048;

    /// <summary>What may be taken of some lines, with the reason for the first that may not.</summary>
    public LogBatch? Admitted(LogBatch batch, DateTimeOffset now, out string? refusal)
    {
        refusal = Problem(batch.Stream);
        if (refusal is not null)
        {
            return null;
        }

        long oldest = Nanoseconds(now - options.Retention);
        long newest = Nanoseconds(now + options.Ahead);
        List<LogEntry>? kept = null;
        for (int index = 0; index < batch.Entries.Count; index++)
        {
            LogEntry entry = batch.Entries[index];
            string? problem = entry.Time < oldest ? $"entry for stream '{batch.Stream}' has timestamp too old: {Time(entry.Time)}, oldest acceptable timestamp is: {Time(oldest)}"
                : entry.Time > newest ? $"entry for stream '{batch.Stream}' has timestamp too new: {Time(entry.Time)}"
                : Size(entry.Metadata) is var size && size > options.MetadataBytes
                    ? $"stream '{batch.Stream}' has structured metadata too large: '{size}' bytes, limit: '{options.MetadataBytes}' bytes"
                    : null;
            LogEntry cut = Cut(entry);
            if (problem is null && ReferenceEquals(cut, entry))
            {
                kept?.Add(entry);
                continue;
            }

            kept ??= [.. batch.Entries.Take(index)];
            refusal ??= problem;
            if (problem is null)
            {
                kept.Add(cut);
            }
        }

        return kept is null ? batch : kept.Count == 0 ? null : batch with { Entries = kept };
    }

    private string? Problem(Labels stream)
    {
        if (stream.Count == 0)
        {
            return "error at least one label pair is required per stream";
        }

        if (stream.Count > options.Labels)
        {
            return $"entry for stream '{stream}' has {stream.Count} label names; limit {options.Labels}";
        }

        for (int index = 0; index < stream.Count; index++)
        {
            (string name, string value) = stream.At(index);
            if (name.Length > MostName)
            {
                return $"stream has label name too long: '{name[..64]}...', limit {MostName}";
            }

            if (value.Length > MostValue)
            {
                return $"stream has label value too long: '{name}' has {value.Length} characters, limit {MostValue}";
            }
        }

        return null;
    }

    private LogEntry Cut(LogEntry entry)
    {
        // A character has at most three bytes per unit, so that most lines need no counting.
        if (entry.Line.Length * 3L <= options.LineBytes)
        {
            return entry;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(entry.Line);
        if (bytes.Length <= options.LineBytes)
        {
            return entry;
        }

        int end = options.LineBytes;
        while (end > 0 && (bytes[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return entry with { Line = Encoding.UTF8.GetString(bytes, 0, end), Metadata = entry.Metadata.With(CutFrom, bytes.Length.ToString(CultureInfo.InvariantCulture)) };
    }

    private static int Size(Labels labels)
    {
        int size = 0;
        for (int index = 0; index < labels.Count; index++)
        {
            size += labels.NameAt(index).Length + labels.ValueAt(index).Length;
        }

        return size;
    }

    private static long Nanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static string Time(long nanoseconds)
    {
        long ticks = nanoseconds / 100;
        return ticks > (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks || ticks < (DateTimeOffset.MinValue - DateTimeOffset.UnixEpoch).Ticks
            ? nanoseconds.ToString(CultureInfo.InvariantCulture)
            : DateTimeOffset.UnixEpoch.AddTicks(ticks).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }
}
