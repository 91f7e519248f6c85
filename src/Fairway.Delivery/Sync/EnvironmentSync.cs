using Fairway.Client;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Rendering;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Sync;

/// <summary>What sync was asked to bring out, and what stands in its way.</summary>
internal sealed record SyncRequest
{
    public required LiveObjects Live { get; init; }

    /// <summary>Tells this environment from all others, for the memory between runs.</summary>
    public required string Key { get; init; }

    public required string Revision { get; init; }

    public required IReadOnlyList<Manifest> Desired { get; init; }

    /// <summary>HTTPRoutes that a rollout holds: not applied and not healed.</summary>
    public required IReadOnlySet<string> HeldRoutes { get; init; }

    /// <summary>Nothing is pruned while a rollout is under way: its routes may still need what leaves.</summary>
    public bool MayPrune { get; init; }

    /// <summary>The branch says that the environment is to be empty.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>The cluster was at this very revision before: what differs now is drift.</summary>
    public bool WasSynced { get; init; }
}

/// <summary>What a run of sync came to.</summary>
internal sealed record SyncResult
{
    /// <summary>Synced, OutOfSync or Refused.</summary>
    public required string Sync { get; init; }

    public string? Message { get; init; }

    public required IReadOnlyList<ManagedObject> Objects { get; init; }

    public required Health Health { get; init; }

    public IReadOnlyList<DriftedField> Drift { get; init; } = [];

    public int Applied { get; init; }

    public int Pruned { get; init; }

    /// <summary>When to look again though nothing changes: a healing that is held back.</summary>
    public TimeSpan? Again { get; init; }
}

/// <summary>
/// Brings one environment's namespace to one commit: everything is tried dry first and nothing is applied if anything is refused;
/// then wave by wave, configuration before workloads before routes; then what left the branch is pruned.
/// </summary>
/// <remarks>Safe to stop anywhere: the next run finds what is left to do. Not for concurrent runs of one environment.</remarks>
internal sealed class EnvironmentSync(TimeProvider time)
{
    private readonly HealBackoff _backoff = new(time);
    private readonly SettledObjects _settled = new();

    public async Task<SyncResult> RunAsync(SyncRequest request, CancellationToken cancellation)
    {
        Manifest[] desired = [.. request.Desired.Where(manifest => manifest.Kind != "HTTPRoute" || !request.HeldRoutes.Contains(manifest.Name))];
        ObjectPair[] pairs;
        ObjectPair[] due;
        try
        {
            if (desired.Length > 0)
            {
                await request.Live.EnsureNamespaceAsync(cancellation);
            }

            pairs = [.. await Task.WhenAll(desired.Select(manifest => request.Live.ReadAsync(manifest, cancellation)))];
            due = [.. pairs.Where(pair => IsDue(request, pair))];
            await Task.WhenAll(due.Select(pair => request.Live.ApplyAsync(pair, dryRun: true, cancellation)));
        }
        catch (SyncRefusedException refused)
        {
            return await RefusedAsync(request, refused.Message, cancellation);
        }

        return await ApplyAsync(request, pairs, due, cancellation);
    }

    private async Task<SyncResult> ApplyAsync(SyncRequest request, ObjectPair[] pairs, ObjectPair[] due, CancellationToken cancellation)
    {
        List<DriftedField> drift = [];
        int applied = 0;
        TimeSpan? again = null;
        string? waiting = null;
        foreach (IGrouping<int, ObjectPair> wave in pairs.GroupBy(pair => ApplyOrder.Wave(pair.Desired)).OrderBy(wave => wave.Key))
        {
            foreach (ObjectPair pair in wave.Where(due.Contains))
            {
                string key = $"{request.Key}/{pair.Desired.Title}";
                TimeSpan delay = request.WasSynced ? _backoff.Delay(key) : TimeSpan.Zero;
                if (delay > TimeSpan.Zero)
                {
                    again = again is { } sooner && sooner < delay ? sooner : delay;
                    waiting ??= $"{pair.Desired.Title} was changed again; it is put back in {delay.TotalSeconds:0} s";
                    continue;
                }

                Document after = await request.Live.ApplyAsync(pair, dryRun: false, cancellation);
                _settled.Note(request.Key, pair.Desired, after);
                bool changed = after.Header.ResourceVersion != pair.Live?.Header.ResourceVersion;
                applied += changed ? 1 : 0;
                if (changed && request.WasSynced)
                {
                    drift.AddRange(Drifted(pair));
                    _backoff.Healed(key);
                }
            }

            if (waiting is null && await UnfinishedAsync(request, pairs, wave.Key, cancellation) is { } unfinished)
            {
                waiting = $"wave {wave.Key} waits for {unfinished}";
                break;
            }
        }

        int pruned = waiting is null && request.MayPrune ? await PruneAsync(request, cancellation) : 0;
        (IReadOnlyList<ManagedObject> objects, Health health) = await new HealthReport(request.Live).MakeAsync(request, cancellation);
        return new SyncResult
        {
            Sync = waiting is null ? "Synced" : "OutOfSync",
            Message = waiting ?? health.Message,
            Objects = objects,
            Health = health,
            Drift = drift,
            Applied = applied,
            Pruned = pruned,
            Again = again,
        };
    }

    /// <summary>Missing, or different in a way that an apply has not shown to be mere spelling.</summary>
    private bool IsDue(SyncRequest request, ObjectPair pair)
        => pair.Differences is not { Count: 0 } && (pair.Live is null || !_settled.IsSettled(request.Key, pair.Desired, pair.Live));

    /// <summary>Between waves everything applied so far must be healthy; with a single wave there is nothing to wait for.</summary>
    private static async Task<string?> UnfinishedAsync(SyncRequest request, ObjectPair[] pairs, int wave, CancellationToken cancellation)
    {
        if (pairs.Max(pair => ApplyOrder.Wave(pair.Desired)) == wave)
        {
            return null;
        }

        foreach (ObjectPair pair in pairs.Where(pair => ApplyOrder.Wave(pair.Desired) == wave))
        {
            ObjectPair now = await request.Live.ReadAsync(pair.Desired, cancellation);
            Health health = now.Live is null ? new Health(Health.Missing) : HealthRules.Of(now.Live.ToNode());
            if (health.Status != Health.Healthy)
            {
                return $"{pair.Desired.Title}: {health.Message ?? health.Status}";
            }
        }

        return null;
    }

    private async Task<int> PruneAsync(SyncRequest request, CancellationToken cancellation)
    {
        if ((request.Desired.Count == 0 && !request.AllowEmpty) || _settled.IsPruned(request.Key, request.Revision))
        {
            return 0;
        }

        IReadOnlyList<(ResourceType Type, Document Object)> stray = await request.Live.StrayAsync(request.Desired, cancellation);
        foreach ((ResourceType type, Document item) in stray)
        {
            await request.Live.DeleteAsync(type, item, cancellation);
        }

        _settled.NotePruned(request.Key, request.Revision);
        return stray.Count;
    }

    private async Task<SyncResult> RefusedAsync(SyncRequest request, string message, CancellationToken cancellation)
    {
        try
        {
            (IReadOnlyList<ManagedObject> objects, Health health) = await new HealthReport(request.Live).MakeAsync(request, cancellation);
            return new SyncResult { Sync = "Refused", Message = message, Objects = objects, Health = health };
        }
        catch (SyncRefusedException)
        {
            return new SyncResult { Sync = "Refused", Message = message, Objects = [], Health = new Health(Health.Unknown) };
        }
    }

    private IEnumerable<DriftedField> Drifted(ObjectPair pair)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (pair.Live is not { } live)
        {
            return [new DriftedField { Object = pair.Desired.Title, Field = "(the whole object)", Desired = "present", Live = "missing", At = now }];
        }

        bool isSecret = pair.Desired.Kind == "Secret";
        return (pair.Differences ?? []).Take(10).Select(difference => new DriftedField
        {
            Object = pair.Desired.Title,
            Field = difference.Path,
            Desired = isSecret ? "(secret)" : difference.Desired,
            Live = isSecret ? "(secret)" : difference.Live,
            Manager = LiveObjects.ManagerOf(live.ToNode(), difference.Path),
            At = now,
        });
    }
}
