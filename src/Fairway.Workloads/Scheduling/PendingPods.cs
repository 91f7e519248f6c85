using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>
/// The pods that wait for a node, and which of them are worth looking at: new ones at once, refused ones when something changed
/// that may help, not before their backoff is over, and in any case every five minutes. One worker owns it.
/// </summary>
internal sealed class PendingPods
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Flush = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>The pod waits, or has changed while it does.</summary>
    public void Set(PodNeeds pod)
    {
        if (_entries.TryGetValue(pod.Uid, out Entry? known))
        {
            known.Changed |= !IsSame(known.Pod.Pod, pod.Pod);
            known.Pod = pod;
        }
        else
        {
            _entries[pod.Uid] = new Entry { Pod = pod, Changed = true };
        }
    }

    public void Remove(string podUid) => _entries.Remove(podUid);

    public bool Has(string podUid) => _entries.ContainsKey(podUid);

    /// <summary>Those to look at now: by priority, then by age.</summary>
    public IReadOnlyList<PodNeeds> Due(SchedulingSnapshot snapshot, DateTimeOffset now)
        =>
        [
            .. _entries.Values.Where(entry => entry.NotBefore <= now && (IsWorthIt(entry, snapshot) || now >= entry.TriedAt + Flush))
                .Select(entry => entry.Pod)
                .OrderByDescending(pod => pod.Priority)
                .ThenBy(pod => pod.Pod.Metadata.CreationTimestamp)
                .ThenBy(pod => pod.Pod.Metadata.Name, StringComparer.Ordinal),
        ];

    /// <summary>The pod was refused: it waits longer each time.</summary>
    public void Refused(string podUid, SchedulingSnapshot snapshot, DateTimeOffset now)
    {
        if (_entries.TryGetValue(podUid, out Entry? entry))
        {
            TimeSpan wait = FirstBackOff * Math.Pow(2, Math.Min(entry.Attempts, 10));
            entry.Attempts++;
            entry.NotBefore = now + (wait < LongestBackOff ? wait : LongestBackOff);
            entry.TriedAt = now;
            entry.Changed = false;
            entry.Version = snapshot.Version;
            entry.Placements = snapshot.Placements;
        }
    }

    /// <summary>When to look again though nothing changes.</summary>
    public TimeSpan? NextIn(SchedulingSnapshot snapshot, DateTimeOffset now)
    {
        TimeSpan? next = null;
        foreach (Entry entry in _entries.Values)
        {
            DateTimeOffset at = IsWorthIt(entry, snapshot) ? entry.NotBefore : entry.TriedAt + Flush;
            TimeSpan wait = at > now ? at - now : TimeSpan.FromMilliseconds(1);
            next = next is null || wait < next ? wait : next;
        }

        return next;
    }

    private static bool IsWorthIt(Entry entry, SchedulingSnapshot snapshot)
        => entry.Changed || entry.Version != snapshot.Version || (entry.Pod.LooksAtPods && entry.Placements != snapshot.Placements);

    /// <summary>What scheduling wrote itself (conditions, nomination) is no reason to look again.</summary>
    private static bool IsSame(Pod before, Pod after)
        => before.Spec.Priority == after.Spec.Priority
            && (before.Spec.SchedulingGates?.Count ?? 0) == (after.Spec.SchedulingGates?.Count ?? 0)
            && (before.Spec.Tolerations?.Count ?? 0) == (after.Spec.Tolerations?.Count ?? 0)
            && Same(before.Spec.NodeSelector, after.Spec.NodeSelector)
            && Same(before.Metadata.Labels, after.Metadata.Labels);

    private static bool Same(IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string>? after)
        => (before?.Count ?? 0) == (after?.Count ?? 0) && (before ?? new Dictionary<string, string>()).All(pair => after?.GetValueOrDefault(pair.Key) == pair.Value);

    private sealed class Entry
    {
        public required PodNeeds Pod { get; set; }

        public bool Changed { get; set; }

        public int Attempts { get; set; }

        public DateTimeOffset NotBefore { get; set; } = DateTimeOffset.MinValue;

        public DateTimeOffset TriedAt { get; set; }

        public long Version { get; set; } = -1;

        public long Placements { get; set; } = -1;
    }
}
