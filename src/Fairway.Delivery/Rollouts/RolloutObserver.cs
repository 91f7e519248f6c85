using Fairway.Client;
using Fairway.Delivery.Analysis;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Rendering;
using Fairway.Git;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Rollouts;

/// <summary>What was read for a decision, and what carrying it out needs.</summary>
internal sealed record RolloutScene(
    RolloutObservation Seen,
    Rollout Rollout,
    Application? Application,
    CanaryCluster Cluster,
    CanaryPlan Plan,
    IReadOnlyList<CanaryTarget> Targets,
    IReadOnlyList<Manifest> Stable,
    IReadOnlyList<(ResourceType Type, Document Object)> Leftovers,
    IReadOnlyList<AnalysisRun> WantedRuns);

/// <summary>Reads the world around a rollout.</summary>
internal sealed class RolloutObserver(IClusterApi hub, Func<string, IClusterApi> clusters, EnvironmentBranches branches)
{
    private static readonly CanaryPlan NoPlan = new([], null, [], [], []);

    public async Task<RolloutScene> ObserveAsync(Rollout rollout, CancellationToken cancellation)
    {
        string @namespace = rollout.Metadata.Namespace ?? "";
        Application? application = await hub.FindAsync<Application>(@namespace, rollout.Spec.Application, cancellation);
        var cluster = new CanaryCluster(clusters(rollout.Spec.Cluster), rollout.Spec, @namespace, rollout.Metadata.Name);
        (CanaryPlan plan, IReadOnlyList<Manifest> stable) = await PlanAsync(rollout, application, cancellation);
        IReadOnlyList<CanaryTarget> targets = plan.Targets.Count > 0 ? plan.Targets : [.. (rollout.Status?.Targets ?? []).Select(Remembered)];
        IReadOnlyList<(ResourceType, Document)> leftovers = await cluster.LeftoversAsync(cancellation);
        List<TargetObservation> observed = [];
        foreach (CanaryTarget target in targets)
        {
            WorkloadObservation? live = await cluster.StableAsync(target, cancellation);
            observed.Add(new TargetObservation
            {
                Deployment = target.Deployment,
                Service = target.Service,
                Replicas = target.Replicas ?? live?.Desired ?? 1,
                Canary = await cluster.CanaryAsync(target, plan, cancellation),
                CanaryLeftovers = leftovers.Count > 0,
                Stable = live,
                Route = await cluster.RouteAsync(target, cancellation),
            });
        }

        (AnalysisObservation? analysis, IReadOnlyList<AnalysisRun> wanted) = await AnalysisAsync(rollout, targets, cancellation);
        var seen = new RolloutObservation
        {
            Spec = rollout.Spec,
            Status = (rollout.Status ?? new RolloutStatus()) with { Targets = [.. targets.Zip(observed, Show)] },
            Deleting = rollout.Metadata.DeletionTimestamp is not null,
            Refusal = plan.Refusal ?? (targets.Count == 0 ? "there is no workload that a canary can be made of" : null),
            Blocker = await BlockerAsync(rollout, cancellation),
            Targets = observed,
            Analysis = analysis,
        };
        return new RolloutScene(seen, rollout, application, cluster, plan, targets, stable, leftovers, wanted);
    }

    private async Task<(CanaryPlan Plan, IReadOnlyList<Manifest> Stable)> PlanAsync(
        Rollout rollout, Application? application, CancellationToken cancellation)
    {
        RolloutSpec spec = rollout.Spec;
        if (application?.RepositoryName() is not { } repository || spec.StableRevision is null)
        {
            return (NoPlan with { Refusal = application is null ? $"application {spec.Application} is gone" : "there is no stable release to compare with" }, []);
        }

        try
        {
            EnvironmentState next = await branches.ReadAsync(
                repository, spec.Revision, spec.Application, rollout.Metadata.Namespace ?? "", spec.TargetNamespace, cancellation);
            EnvironmentState stable = await branches.ReadAsync(
                repository, spec.StableRevision, spec.Application, rollout.Metadata.Namespace ?? "", spec.TargetNamespace, cancellation);
            return (CanaryObjects.Make(next.Manifests, stable.Manifests, spec.Environment, rollout.Metadata.Name), stable.Manifests);
        }
        catch (Exception unreadable) when (unreadable is RenderException or GitException)
        {
            return (NoPlan with { Refusal = unreadable.Message }, []);
        }
    }

    private async Task<string?> BlockerAsync(Rollout rollout, CancellationToken cancellation)
        => (await hub.ListAsync<Rollout>(rollout.Metadata.Namespace, cancellation))
            .Where(other => other.Metadata.Name != rollout.Metadata.Name
                && other.Spec.Application == rollout.Spec.Application
                && other.Spec.Environment == rollout.Spec.Environment
                && !RolloutPhases.HasEnded(other.Status?.Phase)
                && IsBefore(other, rollout))
            .Select(other => other.Metadata.Name)
            .FirstOrDefault();

    // One that has begun goes first, whatever its age; then the older.
    private static bool IsBefore(Rollout other, Rollout rollout)
    {
        if ((other.Status?.StartedAt is null) != (rollout.Status?.StartedAt is null))
        {
            return other.Status?.StartedAt is not null;
        }

        int order = Nullable.Compare(other.Metadata.CreationTimestamp, rollout.Metadata.CreationTimestamp);
        return order < 0 || (order == 0 && string.CompareOrdinal(other.Metadata.Name, rollout.Metadata.Name) < 0);
    }

    private async Task<(AnalysisObservation? Seen, IReadOnlyList<AnalysisRun> Wanted)> AnalysisAsync(
        Rollout rollout, IReadOnlyList<CanaryTarget> targets, CancellationToken cancellation)
    {
        int step = rollout.Status?.Step ?? -1;
        if (step < 0 || step >= rollout.Spec.Canary.Steps.Count || rollout.Spec.Canary.Steps[step].Analysis is not { } asked)
        {
            return (null, []);
        }

        string first = $"{rollout.Metadata.Name}-{step}";
        string[] names = [.. targets.Select((target, index) => index == 0 ? first : $"{first}-{target.Service}")];
        List<AnalysisRun?> runs = [];
        foreach (string name in names)
        {
            runs.Add(await hub.FindAsync<AnalysisRun>(rollout.Metadata.Namespace, name, cancellation));
        }

        if (runs.TrueForAll(run => run is not null))
        {
            return (Together(first, [.. runs.OfType<AnalysisRun>()]), []);
        }

        (IReadOnlyList<AnalysisMetric> metrics, string? fault) = await MetricsAsync(rollout, asked, cancellation);
        return (
            new AnalysisObservation { Name = first, Phase = "Missing", Fault = fault, Expected = AnalysisPlanner.ExpectedDuration(metrics) },
            [.. targets.Zip(names, (target, name) => Run(rollout, target, name, metrics)).Where((_, index) => runs[index] is null)]);
    }

    /// <summary>The worst verdict decides; only when all have ended well is it a success.</summary>
    private static AnalysisObservation Together(string name, AnalysisRun[] runs)
    {
        string phase = ((string[])["Failed", "Error", "Inconclusive"]).FirstOrDefault(bad => Array.Exists(runs, run => run.Status?.Phase == bad))
            ?? (Array.TrueForAll(runs, run => run.Status?.Phase == "Successful") ? "Successful" : "Running");
        return new AnalysisObservation
        {
            Name = name,
            Phase = phase,
            Message = Array.Find(runs, run => run.Status?.Phase == phase)?.Status?.Message,
            Expected = runs.Max(run => AnalysisPlanner.ExpectedDuration(run.Spec.Metrics)),
        };
    }

    private async Task<(IReadOnlyList<AnalysisMetric> Metrics, string? Fault)> MetricsAsync(
        Rollout rollout, CanaryAnalysis asked, CancellationToken cancellation)
    {
        List<AnalysisMetric> metrics = [];
        foreach (AnalysisTemplateRef reference in asked.Templates)
        {
            if (await hub.FindAsync<AnalysisTemplate>(rollout.Metadata.Namespace, reference.TemplateName, cancellation) is not { } template)
            {
                return ([], $"AnalysisTemplate {reference.TemplateName} does not exist in namespace {rollout.Metadata.Namespace}");
            }

            metrics.AddRange(template.Spec.Metrics.Select(metric =>
                metrics.Exists(other => other.Name == metric.Name) ? metric with { Name = $"{reference.TemplateName}/{metric.Name}" } : metric));
        }

        return (rollout.Spec.CarefulBecause is null ? metrics : [.. metrics.Select(CarefulRollout.Tightened)], null);
    }

    private static AnalysisRun Run(Rollout rollout, CanaryTarget target, string name, IReadOnlyList<AnalysisMetric> metrics) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = rollout.Metadata.Namespace,
            Labels = rollout.Metadata.Labels,
            OwnerReferences = [ControllerRuntime.Owners.ControllerReference(rollout)],
        },
        Spec = new AnalysisRunSpec
        {
            Rollout = rollout.Metadata.Name,
            Cluster = rollout.Spec.Cluster,
            TargetNamespace = rollout.Spec.TargetNamespace,
            Service = target.CanaryService,
            StableService = target.Service,
            Metrics = metrics,
        },
    };

    private static CanaryTarget Remembered(RolloutTarget target)
        => new(target.Deployment, target.Service, target.CanaryDeployment, target.CanaryService, target.Routes ?? [], target.Replicas);

    private static RolloutTarget Show(CanaryTarget target, TargetObservation seen) => new()
    {
        Deployment = target.Deployment,
        Service = target.Service,
        CanaryDeployment = target.CanaryDeployment,
        CanaryService = target.CanaryService,
        Routes = target.Routes,
        Replicas = seen.Replicas,
        CanaryReplicas = seen.Canary?.Desired ?? 0,
        CanaryReady = seen.Canary?.Ready ?? 0,
        StableReady = seen.Stable?.Ready ?? 0,
        Weight = Math.Max(0, seen.Route.Weight),
    };
}
