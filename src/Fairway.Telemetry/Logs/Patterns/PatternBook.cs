using Fairway.PromQL;
using Fairway.Telemetry.Logs.Storage;
using Fairway.Telemetry.Metrics.Log;

namespace Fairway.Telemetry.Logs.Patterns;

/// <summary>A template over some streams with its lines at steps.</summary>
/// <param name="Level">What its lines say of their weight, or empty.</param>
/// <param name="Samples">Seconds since 1970 at which a step begins, and lines in it.</param>
internal sealed record PatternSeries(string Pattern, string Level, long Total, IReadOnlyList<(long Time, long Lines)> Samples);

/// <summary>
/// The templates of all streams, learned as lines come: a day of counts, in steps of ten seconds for the last hour and of a minute
/// before. Of a flood every tenth line is learned and counts for ten. What is known survives a restart but for the last minute.
/// </summary>
internal sealed class PatternBook(TimeProvider time)
{
    private const int MostStreams = 2000;
    private const int MostPatterns = 200;
    private const int Flood = 1000;
    private const int Stride = 10;
    private const long Fine = 10;
    private const long Coarse = 60;
    private const long FineFor = 3600;
    private const long KeptFor = 86_400;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    /// <summary>Guards all trees.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<(Labels Stream, string Level), PatternTree> _trees = [];
    private long _saved;
    private bool _changed;

    /// <summary>Learns lines.</summary>
    public void Learn(LogBatch batch)
    {
        int step = batch.Entries.Count > Flood ? Stride : 1;
        lock (_lock)
        {
            _changed = true;
            for (int index = 0; index < batch.Entries.Count; index += step)
            {
                LogEntry entry = batch.Entries[index];
                Tree(batch.Stream, Level(batch.Stream, entry))?.Learn(entry.Line)?.Add(entry.Time / GoSecond / Fine * Fine, Math.Min(step, batch.Entries.Count - index));
            }
        }
    }

    /// <summary>The templates of matching streams, most lines first.</summary>
    /// <param name="from">Seconds, included.</param>
    /// <param name="to">Seconds, included.</param>
    /// <param name="step">Seconds.</param>
    public IReadOnlyList<PatternSeries> Find(IReadOnlyList<LabelMatcher> matchers, long from, long to, long step)
    {
        var found = new Dictionary<(string Pattern, string Level), SortedDictionary<long, long>>();
        lock (_lock)
        {
            foreach (((Labels stream, string level), PatternTree tree) in _trees)
            {
                if (!LogReading.Matches(stream, matchers))
                {
                    continue;
                }

                foreach (LinePatternCount pattern in tree.Patterns)
                {
                    (string, string) key = (pattern.Text, level);
                    SortedDictionary<long, long> samples = found.TryGetValue(key, out SortedDictionary<long, long>? known) ? known : found[key] = [];
                    foreach ((long bucket, long lines) in pattern.Counts)
                    {
                        if (bucket >= from - Coarse && bucket <= to)
                        {
                            long at = bucket / step * step;
                            samples[at] = samples.GetValueOrDefault(at) + lines;
                        }
                    }
                }
            }
        }

        return
        [
            .. found.Where(one => one.Value.Count > 0)
                .Select(one => new PatternSeries(one.Key.Pattern, one.Key.Level, one.Value.Values.Sum(), [.. one.Value.Select(sample => (sample.Key, sample.Value))]))
                .OrderByDescending(series => series.Total).ThenBy(series => series.Pattern, StringComparer.Ordinal),
        ];
    }

    /// <summary>Ages counts and writes them to a file, once a minute at most.</summary>
    public void Save(string path)
    {
        if (!_changed || (_saved != 0 && time.GetElapsedTime(_saved) < SaveEvery))
        {
            return;
        }

        var record = new RecordWriter();
        lock (_lock)
        {
            _changed = false;
            Age();
            record.Varint((ulong)_trees.Count);
            foreach (((Labels stream, string level), PatternTree tree) in _trees)
            {
                Records.PutLabels(record, stream);
                record.Text(level);
                record.Varint((ulong)tree.Count);
                foreach (LinePatternCount pattern in tree.Patterns)
                {
                    Put(record, pattern);
                }
            }
        }

        _saved = time.GetTimestamp();
        byte[] frame = new byte[FrameFile.HeaderSize];
        FrameFile.WriteHeader(frame, record.Written);
        using (var file = new FileStream(path + ".tmp", FileMode.Create, FileAccess.Write))
        {
            file.Write(frame);
            file.Write(record.Written);
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Reads what was saved; a damaged file counts as none.</summary>
    public void Load(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            FrameFile.Read(path, Restore, CancellationToken.None);
        }
        catch (InvalidDataException)
        {
            // It is only a summary of lines: mining begins anew.
            _trees.Clear();
        }
    }

    private const long GoSecond = 1_000_000_000;

    private static string Level(Labels stream, LogEntry entry) => entry.Metadata["detected_level"] is { Length: > 0 } level ? level : stream["level"];

    private static void Put(RecordWriter record, LinePatternCount pattern)
    {
        record.Varint((ulong)pattern.Tokens.Length);
        foreach (string token in pattern.Tokens)
        {
            record.Text(token);
        }

        KeyValuePair<long, long>[] counts = [.. pattern.Counts];
        record.Varint((ulong)counts.Length);
        foreach ((long bucket, long lines) in counts)
        {
            record.Signed(bucket);
            record.Signed(lines);
        }
    }

    private void Restore(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        for (int trees = reader.Count(); trees > 0; trees--)
        {
            Labels stream = Records.GetLabels(ref reader);
            PatternTree? tree = Tree(stream, reader.Text());
            for (int patterns = reader.Count(); patterns > 0; patterns--)
            {
                string[] tokens = new string[reader.Count()];
                for (int index = 0; index < tokens.Length; index++)
                {
                    tokens[index] = reader.Text();
                }

                LinePatternCount? pattern = tokens.Length > 0 ? tree?.Restore(tokens) : null;
                for (int counts = reader.Count(); counts > 0; counts--)
                {
                    long bucket = reader.Signed();
                    pattern?.Add(bucket, reader.Signed());
                }
            }
        }
    }

    private PatternTree? Tree(Labels stream, string level)
        => _trees.TryGetValue((stream, level), out PatternTree? tree) ? tree : _trees.Count < MostStreams ? _trees[(stream, level)] = new PatternTree(MostPatterns) : null;

    private void Age()
    {
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        foreach (((Labels, string) key, PatternTree tree) in _trees.ToArray())
        {
            foreach (LinePatternCount pattern in tree.Patterns)
            {
                pattern.Age(now - KeptFor, now - FineFor, Coarse);
            }

            tree.Trim();
            if (tree.Count == 0)
            {
                _trees.Remove(key);
            }
        }
    }
}
