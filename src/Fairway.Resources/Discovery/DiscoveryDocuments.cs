using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;

namespace Fairway.Resources.Discovery;

/// <summary>What a server serves, as clients discover it. Pure functions of a catalog.</summary>
public static class DiscoveryDocuments
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    // In the order in which kube-apiserver lists them for custom resources.
    private static readonly string[] CustomVerbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

    private static readonly string[] TerminatingVerbs = ["delete", "deletecollection", "get", "list", "watch"];

    /// <summary>Aggregated discovery (apidiscovery.k8s.io APIGroupDiscoveryList).</summary>
    /// <param name="catalog">The kinds.</param>
    /// <param name="core">true for <c>/api</c> (the core group), false for <c>/apis</c> (all others).</param>
    /// <param name="version"><c>v2</c> or <c>v2beta1</c>.</param>
    public static JsonObject Aggregated(KindCatalog catalog, bool core, string version)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var items = new JsonArray();
        foreach (IGrouping<string, KindDefinition> group in catalog.All.Where(kind => (kind.Type.Group.Length == 0) == core).GroupBy(kind => kind.Type.Group))
        {
            var metadata = new JsonObject { ["creationTimestamp"] = null };
            if (group.Key.Length > 0)
            {
                metadata["name"] = group.Key;
            }

            items.Add(new JsonObject { ["metadata"] = metadata, ["versions"] = Array(Versions(group).Select(each => AggregatedVersion(each, group))) });
        }

        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = items,
        };
    }

    /// <summary><c>/api</c>: APIVersions.</summary>
    public static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    /// <summary><c>/apis</c>: APIGroupList.</summary>
    public static JsonObject Groups(KindCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["apiVersion"] = "v1",
            ["groups"] = Array(catalog.All.Select(kind => kind.Type.Group).Where(group => group.Length > 0).Distinct().Select(group => GroupBody(catalog, group))),
        };
    }

    /// <summary><c>/apis/apps</c>: APIGroup, or null.</summary>
    public static JsonObject? Group(KindCatalog catalog, string group)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        if (string.IsNullOrEmpty(group) || !catalog.All.Any(kind => kind.Type.Group == group))
        {
            return null;
        }

        var document = new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" };
        foreach ((string name, JsonNode? value) in GroupBody(catalog, group))
        {
            document[name] = value?.DeepClone();
        }

        return document;
    }

    /// <summary><c>/api/v1</c>, <c>/apis/apps/v1</c>: APIResourceList, or null.</summary>
    public static JsonObject? Resources(KindCatalog catalog, string groupVersion)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        KindDefinition[] kinds = [.. catalog.All.Where(kind => kind.Type.ApiVersion == groupVersion).OrderBy(kind => kind.Type.Plural, StringComparer.Ordinal)];
        return kinds.Length == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = groupVersion,
            ["resources"] = Array(kinds.SelectMany(Listed)),
        };
    }

    /// <summary>Subresources of a kind with the verbs they take and the kind they speak, if not the object's own.</summary>
    internal static IEnumerable<Subresource> SubresourcesOf(KindDefinition kind)
    {
        if (kind.Declared.Status)
        {
            yield return new Subresource("status", null, ["get", "patch", "update"]);
        }

        if (kind.Declared.Scale)
        {
            yield return new Subresource("scale", ("autoscaling", "v1", "Scale"), ["get", "patch", "update"]);
        }

        if (kind.Type is { Group: "", Kind: "Pod" })
        {
            yield return new Subresource("log", null, ["get"]);
            yield return new Subresource("exec", ("", "v1", "PodExecOptions"), ["create", "get"]);
            yield return new Subresource("attach", ("", "v1", "PodAttachOptions"), ["create", "get"]);
            yield return new Subresource("portforward", ("", "v1", "PodPortForwardOptions"), ["create", "get"]);
            yield return new Subresource("ephemeralcontainers", null, ["get", "patch", "update"]);
            yield return new Subresource("binding", ("", "v1", "Binding"), ["create"]);
            yield return new Subresource("eviction", ("policy", "v1", "Eviction"), ["create"]);
        }

        if (kind.Type is { Group: "", Kind: "ServiceAccount" })
        {
            yield return new Subresource("token", ("authentication.k8s.io", "v1", "TokenRequest"), ["create"]);
        }

        if (kind.Type is { Group: "certificates.k8s.io", Kind: "CertificateSigningRequest" })
        {
            yield return new Subresource("approval", null, ["get", "patch", "update"]);
        }

        if (kind.Type is { Group: "", Kind: "Namespace" })
        {
            yield return new Subresource("finalize", null, ["update"]);
        }
    }

    internal sealed record Subresource(string Name, (string Group, string Version, string Kind)? Kind, string[] Verbs);

    private static JsonObject GroupBody(KindCatalog catalog, string group)
    {
        JsonObject[] versions =
        [
            .. Versions(catalog.All.Where(kind => kind.Type.Group == group))
                .Select(version => new JsonObject { ["groupVersion"] = $"{group}/{version}", ["version"] = version }),
        ];
        return new JsonObject { ["name"] = group, ["versions"] = Array(versions), ["preferredVersion"] = versions[0].DeepClone() };
    }

    private static IEnumerable<string> Versions(IEnumerable<KindDefinition> kinds)
        => kinds.Select(kind => kind.Type.Version).Distinct().Order(KubeVersions.MostStableFirst);

    private static JsonObject AggregatedVersion(string version, IEnumerable<KindDefinition> kinds) => new()
    {
        ["version"] = version,
        ["resources"] = Array(kinds.Where(kind => kind.Type.Version == version).OrderBy(kind => kind.Type.Plural, StringComparer.Ordinal).Select(AggregatedResource)),
        ["freshness"] = "Current",
    };

    private static JsonObject AggregatedResource(KindDefinition kind)
    {
        var resource = new JsonObject
        {
            ["resource"] = kind.Type.Plural,
            ["responseKind"] = ResponseKind(kind.Type.Group, kind.Type.Version, kind.Type.Kind),
            ["scope"] = kind.Type.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = Array(VerbsOf(kind)),
        };
        AddNames(resource, kind);
        JsonObject[] below =
        [
            .. SubresourcesOf(kind).Select(each => new JsonObject
            {
                ["subresource"] = each.Name,
                ["responseKind"] = ResponseKind(each.Kind?.Group ?? kind.Type.Group, each.Kind?.Version ?? kind.Type.Version, each.Kind?.Kind ?? kind.Type.Kind),
                ["verbs"] = Array(each.Verbs),
            }),
        ];
        if (below.Length > 0)
        {
            resource["subresources"] = Array(below);
        }

        return resource;
    }

    private static IEnumerable<string> VerbsOf(KindDefinition kind)
        => kind.Type is { Group: "", Kind: "Namespace" } ? Verbs.Where(verb => verb != "deletecollection")
            : kind.Custom is null ? Verbs
            : kind.Custom.IsTerminating ? TerminatingVerbs
            : CustomVerbs;

    private static JsonObject ResponseKind(string group, string version, string kind)
        => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static IEnumerable<JsonObject> Listed(KindDefinition kind)
    {
        var resource = new JsonObject
        {
            ["name"] = kind.Type.Plural,
            ["singularName"] = kind.Singular,
            ["namespaced"] = kind.Type.Namespaced,
            ["kind"] = kind.Type.Kind,
            ["verbs"] = Array(VerbsOf(kind)),
        };
        AddNames(resource, kind);
        if (kind.Custom is { } custom)
        {
            byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{custom.StorageApiVersion}/{kind.Type.Kind}"));
            resource["storageVersionHash"] = Convert.ToBase64String(hash.AsSpan(0, 8));
        }

        yield return resource;
        foreach (Subresource each in SubresourcesOf(kind))
        {
            var below = new JsonObject
            {
                ["name"] = $"{kind.Type.Plural}/{each.Name}",
                ["singularName"] = "",
                ["namespaced"] = kind.Type.Namespaced,
                ["kind"] = each.Kind?.Kind ?? kind.Type.Kind,
                ["verbs"] = Array(each.Verbs),
            };
            if (each.Kind is { } other && (other.Group, other.Version) != (kind.Type.Group, kind.Type.Version))
            {
                below["group"] = other.Group;
                below["version"] = other.Version;
            }

            yield return below;
        }
    }

    private static void AddNames(JsonObject resource, KindDefinition kind)
    {
        if (kind.Declared.ShortNames.Length > 0)
        {
            resource["shortNames"] = Array(kind.Declared.ShortNames);
        }

        if (kind.Declared.Categories.Length > 0)
        {
            resource["categories"] = Array(kind.Declared.Categories);
        }
    }

    private static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static JsonArray Array(IEnumerable<JsonObject> objects) => new([.. objects]);
}
