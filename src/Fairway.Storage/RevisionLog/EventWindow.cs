namespace Fairway.Storage;

/// <summary>
/// The latest events of one collection, in a ring that every watcher reads at its own pace: a watcher has no buffer of its own,
/// so a slow one costs no memory and never holds up the writer; when the ring has moved past it, it is told so.
/// </summary>
internal sealed class EventWindow(long start, int capacity, TimeSpan age)
{
    private readonly Lock _gate = new(); // guards all fields below
    private (RevisionEvent Event, DateTimeOffset At)[] _ring = new (RevisionEvent, DateTimeOffset)[Math.Min(16, capacity)];
    private int _head;
    private int _count;
    private long _start = start;
    private TaskCompletionSource? _changed;

    /// <summary>Adds an event, dropping what no longer fits. Call <see cref="Pulse"/> when the batch is in.</summary>
    public void Append(RevisionEvent change, DateTimeOffset at)
    {
        lock (_gate)
        {
            Trim(at);
            if (_count == _ring.Length)
            {
                MakeRoom();
            }

            _ring[(_head + _count) % _ring.Length] = (change, at);
            _count++;
        }
    }

    /// <summary>Drops what is too old.</summary>
    public void Expire(DateTimeOffset now)
    {
        lock (_gate)
        {
            Trim(now);
        }
    }

    /// <summary>Wakes the watchers that wait.</summary>
    public void Pulse()
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = null;
        }

        changed?.SetResult();
    }

    /// <summary>Completes at the next pulse. Take it before reading, so that nothing falls in between.</summary>
    public Task Changed()
    {
        lock (_gate)
        {
            _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _changed.Task;
        }
    }

    /// <summary>Copies up to <paramref name="max"/> events after a revision.</summary>
    /// <returns>false, with the first revision that can still be asked for, when events after it have been dropped.</returns>
    public bool TryReadAfter(long revision, int max, List<RevisionEvent> into, out long oldest)
    {
        lock (_gate)
        {
            oldest = _start;
            if (revision < _start)
            {
                return false;
            }

            for (int index = FirstAfter(revision); index < _count && into.Count < max; index++)
            {
                into.Add(At(index).Event);
            }

            return true;
        }
    }

    private int FirstAfter(long revision)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (At(middle).Event.Revision <= revision)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private (RevisionEvent Event, DateTimeOffset At) At(int index) => _ring[(_head + index) % _ring.Length];

    private void Trim(DateTimeOffset now)
    {
        while (_count > 0 && now - At(0).At > age)
        {
            DropOldest();
        }
    }

    private void MakeRoom()
    {
        if (_ring.Length >= capacity)
        {
            DropOldest();
            return;
        }

        var larger = new (RevisionEvent, DateTimeOffset)[Math.Min(capacity, _ring.Length * 2)];
        for (int index = 0; index < _count; index++)
        {
            larger[index] = At(index);
        }

        _ring = larger;
        _head = 0;
    }

    private void DropOldest()
    {
        _start = _ring[_head].Event.Revision;
        _ring[_head] = default;
        _head = (_head + 1) % _ring.Length;
        _count--;
    }
}
