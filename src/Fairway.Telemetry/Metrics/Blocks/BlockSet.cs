using System.Collections.Immutable;
using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Metrics.Blocks;

/// <summary>All blocks on disk: published as one immutable list, changed by maintenance only.</summary>
internal sealed partial class BlockSet(string directory, TimeProvider time, ILogger log)
{
    /// <summary>Spans of merged blocks in windows of two hours: 6 h, 18 h, 54 h, 6.75 d.</summary>
    private static readonly int[] Spans = [3, 9, 27, 81];

    /// <summary>Blocks with old samples that came late stay at least so long, so that imported history can be looked at.</summary>
    private static readonly TimeSpan LeastStay = TimeSpan.FromDays(1);

    private const string Temporary = ".tmp";

    private ImmutableArray<Block> _all = [];

    /// <summary>The blocks, oldest first.</summary>
    public ImmutableArray<Block> All => _all;

    /// <summary>Opens all blocks. What is damaged is moved into <c>damaged/</c> and named.</summary>
    public void Load()
    {
        Directory.CreateDirectory(directory);
        var blocks = new List<Block>();
        foreach (string path in Directory.GetDirectories(directory))
        {
            if (path.EndsWith(Temporary, StringComparison.Ordinal))
            {
                Directory.Delete(path, recursive: true);
                continue;
            }

            try
            {
                blocks.Add(Block.Open(path));
            }
            catch (InvalidDataException damaged)
            {
                string aside = Path.Combine(directory, "..", "damaged");
                Directory.CreateDirectory(aside);
                Directory.Move(path, Path.Combine(aside, Path.GetFileName(path)));
                SetAside(Path.GetFileName(path), damaged.Message);
            }
        }

        // A merge that was cut off after its result was there leaves its sources: they say nothing that the result does not say.
        Publish(blocks);
    }

    /// <summary>Writes the samples of a window as a block; false when there were none.</summary>
    public bool Flush(HeadMemory head, long window, int flush, CancellationToken cancellation)
    {
        var found = new List<MemorySeries>();
        var windows = new HashSet<long>();
        foreach (MemorySeries series in head.Series)
        {
            windows.Clear();
            lock (head.Stripe(series))
            {
                series.Windows(windows);
            }

            if (windows.Contains(window))
            {
                found.Add(series);
            }
        }

        if (found.Count == 0)
        {
            return false;
        }

        found.Sort((left, right) => left.Labels.CompareTo(right.Labels));
        using var writer = new BlockWriter(directory, NewName(window * MemorySeries.Window), Symbols(found.Select(series => series.Labels)));
        var samples = new DecodedSamples();
        var chunks = new List<SealedChunk>();
        foreach (MemorySeries series in found)
        {
            cancellation.ThrowIfCancellationRequested();
            chunks.Clear();
            lock (head.Stripe(series))
            {
                series.Seal(window, flush, chunks);
            }

            samples.Clear();
            foreach (SealedChunk chunk in chunks)
            {
                chunk.Decode(samples);
            }

            samples.Order();
            writer.Add(series.Labels, SampleCoder.Encode(samples, ordered: true));
        }

        Enter(writer.Finish(level: 1, 0, time.GetUtcNow()), []);
        return true;
    }

    /// <summary>Merges the blocks of a span where there are several and the span is over; overlapping blocks of one window always.</summary>
    /// <param name="horizon">The number of the first window that may still come from memory.</param>
    public void Compact(long horizon, CancellationToken cancellation)
    {
        while (Plan(horizon) is { } plan)
        {
            Merge(plan, static (_, _) => true, plan.Max(block => block.Meta.Level) + 1, cancellation);
        }
    }

    /// <summary>Rewrites the blocks without the samples of some series in a closed range of time.</summary>
    public void Delete(IReadOnlyList<LabelMatcher> matchers, long from, long to, CancellationToken cancellation)
    {
        foreach (Block block in _all.Where(block => block.Overlaps(from, to)))
        {
            if (block.Find(matchers, cancellation).Length == 0)
            {
                continue;
            }

            bool IsMeant(Labels labels) => matchers.All(matcher => matcher.Matches(labels[matcher.Name]));
            if (block.Meta.Resolution > 0)
            {
                Rewrite(block, (labels, chunks) => IsMeant(labels) ? Downsampling.Without(chunks, from, to) : chunks, cancellation);
                continue;
            }

            Merge(
                [block],
                (labels, samples) =>
                {
                    if (IsMeant(labels))
                    {
                        samples.Remove(from, to);
                    }

                    return samples.Count > 0;
                },
                block.Meta.Level,
                cancellation);
        }
    }

    /// <summary>Copies all blocks into another directory.</summary>
    public void CopyTo(string target, CancellationToken cancellation)
    {
        foreach (Block block in _all)
        {
            cancellation.ThrowIfCancellationRequested();
            string copy = Path.Combine(target, Path.GetFileName(block.DirectoryPath));
            Directory.CreateDirectory(copy);
            foreach (string file in Directory.EnumerateFiles(block.DirectoryPath))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }
        }
    }

    /// <summary>Writes all of memory as one block into another directory.</summary>
    public static void CopyTo(string target, HeadMemory head, DateTimeOffset now, CancellationToken cancellation)
    {
        MemorySeries[] all = [.. head.Series];
        Array.Sort(all, (left, right) => left.Labels.CompareTo(right.Labels));
        using var writer = new BlockWriter(target, "memory", Symbols(all.Select(series => series.Labels)));
        var samples = new DecodedSamples();
        var chunks = new List<SealedChunk>();
        foreach (MemorySeries series in all)
        {
            cancellation.ThrowIfCancellationRequested();
            chunks.Clear();
            lock (head.Stripe(series))
            {
                series.Collect(long.MinValue, long.MaxValue, chunks);
            }

            samples.Clear();
            foreach (SealedChunk chunk in chunks)
            {
                chunk.Decode(samples);
            }

            samples.Order();
            writer.Add(series.Labels, SampleCoder.Encode(samples, ordered: true));
        }

        writer.Finish(level: 1, 0, now);
    }

    /// <summary>Ends what is older than retention: whole blocks by time and size, single metrics by rewriting their blocks.</summary>
    public void Retain(long now, MetricStoreOptions options, CancellationToken cancellation)
    {
        long cameBefore = now - (long)LeastStay.TotalMilliseconds;
        foreach (Block block in _all.Where(block => block.Meta.MaxTime < now - (long)options.RetentionOf(block.Meta.Resolution).TotalMilliseconds && WrittenAt(block) < cameBefore))
        {
            bool KeptLonger(string metric) => options.MetricRetention.FirstOrDefault(one => one.IsFor(metric)) is { } longer
                && block.Meta.MaxTime >= now - (long)longer.Keep.TotalMilliseconds;
            if (!block.Values(Labels.MetricName).Any(metric => KeptLonger(metric.Value)))
            {
                Remove(block, "retention by time");
            }
            else if (block.Values(Labels.MetricName).Any(metric => !KeptLonger(metric.Value)))
            {
                Rewrite(block, (labels, chunks) => KeptLonger(labels.Name) ? chunks : [], cancellation);
            }
        }

        foreach (Block block in _all)
        {
            bool Over(string metric) => options.MetricRetention.FirstOrDefault(one => one.IsFor(metric)) is { } own
                && block.Meta.MaxTime < now - (long)own.Keep.TotalMilliseconds;
            if (options.MetricRetention.Count > 0 && WrittenAt(block) < cameBefore && block.Values(Labels.MetricName).Any(metric => Over(metric.Value)))
            {
                Rewrite(block, (labels, chunks) => Over(labels.Name) ? [] : chunks, cancellation);
            }
        }

        while (options.RetentionBytes > 0 && _all.Length > 1 && _all.Sum(block => block.Size) > options.RetentionBytes)
        {
            Remove(_all.MinBy(block => block.Meta.MaxTime)!, "retention by size");
        }
    }

    private static long WrittenAt(Block block)
        => block.Meta.Written > 0
            ? block.Meta.Written
            : new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(block.DirectoryPath, "meta.json")), TimeSpan.Zero).ToUnixTimeMilliseconds();

    private IReadOnlyList<Block>? Plan(long horizon)
    {
        foreach (int span in (ReadOnlySpan<int>)[1, .. Spans])
        {
            IGrouping<long, Block>? group = _all
                .Where(block => block.Meta.Resolution == 0)
                .Where(block => MemorySeries.WindowOf(block.Meta.MaxTime) / span == MemorySeries.WindowOf(block.Meta.MinTime) / span)
                .GroupBy(block => MemorySeries.WindowOf(block.Meta.MinTime) / span)
                .FirstOrDefault(group => group.Count() > 1 && (span == 1 || (group.Key + 1) * span <= horizon));
            if (group is not null)
            {
                return [.. group];
            }
        }

        return null;
    }

    /// <summary>
    /// Writes thinned out blocks of what is old enough and has none yet: five minutes from the samples as they came, an hour likewise.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="options">From which age on.</param>
    /// <param name="typeOf">What a metric is said to be, or null.</param>
    public void Downsample(long now, MetricStoreOptions options, Func<string, string?> typeOf, CancellationToken cancellation)
    {
        foreach ((long resolution, TimeSpan after) in (ReadOnlySpan<(long, TimeSpan)>)[(Downsampling.FiveMinutes, options.FiveMinutesAfter), (Downsampling.Hour, options.HourAfter)])
        {
            long before = now - (long)after.TotalMilliseconds;
            foreach (Block block in after == TimeSpan.MaxValue ? [] : _all.Where(block => block.Meta.Resolution == 0 && block.Meta.MaxTime < before))
            {
                if (!Resolutions.Covers(_all, resolution, block))
                {
                    using BlockWriter writer = WriterFor([block]);
                    Downsampling.Write(block, writer, resolution, typeOf, cancellation);
                    Enter(writer.Finish(block.Meta.Level, resolution, time.GetUtcNow()), []);
                }
            }
        }
    }

    private BlockWriter WriterFor(IReadOnlyList<Block> blocks) => new(
        directory,
        NewName(blocks.Min(block => block.Meta.MinTime)),
        blocks.SelectMany(block => block.LabelNames().Concat(block.LabelNames().SelectMany(name => block.Values(name).Select(value => value.Value)))));

    /// <summary>Writes a block anew with other chunks of its series; series without any are left out.</summary>
    private void Rewrite(Block block, Func<Labels, IReadOnlyList<SealedChunk>, IReadOnlyList<SealedChunk>> edit, CancellationToken cancellation)
    {
        using BlockWriter writer = WriterFor([block]);
        for (int series = 0; series < block.Meta.Series; series++)
        {
            cancellation.ThrowIfCancellationRequested();
            Labels labels = block.LabelsOf(series);
            writer.Add(labels, edit(labels, block.ChunksOf(series)));
        }

        Enter(writer.Finish(block.Meta.Level, block.Meta.Resolution, time.GetUtcNow()), [block]);
    }

    /// <summary>Writes the series of some blocks as one, leaving out some, and puts it in their place.</summary>
    private void Merge(IReadOnlyList<Block> blocks, Func<Labels, DecodedSamples, bool> keep, int level, CancellationToken cancellation)
    {
        using BlockWriter writer = WriterFor(blocks);
        var queue = new PriorityQueue<(Block Block, int Series, Labels Labels), (Labels, int)>();
        for (int index = 0; index < blocks.Count; index++)
        {
            queue.Enqueue((blocks[index], 0, blocks[index].LabelsOf(0)), (blocks[index].LabelsOf(0), index));
        }

        var samples = new DecodedSamples();
        Labels? current = null;
        while (queue.TryDequeue(out (Block Block, int Series, Labels Labels) next, out (Labels, int) order))
        {
            cancellation.ThrowIfCancellationRequested();
            if (current is not null && next.Labels != current)
            {
                Put(writer, current, samples, keep);
            }

            current = next.Labels;
            next.Block.Read(next.Series, long.MinValue, long.MaxValue, samples);
            if (next.Series + 1 < next.Block.Meta.Series)
            {
                Labels following = next.Block.LabelsOf(next.Series + 1);
                queue.Enqueue((next.Block, next.Series + 1, following), (following, order.Item2));
            }
        }

        Put(writer, current!, samples, keep);
        Enter(writer.Finish(level, 0, time.GetUtcNow()), blocks);
    }

    private static void Put(BlockWriter writer, Labels labels, DecodedSamples samples, Func<Labels, DecodedSamples, bool> keep)
    {
        samples.Order();
        if (keep(labels, samples))
        {
            writer.Add(labels, SampleCoder.Encode(samples, ordered: true));
        }

        samples.Clear();
    }

    private static IEnumerable<string> Symbols(IEnumerable<Labels> all) => all.SelectMany(labels => labels.Pairs).SelectMany(pair => (string[])[pair.Key, pair.Value]);

    /// <summary>Names sort by time and are never given twice, however often the clock shows the same.</summary>
    private string NewName(long start)
    {
        string name = string.Create(
            CultureInfo.InvariantCulture, $"{DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(start, -62135596800000, 253402300799999)):yyyyMMdd'T'HHmm}-{time.GetUtcNow().UtcTicks:x16}");
        for (int number = 0; ; number++)
        {
            string free = string.Create(CultureInfo.InvariantCulture, $"{name}-{number:x4}");
            if (!Directory.Exists(Path.Combine(directory, free)))
            {
                return free;
            }
        }
    }

    private void Enter(string? path, IReadOnlyCollection<Block> replaced)
    {
        IEnumerable<Block> rest = _all.Where(block => !replaced.Contains(block));
        Publish(path is null ? rest : rest.Append(Block.Open(path)));
        foreach (Block block in replaced)
        {
            Delete(block);
        }
    }

    private void Remove(Block block, string reason)
    {
        Publish(_all.Where(one => one != block));
        Delete(block);
        Removed(Path.GetFileName(block.DirectoryPath), reason);
    }

    /// <summary>The name goes first and at once: a crash in the middle leaves no block with half its files.</summary>
    private static void Delete(Block block)
    {
        string ending = block.DirectoryPath + Temporary;
        Directory.Move(block.DirectoryPath, ending);
        Directory.Delete(ending, recursive: true);
    }

    private void Publish(IEnumerable<Block> blocks)
        => ImmutableInterlocked.InterlockedExchange(ref _all, [.. blocks.OrderBy(block => block.Meta.MinTime).ThenBy(block => block.DirectoryPath, StringComparer.Ordinal)]);

    [LoggerMessage(Level = LogLevel.Error, Message = "Block {Block} is damaged and set aside: {Why}")]
    private partial void SetAside(string block, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Block {Block} was removed: {Reason}")]
    private partial void Removed(string block, string reason);
}
