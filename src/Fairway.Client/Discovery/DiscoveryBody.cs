using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>Reads discovery documents. What a document lacks or spells wrongly is left out: discovery of one group never fails another's.</summary>
public static class DiscoveryBody
{
    /// <summary>The Accept header of aggregated discovery, with the older form and plain JSON for servers that have it not.</summary>
    public const string AcceptAggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    /// <summary>The resources of an APIGroupDiscoveryList, without subresources; a group's preferred version comes first.</summary>
    /// <returns>Null when the document is none: the server has no aggregated discovery.</returns>
    public static IReadOnlyList<ServedResource>? Aggregated(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (Text(document["kind"]) != "APIGroupDiscoveryList")
        {
            return null;
        }

        return
        [
            .. from @group in Objects(document["items"])
               from version in Objects(@group["versions"])
               from resource in Objects(version["resources"])
               let served = Served(
                   // Not responseKind's: kube-apiserver leaves group and version of it empty for its own kinds.
                   Text(@group["metadata"]?["name"]) ?? "",
                   Text(version["version"]),
                   Text(resource["responseKind"]?["kind"]),
                   Text(resource["resource"]),
                   Text(resource["scope"]) == "Namespaced",
                   resource["verbs"])
               where served is not null
               select served,
        ];
    }

    /// <summary>The groupVersions of an APIGroupList, each group's preferred one first.</summary>
    public static IReadOnlyList<string> GroupVersions(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return
        [
            .. from @group in Objects(document["groups"])
               let preferred = Text(@group["preferredVersion"]?["groupVersion"])
               from version in Objects(@group["versions"]).Select(version => Text(version["groupVersion"])).OfType<string>().OrderBy(version => version == preferred ? 0 : 1)
               select version,
        ];
    }

    /// <summary>The resources of an APIResourceList, without subresources.</summary>
    public static IReadOnlyList<ServedResource> Resources(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        string groupVersion = Text(document["groupVersion"]) ?? "";
        int slash = groupVersion.IndexOf('/', StringComparison.Ordinal);
        string @group = slash < 0 ? "" : groupVersion[..slash];
        string version = groupVersion[(slash + 1)..];
        return
        [
            .. Objects(document["resources"])
                .Where(resource => Text(resource["name"])?.Contains('/', StringComparison.Ordinal) == false)
                .Select(resource => Served(
                    @group, version, Text(resource["kind"]), Text(resource["name"]), resource["namespaced"] is JsonValue flag && flag.TryGetValue(out bool namespaced) && namespaced, resource["verbs"]))
                .OfType<ServedResource>(),
        ];
    }

    private static ServedResource? Served(string group, string? version, string? kind, string? plural, bool namespaced, JsonNode? verbs)
        => string.IsNullOrEmpty(version) || string.IsNullOrEmpty(kind) || string.IsNullOrEmpty(plural)
            ? null
            : new ServedResource(
                new ResourceType { Group = group, Version = version, Kind = kind, Plural = plural, Namespaced = namespaced },
                [.. (verbs as JsonArray ?? []).Select(Text).OfType<string>()]);

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
