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
    private readonly ConcurrentDictionary<int, MemorySeries> _byId = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];

    /// <summary>Guards creation and removal: ids rise in the order in which the index sees them.</summary>
    private readonly Lock _creation = new();
    private int _lastId;

    public Postings Postings { get; } = new();

    public int Count => _byLabels.Count;

    public IEnumerable<MemorySeries> Series => _byId.Values;

    public Lock Stripe(MemorySeries series) => _stripes[series.Id % Stripes];

    public MemorySeries? ById(int id) => _byId.GetValueOrDefault(id);

    public bool TryGet(Labels labels, out MemorySeries series) => _byLabels.TryGetValue(labels, out series!);

    /// <summary>Finds or makes a series.</summary>
    /// <param name="labels">Its identity.</param>
    /// <param name="created">Called once for a new one, before anyone else can see it.</param>
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

            var series = new MemorySeries(++_lastId, labels);
            Enter(series);
            created(series);
            return series;
        }
    }

    /// <summary>Puts a series of an earlier run back under its id.</summary>
    public MemorySeries Restore(int id, Labels labels)
    {
        lock (_creation)
        {
            if (_byId.TryGetValue(id, out MemorySeries? known))
            {
                return known;
            }

            // After a crash a series may have been logged anew while an older checkpoint knows it under another id.
            if (_byLabels.TryGetValue(labels, out MemorySeries? same))
            {
                _byId[id] = same;
                _lastId = Math.Max(_lastId, id);
                return same;
            }

            var series = new MemorySeries(id, labels);
            _lastId = Math.Max(_lastId, id);
            Enter(series);
            return series;
        }
    }

    /// <summary>Removes series without samples that were silent since before a moment. Returns them.</summary>
    public IReadOnlyList<MemorySeries> RemoveIdle(long touchedBefore)
    {
        lock (_creation)
        {
            var gone = new List<MemorySeries>();
            foreach ((int id, MemorySeries series) in _byId)
            {
                lock (Stripe(series))
                {
                    if (!series.IsEmpty || series.Touched >= touchedBefore)
                    {
                        continue;
                    }

                    series.Gone = true;
                }

                _byId.TryRemove(id, out _);
                _byLabels.TryRemove(series.Labels, out _);
                gone.Add(series);
            }

            if (gone.Count > 0)
            {
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
        _byId[series.Id] = series;
        _byLabels[series.Labels] = series;
        Postings.Add(series.Id, series.Labels);
    }
}
