using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>Which requests concern an admission policy or a binding.</summary>
internal static class PolicyMatching
{
    private static readonly HashSet<string> Reviews =
    [
        "tokenreviews.authentication.k8s.io", "selfsubjectreviews.authentication.k8s.io", "localsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectaccessreviews.authorization.k8s.io", "selfsubjectrulesreviews.authorization.k8s.io", "subjectaccessreviews.authorization.k8s.io",
    ];

    /// <summary>Admission's own configuration and reviews are never subject to policies, so that a bad one can always be removed.</summary>
    public static bool IsExempt(AdmissionRequest request) => WebhookMatching.IsExempt(request) || Reviews.Contains(request.Resource.GroupResource);

    /// <summary>How the resources see the request; null when it does not concern them. A binding without rules matches all that its policy does.</summary>
    public static WebhookInvocation? Match(JsonObject? resources, bool isBinding, AdmissionRequest request, KindCatalog catalog, Func<JsonObject?> namespaceLabels)
    {
        var own = new WebhookInvocation(request.Kind, request.Resource);
        if (resources is null)
        {
            return isBinding ? own : null;
        }

        JsonArray? rules = resources.Array("resourceRules");
        bool any = isBinding && rules is not { Count: > 0 };
        JsonObject everything = new() { ["operations"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["apiVersions"] = new JsonArray("*"), ["resources"] = new JsonArray("*/*") };
        JsonArray wanted = any ? [everything] : Named(rules, request);
        if (Named(resources.Array("excludeResourceRules"), request) is { Count: > 0 } excluded
            && WebhookMatching.Match(Hook(resources, excluded, selectors: false), request, catalog, namespaceLabels) is not null)
        {
            return null;
        }

        return WebhookMatching.Match(Hook(resources, wanted, selectors: true), request, catalog, namespaceLabels);
    }

    private static JsonArray Named(JsonArray? rules, AdmissionRequest request) => new(
    [
        .. (rules ?? []).OfType<JsonObject>()
            .Where(rule => rule.Array("resourceNames") is not { Count: > 0 } names || names.Any(name => KubeJson.AsString(name) == request.Name))
            .Select(rule => rule.DeepClone()),
    ]);

    private static JsonObject Hook(JsonObject resources, JsonArray rules, bool selectors)
    {
        var hook = new JsonObject { ["rules"] = rules, ["matchPolicy"] = resources.Text("matchPolicy") ?? "Equivalent" };
        if (selectors)
        {
            hook["namespaceSelector"] = resources["namespaceSelector"]?.DeepClone();
            hook["objectSelector"] = resources["objectSelector"]?.DeepClone();
        }

        return hook;
    }
}
