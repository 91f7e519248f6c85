using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Rendering;
using Fairway.Delivery.Sync;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Delivery.Rollouts;

/// <summary>One rollout's view of its cluster: reads workloads, endpoints and routes; writes the canary and the weights.</summary>
internal sealed class CanaryCluster(IClusterApi api, RolloutSpec spec, string applicationNamespace, string rollout)
{
    /// <summary>Who owns what a rollout writes.</summary>
    public const string FieldManager = "fairway-rollout";

    private static readonly ResourceType[] CanaryKinds =
        [KindOf<Deployment>.Type, KindOf<Service>.Type, KindOf<ConfigMap>.Type, KindOf<Secret>.Type];

    private string Selector => $"{Labels.Application}={Labels.Value(spec.Application)},{Labels.ApplicationNamespace}={Labels.Value(applicationNamespace)},"
        + $"{Labels.Environment}={Labels.Value(spec.Environment)},{Labels.Track}=canary";

    /// <summary>Everything of a canary of this environment, of whatever rollout.</summary>
    public async Task<IReadOnlyList<(ResourceType Type, Document Object)>> LeftoversAsync(CancellationToken cancellation)
    {
        List<(ResourceType, Document)> found = [];
        foreach (ResourceType type in CanaryKinds)
        {
            DocumentList list = await api.ListAsync(type, spec.TargetNamespace, new ListOptions { LabelSelector = Selector }, cancellation);
            found.AddRange(list.Items.Select(item => (type, item)));
        }

        return found;
    }

    public async Task RemoveAsync(IReadOnlyList<(ResourceType Type, Document Object)> objects, CancellationToken cancellation)
    {
        foreach ((ResourceType type, Document item) in objects.Where(one => !one.Object.Header.IsDeleting))
        {
            try
            {
                await api.DeleteAsync(
                    type, spec.TargetNamespace, item.Header.Name, new DeleteOptions { PreconditionUid = item.Header.Uid }, cancellation);
            }
            catch (StatusException refused) when (refused.IsNotFound)
            {
                // Gone is what was asked for.
            }
        }
    }

    /// <summary>The canary's workload, when it is the one that these manifests describe.</summary>
    public async Task<WorkloadObservation?> CanaryAsync(CanaryTarget target, CanaryPlan plan, CancellationToken cancellation)
    {
        Manifest? wanted = plan.Deployments.FirstOrDefault(manifest => manifest.Name == target.CanaryDeployment);
        Manifest? service = plan.Services.FirstOrDefault(manifest => manifest.Name == target.CanaryService);
        Deployment? live = await api.FindAsync<Deployment>(spec.TargetNamespace, target.CanaryDeployment, cancellation);
        Service? liveService = await api.FindAsync<Service>(spec.TargetNamespace, target.CanaryService, cancellation);
        bool isCurrent = live is not null && liveService is not null && live.Metadata.DeletionTimestamp is null
            && IsMadeFrom(live.Metadata, wanted) && IsMadeFrom(liveService.Metadata, service);
        return isCurrent ? await WorkloadAsync(live!, target.CanaryService, cancellation) : null;
    }

    public async Task<WorkloadObservation?> StableAsync(CanaryTarget target, CancellationToken cancellation)
        => await api.FindAsync<Deployment>(spec.TargetNamespace, target.Deployment, cancellation) is { } live
            ? await WorkloadAsync(live, target.Service, cancellation)
            : null;

    /// <summary>The live routes of a target as one.</summary>
    public async Task<RouteObservation> RouteAsync(CanaryTarget target, CancellationToken cancellation)
    {
        int? weight = null;
        bool accepted = true;
        string? rejection = null;
        foreach (string name in target.Routes)
        {
            if (await FindAsync(KindOf<HTTPRoute>.Type, name, cancellation) is not { } document
                || document.Header.IsDeleting)
            {
                continue;
            }

            JsonObject route = document.ToNode();
            if (!TrafficSplit.RoutesTo(route, target.Service) && !TrafficSplit.RoutesTo(route, target.CanaryService))
            {
                continue;
            }

            int here = TrafficSplit.WeightOf(route, target.Service, target.CanaryService);
            weight = weight is { } other && other != here ? -1 : here;
            Health health = HealthRules.Of(route);
            accepted &= health.Status == Health.Healthy;
            rejection ??= health.Status == Health.Degraded && !IsUnresolved(route) ? health.Message : null;
        }

        return new RouteObservation
        {
            Name = string.Join(", ", target.Routes),
            Weight = weight ?? 0,
            Accepted = accepted,
            Rejection = rejection,
            Missing = weight is null,
        };
    }

    /// <summary>Has the canary's objects with so many replicas: configuration first, then Services, then workloads.</summary>
    public async Task EnsureAsync(CanaryPlan plan, IReadOnlyDictionary<string, int> replicas, CancellationToken cancellation)
    {
        foreach (Manifest manifest in plan.Config.Concat(plan.Services))
        {
            await ApplyAsync(manifest.Node, cancellation);
        }

        foreach (Manifest manifest in plan.Deployments)
        {
            var node = (JsonObject)manifest.Node.DeepClone();
            node["spec"]!["replicas"] = replicas[manifest.Name];
            await ApplyAsync(node, cancellation);
        }
    }

    /// <summary>Writes the weights into every route of the targets.</summary>
    /// <param name="stable">The stable release's manifests; where they cannot be read, the canary is only taken out of the live rules.</param>
    public async Task ShiftAsync(IReadOnlyList<CanaryTarget> targets, IReadOnlyList<Manifest> stable, int weight, CancellationToken cancellation)
    {
        Dictionary<string, string> canaries = [];
        foreach (CanaryTarget target in targets)
        {
            canaries[target.Service] = target.CanaryService;
        }

        foreach (string name in targets.SelectMany(target => target.Routes).Distinct())
        {
            if (await FindAsync(KindOf<HTTPRoute>.Type, name, cancellation) is not { } live)
            {
                continue;
            }

            JsonObject? wanted = stable.FirstOrDefault(manifest => manifest.Kind == "HTTPRoute" && manifest.Name == name)?.Node;
            JsonArray rules = wanted is null ? TrafficSplit.WithoutCanary(live.ToNode(), canaries) : TrafficSplit.Rules(wanted, canaries, weight);
            await ApplyAsync(
                new JsonObject
                {
                    ["apiVersion"] = live.Header.ApiVersion,
                    ["kind"] = live.Header.Kind,
                    ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = spec.TargetNamespace },
                    ["spec"] = new JsonObject { ["rules"] = rules },
                },
                cancellation);
        }
    }

    private async Task ApplyAsync(JsonObject node, CancellationToken cancellation)
    {
        ResourceType type = AllKinds.Catalog.Find(node["apiVersion"]!.GetValue<string>(), node["kind"]!.GetValue<string>())!.Type;
        await api.PatchAsync(
            type,
            spec.TargetNamespace,
            node["metadata"]!["name"]!.GetValue<string>(),
            new PatchBody(PatchKind.Apply, node.DeepClone()),
            new WriteOptions { FieldManager = FieldManager, Force = true },
            cancellation);
    }

    private async Task<WorkloadObservation> WorkloadAsync(Deployment live, string service, CancellationToken cancellation)
    {
        DeploymentStatus? status = live.Status;
        bool isSeen = (status?.ObservedGeneration ?? 0) >= (live.Metadata.Generation ?? 0);
        int desired = live.Spec.Replicas ?? 1;
        int updated = status?.UpdatedReplicas ?? 0;
        string? label = live.Spec.Template.Metadata?.Labels?.GetValueOrDefault(Labels.Release);
        return new WorkloadObservation
        {
            Release = label == Labels.Value(spec.Release) ? spec.Release
                : spec.StableRelease is { } stable && label == Labels.Value(stable) ? stable
                : label,
            Desired = desired,
            Available = isSeen ? Math.Min(status?.AvailableReplicas ?? 0, updated) : 0,
            ReadyEndpoints = await ReadyEndpointsAsync(service, cancellation),
            Complete = isSeen && updated >= desired && (status?.Replicas ?? 0) <= updated,
            Trouble = await TroubleAsync(live, cancellation),
        };
    }

    private async Task<int> ReadyEndpointsAsync(string service, CancellationToken cancellation)
    {
        IReadOnlyList<EndpointSlice> slices = await api.ListAsync<EndpointSlice>(
            spec.TargetNamespace, cancellation, $"{EndpointSlice.ServiceNameLabel}={service}");
        return slices
            .SelectMany(slice => slice.Endpoints)
            .Where(endpoint => endpoint.Conditions?.Ready != false && endpoint.Conditions?.Terminating != true)
            .Select(endpoint => endpoint.TargetRef?.Name ?? string.Join(',', endpoint.Addresses))
            .Distinct()
            .Count();
    }

    /// <summary>What the pods of a Deployment that has not all of them available complain of.</summary>
    private async Task<string?> TroubleAsync(Deployment live, CancellationToken cancellation)
    {
        if ((live.Status?.AvailableReplicas ?? 0) >= (live.Spec.Replicas ?? 1)
            || live.Spec.Selector.MatchLabels is not { Count: > 0 } selector)
        {
            return null;
        }

        DocumentList pods = await api.ListAsync(
            KindOf<Pod>.Type,
            spec.TargetNamespace,
            new ListOptions { LabelSelector = string.Join(',', selector.Select(label => $"{label.Key}={label.Value}")) },
            cancellation);
        return pods.Items
            .Select(pod => (pod.Header.Name, Health: HealthRules.Of(pod.ToNode())))
            .Where(pod => pod.Health.Status == Health.Degraded)
            .Select(pod => $"Pod {pod.Name}: {pod.Health.Message}")
            .FirstOrDefault();
    }

    private async Task<Document?> FindAsync(ResourceType type, string name, CancellationToken cancellation)
    {
        try
        {
            return await api.GetAsync(type, spec.TargetNamespace, name, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    private bool IsMadeFrom(ObjectMeta live, Manifest? wanted)
        => wanted is not null
            && live.Labels?.GetValueOrDefault(Labels.Rollout) == Labels.Value(rollout)
            && live.Annotations?.GetValueOrDefault(Labels.Digest) == wanted.Annotation(Labels.Digest);

    // A backend that is not found is often one that the gateway has not seen yet: that is waited for, not given up on.
    private static bool IsUnresolved(JsonObject route)
        => (route["status"]?["parents"] as JsonArray ?? []).All(parent =>
            HealthRules.Condition(parent, "Accepted") is { } accepted && HealthRules.IsTrue(accepted));
}
