using System.Collections.Immutable;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Metrics.Head;

namespace Fairway.Telemetry.Metrics.Blocks;

/// <summary>
/// Which blocks answer a query. A range query takes thinned out blocks where its step, and the range of its selector, are wide enough
/// that nobody can tell; any query takes them where the samples as they came are gone.
/// </summary>
internal static class Resolutions
{
    /// <summary>The coarsest interval whose samples answer a query as well; 0 for samples as they came.</summary>
    public static long For(SeriesQuery query)
    {
        foreach (long resolution in (ReadOnlySpan<long>)[Downsampling.Hour, Downsampling.FiveMinutes])
        {
            // Windows must hold whole intervals, and a selector without a window must not look more often than there are points.
            if (query.Step >= resolution && (query.Range == 0 || query.Range >= 2 * resolution))
            {
                return resolution;
            }
        }

        return 0;
    }

    /// <summary>What thinned out gauges have to tell a function.</summary>
    public static AggregateView ViewFor(string function) => function switch
    {
        "min_over_time" => AggregateView.Least,
        "max_over_time" => AggregateView.Greatest,
        "sum_over_time" or "avg_over_time" or "count_over_time" or "stddev_over_time" or "stdvar_over_time" or "quantile_over_time" or "mad_over_time" => AggregateView.Spread,
        _ => AggregateView.Points,
    };

    /// <summary>The blocks to read: for every stretch of time the coarsest that is wanted, else the finest there is.</summary>
    public static IReadOnlyList<Block> Choose(ImmutableArray<Block> blocks, long wanted)
    {
        if (blocks.All(block => block.Meta.Resolution == 0))
        {
            return blocks;
        }

        var chosen = new List<Block>();
        foreach (Block block in blocks)
        {
            long own = block.Meta.Resolution;
            bool replaced = own <= wanted
                ? blocks.Any(other => other.Meta.Resolution > own && other.Meta.Resolution <= wanted) && CoarserCovers(blocks, own, wanted, block)
                : Covers(blocks, 0, block) || (own > Downsampling.FiveMinutes && Covers(blocks, Downsampling.FiveMinutes, block));
            if (!replaced)
            {
                chosen.Add(block);
            }
        }

        return chosen;
    }

    /// <summary>Whether blocks of a resolution have every window of a block.</summary>
    public static bool Covers(ImmutableArray<Block> blocks, long resolution, Block block)
    {
        long next = MemorySeries.WindowOf(block.Meta.MinTime);
        long last = MemorySeries.WindowOf(block.Meta.MaxTime);
        foreach (Block other in blocks)
        {
            if (other != block && other.Meta.Resolution == resolution && MemorySeries.WindowOf(other.Meta.MinTime) <= next)
            {
                next = Math.Max(next, MemorySeries.WindowOf(other.Meta.MaxTime) + 1);
            }
        }

        return next > last;
    }

    private static bool CoarserCovers(ImmutableArray<Block> blocks, long own, long wanted, Block block)
    {
        foreach (long resolution in (ReadOnlySpan<long>)[Downsampling.Hour, Downsampling.FiveMinutes])
        {
            if (resolution > own && resolution <= wanted && Covers(blocks, resolution, block))
            {
                return true;
            }
        }

        return false;
    }
}
