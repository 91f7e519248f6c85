using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds;

namespace Fairway.Admission;

/// <summary>From a kind to its resource where no server can be asked: Fairway's catalog, the rest of Kubernetes' kinds, else the plural as a CRD would have it.</summary>
public static class KindNames
{
    /// <summary>The group of what is no Kubernetes object: Dockerfiles, workflows, plans, bills of materials.</summary>
    public const string SourceGroup = "source.fairway.dev";

    // Kinds of Kubernetes whose plural or scope a rule would not give.
    private static readonly FrozenSet<string> ClusterScoped = new[]
    {
        "Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "StorageClass", "PriorityClass",
        "RuntimeClass", "IngressClass", "GatewayClass", "APIService", "CSIDriver", "CSINode", "VolumeAttachment", "FlowSchema",
        "PriorityLevelConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "CertificateSigningRequest",
        "ClusterPolicy", "ConstraintTemplate",
    }.ToFrozenSet();

    /// <summary>Reads what an object is.</summary>
    /// <param name="object">With apiVersion and kind.</param>
    /// <param name="defaultNamespace">For namespaced objects that name none.</param>
    public static ResourceIdentity Of(JsonObject @object, string defaultNamespace = "default")
    {
        string apiVersion = Text(@object["apiVersion"]);
        string kind = Text(@object["kind"]);
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : apiVersion[..slash];
        string version = apiVersion[(slash + 1)..];
        ResourceType? known = AllKinds.Catalog.Find(apiVersion, kind)?.Type;
        bool namespaced = known?.Namespaced ?? (group != SourceGroup && !ClusterScoped.Contains(kind));
        var metadata = @object["metadata"] as JsonObject;
        string @namespace = Text(metadata?["namespace"]);
        return new ResourceIdentity
        {
            Group = group,
            Version = version,
            Kind = kind,
            Resource = known?.Plural ?? Plural(kind),
            Namespaced = namespaced,
            NamespaceName = namespaced ? (@namespace.Length == 0 ? defaultNamespace : @namespace) : "",
            Name = Text(metadata?["name"]) is { Length: > 0 } name ? name : Text(metadata?["generateName"]),
        };
    }

    /// <summary>The plural that Kubernetes' own tools guess.</summary>
    public static string Plural(string kind)
    {
        string lower = kind.ToLowerInvariant();
        return lower switch
        {
            "endpoints" => lower,
            _ when lower.EndsWith('s') || lower.EndsWith('x') || lower.EndsWith("ch", StringComparison.Ordinal) || lower.EndsWith("sh", StringComparison.Ordinal) => lower + "es",
            _ when lower.EndsWith('y') && lower.Length > 1 && !"aeiou".Contains(lower[^2], StringComparison.Ordinal) => lower[..^1] + "ies",
            _ => lower + "s",
        };
    }

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
