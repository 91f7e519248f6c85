using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Promotions;
using Fairway.Delivery.Rendering;
using Fairway.Delivery.Rollouts;
using Fairway.Git;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Delivery.Sync;

/// <summary>Keeps every environment of an application at what its branch says, and says in the application's status what is where.</summary>
internal sealed class SyncReconciler(
    IClusterApi hub, Func<string, ClusterSet> clusters, ClusterWatches watches, EnvironmentBranches branches, EnvironmentSync sync, DeliveryFacts facts, TimeProvider time)
{
    private const int KeptDrift = 20;

    // Everything announces itself by a change; this is for what was missed.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(2);

    // What each cluster serves; a cluster that left takes its memory with it.
    private readonly ConditionalWeakTable<IClusterApi, ClusterKinds> _kinds = [];

    /// <summary>Where an environment's traffic comes in: makes the URL of a hostname. Set by the composition root.</summary>
    public Func<string, string?> UrlOf { get; init; } = _ => null;

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await hub.FindAsync<Application>(key.Namespace, key.Name, cancellation) is not { } application
            || application.Metadata.DeletionTimestamp is not null)
        {
            return ReconcileResult.Done;
        }

        Promotion[] promotions = [.. (await hub.ListAsync<Promotion>(key.Namespace, cancellation)).Where(one => one.Spec.Application == key.Name)];
        Rollout[] rollouts = [.. (await hub.ListAsync<Rollout>(key.Namespace, cancellation)).Where(one => one.Spec.Application == key.Name)];
        (EnvironmentStatus Status, TimeSpan? Again)[] environments = await Task.WhenAll(application.Spec.Environments.Select(
            environment => SafelyAsync(application, environment, promotions, rollouts, cancellation)));
        ApplicationStatus before = application.Status ?? new ApplicationStatus();
        await hub.WriteStatusAsync(
            application,
            application with
            {
                Status = before with
                {
                    ObservedGeneration = application.Metadata.Generation,
                    Health = Health.Worst(environments.Where(one => !IsUntouched(one.Status)).Select(one => new Health(one.Status.Health ?? Health.Unknown))).Status,
                    Environments = [.. environments.Select(one => one.Status)],
                },
            },
            cancellation);
        TimeSpan again = environments.Select(one => one.Again).OfType<TimeSpan>().DefaultIfEmpty(Heartbeat).Min();
        return ReconcileResult.After(again);
    }

    /// <summary>Where nothing was delivered yet nothing can be ill; where the cluster refused what was to come, something is.</summary>
    private static bool IsUntouched(EnvironmentStatus environment) => environment is { Health: Health.Missing, Sync: not "Refused" };

    /// <summary>One environment that cannot be reached does not hold up the others.</summary>
    private async Task<(EnvironmentStatus Status, TimeSpan? Again)> SafelyAsync(
        Application application, ApplicationEnvironment environment, Promotion[] promotions, Rollout[] rollouts, CancellationToken cancellation)
    {
        EnvironmentStatus before = application.Status?.Environments?.FirstOrDefault(one => one.Name == environment.Name)
            ?? new EnvironmentStatus { Name = environment.Name };
        EnvironmentStatus under = before with
        {
            Promotion = promotions.FirstOrDefault(one => one.Spec.Environment == environment.Name && PromotionPhases.IsUnderWay(one.Status?.Phase))?.Metadata.Name
                ?? promotions.FirstOrDefault(one => one.Spec.Environment == environment.Name && !PromotionPhases.HasEnded(one.Status?.Phase))?.Metadata.Name,
            Rollout = Active(rollouts, environment)?.Metadata.Name,
        };
        try
        {
            return await RunAsync(application, environment, under, promotions, rollouts, cancellation);
        }
        catch (Exception broken) when (broken is StatusException or GitException or RenderException or HttpRequestException or IOException)
        {
            // What a cluster that is away runs is not known; what a refused write left is.
            string? health = broken is HttpRequestException or IOException ? Health.Unknown : under.Health;
            return (under with { Sync = "Unknown", Health = health, Message = broken.Message }, TimeSpan.FromSeconds(5));
        }
    }

    private async Task<(EnvironmentStatus Status, TimeSpan? Again)> RunAsync(
        Application application, ApplicationEnvironment environment, EnvironmentStatus before, Promotion[] promotions, Rollout[] rollouts, CancellationToken cancellation)
    {
        if (application.RepositoryName() is not { } repository
            || await branches.HeadAsync(repository, environment.Name, cancellation) is not { } head
            || (await ReadAsync(repository, head, application, environment, cancellation)).Pin is not { } pin)
        {
            return (before with { Sync = "Unknown", Health = Health.Missing, Message = "nothing has been delivered here yet" }, null);
        }

        SyncTarget target = SyncTarget.Of(
            head, pin,
            promotions.FirstOrDefault(one => one.Metadata.Name == pin.Promotion)?.Status is { } status ? status.Phase ?? "" : PhaseOf(promotions, pin),
            rollouts.FirstOrDefault(one => one.Metadata.Name == pin.Promotion)?.Status?.Phase);
        if (target.Revision is not { } revision)
        {
            return (before with { Sync = "OutOfSync", Message = target.Waiting }, null);
        }

        EnvironmentState state = await ReadAsync(repository, revision, application, environment, cancellation);
        Rollout? active = Active(rollouts, environment);
        ClusterSet cluster;
        try
        {
            cluster = clusters(environment.ClusterName());
        }
        catch (StatusException gone)
        {
            return (before with { Sync = "Unknown", Health = Health.Unknown, Message = gone.Message }, null);
        }

        string @namespace = environment.NamespaceIn(application);
        watches.Follow(cluster, @namespace, []);
        var request = new SyncRequest
        {
            Live = new LiveObjects(
                cluster.Informers.Api,
                _kinds.GetValue(cluster.Informers.Api, api => new ClusterKinds(api, time)),
                @namespace,
                application.Metadata.Name,
                application.Metadata.Namespace ?? "",
                environment.Name),
            Watch = kinds => watches.Follow(cluster, @namespace, kinds),
            Key = $"{application.Metadata.Uid}/{environment.Name}",
            Revision = revision,
            Desired = state.Manifests,
            HeldRoutes = (active?.Status?.Targets ?? []).SelectMany(one => one.Routes ?? []).ToHashSet(),
            MayPrune = active is null,
            AllowEmpty = state.Pin?.AllowEmpty == true,
            WasSynced = before is { Sync: "Synced" } && before.SyncedRevision == revision && !WasRollingOut(application, environment),
        };
        if (state.Manifests.Count == 0 && state.Pin?.AllowEmpty != true)
        {
            return (before with { Sync = "OutOfSync", Message = $"the branch has no manifests of {application.Metadata.Name}: nothing is pruned unless {EnvironmentPin.FileName} says allowEmpty: true" }, null);
        }

        SyncResult result = await sync.RunAsync(request, cancellation);
        await TellAsync(application, environment, before, state.Pin ?? pin, request, result, cancellation);
        // The platform's gateway serves its own clusters; another's has a gateway of its own.
        string? url = Hostname(state.Manifests) is { } host ? (cluster.ByNamespace ? null : UrlOf(host)) ?? $"http://{host}" : null;
        return (Show(before, state.Pin ?? pin, revision, target, result, promotions, url), result.Again);
    }

    // What a rollout held until now may differ without anyone having drifted.
    private static bool WasRollingOut(Application application, ApplicationEnvironment environment)
        => application.Status?.Environments?.FirstOrDefault(one => one.Name == environment.Name)?.Rollout is not null;

    // A promotion without a status exists and has not ended; one that does not exist holds nothing back.
    private static string? PhaseOf(Promotion[] promotions, EnvironmentPin pin)
        => Array.Exists(promotions, one => one.Metadata.Name == pin.Promotion) ? "" : null;

    private static Rollout? Active(Rollout[] rollouts, ApplicationEnvironment environment)
        => Array.Find(rollouts, one => one.Spec.Environment == environment.Name && one.Status?.StartedAt is not null && !RolloutPhases.HasEnded(one.Status?.Phase))
            ?? Array.Find(rollouts, one => one.Spec.Environment == environment.Name && !RolloutPhases.HasEnded(one.Status?.Phase));

    private Task<EnvironmentState> ReadAsync(
        RepositoryName repository, string commit, Application application, ApplicationEnvironment environment, CancellationToken cancellation)
        => branches.ReadAsync(
            repository, commit, application.Metadata.Name, application.Metadata.Namespace ?? "", environment.NamespaceIn(application), cancellation);

    private EnvironmentStatus Show(
        EnvironmentStatus before, EnvironmentPin pin, string revision, SyncTarget target, SyncResult result, Promotion[] promotions, string? url)
    {
        bool serves = result.Sync == "Synced" && (result.Health.Status is Health.Healthy or Health.Suspended || before.Release is null);
        bool isNew = serves && before.Release != pin.Release;
        DriftedField[] drift = [.. (before.Drift ?? []).Concat(result.Drift).TakeLast(KeptDrift)];
        return before with
        {
            Release = serves ? pin.Release : before.Release,
            Version = serves ? pin.Version : before.Version,
            Since = isNew ? time.GetUtcNow() : before.Since,
            By = isNew ? pin.By ?? ApplicationReconciler.Automatic : before.By,
            SyncedRevision = result.Sync == "Synced" || result.Sync == "Refused" ? revision : before.SyncedRevision,
            Sync = result.Sync,
            Health = result.Health.Status,
            Message = result.Message ?? target.Waiting,
            Drift = drift.Length == 0 ? null : drift,
            Url = url,
            Resources = result.Objects,
        };
    }

    private static string? Hostname(IReadOnlyList<Manifest> manifests)
        => manifests.Where(manifest => manifest.Kind == "HTTPRoute")
            .SelectMany(route => route.Node["spec"]?["hostnames"] as JsonArray ?? [])
            .Select(Manifest.Text)
            .FirstOrDefault(host => host is not null);

    private async Task TellAsync(
        Application application, ApplicationEnvironment environment, EnvironmentStatus before, EnvironmentPin pin, SyncRequest request, SyncResult result, CancellationToken cancellation)
    {
        var fact = new Fact
        {
            Type = FactTypes.SyncApplied,
            Actor = "fairway",
            Namespace = application.Metadata.Namespace ?? "",
            Application = application.Metadata.Name,
            Environment = environment.Name,
            Release = pin.Release,
            Subject = $"Application/{application.Metadata.Name}",
        };
        if (result.Sync == "Synced" && before.SyncedRevision != request.Revision)
        {
            await facts.TellAsync(
                fact with { Data = new JsonObject { ["revision"] = request.Revision, ["applied"] = result.Applied, ["pruned"] = result.Pruned } },
                $"{request.Key}/{request.Revision}/{before.SyncedRevision}",
                cancellation);
        }

        if (result.Drift.Count > 0)
        {
            JsonArray objects = [.. result.Drift.Select(drifted => drifted.Object).Distinct().Select(name => JsonValue.Create(name))];
            JsonArray fields = [.. result.Drift.Select(drifted => JsonValue.Create($"{drifted.Object} {drifted.Field}{(drifted.Manager is { } by ? $" by {by}" : "")}"))];
            await facts.TellAsync(
                fact with { Type = FactTypes.DriftHealed, Data = new JsonObject { ["objects"] = objects, ["fields"] = fields } },
                $"{request.Key}/drift/{time.GetUtcNow().ToUnixTimeMilliseconds()}",
                cancellation);
        }
    }
}
