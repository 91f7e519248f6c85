namespace Fairway.ApiServer;

/// <summary>How many requests are served at once, and for whom.</summary>
internal sealed record FairLimits
{
    /// <summary>Requests under way at once, without watches and streams.</summary>
    public int InFlight { get; init; } = 128;

    /// <summary>Requests of one user that may wait for their turn; more are refused.</summary>
    public int QueuePerUser { get; init; } = 256;

    /// <summary>How long a request may wait.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Watches and streams of one user.</summary>
    public int LongPerUser { get; init; } = 5000;
}

/// <summary>
/// Shares the server among users, as API Priority and Fairness does in spirit: while there is room everyone is served at once; when
/// there is none, whoever has fewest requests under way is next, so that one noisy client waits for itself and not the others for
/// it. Entering and leaving cost O(users that wait). Safe for concurrent use.
/// </summary>
internal sealed class FairAdmission(FairLimits limits, TimeProvider time)
{
    private readonly Lock _gate = new(); // guards all below
    private readonly Dictionary<string, Flow> _flows = [];
    private readonly Dictionary<string, int> _long = [];
    private int _inFlight;
    private long _turns;

    /// <summary>Waits for a turn.</summary>
    /// <returns>To be disposed when the request has ended; null when there is no room for the request even to wait, or it waited too long.</returns>
    public async ValueTask<IDisposable?> EnterAsync(string user, CancellationToken cancellation)
    {
        TaskCompletionSource turn;
        Flow flow;
        lock (_gate)
        {
            if (!_flows.TryGetValue(user, out flow!))
            {
                flow = new Flow(user);
                _flows[user] = flow;
            }

            if (_inFlight < limits.InFlight)
            {
                Begin(flow);
                return new Turn(this, flow);
            }

            if (flow.Waiting.Count >= limits.QueuePerUser)
            {
                return null;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            flow.Waiting.AddLast(turn);
        }

        try
        {
            await turn.Task.WaitAsync(limits.Patience, time, cancellation);
            return new Turn(this, flow);
        }
        catch (Exception given) when (given is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (turn.Task.IsCompleted)
                {
                    Leave(flow); // the turn came while the waiter left
                }
                else
                {
                    flow.Waiting.Remove(turn);
                    Forget(flow);
                }
            }

            if (given is OperationCanceledException)
            {
                throw;
            }

            return null;
        }
    }

    /// <summary>Counts a watch or a stream; null when the user has too many.</summary>
    public IDisposable? EnterLong(string user)
    {
        lock (_gate)
        {
            int count = _long.GetValueOrDefault(user);
            if (count >= limits.LongPerUser)
            {
                return null;
            }

            _long[user] = count + 1;
            return new LongTurn(this, user);
        }
    }

    private void Begin(Flow flow)
    {
        _inFlight++;
        flow.InFlight++;
        flow.LastTurn = ++_turns;
    }

    // Called under the lock.
    private void Leave(Flow flow)
    {
        _inFlight--;
        flow.InFlight--;
        Forget(flow);
        Flow? next = null;
        foreach (Flow each in _flows.Values)
        {
            if (each.Waiting.Count > 0 && (next is null || (each.InFlight, each.LastTurn).CompareTo((next.InFlight, next.LastTurn)) < 0))
            {
                next = each;
            }
        }

        if (next is not null)
        {
            TaskCompletionSource turn = next.Waiting.First!.Value;
            next.Waiting.RemoveFirst();
            Begin(next);
            turn.SetResult();
        }
    }

    private void Forget(Flow flow)
    {
        if (flow is { InFlight: 0, Waiting.Count: 0 })
        {
            _flows.Remove(flow.User);
        }
    }

    private sealed class Flow(string user)
    {
        public string User => user;

        public int InFlight { get; set; }

        public long LastTurn { get; set; }

        public LinkedList<TaskCompletionSource> Waiting { get; } = [];
    }

    private sealed class Turn(FairAdmission owner, Flow flow) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                lock (owner._gate)
                {
                    owner.Leave(flow);
                }
            }
        }
    }

    private sealed class LongTurn(FairAdmission owner, string user) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                int left = owner._long[user] - 1;
                if (left == 0)
                {
                    owner._long.Remove(user);
                }
                else
                {
                    owner._long[user] = left;
                }
            }
        }
    }
}
