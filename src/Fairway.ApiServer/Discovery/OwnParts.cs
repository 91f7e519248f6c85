using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What a cluster says of itself: the parts that it consists of, and who serves each group and version (itself).</summary>
internal static class OwnParts
{
    private const int ByDefinition = 1000;

    // How kube-apiserver orders the groups that are its own: its own numbers. Versions of a group are preferred by the second.
    private static readonly Dictionary<string, (int Group, int Version)> Priorities = new(StringComparer.Ordinal)
    {
        ["v1"] = (18000, 1),
        ["apps/v1"] = (17800, 15),
        ["events.k8s.io/v1"] = (17750, 15),
        ["authentication.k8s.io/v1"] = (17700, 15),
        ["authorization.k8s.io/v1"] = (17600, 15),
        ["autoscaling/v1"] = (17500, 15),
        ["autoscaling/v2"] = (17500, 30),
        ["batch/v1"] = (17400, 15),
        ["certificates.k8s.io/v1"] = (17300, 15),
        ["networking.k8s.io/v1"] = (17200, 15),
        ["policy/v1"] = (17100, 15),
        ["rbac.authorization.k8s.io/v1"] = (17000, 15),
        ["storage.k8s.io/v1"] = (16800, 15),
        ["apiextensions.k8s.io/v1"] = (16700, 15),
        ["admissionregistration.k8s.io/v1"] = (16700, 15),
        ["admissionregistration.k8s.io/v1beta1"] = (16700, 12),
        ["admissionregistration.k8s.io/v1alpha1"] = (16700, 9),
        ["scheduling.k8s.io/v1"] = (16600, 15),
        ["coordination.k8s.io/v1"] = (16500, 15),
        ["node.k8s.io/v1"] = (16300, 15),
        ["discovery.k8s.io/v1"] = (16200, 15),
    };

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
        bool isOwn = Priorities.TryGetValue(apiVersion, out (int Group, int Version) priority);
        if (!isOwn)
        {
            priority = (ByDefinition, 100);
        }

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
