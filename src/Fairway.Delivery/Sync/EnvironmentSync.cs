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

    /// <summary>Told the kinds that are delivered, so that their changes bring the next run.</summary>
    public Action<IReadOnlyList<ResourceType>> Watch { get; init; } = static _ => { };
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

    /// <summary>When to look again though nothing changes: a healing that is held back, a definition that is not taken up yet.</summary>
    public TimeSpan? Again { get; init; }
}

/// <summary>
/// Brings one environment's namespace to one commit: everything is tried dry first and nothing is applied if anything is refused;
/// then wave by wave, definitions and what they must be followed by, configuration before workloads before routes; then what left
/// the branch is pruned.
/// </summary>
/// <remarks>Safe to stop anywhere: the next run finds what is left to do. Not for concurrent runs of one environment.</remarks>
internal sealed class EnvironmentSync(TimeProvider time)
{
    // A refusal that may pass by itself is tried again after this.
    private static readonly TimeSpan Hopeful = TimeSpan.FromSeconds(15);

    private readonly HealBackoff _backoff = new(time);
    private readonly SettledObjects _settled = new();

    public async Task<SyncResult> RunAsync(SyncRequest request, CancellationToken cancellation)
    {
        Manifest[] desired = [.. request.Desired.Where(manifest => manifest.Kind != "HTTPRoute" || !request.HeldRoutes.Contains(manifest.Name))];
        try
        {
            if (desired.Length > 0)
            {
                await request.Live.EnsureNamespaceAsync(cancellation);
            }

            ObjectPair[] pairs = [.. await Task.WhenAll(desired.Select(manifest => request.Live.ReadAsync(manifest, request.Desired, cancellation)))];
            request.Watch([.. pairs.Where(pair => pair.IsServed).Select(pair => pair.Type).Distinct()]);
            var run = new SyncRun(request, pairs, _settled, _backoff, time);
            await run.TryAsync(cancellation);
            await run.ApplyAsync(cancellation);
            return await FinishAsync(request, run, cancellation);
        }
        catch (SyncRefusedException refused)
        {
            (IReadOnlyList<ManagedObject> objects, Health health) = await new HealthReport(request.Live).MakeAsync(request, cancellation);
            return new SyncResult { Sync = "Refused", Message = refused.Message, Objects = objects, Health = health, Again = refused.MayPass ? Hopeful : null };
        }
    }

    private async Task<SyncResult> FinishAsync(SyncRequest request, SyncRun run, CancellationToken cancellation)
    {
        int pruned = run.Waiting is null && request.MayPrune ? await PruneAsync(request, run, cancellation) : 0;
        (IReadOnlyList<ManagedObject> objects, Health health) = await new HealthReport(request.Live).MakeAsync(request, cancellation);
        return new SyncResult
        {
            Sync = run.Waiting is null ? "Synced" : "OutOfSync",
            Message = run.Waiting ?? health.Message ?? _settled.KeptOf(request.Key),
            Objects = objects,
            Health = health,
            Drift = run.Drift,
            Applied = run.Applied,
            Pruned = pruned,
            Again = run.Again,
        };
    }

    private async Task<int> PruneAsync(SyncRequest request, SyncRun run, CancellationToken cancellation)
    {
        if ((request.Desired.Count == 0 && !request.AllowEmpty) || _settled.IsPruned(request.Key, request.Revision))
        {
            return 0;
        }

        Stray stray = await request.Live.StrayAsync(request.Desired, cancellation);
        int pruned = 0;
        bool isDone = true;
        foreach ((ResourceType type, Document item) in stray.Objects.OrderBy(one => Pruning.Rank(one.Type)))
        {
            // With a definition go all its objects: it waits until the last has gone in good order.
            if (type.Group == Definitions.Group && await request.Live.HasInstancesAsync(item, cancellation))
            {
                isDone = false;
                run.LookAgain(TimeSpan.FromSeconds(5));
                continue;
            }

            await request.Live.DeleteAsync(type, item, cancellation);
            pruned++;
        }

        _settled.NotePruned(request.Key, isDone ? request.Revision : "", stray.Kept.Count == 0 ? null : string.Join("; ", stray.Kept));
        return pruned;
    }
}
