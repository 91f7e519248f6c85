using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Rendering;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Delivery.Sync;

/// <summary>A desired object and what is there of it.</summary>
internal sealed record ObjectPair(Manifest Desired, ResourceType Type, Document? Live)
{
    /// <summary>The fields that differ; null when the object is missing.</summary>
    public IReadOnlyList<FieldDifference>? Differences { get; init; }
}

/// <summary>A request of sync that the cluster refused for good: the same manifests will be refused again.</summary>
internal sealed class SyncRefusedException(string message) : Exception(message);

/// <summary>One environment's namespace: reads and writes what sync manages.</summary>
internal sealed class LiveObjects(IClusterApi api, string @namespace, string application, string applicationNamespace, string environment)
{
    /// <summary>Who owns the fields that come from git.</summary>
    public const string FieldManager = "fairway-sync";

    private static readonly string[] NeverPruned = ["Event", "EndpointSlice", "Lease", "Node", "Namespace", "PodMetrics"];

    public string Selector => $"{Labels.Application}={Labels.Value(application)},{Labels.ApplicationNamespace}={Labels.Value(applicationNamespace)},"
        + $"{Labels.Environment}={Labels.Value(environment)}";

    /// <summary>The type of a manifest as this cluster serves it.</summary>
    /// <exception cref="SyncRefusedException">It serves no such kind.</exception>
    public ResourceType TypeOf(Manifest manifest)
        => AllKinds.Catalog.Find(manifest.ApiVersion, manifest.Kind)?.Type
            ?? throw new SyncRefusedException($"{manifest.Source}: cluster {api.Cluster} serves no kind {manifest.Kind} in {manifest.ApiVersion}");

    public async Task<ObjectPair> ReadAsync(Manifest desired, CancellationToken cancellation)
    {
        ResourceType type = TypeOf(desired);
        Document? live = await FindAsync(type, desired.Name, cancellation);
        return new ObjectPair(desired, type, live)
        {
            Differences = live is null ? null : FieldDiff.Between(desired.Node, live.ToNode()),
        };
    }

    public async Task EnsureNamespaceAsync(CancellationToken cancellation)
    {
        if (await FindAsync(KindOf<Namespace>.Type, @namespace, cancellation) is not null)
        {
            return;
        }

        try
        {
            await api.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = @namespace } }, cancellation, new WriteOptions { FieldManager = FieldManager });
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Someone else made it meanwhile.
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
            throw new SyncRefusedException($"{pair.Desired.Title} ({pair.Desired.Source}): {refused.Message}");
        }
    }

    // Kubernetes answers an apply whose fields have other types than the schema's as an internal error; it is the manifest's all the same.
    private static bool IsOfWrongType(StatusException refused)
        => refused.Code == 500 && refused.Message.StartsWith("failed to create typed patch object", StringComparison.Ordinal);

    /// <summary>Objects of this environment that nothing desires any more. What a rollout or another object made is not among them.</summary>
    public async Task<IReadOnlyList<(ResourceType Type, Document Object)>> StrayAsync(IReadOnlyList<Manifest> desired, CancellationToken cancellation)
    {
        HashSet<(string, string, string)> wanted = [.. desired.Select(manifest => manifest.Identity)];
        List<(ResourceType, Document)> stray = [];
        foreach (ResourceType type in AllKinds.Catalog.All.Select(kind => kind.Type).Where(type => type.Namespaced && !NeverPruned.Contains(type.Kind)))
        {
            DocumentList list = await api.ListAsync(type, @namespace, new ListOptions { LabelSelector = Selector }, cancellation);
            stray.AddRange(list.Items
                .Where(item => !wanted.Contains((type.Group, type.Kind, item.Header.Name)))
                .Where(item => !item.Header.IsDeleting && item.Header.OwnerReferences.Count == 0 && !item.Header.Labels.ContainsKey(Labels.Track))
                .Where(item => item.Header.Annotations.GetValueOrDefault("fairway.dev/prune") != "false")
                .Select(item => (type, item)));
        }

        return stray;
    }

    public async Task DeleteAsync(ResourceType type, Document item, CancellationToken cancellation)
    {
        try
        {
            await api.DeleteAsync(type, @namespace, item.Header.Name, new DeleteOptions { PreconditionUid = item.Header.Uid }, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            // Gone is what was asked for.
        }
    }

    /// <summary>The health of every pod of the environment, with its labels.</summary>
    public async Task<IReadOnlyList<(DocumentHeader Pod, Health Health)>> PodsAsync(CancellationToken cancellation)
    {
        DocumentList pods = await api.ListAsync(KindOf<Pod>.Type, @namespace, new ListOptions { LabelSelector = Selector }, cancellation);
        return [.. pods.Items.Select(pod => (pod.Header, HealthRules.Of(pod.ToNode())))];
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
