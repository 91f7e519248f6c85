using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Sync;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Delivery.Explaining;

/// <summary>An environment's objects with what they own, down to the pods, each with its health. Read as the caller.</summary>
internal sealed class ResourceTree(DeliveryCaller caller, TimeProvider time)
{
    private static readonly ResourceType[] Children =
    [
        KindOf<ReplicaSet>.Type, KindOf<Pod>.Type, KindOf<EndpointSlice>.Type, KindOf<Deployment>.Type, KindOf<StatefulSet>.Type,
        KindOf<DaemonSet>.Type, KindOf<Job>.Type, KindOf<Service>.Type, KindOf<PersistentVolumeClaim>.Type,
    ];

    private static readonly ResourceType[] CanaryKinds = [KindOf<Deployment>.Type, KindOf<Service>.Type, KindOf<ConfigMap>.Type];

    public async Task<JsonNode> OfAsync(ObjectKey key, string name, CancellationToken cancellation)
    {
        Application application = await caller.Hub.GetAsync<Application>(key.Namespace, key.Name, cancellation);
        if (application.Environment(name) is not { } environment)
        {
            throw new StatusException(404, "NotFound", $"application {key.Name} has no environment \"{name}\"");
        }

        EnvironmentStatus? status = application.Status?.Environments?.FirstOrDefault(one => one.Name == name);
        IClusterApi cluster = caller.Clusters(environment.ClusterName());
        string @namespace = environment.NamespaceIn(application);
        ILookup<string, Document> owned = await OwnedAsync(cluster, @namespace, cancellation);
        JsonArray roots = [];
        var kinds = new ClusterKinds(cluster, time);
        foreach (ManagedObject managed in status?.Resources ?? [])
        {
            roots.Add(await RootAsync(cluster, kinds, @namespace, managed, owned, cancellation));
        }

        var live = new LiveObjects(cluster, kinds, @namespace, key.Name, key.Namespace, name);
        foreach (ResourceType type in CanaryKinds)
        {
            DocumentList canaries = await cluster.ListAsync(
                type, @namespace, new ListOptions { LabelSelector = $"{live.Selector},{Labels.Track}=canary" }, cancellation);
            foreach (Document canary in canaries.Items)
            {
                roots.Add(Node(canary, owned));
            }
        }

        return new JsonObject { ["application"] = key.Name, ["environment"] = name, ["cluster"] = environment.ClusterName(), ["namespace"] = @namespace, ["objects"] = roots };
    }

    private static async Task<JsonNode> RootAsync(
        IClusterApi cluster, ClusterKinds kinds, string @namespace, ManagedObject managed, ILookup<string, Document> owned, CancellationToken cancellation)
    {
        if (await kinds.FindAsync(managed.ApiVersion, managed.Kind, cancellation) is { } type)
        {
            try
            {
                JsonObject node = Node(await cluster.GetAsync(type, type.Namespaced ? @namespace : null, managed.Name, cancellation), owned);
                node["sync"] = managed.Sync;
                return node;
            }
            catch (StatusException refused) when (refused.IsNotFound)
            {
                // Shown as missing below.
            }
        }

        return new JsonObject
        {
            ["apiVersion"] = managed.ApiVersion,
            ["kind"] = managed.Kind,
            ["name"] = managed.Name,
            ["namespace"] = managed.Namespace,
            ["sync"] = managed.Sync,
            ["health"] = Health.Missing,
            ["children"] = new JsonArray(),
        };
    }

    private static async Task<ILookup<string, Document>> OwnedAsync(IClusterApi cluster, string @namespace, CancellationToken cancellation)
    {
        List<Document> all = [];
        foreach (ResourceType type in Children)
        {
            try
            {
                all.AddRange((await cluster.ListAsync(type, @namespace, ListOptions.All, cancellation)).Items);
            }
            catch (StatusException refused) when (refused.Code is 403 or 404)
            {
                // What the caller may not see, or the cluster has not, is not shown; the rest is.
            }
        }

        return all.SelectMany(child => child.Header.OwnerReferences.Select(owner => (owner.Uid, child))).ToLookup(pair => pair.Uid, pair => pair.child);
    }

    private static JsonObject Node(Document document, ILookup<string, Document> owned)
    {
        JsonObject live = document.ToNode();
        Health health = HealthRules.Of(live);
        var node = new JsonObject
        {
            ["apiVersion"] = document.Header.ApiVersion,
            ["kind"] = document.Header.Kind,
            ["name"] = document.Header.Name,
            ["namespace"] = document.Header.Namespace,
            ["uid"] = document.Header.Uid,
            ["createdAt"] = document.Header.CreationTimestamp,
            ["release"] = document.Header.Labels.GetValueOrDefault(Labels.Release),
            ["track"] = document.Header.Labels.GetValueOrDefault(Labels.Track),
            ["health"] = health.Status,
            ["message"] = health.Message,
        };

        // Old ReplicaSets that are kept only to go back to would hide the ones that live.
        IEnumerable<Document> children = owned[document.Header.Uid]
            .Where(child => child.Header.Kind != "ReplicaSet" || HealthRules.Number(child.ToNode()["spec"]?["replicas"]) != 0);
        node["children"] = new JsonArray([.. children.OrderBy(child => child.Header.Name, StringComparer.Ordinal).Select(child => (JsonNode)Node(child, owned))]);
        return node;
    }
}
