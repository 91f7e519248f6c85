using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Rbac;

namespace Fairway.ApiServer;

/// <summary>What a new cluster has before anyone asks for anything.</summary>
internal static class Bootstrap
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    public static async Task RunAsync(IClusterApi api, CancellationToken cancellation)
    {
        foreach (string name in Namespaces)
        {
            await EnsureAsync(api, KindOf<Namespace>.Type, null, New("v1", "Namespace", name), cancellation);
        }

        // A namespace whose creation was cut off before its service account gets it now.
        foreach (Document @namespace in (await api.ListAsync(KindOf<Namespace>.Type, null, ListOptions.All, cancellation)).Items)
        {
            if (!@namespace.Header.IsDeleting)
            {
                await EnsureServiceAccountAsync(api, @namespace.Header.Name, cancellation);
            }
        }

        foreach ((string name, JsonArray rules) in DefaultRoles.ClusterRoles())
        {
            JsonObject role = New("rbac.authorization.k8s.io/v1", "ClusterRole", name);
            role["rules"] = rules;
            await EnsureAsync(api, KindOf<ClusterRole>.Type, null, role, cancellation);
        }

        foreach ((string name, string role, string group) in DefaultRoles.Bindings)
        {
            JsonObject binding = New("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", name);
            binding["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "ClusterRole", ["name"] = role };
            binding["subjects"] = new JsonArray(new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "Group", ["name"] = group });
            await EnsureAsync(api, KindOf<ClusterRoleBinding>.Type, null, binding, cancellation);
        }
    }

    /// <summary>The account that pods of a namespace run as unless they say otherwise.</summary>
    public static Task EnsureServiceAccountAsync(IClusterApi api, string @namespace, CancellationToken cancellation)
        => EnsureAsync(api, KindOf<ServiceAccount>.Type, @namespace, New("v1", "ServiceAccount", "default"), cancellation);

    private static JsonObject New(string apiVersion, string kind, string name)
        => new() { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name } };

    private static async Task EnsureAsync(IClusterApi api, ResourceType type, string? @namespace, JsonObject wanted, CancellationToken cancellation)
    {
        string name = (string)wanted["metadata"]!["name"]!;
        try
        {
            await api.GetAsync(type, @namespace, name, cancellation);
        }
        catch (StatusException missing) when (missing.IsNotFound)
        {
            try
            {
                await api.CreateAsync(type, @namespace, Document.From(wanted), WriteOptions.Default, cancellation);
            }
            catch (StatusException taken) when (taken.IsAlreadyExists)
            {
                // Someone was quicker.
            }
        }
    }
}

/// <summary>The roles that Kubernetes users expect to find.</summary>
internal static class DefaultRoles
{
    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];

    public static IReadOnlyList<(string Name, string Role, string Group)> Bindings { get; } =
    [
        ("cluster-admin", "cluster-admin", Identity.Masters),
        ("system:basic-user", "system:basic-user", Identity.Authenticated),
        ("system:discovery", "system:discovery", Identity.Authenticated),
    ];

    public static IEnumerable<(string Name, JsonArray Rules)> ClusterRoles()
    {
        yield return ("cluster-admin", [Rule(["*"], ["*"], ["*"]), new JsonObject { ["nonResourceURLs"] = Strings(["*"]), ["verbs"] = Strings(["*"]) }]);
        yield return ("view", [.. Viewing()]);
        yield return ("edit", [.. Viewing(), .. Editing()]);
        yield return ("admin", [.. Viewing(), .. Editing(), Rule(["rbac.authorization.k8s.io"], ["roles", "rolebindings"], [.. Read, .. Write])]);
        yield return ("system:basic-user",
        [
            Rule(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
            Rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
        ]);
        yield return ("system:discovery",
        [
            new JsonObject
            {
                ["nonResourceURLs"] = Strings(["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"]),
                ["verbs"] = Strings(["get"]),
            },
        ]);
    }

    private static IEnumerable<JsonNode> Viewing() =>
    [
        Rule([""], ["configmaps", "events", "namespaces", "pods", "pods/log", "pods/status", "serviceaccounts", "services", "services/status"], Read),
        Rule(["apps"], ["deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale", "replicasets/status"], Read),
        Rule(["apps"], ["controllerrevisions", "daemonsets", "daemonsets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"], Read),
        Rule(["batch"], ["cronjobs", "cronjobs/status", "jobs", "jobs/status"], Read),
        Rule(["policy"], ["poddisruptionbudgets", "poddisruptionbudgets/status"], Read),
        Rule(["autoscaling"], ["horizontalpodautoscalers", "horizontalpodautoscalers/status"], Read),
        Rule(["metrics.k8s.io"], ["pods", "nodes"], Read),
        Rule(["events.k8s.io", "discovery.k8s.io", "gateway.networking.k8s.io", "fairway.dev"], ["*"], Read),
    ];

    private static IEnumerable<JsonNode> Editing() =>
    [
        Rule([""], ["secrets", "pods/attach", "pods/exec", "pods/portforward"], Read),
        Rule([""], ["configmaps", "events", "pods", "pods/attach", "pods/eviction", "pods/exec", "pods/portforward", "secrets", "serviceaccounts", "services"], Write),
        Rule(["apps"], ["deployments", "deployments/scale", "replicasets", "replicasets/scale"], Write),
        Rule(["apps"], ["daemonsets", "statefulsets", "statefulsets/scale"], Write),
        Rule(["batch"], ["cronjobs", "jobs"], Write),
        Rule(["policy"], ["poddisruptionbudgets"], Write),
        Rule(["autoscaling"], ["horizontalpodautoscalers"], Write),
        Rule(["gateway.networking.k8s.io"], ["httproutes"], Write),
        Rule(["fairway.dev"], ["*"], Write),
        Rule(["coordination.k8s.io"], ["leases"], [.. Read, .. Write]),
    ];

    private static JsonObject Rule(string[] groups, string[] resources, string[] verbs)
        => new() { ["apiGroups"] = Strings(groups), ["resources"] = Strings(resources), ["verbs"] = Strings(verbs) };

    private static JsonArray Strings(string[] values) => [.. values.Select(value => (JsonNode)value)];
}
