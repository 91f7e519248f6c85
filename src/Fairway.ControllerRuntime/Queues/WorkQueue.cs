using System.Threading.Channels;

namespace Fairway.ControllerRuntime;

/// <summary>
/// The keys that wait for work. Each key is queued once however often it is added, is never handed to two workers at a time,
/// and when it is added while a worker has it, it is queued again once that worker is done. A key that failed waits, whatever is
/// added meanwhile, unless the addition says that it must not.
/// </summary>
/// <typeparam name="TKey">What identifies a piece of work.</typeparam>
/// <remarks>Safe for concurrent use. Adding and taking cost O(1); delayed keys O(log n). Waits go through the clock given.</remarks>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    // What a change around a failing key shortens its wait to: often enough for people, too seldom for a loop.
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();

    // Guards the sets, the delays and the failure counts.
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Wake> _dirty = [];
    private readonly HashSet<TKey> _processing = [];
    private readonly HashSet<TKey> _held = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly Dictionary<TKey, DateTimeOffset> _due = [];
    private readonly PriorityQueue<TKey, DateTimeOffset> _delayed = new();
    private readonly ITimer _timer;
    private bool _closed;

    public WorkQueue(TimeProvider time, Backoff? backoff = null)
    {
        _time = time;
        _backoff = backoff ?? Backoff.OfKeys;
        _timer = time.CreateTimer(_ => ReleaseDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that are ready or due again after the work under way; delayed ones do not count.</summary>
    public int Length
    {
        get
        {
            lock (_gate)
            {
                return _dirty.Count;
            }
        }
    }

    /// <summary>Keys that wait for their time.</summary>
    public int Delayed
    {
        get
        {
            lock (_gate)
            {
                return _due.Count;
            }
        }
    }

    /// <summary>Queues a key: now, or when it waits after a failure, as soon as said.</summary>
    public void Add(TKey key, Wake wake = Wake.Now)
    {
        lock (_gate)
        {
            if (wake == Wake.Now || _processing.Contains(key) || _dirty.ContainsKey(key) || !_held.Contains(key))
            {
                AddReady(key, wake);
            }
            else if (wake == Wake.Soon)
            {
                Delay(key, Soonest);
            }
        }
    }

    /// <summary>Queues a key later; of several times for one key the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_gate)
        {
            Delay(key, delay);
        }
    }

    /// <summary>
    /// Queues a key after a wait that doubles with every failure since <see cref="Forget"/>. Called before <see cref="Done"/>:
    /// what was added while the worker had the key counts as added during the wait.
    /// </summary>
    /// <param name="holds">Additions do not end the wait, but for those that say so.</param>
    /// <returns>The wait.</returns>
    public TimeSpan AddAfterFailure(TKey key, bool holds = true)
    {
        lock (_gate)
        {
            int failures = _failures.GetValueOrDefault(key) + 1;
            _failures[key] = failures;
            TimeSpan wait = _backoff.After(failures);
            if (!holds)
            {
                _held.Remove(key);
            }
            else
            {
                _held.Add(key);
                if (_dirty.TryGetValue(key, out Wake wake) && wake != Wake.Now)
                {
                    _dirty.Remove(key);
                    wait = wake == Wake.Soon && wait > Soonest ? Soonest : wait;
                }
            }

            Delay(key, wait);
            return wait;
        }
    }

    /// <summary>The key succeeded: its next failure is the first again.</summary>
    public void Forget(TKey key)
    {
        lock (_gate)
        {
            _failures.Remove(key);
            _held.Remove(key);
        }
    }

    /// <summary>Waits for a key and hands it out; the taker must call <see cref="Done"/>.</summary>
    /// <exception cref="ChannelClosedException">The queue was closed.</exception>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellation)
    {
        TKey key = await _ready.Reader.ReadAsync(cancellation);
        lock (_gate)
        {
            _dirty.Remove(key);
            _processing.Add(key);
        }

        return key;
    }

    /// <summary>The taker is finished with the key, for better or worse.</summary>
    public void Done(TKey key)
    {
        lock (_gate)
        {
            _processing.Remove(key);
            if (_dirty.ContainsKey(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    /// <summary>Takes no more keys and releases those who wait.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _ready.Writer.TryComplete();
        }

        _timer.Dispose();
    }

    private void AddReady(TKey key, Wake wake = Wake.Now)
    {
        if (_closed)
        {
            return;
        }

        if (_dirty.TryGetValue(key, out Wake before))
        {
            _dirty[key] = wake < before ? wake : before;
            return;
        }

        _dirty[key] = wake;
        if (!_processing.Contains(key))
        {
            _ready.Writer.TryWrite(key);
        }
    }

    private void Delay(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            AddReady(key);
            return;
        }

        DateTimeOffset at = _time.GetUtcNow() + delay;
        if (_closed || (_due.TryGetValue(key, out DateTimeOffset known) && known <= at))
        {
            return;
        }

        _due[key] = at;
        _delayed.Enqueue(key, at);
        Rearm();
    }

    private void ReleaseDue()
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            while (_delayed.TryPeek(out TKey? key, out DateTimeOffset at) && at <= now)
            {
                _delayed.Dequeue();

                // An entry that a sooner one has overtaken is skipped: its time is not the one on record.
                if (_due.TryGetValue(key, out DateTimeOffset due) && due == at)
                {
                    _due.Remove(key);
                    AddReady(key);
                }
            }

            Rearm();
        }
    }

    private void Rearm()
    {
        if (_closed || !_delayed.TryPeek(out _, out DateTimeOffset at))
        {
            return;
        }

        // Timers count whole milliseconds: rounding up never wakes before the time.
        double wait = Math.Max(0, Math.Ceiling((at - _time.GetUtcNow()).TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(Math.Min(wait, TimeSpan.FromDays(1).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
