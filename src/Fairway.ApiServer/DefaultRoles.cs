using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>A ClusterRole that is there from the start.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rules">What it permits; empty for one that gathers others' rules.</param>
/// <param name="Aggregates">The label by which it gathers the rules of other roles, if it does.</param>
/// <param name="AggregatedTo">The roles that gather its rules: <c>view</c>, <c>edit</c>, <c>admin</c>.</param>
internal sealed record DefaultRole(string Name, JsonArray Rules, string? Aggregates = null, params string[] AggregatedTo)
{
    private const string Prefix = "rbac.authorization.k8s.io/aggregate-to-";

    public JsonObject ToObject()
    {
        var labels = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" };
        foreach (string role in AggregatedTo)
        {
            labels[Prefix + role] = "true";
        }

        var made = new JsonObject
        {
            ["apiVersion"] = "rbac.authorization.k8s.io/v1",
            ["kind"] = "ClusterRole",
            ["metadata"] = new JsonObject
            {
                ["name"] = Name,
                ["labels"] = labels,
                ["annotations"] = new JsonObject { ["rbac.authorization.kubernetes.io/autoupdate"] = "true" },
            },
        };
        if (Aggregates is not null)
        {
            made["aggregationRule"] = new JsonObject
            {
                ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [Prefix + Aggregates] = "true" } }),
            };
        }

        made["rules"] = Rules.DeepClone();
        return made;
    }
}

/// <summary>
/// The roles and bindings that Kubernetes users expect to find, with Fairway's own kinds beside Kubernetes'. Source:
/// kubernetes.io/docs/reference/access-authn-authz/rbac, "default roles and role bindings". Those whose names begin with <c>system:</c> are
/// in <see cref="SystemRoles"/>.
/// </summary>
internal static class DefaultRoles
{
    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];
    private static readonly string[] ReadWrite = [.. Write, .. Read];

    /// <summary>All of them, what is gathered before what gathers it.</summary>
    public static IReadOnlyList<DefaultRole> All()
    {
        var toView = new DefaultRole("system:aggregate-to-view", Viewing(), null, "view");
        var toEdit = new DefaultRole("system:aggregate-to-edit", Editing(), null, "edit");
        var toAdmin = new DefaultRole("system:aggregate-to-admin", Administering(), null, "admin");
        JsonArray edit = Joined(toEdit.Rules, toView.Rules);
        return
        [
            new("cluster-admin", [Rule(["*"], ["*"], ["*"]), Paths(["*"], ["*"])]),
            toView,
            toEdit,
            toAdmin,
            new("view", (JsonArray)toView.Rules.DeepClone(), "view", "edit"),
            new("edit", edit, "edit", "admin"),
            new("admin", Joined(toAdmin.Rules, edit), "admin"),
            .. SystemRoles.All(),
        ];
    }

    private static JsonArray Viewing() =>
    [
        Rule([""], ["configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods", "replicationcontrollers", "replicationcontrollers/scale", "serviceaccounts", "services", "services/status"], Read),
        Rule([""], ["bindings", "events", "limitranges", "namespaces/status", "pods/log", "pods/status", "replicationcontrollers/status", "resourcequotas", "resourcequotas/status"], Read),
        Rule([""], ["namespaces"], Read),
        Rule(["discovery.k8s.io"], ["endpointslices"], Read),
        Rule(["events.k8s.io"], ["events"], Read),
        Rule(["apps"], ["controllerrevisions", "daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale", "replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"], Read),
        Rule(["autoscaling"], ["horizontalpodautoscalers", "horizontalpodautoscalers/status"], Read),
        Rule(["batch"], ["cronjobs", "cronjobs/status", "jobs", "jobs/status"], Read),
        Rule(["extensions"], ["daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "ingresses", "ingresses/status", "networkpolicies", "replicasets", "replicasets/scale", "replicasets/status", "replicationcontrollers/scale"], Read),
        Rule(["policy"], ["poddisruptionbudgets", "poddisruptionbudgets/status"], Read),
        Rule(["networking.k8s.io"], ["ingresses", "ingresses/status", "networkpolicies"], Read),
        Rule(["metrics.k8s.io"], ["nodes", "pods"], Read),
        Rule(["gateway.networking.k8s.io", "fairway.dev", "openreports.io", "wgpolicyk8s.io"], ["*"], Read),
    ];

    private static JsonArray Editing() =>
    [
        Rule([""], ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"], Read),
        Rule([""], ["serviceaccounts"], ["impersonate"]),
        Rule([""], ["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"], Write),
        Rule([""], ["pods/eviction"], ["create"]),
        Rule([""], ["configmaps", "events", "persistentvolumeclaims", "replicationcontrollers", "replicationcontrollers/scale", "secrets", "serviceaccounts", "services", "services/proxy"], Write),
        Rule([""], ["serviceaccounts/token"], ["create"]),
        Rule(["apps"], ["daemonsets", "deployments", "deployments/rollback", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"], Write),
        Rule(["autoscaling"], ["horizontalpodautoscalers"], Write),
        Rule(["batch"], ["cronjobs", "jobs"], Write),
        Rule(["extensions"], ["daemonsets", "deployments", "deployments/rollback", "deployments/scale", "ingresses", "networkpolicies", "replicasets", "replicasets/scale", "replicationcontrollers/scale"], Write),
        Rule(["policy"], ["poddisruptionbudgets"], Write),
        Rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], Write),
        Rule(["coordination.k8s.io"], ["leases"], ReadWrite),
        Rule(["gateway.networking.k8s.io"], ["httproutes"], Write),
        Rule(["fairway.dev"], ["*"], Write),
    ];

    private static JsonArray Administering() =>
    [
        Rule(["authorization.k8s.io"], ["localsubjectaccessreviews"], ["create"]),
        Rule(["rbac.authorization.k8s.io"], ["rolebindings", "roles"], ReadWrite),
    ];

    private static JsonArray Joined(JsonArray first, JsonArray second) => [.. first.Concat(second).Select(rule => rule!.DeepClone())];

    internal static JsonObject Paths(string[] paths, string[] verbs) => new() { ["nonResourceURLs"] = Strings(paths), ["verbs"] = Strings(verbs) };

    internal static JsonObject Rule(string[] groups, string[] resources, string[] verbs, params string[] names)
    {
        var rule = new JsonObject { ["apiGroups"] = Strings(groups), ["resources"] = Strings(resources) };
        if (names.Length > 0)
        {
            rule["resourceNames"] = Strings(names);
        }

        rule["verbs"] = Strings(verbs);
        return rule;
    }

    private static JsonArray Strings(string[] values) => [.. values.Select(value => (JsonNode)value)];
}
