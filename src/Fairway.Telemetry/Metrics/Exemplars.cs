using Fairway.PromQL;

namespace Fairway.Telemetry.Metrics;

/// <summary>An example of what a sample counted, most often with the id of its trace.</summary>
/// <param name="Labels">The exemplar's own labels.</param>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Value">The observed value.</param>
public sealed record Exemplar(Labels Labels, long Time, double Value);

/// <summary>The newest exemplars of all series in a ring of bounded size.</summary>
internal sealed class ExemplarRing(int capacity)
{
    /// <summary>Guards all below.</summary>
    private readonly Lock _lock = new();
    private readonly (Labels Series, Exemplar Exemplar)[] _ring = new (Labels, Exemplar)[Math.Max(1, capacity)];
    private readonly Dictionary<Labels, Exemplar> _newest = [];
    private long _next;

    /// <summary>Adds one; false for a repetition or one older than its series' newest.</summary>
    public bool Add(Labels series, Exemplar exemplar)
    {
        lock (_lock)
        {
            if (_newest.TryGetValue(series, out Exemplar? newest) && (exemplar.Time <= newest.Time || exemplar.Equals(newest)))
            {
                return false;
            }

            ref (Labels Series, Exemplar Exemplar) place = ref _ring[_next++ % _ring.Length];
            if (place.Series is not null && _newest.TryGetValue(place.Series, out Exemplar? last) && ReferenceEquals(last, place.Exemplar))
            {
                _newest.Remove(place.Series);
            }

            place = (series, exemplar);
            _newest[series] = exemplar;
            return true;
        }
    }

    /// <summary>The exemplars in a closed range of time of the series that fulfil one of the selectors, by series, each in order of time. O(capacity).</summary>
    public IReadOnlyList<(Labels Series, IReadOnlyList<Exemplar> Exemplars)> Select(IReadOnlyList<IReadOnlyList<LabelMatcher>> selectors, long from, long to)
    {
        var found = new SortedDictionary<Labels, List<Exemplar>>();
        foreach ((Labels series, Exemplar exemplar) in Snapshot())
        {
            if (exemplar.Time < from || exemplar.Time > to)
            {
                continue;
            }

            if (found.TryGetValue(series, out List<Exemplar>? list))
            {
                list.Add(exemplar);
            }
            else if (selectors.Any(matchers => matchers.All(matcher => matcher.Matches(series[matcher.Name]))))
            {
                found[series] = [exemplar];
            }
        }

        return [.. found.Select(one => (one.Key, (IReadOnlyList<Exemplar>)[.. one.Value.OrderBy(exemplar => exemplar.Time)]))];
    }

    /// <summary>All, oldest first.</summary>
    public IReadOnlyList<(Labels Series, Exemplar Exemplar)> Snapshot()
    {
        lock (_lock)
        {
            return [.. Enumerable.Range(0, _ring.Length).Select(offset => _ring[(_next + offset) % _ring.Length]).Where(one => one.Series is not null)];
        }
    }
}
