using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Rendering;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Delivery.Sync;

/// <summary>A desired object and what is there of it.</summary>
internal sealed record ObjectPair(Manifest Desired, ResourceType Type, Document? Live)
{
    /// <summary>The fields that differ; null when the object is missing.</summary>
    public IReadOnlyList<FieldDifference>? Differences { get; init; }

    /// <summary>The cluster serves the kind; false while the definition that brings it is still to be applied.</summary>
    public bool IsServed { get; init; } = true;
}

/// <summary>A request of sync that the cluster refused: the same manifests will be refused again until they or the cluster change.</summary>
internal sealed class SyncRefusedException(string message) : Exception(message)
{
    /// <summary>What is missing may come by itself (a kind that another application's definition brings).</summary>
    public bool MayPass { get; init; }
}

/// <summary>One environment's namespace: reads and writes what sync manages.</summary>
internal sealed class LiveObjects(
    IClusterApi api, ClusterKinds kinds, string @namespace, string application, string applicationNamespace, string environment)
{
    /// <summary>Who owns the fields that come from git.</summary>
    public const string FieldManager = "fairway-sync";

    private static readonly string[] NeverPruned = ["Event", "EndpointSlice", "Endpoints", "Lease", "Node", "Namespace", "PodMetrics", "ControllerRevision"];

    // What belongs to the whole cluster belongs to no environment. By reference, so that the same manifest stays the same.
    private static readonly ConditionalWeakTable<Manifest, Manifest> ClusterWide = [];

    public string Selector => $"{OfApplication},{Labels.Environment}={Labels.Value(environment)}";

    private string OfApplication => $"{Labels.Application}={Labels.Value(application)},{Labels.ApplicationNamespace}={Labels.Value(applicationNamespace)}";

    /// <summary>Definitions were applied: kinds may have come or changed.</summary>
    public void ForgetKinds() => kinds.Forget();

    /// <summary>A manifest with what is there of it.</summary>
    /// <param name="among">All that is desired: a definition among it may bring the kind.</param>
    /// <exception cref="SyncRefusedException">The cluster serves no such kind, or the object is another application's.</exception>
    public async Task<ObjectPair> ReadAsync(Manifest desired, IReadOnlyList<Manifest> among, CancellationToken cancellation)
    {
        if (await kinds.FindAsync(desired.ApiVersion, desired.Kind, cancellation) is not { } type)
        {
            return Definitions.TypeOf(desired, among) is { } announced
                ? new ObjectPair(Placed(desired, announced), announced, null) { IsServed = false }
                : throw new SyncRefusedException(NotServed(desired)) { MayPass = true };
        }

        Manifest placed = Placed(desired, type);
        Document? live = await FindAsync(type, desired.Name, cancellation);
        RefuseForeign(placed, type, live);
        JsonObject? there = live?.ToNode();
        return new ObjectPair(placed, type, live)
        {
            Differences = there is null ? null : [.. FieldDiff.Between(placed.Node, there), .. DroppedFields.Between(placed.Node, there, FieldManager)],
        };
    }

    public async Task EnsureNamespaceAsync(CancellationToken cancellation)
    {
        try
        {
            if (await FindAsync(KindOf<Namespace>.Type, @namespace, cancellation) is not null)
            {
                return;
            }
        }
        catch (StatusException refused) when (refused.Code == 403)
        {
            return; // rights in a namespace need not tell that it is there: what is applied to it will
        }

        try
        {
            await api.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = @namespace } }, cancellation, new WriteOptions { FieldManager = FieldManager });
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Someone else made it meanwhile.
        }
        catch (StatusException refused) when (refused.Code == 403)
        {
            throw new SyncRefusedException(
                $"namespace {@namespace} is not there in cluster {api.Cluster}, and Fairway may not create it: {refused.Message}. Create it, or let Fairway's user create namespaces")
            { MayPass = true };
        }
    }

    /// <summary>Server-side apply, taking conflicting fields over.</summary>
    /// <exception cref="SyncRefusedException">The cluster does not take the object as it is.</exception>
    public async Task<Document> ApplyAsync(ObjectPair pair, bool dryRun, CancellationToken cancellation)
    {
        try
        {
            return await api.PatchAsync(
                pair.Type,
                pair.Type.Namespaced ? @namespace : null,
                pair.Desired.Name,
                new PatchBody(PatchKind.Apply, pair.Desired.Node.DeepClone()),
                new WriteOptions { FieldManager = FieldManager, Force = true, DryRun = dryRun, FieldValidation = "Strict" },
                cancellation);
        }
        catch (StatusException refused) when (refused.Code is 400 or 403 or 405 or 413 or 415 or 422 || IsOfWrongType(refused))
        {
            throw new SyncRefusedException($"{pair.Desired.Title} ({pair.Desired.Source}): {refused.Message}") { MayPass = refused.Code == 403 };
        }
        catch (StatusException refused) when (refused.IsNotFound && !dryRun)
        {
            // Discovery knew the kind a moment ago: its definition goes, or is not taken up by every server yet.
            kinds.Forget();
            throw;
        }
    }

    /// <summary>Objects of this environment that nothing desires any more. What a rollout or another object made is not among them.</summary>
    public async Task<Stray> StrayAsync(IReadOnlyList<Manifest> desired, CancellationToken cancellation)
    {
        HashSet<(string, string, string)> wanted = [.. desired.Select(manifest => manifest.Identity)];
        List<(ResourceType, Document)> stray = [];
        List<string> kept = [];
        foreach (ResourceType type in (await kinds.DeliverableAsync(cancellation)).Where(type => !NeverPruned.Contains(type.Kind)))
        {
            if (!type.Namespaced && type.Group != Definitions.Group && !ClusterKinds.IsCustom(type))
            {
                continue;
            }

            IEnumerable<Document> left = (await ListAsync(type, type.Namespaced ? Selector : OfApplication, cancellation))
                .Where(item => !wanted.Contains((type.Group, type.Kind, item.Header.Name)))
                .Where(item => !item.Header.IsDeleting && item.Header.OwnerReferences.Count == 0 && !item.Header.Labels.ContainsKey(Labels.Track));
            foreach (Document item in left)
            {
                if (Pruning.Why(type, item) is not { } why)
                {
                    stray.Add((type, item));
                }
                else if (why.Length > 0)
                {
                    kept.Add($"{type.Kind}/{item.Header.Name} is not wanted any more and stays: {why}");
                }
            }
        }

        return new Stray(stray, kept);
    }

    public async Task DeleteAsync(ResourceType type, Document item, CancellationToken cancellation)
    {
        try
        {
            await api.DeleteAsync(type, type.Namespaced ? @namespace : null, item.Header.Name, new DeleteOptions { PreconditionUid = item.Header.Uid }, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            // Gone is what was asked for.
        }
    }

    /// <summary>The health of every pod of the environment, with its labels.</summary>
    public async Task<IReadOnlyList<(DocumentHeader Pod, Health Health)>> PodsAsync(CancellationToken cancellation)
        => [.. (await ListAsync(KindOf<Pod>.Type, Selector, cancellation)).Select(pod => (pod.Header, HealthRules.Of(pod.ToNode())))];

    /// <summary>Whether any object of a kind that a definition brings is left in the whole cluster.</summary>
    public async Task<bool> HasInstancesAsync(Document definition, CancellationToken cancellation)
    {
        JsonNode? spec = definition.ToNode()["spec"];
        string? group = Manifest.Text(spec?["group"]);
        string? plural = Manifest.Text(spec?["names"]?["plural"]);
        ResourceType? type = (await kinds.DeliverableAsync(cancellation)).FirstOrDefault(one => one.Group == group && one.Plural == plural);
        return type is not null && (await api.ListAsync(type, null, new ListOptions { Limit = 1 }, cancellation)).Items.Count > 0;
    }

    private string NotServed(Manifest desired)
    {
        string hint = desired.Group == "gateway.networking.k8s.io"
            ? ": the Gateway API is not installed there; install its definitions (gateway-api.sigs.k8s.io) and a gateway that implements them"
            : desired.Group.Contains('.', StringComparison.Ordinal) ? ": bring its CustomResourceDefinition in the same folder, or install it first" : "";
        return $"{desired.Title} ({desired.Source}): cluster {api.Cluster} serves no kind {desired.Kind} in {desired.ApiVersion}{hint}";
    }

    private static Manifest Placed(Manifest desired, ResourceType type)
        => type.Namespaced ? desired : ClusterWide.GetValue(desired, static manifest =>
        {
            JsonObject node = manifest.Node.DeepClone().AsObject();
            (node["metadata"] as JsonObject)?.Remove("namespace");
            (node["metadata"]?["labels"] as JsonObject)?.Remove(Labels.Environment);
            return new Manifest(node, manifest.Source);
        });

    private void RefuseForeign(Manifest placed, ResourceType type, Document? live)
    {
        if (!type.Namespaced && type.Kind != "Namespace"
            && live?.Header.Labels.GetValueOrDefault(Labels.Application) is { } owner
            && (owner != Labels.Value(application) || live.Header.Labels.GetValueOrDefault(Labels.ApplicationNamespace) != Labels.Value(applicationNamespace)))
        {
            throw new SyncRefusedException(
                $"{placed.Title} ({placed.Source}): belongs to the whole cluster, and application {live.Header.Labels.GetValueOrDefault(Labels.ApplicationNamespace)}/{owner} brings it already; let one application bring it")
            { MayPass = true };
        }
    }

    // Kubernetes answers an apply whose fields have other types than the schema's as an internal error; it is the manifest's all the same.
    private static bool IsOfWrongType(StatusException refused)
        => refused.Code == 500 && refused.Message.StartsWith("failed to create typed patch object", StringComparison.Ordinal);

    /// <summary>What Fairway may not list there it did not bring; a kind that is gone has no objects.</summary>
    private async Task<IReadOnlyList<Document>> ListAsync(ResourceType type, string selector, CancellationToken cancellation)
    {
        try
        {
            return (await api.ListAsync(type, type.Namespaced ? @namespace : null, new ListOptions { LabelSelector = selector }, cancellation)).Items;
        }
        catch (StatusException refused) when (refused.Code is 403 or 404 or 405)
        {
            return [];
        }
    }

    private async Task<Document?> FindAsync(ResourceType type, string name, CancellationToken cancellation)
    {
        try
        {
            return await api.GetAsync(type, type.Namespaced ? @namespace : null, name, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>The manager that last wrote a field, by the object's managedFields; the latest writer when the field is not found.</summary>
    public static string? ManagerOf(JsonObject live, string path)
    {
        string[] parts = [.. path.Split('.', '[')[..1], .. path.Split('.', '[').Skip(1).TakeWhile(part => !part.EndsWith(']'))];
        JsonObject[] entries = [.. (live["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>()];
        return entries
            .Where(entry => Manifest.Text(entry["manager"]) != FieldManager && Owns(entry["fieldsV1"], parts))
            .OrderBy(entry => Manifest.Text(entry["time"]), StringComparer.Ordinal)
            .Select(entry => Manifest.Text(entry["manager"]))
            .LastOrDefault();
    }

    private static bool Owns(JsonNode? fields, string[] parts)
    {
        foreach (string part in parts)
        {
            if (fields is not JsonObject members || !members.TryGetPropertyValue($"f:{part}", out fields))
            {
                return false;
            }
        }

        return true;
    }
}
