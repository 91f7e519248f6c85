using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Discovery;

namespace Fairway.ApiServer;

/// <summary>
/// Kinds that are views: computed when they are asked for, never stored. Clients discover, get and list them like any other; they
/// cannot be written or watched. Filled by the composition root before serving.
/// </summary>
public sealed class ComputedResources
{
    private readonly List<ComputedKind> _kinds = [];
    private KindCatalog _catalog = new(Array.Empty<Type>());

    internal sealed record ComputedKind(KindDefinition Definition, Func<string, string?, IReadOnlyList<Document>> List);

    /// <summary>Adds a kind.</summary>
    /// <param name="record">The record that declares it.</param>
    /// <param name="list">The objects of a cluster, in one namespace or, for null, all.</param>
    public void Add(Type record, Func<string, string?, IReadOnlyList<Document>> list)
    {
        _kinds.Add(new ComputedKind(KindDefinition.Of(record), list));
        _catalog = new KindCatalog(_kinds.Select(kind => kind.Definition.Record!));
    }

    internal IEnumerable<KindDefinition> Definitions => _kinds.Select(kind => kind.Definition);

    internal IEnumerable<string> Versions => _kinds.Select(kind => kind.Definition.Type.ApiVersion);

    internal ComputedKind? Find(RequestInfo info)
        => _kinds.Find(kind => kind.Definition.Type.Group == info.Group && kind.Definition.Type.Version == info.Version && kind.Definition.Type.Plural == info.Resource);

    internal JsonObject? Group(string group) => DiscoveryDocuments.Group(_catalog, group);

    internal JsonObject? Resources(string groupVersion)
    {
        JsonObject? list = DiscoveryDocuments.Resources(_catalog, groupVersion);
        OnlyReads(list?["resources"] as JsonArray);
        return list;
    }

    internal JsonObject AddGroups(JsonObject list)
    {
        Move(DiscoveryDocuments.Groups(_catalog)["groups"], list["groups"]);
        return list;
    }

    internal JsonObject AddTo(JsonObject list, bool core, string version)
    {
        JsonNode? items = DiscoveryDocuments.Aggregated(_catalog, core, version)["items"];
        foreach (JsonNode? made in (items as JsonArray ?? []).SelectMany(group => group?["versions"] as JsonArray ?? []))
        {
            OnlyReads(made?["resources"] as JsonArray);
        }

        if (!core)
        {
            Move(items, list["items"]);
            return list;
        }

        // The core group is there already.
        JsonNode? resources = list["items"]?[0]?["versions"]?[0]?["resources"];
        Move(items?[0]?["versions"]?[0]?["resources"], resources);
        Sort(resources as JsonArray, "resource");
        return list;
    }

    /// <summary>Adds what is computed in a group version to the list of its resources; the list alone where nothing else is in it.</summary>
    internal JsonObject? AddResources(JsonObject? list, string groupVersion)
    {
        JsonObject? own = Resources(groupVersion);
        if (list is null || own is null)
        {
            return list ?? own;
        }

        Move(own["resources"], list["resources"]);
        Sort(list["resources"] as JsonArray, "name");
        return list;
    }

    private static void Move(JsonNode? from, JsonNode? to)
    {
        foreach (JsonNode? one in (from as JsonArray ?? []).ToArray())
        {
            (to as JsonArray)?.Add(one?.DeepClone());
        }
    }

    private static void Sort(JsonArray? resources, string name)
    {
        JsonNode?[] sorted = [.. (resources ?? []).OrderBy(resource => (string?)resource?[name], StringComparer.Ordinal)];
        resources?.Clear();
        foreach (JsonNode? resource in sorted)
        {
            resources?.Add(resource);
        }
    }

    private static void OnlyReads(JsonArray? resources)
    {
        foreach (JsonNode? resource in resources ?? [])
        {
            resource!["verbs"] = new JsonArray("get", "list");
            resource.AsObject().Remove("storageVersionHash"); // nothing is stored
        }
    }
}
