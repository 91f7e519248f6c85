using System.Text.Json.Nodes;
using Fairway.Admission.Policies;
using Fairway.Cel;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Requests in the form in which policies and match conditions see them.</summary>
internal static class PolicyRequests
{
    public static PolicyRequest Of(AdmissionRequest request, WebhookInvocation? invocation, ObjectStore store, RbacAuthorizer authorizer)
    {
        bool hasNamespace = request.Namespace.Length > 0 && request.Resource.GroupResource != "namespaces";
        return new PolicyRequest
        {
            Attributes = Attributes(request, invocation ?? new WebhookInvocation(request.Kind, request.Resource)),
            Object = request.Object,
            OldObject = request.OldObject,
            NamespaceObject = hasNamespace ? store.Find("namespaces", "", request.Namespace)?.ToNode() : null,
            Authorize = query => Answer(request, authorizer, query),
        };
    }

    private static JsonObject Attributes(AdmissionRequest request, WebhookInvocation invocation) => new()
    {
        ["kind"] = Kind(invocation.Kind),
        ["resource"] = Resource(invocation.Resource),
        ["subResource"] = request.Subresource,
        ["requestKind"] = Kind(request.Kind),
        ["requestResource"] = Resource(request.Resource),
        ["requestSubResource"] = request.Subresource,
        ["name"] = request.Name,
        ["namespace"] = request.Namespace,
        ["operation"] = WebhookMatching.Name(request.Operation),
        ["userInfo"] = request.UserInfo.ToUserInfo(),
        ["dryRun"] = request.DryRun,
        ["options"] = request.Options?.DeepClone(),
    };

    private static JsonObject Kind(GroupVersionKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static JsonObject Resource(GroupVersionResource resource) => new() { ["group"] = resource.Group, ["version"] = resource.Version, ["resource"] = resource.Resource };

    private static CelAccessAnswer Answer(AdmissionRequest request, RbacAuthorizer authorizer, CelAccessQuery query)
    {
        Identity who = query.ServiceAccount is { } account ? Identity.ServiceAccount(account.Namespace, account.Name) : request.UserInfo;
        var wanted = new AccessAttributes
        {
            Verb = query.Verb,
            Resource = query.Path is null ? query.Resource : null,
            Group = query.Group,
            Subresource = query.Subresource,
            Namespace = query.Namespace,
            Name = query.Name,
            Path = query.Path ?? "",
        };
        return new CelAccessAnswer(authorizer.Allows(who, wanted));
    }

    /// <summary>Evaluates match conditions of webhooks.</summary>
    public static EvaluateConditions Conditions(ObjectStore store, RbacAuthorizer authorizer) => (request, conditions) =>
    {
        (bool matches, string? error) = CompiledConditions.Compile(conditions, hasParams: false, "matchConditions", null)
            .Evaluate(Of(request, null, store, authorizer), null, CancellationToken.None);
        return new ConditionOutcome(matches, error);
    };
}
