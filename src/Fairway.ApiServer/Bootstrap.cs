using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Rbac;
using Fairway.Resources.Kinds.Scheduling;

namespace Fairway.ApiServer;

/// <summary>What a new cluster has before anyone asks for anything.</summary>
internal static class Bootstrap
{
    private const string AutoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

    private static readonly (string Name, int Value, string Description)[] Priorities =
    [
        ("system-cluster-critical", 2_000_000_000, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
        ("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
    ];

    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    public static async Task RunAsync(IClusterApi api, string? authorityPem, CancellationToken cancellation)
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
                await FurnishAsync(api, @namespace.Header.Name, authorityPem, cancellation);
            }
        }

        // Together, so that they are committed together.
        await Task.WhenAll(DefaultRoles.All().Select(role => EnsureRoleAsync(api, role.ToObject(), cancellation)));
        await Task.WhenAll(SystemRoles.Roles().Select(role => EnsureAsync(api, KindOf<Role>.Type, (string)role["metadata"]!["namespace"]!, role, cancellation)));
        await Task.WhenAll(SystemRoles.Bindings.Select(binding => EnsureAsync(
            api, binding.Namespace is null ? KindOf<ClusterRoleBinding>.Type : KindOf<RoleBinding>.Type, binding.Namespace, binding.ToObject(), cancellation)));
        foreach ((string name, int value, string description) in Priorities)
        {
            JsonObject priority = New("scheduling.k8s.io/v1", "PriorityClass", name);
            priority["value"] = value;
            priority["description"] = description;
            await EnsureAsync(api, KindOf<PriorityClass>.Type, null, priority, cancellation);
        }
    }

    /// <summary>Whom pods may trust as the API: the ConfigMap of every namespace.</summary>
    public static JsonObject RootCertificate(string authorityPem) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = "kube-root-ca.crt",
            ["annotations"] = new JsonObject
            {
                ["kubernetes.io/description"] = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
            },
        },
        ["data"] = new JsonObject { ["ca.crt"] = authorityPem },
    };

    // The account that pods of a namespace run as unless they say otherwise, and whom they may trust.
    public static async Task FurnishAsync(IClusterApi api, string @namespace, string? authorityPem, CancellationToken cancellation)
    {
        await EnsureAsync(api, KindOf<ServiceAccount>.Type, @namespace, New("v1", "ServiceAccount", "default"), cancellation);
        if (authorityPem is null)
        {
            return;
        }

        JsonObject wanted = RootCertificate(authorityPem);
        await EnsureAsync(api, KindOf<ConfigMap>.Type, @namespace, wanted, cancellation);
        Document there = await api.GetAsync(KindOf<ConfigMap>.Type, @namespace, "kube-root-ca.crt", cancellation);
        if (!IsRootCertificate(there, authorityPem))
        {
            var patch = new PatchBody(PatchKind.Json, new JsonArray(new JsonObject { ["op"] = "add", ["path"] = "/data", ["value"] = wanted["data"]!.DeepClone() }));
            await api.PatchAsync(KindOf<ConfigMap>.Type, @namespace, "kube-root-ca.crt", patch, WriteOptions.Default, cancellation);
        }
    }

    /// <summary>Whether the ConfigMap holds the authority's certificate and nothing else.</summary>
    public static bool IsRootCertificate(Document map, string? authorityPem)
        => map.ToNode()["data"] is JsonObject { Count: 1 } data && (string?)data["ca.crt"] == authorityPem;

    // A role of an older version gets what it lacks, unless its annotation says that it is to be left alone.
    private static async Task EnsureRoleAsync(IClusterApi api, JsonObject wanted, CancellationToken cancellation)
    {
        ResourceType type = KindOf<ClusterRole>.Type;
        string name = (string)wanted["metadata"]!["name"]!;
        await EnsureAsync(api, type, null, (JsonObject)wanted.DeepClone(), cancellation);
        JsonObject there = (await api.GetAsync(type, null, name, cancellation)).ToNode();
        if ((string?)there["metadata"]?["annotations"]?[AutoUpdate] == "false"
            || (JsonNode.DeepEquals(there["aggregationRule"], wanted["aggregationRule"]) && (wanted["aggregationRule"] is not null || HasAll(there, wanted))))
        {
            return;
        }

        JsonArray rules = [.. (wanted["rules"] as JsonArray ?? []).Select(rule => rule!.DeepClone())];
        foreach (JsonNode? own in there["rules"] as JsonArray ?? [])
        {
            if (!rules.Any(rule => JsonNode.DeepEquals(rule, own)))
            {
                rules.Add(own?.DeepClone());
            }
        }

        var change = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = wanted["metadata"]!["labels"]!.DeepClone(), ["annotations"] = wanted["metadata"]!["annotations"]!.DeepClone() },
            ["aggregationRule"] = wanted["aggregationRule"]?.DeepClone(),
            ["rules"] = rules,
        };
        await api.PatchAsync(type, null, name, new PatchBody(PatchKind.Merge, change), WriteOptions.Default, cancellation);
    }

    private static bool HasAll(JsonObject there, JsonObject wanted)
        => (wanted["rules"] as JsonArray ?? []).All(rule => (there["rules"] as JsonArray ?? []).Any(own => JsonNode.DeepEquals(own, rule)));

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
