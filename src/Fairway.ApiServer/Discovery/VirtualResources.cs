using System.Text.Json.Nodes;
using Fairway.Resources.Discovery;

namespace Fairway.ApiServer;

/// <summary>Resources of which nothing is kept: questions, which can only be created, and measurements, which can only be read.</summary>
internal static class VirtualResources
{
    private static readonly (string Group, string Plural, string Kind, bool Namespaced)[] All =
    [
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", false),
        ("authentication.k8s.io", "tokenreviews", "TokenReview", false),
        ("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false),
        ("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", false),
        (UsageEndpoints.Group, "nodes", "NodeMetrics", false),
        (UsageEndpoints.Group, "pods", "PodMetrics", true),
    ];

    private static readonly string[] Groups = ["authentication.k8s.io", "authorization.k8s.io", UsageEndpoints.Group];

    /// <summary>The groups with their versions.</summary>
    public static IEnumerable<string> Versions => Groups.Select(group => $"{group}/{VersionOf(group)}");

    /// <summary>Questions of Kubernetes' own.</summary>
    public static bool IsOwn(string group) => group is "authentication.k8s.io" or "authorization.k8s.io";

    public static bool Contains(string group, string version, string plural)
        => version == "v1" && All.Any(resource => resource.Group == group && resource.Plural == plural);

    /// <summary>The APIGroup at <c>/apis/{group}</c>, or null.</summary>
    public static JsonObject? Group(string group)
    {
        if (!Groups.Contains(group))
        {
            return null;
        }

        JsonObject made = GroupEntry(group);
        made["kind"] = "APIGroup";
        made["apiVersion"] = "v1";
        return made;
    }

    /// <summary>The APIResourceList of a group version, or null.</summary>
    public static JsonObject? Resources(string groupVersion)
    {
        string group = groupVersion.Split('/')[0];
        if (!Groups.Contains(group) || groupVersion != $"{group}/{VersionOf(group)}")
        {
            return null;
        }

        return DiscoveryDocuments.ResourceList(groupVersion, new JsonArray([.. All.Where(resource => resource.Group == group).Select(resource => (JsonNode)new JsonObject
        {
            ["name"] = resource.Plural,
            ["singularName"] = SingularOf(group, resource.Kind),
            ["namespaced"] = resource.Namespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = VerbsOf(group),
        })]));
    }

    /// <summary>Adds what the core group has besides: bindings of pods to nodes.</summary>
    public static JsonObject? AddToCore(JsonObject? list)
    {
        (list?["resources"] as JsonArray)?.Insert(0, new JsonObject
        {
            ["name"] = "bindings",
            ["singularName"] = "binding",
            ["namespaced"] = true,
            ["kind"] = "Binding",
            ["verbs"] = new JsonArray("create"),
        });
        return list;
    }

    /// <summary>Adds the groups to an APIGroupList.</summary>
    public static JsonObject AddGroups(JsonObject list)
    {
        if (list["groups"] is JsonArray groups)
        {
            foreach (string group in Groups)
            {
                groups.Add(GroupEntry(group));
            }
        }

        return list;
    }

    /// <summary>Adds the groups to an APIGroupDiscoveryList.</summary>
    public static JsonObject AddTo(JsonObject list, bool core, string version)
    {
        if (core)
        {
            (list["items"]?[0]?["versions"]?[0]?["resources"] as JsonArray)?.Insert(0, new JsonObject
            {
                ["resource"] = "bindings",
                ["responseKind"] = new JsonObject { ["group"] = "", ["version"] = "", ["kind"] = "Binding" },
                ["scope"] = "Namespaced",
                ["singularResource"] = "binding",
                ["verbs"] = new JsonArray("create"),
            });
            return list;
        }

        if (list["items"] is JsonArray items)
        {
            foreach (string group in Groups)
            {
                items.Add(Aggregated(group, version));
            }
        }

        return list;
    }

    private static string VersionOf(string group) => group == UsageEndpoints.Group ? UsageEndpoints.Version : "v1";

    private static JsonArray VerbsOf(string group) => group == UsageEndpoints.Group ? ["get", "list"] : ["create"];

    private static string SingularOf(string group, string kind) => group == UsageEndpoints.Group ? "" : kind.ToLowerInvariant();

    private static JsonObject GroupEntry(string group)
    {
        var version = new JsonObject { ["groupVersion"] = $"{group}/{VersionOf(group)}", ["version"] = VersionOf(group) };
        return new JsonObject { ["name"] = group, ["versions"] = new JsonArray(version), ["preferredVersion"] = version.DeepClone() };
    }

    private static JsonObject Aggregated(string group, string version) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = group, ["creationTimestamp"] = null },
        ["versions"] = new JsonArray(new JsonObject
        {
            ["version"] = VersionOf(group),
            ["freshness"] = "Current",
            ["resources"] = new JsonArray([.. All.Where(resource => resource.Group == group).Select(resource => (JsonNode)new JsonObject
            {
                ["resource"] = resource.Plural,
                ["responseKind"] = new JsonObject { ["group"] = "", ["version"] = "", ["kind"] = resource.Kind },
                ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
                ["singularResource"] = SingularOf(group, resource.Kind),
                ["verbs"] = VerbsOf(group),
            })]),
        }),
    };
}
