using System.Collections.Immutable;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Blocks;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;

namespace Fairway.Telemetry.Metrics;

/// <summary>Memory and blocks seen as one.</summary>
/// <param name="store">The store.</param>
/// <param name="resolution">The coarsest interval that will do, in milliseconds.</param>
/// <param name="view">What is wanted of thinned out samples.</param>
internal sealed class StoreQuery(MetricStore store, long resolution = 0, AggregateView view = AggregateView.Points)
{
    [ThreadStatic]
    private static DecodedSamples? _scratch;

    [ThreadStatic]
    private static List<SealedChunk>? _chunks;

    /// <summary>The series that fulfil all matchers and may have samples in a closed range of time, each once, in order of labels.</summary>
    public IReadOnlyList<StoredSeries> Select(IReadOnlyList<LabelMatcher> matchers, long from, long to, CancellationToken cancellation)
    {
        // Memory first: a window that becomes a block meanwhile is then seen twice, which reading mends, and never missed.
        int[] ids = store.Head.Postings.Find(matchers, cancellation);
        var found = new Dictionary<Labels, StoredSeries>(ids.Length);
        ImmutableArray<Block> before = store.Blocks;
        foreach (int id in ids)
        {
            if (store.Head.ById(id) is { } series)
            {
                found[series.Labels] = new StoredSeries(store, before, view, series.Labels) { Memory = series };
            }
        }

        foreach (Block block in Resolutions.Choose(store.Blocks, resolution))
        {
            if (!block.Overlaps(from, to))
            {
                continue;
            }

            foreach (int number in block.Find(matchers, cancellation))
            {
                Labels labels = block.LabelsOf(number);
                if (!found.TryGetValue(labels, out StoredSeries? series))
                {
                    found[labels] = series = new StoredSeries(store, before, view, labels);
                }

                (series.Blocks ??= []).Add((block, number));
            }
        }

        StoredSeries[] all = [.. found.Values];
        Array.Sort(all, static (left, right) => left.Labels.CompareTo(right.Labels));
        return all;
    }

    /// <summary>Series with at least one sample in the range; costs what <see cref="Select"/> costs and a look at each one's extent.</summary>
    public IEnumerable<Labels> Labels(IReadOnlyList<LabelMatcher> matchers, long from, long to, CancellationToken cancellation)
        => Select(matchers, from, to, cancellation).Where(series => series.Touches(from, to)).Select(series => series.Labels);

    /// <summary>One series of the store.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="known">The blocks that there were when it was found.</param>
    /// <param name="view">What is wanted of thinned out samples.</param>
    /// <param name="labels">Its identity.</param>
    internal sealed class StoredSeries(MetricStore store, ImmutableArray<Block> known, AggregateView view, Labels labels) : ISeries
    {
        public Labels Labels { get; } = labels;

        public MemorySeries? Memory { get; init; }

        public List<(Block Block, int Series)>? Blocks { get; set; }

        /// <inheritdoc/>
        public void Read(long from, long to, SampleBuffer into)
        {
            DecodedSamples samples = _scratch ??= new DecodedSamples();
            Decode(from, to, samples);
            samples.CopyTo(into, from, to);
        }

        /// <summary>Decodes at least the samples of a closed range, in order.</summary>
        public void Decode(long from, long to, DecodedSamples samples)
        {
            samples.Clear();
            List<SealedChunk> chunks = _chunks ??= [];
            chunks.Clear();
            if (Memory is not null)
            {
                lock (store.Head.Stripe(Memory))
                {
                    Memory.Collect(from, to, chunks);
                }
            }

            try
            {
                // Samples that left memory since the series was found are in a block that came since.
                ImmutableArray<Block> now = store.Blocks;
                if (Memory is not null && now != known)
                {
                    foreach (Block block in now)
                    {
                        if (block.Meta.Resolution == 0 && !known.Contains(block) && block.Overlaps(from, to) && block.NumberOf(Labels) is { } number)
                        {
                            block.Read(number, from, to, samples);
                        }
                    }
                }

                foreach ((Block block, int series) in Blocks ?? [])
                {
                    block.Read(series, from, to, samples, view);
                }

                foreach (SealedChunk chunk in chunks)
                {
                    chunk.Decode(samples);
                }
            }
            catch (ChunkException damaged)
            {
                throw new PromQLException(QueryErrorKind.Internal, damaged.Message, damaged);
            }

            chunks.Clear();
            samples.Order();
        }

        public bool Touches(long from, long to)
        {
            if (Blocks is not null)
            {
                return true;
            }

            lock (store.Head.Stripe(Memory!))
            {
                (long min, long max) = Memory!.Extent();
                return min <= to && max >= from;
            }
        }
    }
}
