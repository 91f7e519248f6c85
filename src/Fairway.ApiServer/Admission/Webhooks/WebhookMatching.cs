using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Labels;

namespace Fairway.ApiServer;

/// <summary>How a webhook is to see a request: as it is, or as the equivalent in another version that its rules name.</summary>
/// <param name="Kind">The kind it is shown.</param>
/// <param name="Resource">The resource it is shown.</param>
internal sealed record WebhookInvocation(GroupVersionKind Kind, GroupVersionResource Resource);

/// <summary>Which requests concern which webhooks: by rules, scope, and the labels of namespace and object.</summary>
internal static class WebhookMatching
{
    private static readonly HashSet<string> Exempt =
    [
        "validatingwebhookconfigurations", "mutatingwebhookconfigurations", "validatingadmissionpolicies", "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies", "mutatingadmissionpolicybindings",
    ];

    /// <summary>Admission's own configuration is never subject to webhooks: nobody can lock themselves out.</summary>
    public static bool IsExempt(AdmissionRequest request)
        => request.Resource.Group == "admissionregistration.k8s.io" && Exempt.Contains(request.Resource.Resource);

    /// <summary>How the webhook sees the request; null when it does not concern it.</summary>
    /// <param name="namespaceLabels">The labels of the request's namespace, asked for only when needed.</param>
    public static WebhookInvocation? Match(JsonObject webhook, AdmissionRequest request, KindCatalog catalog, Func<JsonObject?> namespaceLabels)
    {
        WebhookInvocation? invocation = ByRules(webhook, request, catalog);
        return invocation is not null && MatchesNamespace(webhook, request, namespaceLabels) && MatchesObject(webhook, request) ? invocation : null;
    }

    private static WebhookInvocation? ByRules(JsonObject webhook, AdmissionRequest request, KindCatalog catalog)
    {
        JsonObject[] rules = [.. (webhook["rules"] as JsonArray ?? []).OfType<JsonObject>()];
        if (rules.Any(rule => Matches(rule, request, request.Resource)))
        {
            return new WebhookInvocation(request.Kind, request.Resource);
        }

        if ((string?)webhook["matchPolicy"] == "Exact")
        {
            return null;
        }

        GroupVersionResource asked = request.Resource;
        foreach (KindDefinition other in catalog.All)
        {
            ResourceType type = other.Type;
            if (type.Group == asked.Group && type.Plural == asked.Resource && type.Version != asked.Version
                && rules.Any(rule => Matches(rule, request, GroupVersionResource.Of(type))))
            {
                // A form of its own (Scale) is the same in every version of what it belongs to.
                GroupVersionKind kind = request.Definition is null ? request.Kind : GroupVersionKind.Of(type);
                return new WebhookInvocation(kind, GroupVersionResource.Of(type));
            }
        }

        return null;
    }

    private static bool Matches(JsonObject rule, AdmissionRequest request, GroupVersionResource resource)
        => Has(rule, "operations", Name(request.Operation))
            && Has(rule, "apiGroups", resource.Group)
            && Has(rule, "apiVersions", resource.Version)
            && (rule["resources"] as JsonArray ?? []).Any(each => MatchesResource((string?)each ?? "", resource.Resource, request.Subresource))
            && MatchesScope((string?)rule["scope"] ?? "*", request);

    public static string Name(AdmissionOperation operation) => operation switch
    {
        AdmissionOperation.Create => "CREATE",
        AdmissionOperation.Update => "UPDATE",
        AdmissionOperation.Delete => "DELETE",
        _ => "CONNECT",
    };

    private static bool Has(JsonObject rule, string member, string value)
        => (rule[member] as JsonArray ?? []).Any(each => (string?)each is "*" || (string?)each == value);

    private static bool MatchesResource(string rule, string resource, string subresource)
    {
        int slash = rule.IndexOf('/', StringComparison.Ordinal);
        string main = slash < 0 ? rule : rule[..slash];
        string sub = slash < 0 ? "" : rule[(slash + 1)..];
        return (main == "*" || main == resource) && (sub == "*" || sub == subresource);
    }

    private static bool MatchesScope(string scope, AdmissionRequest request)
    {
        bool isNamespaced = request.Namespace.Length > 0 && request.Resource.GroupResource != "namespaces";
        return scope == "*" || (scope == "Namespaced") == isNamespaced;
    }

    private static bool MatchesNamespace(JsonObject webhook, AdmissionRequest request, Func<JsonObject?> namespaceLabels)
    {
        LabelSelector selector = Selector(webhook["namespaceSelector"]);
        if (selector.IsEverything || request.Namespace.Length == 0)
        {
            return true;
        }

        bool isNamespace = request.Resource.GroupResource == "namespaces" && request.Subresource.Length == 0 && request.Object is not null;
        return selector.Matches(Labels(isNamespace ? request.Object!["metadata"]?["labels"] as JsonObject : namespaceLabels()));
    }

    private static bool MatchesObject(JsonObject webhook, AdmissionRequest request)
    {
        LabelSelector selector = Selector(webhook["objectSelector"]);
        return selector.IsEverything || HasLabels(request.Object, selector) || HasLabels(request.OldObject, selector);
    }

    private static bool HasLabels(JsonObject? target, LabelSelector selector)
        => target?["metadata"] is JsonObject metadata && selector.Matches(Labels(metadata["labels"] as JsonObject));

    private static LabelSelector Selector(JsonNode? node) => LabelSelector.FromObject(node ?? new JsonObject());

    private static Dictionary<string, string> Labels(JsonObject? labels)
        => (labels ?? []).ToDictionary(label => label.Key, label => label.Value?.ToString() ?? "", StringComparer.Ordinal);
}
