using Fairway.Delivery.Rendering;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Sync;

/// <summary>One run of sync over the objects of one environment: what is due, in which order, and how far it came.</summary>
internal sealed class SyncRun(SyncRequest request, ObjectPair[] pairs, SettledObjects settled, HealBackoff backoff, TimeProvider time)
{
    // A definition is taken up within moments; its change brings the next run sooner where it is watched.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly List<DriftedField> _drift = [];

    public IReadOnlyList<DriftedField> Drift => _drift;

    public int Applied { get; private set; }

    /// <summary>What the rest waits for; null when nothing is left.</summary>
    public string? Waiting { get; private set; }

    public TimeSpan? Again { get; private set; }

    /// <summary>Tries everything dry that can be tried: objects of a definition that is itself to change come later.</summary>
    /// <exception cref="SyncRefusedException">The cluster does not take one of them.</exception>
    public Task TryAsync(CancellationToken cancellation)
        => Task.WhenAll(pairs.Where(pair => IsDue(pair) && !WaitsForDefinition(pair)).Select(pair => request.Live.ApplyAsync(pair, dryRun: true, cancellation)));

    /// <summary>Applies wave by wave; stops where a wave is not finished.</summary>
    /// <exception cref="SyncRefusedException">The cluster does not take an object whose kind came in this run.</exception>
    public async Task ApplyAsync(CancellationToken cancellation)
    {
        foreach (IGrouping<int, ObjectPair> wave in pairs.GroupBy(pair => ApplyOrder.Wave(pair.Desired)).OrderBy(wave => wave.Key))
        {
            ObjectPair[] definitions = [.. wave.Where(pair => Definitions.IsDefinition(pair.Desired))];
            if (!await DefineAsync(definitions, cancellation)
                || await RereadAsync([.. wave.Except(definitions)], cancellation) is not { } objects)
            {
                return;
            }

            foreach (ObjectPair pair in objects.Where(IsDue))
            {
                await PutAsync(pair, cancellation);
            }

            if (Waiting is null && await UnfinishedAsync(wave, cancellation) is { } unfinished)
            {
                Waiting = $"wave {wave.Key} waits for {unfinished}";
                return;
            }
        }
    }

    /// <summary>Asks for another run no later than this.</summary>
    public void LookAgain(TimeSpan delay) => Again = Again is { } sooner && sooner < delay ? sooner : delay;

    /// <summary>Applies a wave's definitions and sees that the cluster has taken them up; false when the rest has to wait.</summary>
    private async Task<bool> DefineAsync(ObjectPair[] definitions, CancellationToken cancellation)
    {
        bool changed = false;
        foreach (ObjectPair pair in definitions.Where(IsDue))
        {
            await PutAsync(pair, cancellation);
            changed = true;
        }

        if (changed)
        {
            request.Live.ForgetKinds();
        }

        foreach (ObjectPair pair in definitions)
        {
            ObjectPair now = changed ? await request.Live.ReadAsync(pair.Desired, request.Desired, cancellation) : pair;
            Health health = now.Live is null ? new Health(Health.Missing) : HealthRules.Of(now.Live.ToNode());
            if (health.Status != Health.Healthy)
            {
                return WaitFor($"{pair.Desired.Title}: {health.Message ?? "is not there yet"}");
            }
        }

        return true;
    }

    /// <summary>
    /// The objects of a wave once its definitions are served: those that could not be read or tried before are now. Null when a
    /// kind is still not served.
    /// </summary>
    private async Task<ObjectPair[]?> RereadAsync(ObjectPair[] objects, CancellationToken cancellation)
    {
        List<ObjectPair> all = [];
        List<ObjectPair> late = [];
        foreach (ObjectPair pair in objects)
        {
            ObjectPair now = WaitsForDefinition(pair) ? await request.Live.ReadAsync(pair.Desired, request.Desired, cancellation) : pair;
            all.Add(now);
            if (!now.IsServed)
            {
                WaitFor($"the cluster to serve {now.Desired.Kind} in {now.Desired.ApiVersion}");
                return null;
            }

            if (!ReferenceEquals(now, pair))
            {
                late.Add(now);
            }
        }

        if (late.Count > 0)
        {
            request.Watch([.. late.Select(pair => pair.Type).Distinct()]);
            await Task.WhenAll(late.Where(IsDue).Select(pair => request.Live.ApplyAsync(pair, dryRun: true, cancellation)));
        }

        return [.. all];
    }

    private bool WaitFor(string what)
    {
        Waiting ??= $"waits for {what}";
        LookAgain(Moment);
        return false;
    }

    private async Task PutAsync(ObjectPair pair, CancellationToken cancellation)
    {
        string key = $"{request.Key}/{pair.Desired.Title}";
        TimeSpan delay = request.WasSynced ? backoff.Delay(key) : TimeSpan.Zero;
        if (delay > TimeSpan.Zero)
        {
            LookAgain(delay);
            Waiting ??= $"{pair.Desired.Title} was changed again; it is put back in {delay.TotalSeconds:0} s";
            return;
        }

        Document after = await request.Live.ApplyAsync(pair, dryRun: false, cancellation);
        settled.Note(request.Key, pair.Desired, after);
        if (after.Header.ResourceVersion == pair.Live?.Header.ResourceVersion)
        {
            return;
        }

        Applied++;
        if (request.WasSynced)
        {
            _drift.AddRange(Drifted(pair));
            backoff.Healed(key);
        }
    }

    /// <summary>Missing, or different in a way that an apply has not shown to be mere spelling.</summary>
    private bool IsDue(ObjectPair pair)
        => pair.Differences is not { Count: 0 } && (pair.Live is null || !settled.IsSettled(request.Key, pair.Desired, pair.Live));

    /// <summary>Its kind is not served yet, or is about to change.</summary>
    private bool WaitsForDefinition(ObjectPair pair)
        => !pair.IsServed
            || (Definitions.DefinitionOf(pair.Desired, request.Desired) is { } definition
                && Array.Find(pairs, one => one.Desired.Identity == definition.Identity) is { } change
                && IsDue(change));

    /// <summary>Between waves everything applied so far must be healthy; with a single wave there is nothing to wait for.</summary>
    private async Task<string?> UnfinishedAsync(IGrouping<int, ObjectPair> wave, CancellationToken cancellation)
    {
        if (pairs.Max(pair => ApplyOrder.Wave(pair.Desired)) == wave.Key)
        {
            return null;
        }

        foreach (ObjectPair pair in wave)
        {
            ObjectPair now = await request.Live.ReadAsync(pair.Desired, request.Desired, cancellation);
            Health health = now.Live is null ? new Health(Health.Missing) : HealthRules.Of(now.Live.ToNode());
            if (health.Status != Health.Healthy)
            {
                return $"{pair.Desired.Title}: {health.Message ?? health.Status}";
            }
        }

        return null;
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
