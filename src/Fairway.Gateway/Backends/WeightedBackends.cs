namespace Fairway.Gateway.Backends;

/// <summary>
/// Shares requests between backends by weight. The order is a low-discrepancy sequence: after any number of requests each
/// backend has had its share to within a few, without randomness and without a lock.
/// </summary>
internal sealed class WeightedBackends
{
    /// <summary>2^32 divided by the golden ratio: consecutive multiples spread most evenly over the circle.</summary>
    private const uint GoldenStep = 2654435769;

    private readonly (BackendPool Pool, long Upto)[] _shares;
    private readonly long _total;
    private readonly RuleCursor _cursor;

    /// <param name="backends">With their weights; 0 takes no requests.</param>
    /// <param name="cursor">
    /// Where the rule stands in the sequence. It outlives the table: were every table to begin anew, a rule whose surroundings
    /// change more often than it is asked would always give the same answer.
    /// </param>
    public WeightedBackends(IReadOnlyList<(BackendPool Pool, int Weight)> backends, RuleCursor? cursor = null)
    {
        _cursor = cursor ?? new RuleCursor();
        var shares = new List<(BackendPool, long)>(backends.Count);
        foreach ((BackendPool pool, int weight) in backends)
        {
            if (weight > 0)
            {
                _total += weight;
                shares.Add((pool, _total));
            }
        }

        _shares = [.. shares];
    }

    /// <summary>No backend has a weight above zero.</summary>
    public bool IsEmpty => _shares.Length == 0;

    public IEnumerable<BackendPool> Pools => _shares.Select(share => share.Pool);

    /// <summary>
    /// The backend whose turn it is. When it has no ready endpoint and another one does, that one: a request is not refused while
    /// somebody could answer it.
    /// </summary>
    public BackendPool Next()
    {
        if (_shares.Length == 1)
        {
            return _shares[0].Pool;
        }

        uint position = _cursor.Advance(GoldenStep);
        long point = (long)(((ulong)position * (ulong)_total) >> 32);
        BackendPool chosen = At(point);
        if (chosen.HasReady)
        {
            return chosen;
        }

        foreach ((BackendPool pool, _) in _shares)
        {
            if (pool.HasReady)
            {
                return pool;
            }
        }

        return chosen;
    }

    private BackendPool At(long point)
    {
        foreach ((BackendPool pool, long upto) in _shares)
        {
            if (point < upto)
            {
                return pool;
            }
        }

        return _shares[^1].Pool;
    }
}

/// <summary>How far a rule has come in sharing its requests out.</summary>
internal sealed class RuleCursor
{
    private uint _position;

    public uint Advance(uint step) => Interlocked.Add(ref _position, step);
}
