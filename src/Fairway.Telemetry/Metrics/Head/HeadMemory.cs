using System.Collections.Concurrent;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;

namespace Fairway.Telemetry.Metrics.Head;

/// <summary>
/// The series in memory. Looking a known series up is one hash look-up; a new one costs its place in the index. Samples of
/// different series are appended in parallel under striped locks.
/// </summary>
internal sealed class HeadMemory
{
    private const int Stripes = 256;

    private readonly ConcurrentDictionary<Labels, MemorySeries> _byLabels = new();
    private readonly SeriesTable _byId = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];

    /// <summary>Second ids of series, which only a crash between two steps can bring about; see <see cref="Restore"/>.</summary>
    private readonly ConcurrentDictionary<int, MemorySeries> _aliases = new();

    /// <summary>Guards creation and removal: ids rise in the order in which the index sees them.</summary>
    private readonly Lock _creation = new();
    private int _lastId;
    private int _count;

    public Postings Postings { get; } = new();

    public int Count => Volatile.Read(ref _count);

    /// <summary>Series that were made and that left, since the start.</summary>
    public (long Made, long Left) Churn => (Interlocked.Read(ref _made), Interlocked.Read(ref _left));

    private long _made;
    private long _left;

    public IEnumerable<MemorySeries> Series => _byId.All;

    public Lock Stripe(MemorySeries series) => _stripes[series.Id % Stripes];

    public MemorySeries? ById(int id) => _byId[id] ?? _aliases.GetValueOrDefault(id);

    public bool TryGet(Labels labels, out MemorySeries series) => _byLabels.TryGetValue(labels, out series!);

    /// <summary>Finds or makes a series.</summary>
    /// <param name="labels">Its identity.</param>
    /// <param name="created">Called once for a new one: a checkpoint sees it already, and nobody can append to it yet.</param>
    public MemorySeries GetOrCreate(Labels labels, Action<MemorySeries> created)
    {
        if (_byLabels.TryGetValue(labels, out MemorySeries? known))
        {
            return known;
        }

        lock (_creation)
        {
            if (_byLabels.TryGetValue(labels, out known))
            {
                return known;
            }

            // The order matters. A checkpoint that drops the log's segment with the series' record finds the series by its id;
            // and nobody can log a sample of it before the record is in the log.
            var series = new MemorySeries(++_lastId, labels);
            _byId.Add(series);
            created(series);
            Enter(series);
            return series;
        }
    }

    /// <summary>Puts a series of an earlier run back under its id.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="lists">The index' lists of its labels, where the caller has them; empty otherwise.</param>
    public MemorySeries Restore(int id, Labels labels, ReadOnlySpan<Postings.IdList> lists)
    {
        lock (_creation)
        {
            if (ById(id) is { } known)
            {
                return known;
            }

            _lastId = Math.Max(_lastId, id);

            // After a crash a series may have been logged anew while an older checkpoint knows it under another id.
            if (_byLabels.TryGetValue(labels, out MemorySeries? same))
            {
                _aliases[id] = same;
                return same;
            }

            var series = new MemorySeries(id, labels);
            _byId.Add(series);
            if (lists.IsEmpty)
            {
                Postings.Add(id, labels);
            }
            else
            {
                Postings.Add(id, lists);
            }

            _byLabels[labels] = series;
            _count++;
            Interlocked.Increment(ref _made);
            return series;
        }
    }

    /// <summary>Removes series without samples that were silent since before a moment. Returns them.</summary>
    public IReadOnlyList<MemorySeries> RemoveIdle(long touchedBefore) => Remove(series => series.IsEmpty && series.Touched < touchedBefore);

    /// <summary>Removes the series of a kind; looks at each under its lock. Whoever holds one of them finds it gone.</summary>
    public IReadOnlyList<MemorySeries> Remove(Func<MemorySeries, bool> which)
    {
        lock (_creation)
        {
            var gone = new List<MemorySeries>();
            foreach (MemorySeries series in _byId.All)
            {
                lock (Stripe(series))
                {
                    if (!which(series))
                    {
                        continue;
                    }

                    series.Gone = true;
                }

                _byId.Remove(series.Id);
                _byLabels.TryRemove(series.Labels, out _);
                gone.Add(series);
            }

            if (gone.Count > 0)
            {
                _count -= gone.Count;
                Interlocked.Add(ref _left, gone.Count);
                foreach ((int alias, MemorySeries series) in _aliases)
                {
                    if (series.Gone)
                    {
                        _aliases.TryRemove(alias, out _);
                    }
                }

                Postings.Remove(gone);
            }

            return gone;
        }
    }

    /// <summary>The oldest and newest sample's time of all series; O(series).</summary>
    public (long Min, long Max) Extent()
    {
        long min = long.MaxValue;
        long max = long.MinValue;
        foreach (MemorySeries series in Series)
        {
            lock (Stripe(series))
            {
                (long first, long last) = series.Extent();
                min = Math.Min(min, first);
                max = Math.Max(max, last);
            }
        }

        return (min, max);
    }

    private void Enter(MemorySeries series)
    {
        Postings.Add(series.Id, series.Labels);
        _byLabels[series.Labels] = series;
        _count++;
        Interlocked.Increment(ref _made);
    }
}
