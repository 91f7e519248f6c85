namespace Fairway.Pipelines.Runs;

/// <summary>Lets one run of a group go on at a time; of those that wait only the newest is kept.</summary>
internal sealed class ConcurrencyGroups
{
    private readonly Lock _gate = new();

    // Guarded by the lock.
    private readonly Dictionary<string, Group> _groups = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Completes when it is this member's turn; the one who gets it must <see cref="Leave"/>.</summary>
    /// <param name="group">Unique over namespaces and repositories.</param>
    /// <param name="member">Who.</param>
    /// <param name="cancelOther">Asks another member to end.</param>
    /// <param name="cancelInProgress">Whether the one under way is asked too, not only the one waiting.</param>
    public Task EnterAsync(string group, object member, Action<object> cancelOther, bool cancelInProgress)
    {
        object? active;
        object? waiting;
        Task turn;
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out Group? there))
            {
                _groups[group] = new Group(member);
                return Task.CompletedTask;
            }

            active = there.Active;
            waiting = there.Waiting;
            there.Waiting = member;
            there.Turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            turn = there.Turn.Task;
        }

        if (waiting is not null)
        {
            cancelOther(waiting);
        }

        if (cancelInProgress)
        {
            cancelOther(active);
        }

        return turn;
    }

    /// <summary>Ends a membership, in whatever state it is.</summary>
    public void Leave(string group, object member)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out Group? there))
            {
                return;
            }

            if (ReferenceEquals(there.Waiting, member))
            {
                there.Waiting = null;
            }
            else if (ReferenceEquals(there.Active, member) && there.Waiting is { } next)
            {
                there.Active = next;
                there.Waiting = null;
                there.Turn!.SetResult();
            }
            else if (ReferenceEquals(there.Active, member))
            {
                _groups.Remove(group);
            }
        }
    }

    private sealed class Group(object active)
    {
        public object Active { get; set; } = active;

        public object? Waiting { get; set; }

        public TaskCompletionSource? Turn { get; set; }
    }
}
