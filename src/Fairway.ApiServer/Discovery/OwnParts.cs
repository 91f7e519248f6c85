using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Discovery;

namespace Fairway.ApiServer;

/// <summary>What a cluster says of itself: the parts that it consists of, and who serves each group and version (itself).</summary>
internal static class OwnParts
{
    /// <summary>The parts that a cluster of Kubernetes has, which are all in this process: they are well while it answers.</summary>
    public static IReadOnlyList<Document> Components()
        => [Component("controller-manager"), Component("etcd-0"), Component("scheduler")];

    /// <summary>One APIService for each group and version, named as Kubernetes names them: <c>v1.</c>, <c>v1.apps</c>.</summary>
    public static IReadOnlyList<Document> Services(ClusterVerbs cluster, ComputedResources computed)
    {
        string created = cluster.Store.Find("namespaces", "", "kube-system")?.Header.CreationTimestamp ?? "";
        return
        [
            .. cluster.Catalog.All.Select(kind => kind.Type.ApiVersion)
                .Concat(VirtualResources.Versions)
                .Concat(computed.Versions)
                .Where(version => version != "apiregistration.k8s.io/v1")
                .Distinct()
                .Select(version => Service(version, created))
                .OrderBy(service => (string)service["metadata"]!["name"]!, StringComparer.Ordinal)
                .Select(Document.From),
        ];
    }

    private static Document Component(string name) => Document.From(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ComponentStatus",
        ["metadata"] = new JsonObject { ["name"] = name, ["creationTimestamp"] = null },
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Healthy", ["status"] = "True", ["message"] = "ok" }),
    });

    private static JsonObject Service(string apiVersion, string created)
    {
        string[] parts = apiVersion.Split('/');
        (string group, string version) = parts.Length == 1 ? ("", parts[0]) : (parts[0], parts[1]);
        (int Group, int Version) priority = GroupPriorities.Of(apiVersion, out bool isOwn);
        var spec = new JsonObject { ["version"] = version, ["groupPriorityMinimum"] = priority.Group, ["versionPriority"] = priority.Version };
        if (group.Length > 0)
        {
            spec["group"] = group;
        }

        return new JsonObject
        {
            ["apiVersion"] = "apiregistration.k8s.io/v1",
            ["kind"] = "APIService",
            ["metadata"] = new JsonObject
            {
                ["name"] = string.Create(CultureInfo.InvariantCulture, $"{version}.{group}"),
                ["creationTimestamp"] = created,
                ["labels"] = new JsonObject { ["kube-aggregator.kubernetes.io/automanaged"] = isOwn ? "onstart" : "true" },
            },
            ["spec"] = spec,
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["lastTransitionTime"] = created,
                    ["message"] = "Local APIServices are always available",
                    ["reason"] = "Local",
                    ["status"] = "True",
                    ["type"] = "Available",
                }),
            },
        };
    }
}
