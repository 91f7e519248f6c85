using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Cel;
using Fairway.Resources;
using Fairway.Resources.Kinds.AutoscalingV1;

namespace Fairway.ApiServer;

/// <summary>Requests in the form in which policies and match conditions see them.</summary>
internal sealed class PolicySubjects(ObjectStore store, Func<KindCatalog> catalog, RbacAuthorizer authorizer)
{
    private static readonly HashSet<string> Reviews =
    [
        "tokenreviews.authentication.k8s.io", "selfsubjectreviews.authentication.k8s.io", "localsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectaccessreviews.authorization.k8s.io", "selfsubjectrulesreviews.authorization.k8s.io", "subjectaccessreviews.authorization.k8s.io",
    ];

    /// <summary>Admission's own configuration and reviews are never subject to policies, so that a bad one can always be removed.</summary>
    public static bool IsExempt(AdmissionRequest request) => WebhookMatching.IsExempt(request) || Reviews.Contains(request.Resource.GroupResource);

    public PreparedSubject Of(AdmissionRequest request)
    {
        bool hasNamespace = request.Namespace.Length > 0 && request.Resource.GroupResource != "namespaces";
        ResourceIdentity identity = Identity(request, request.Kind, request.Resource);
        return new PreparedSubject(new Subject
        {
            Identity = identity,
            Object = request.Object,
            OldObject = request.OldObject,
            Operation = WebhookMatching.Name(request.Operation),
            Namespace = hasNamespace ? store.Find("namespaces", "", request.Namespace)?.ToNode() : null,
            User = request.UserInfo.ToUserInfo(),
            DryRun = request.DryRun,
            Options = request.Options,
            Equivalents = [.. Equivalents(request)],
            Authorize = query => Answer(request, query),
            TellsPlaces = false,
        });
    }

    /// <summary>Evaluates match conditions of webhooks.</summary>
    public EvaluateConditions Conditions => (request, conditions) =>
    {
        (bool matches, string? error) = WebhookConditions.Evaluate(conditions, Of(request), CancellationToken.None);
        return new ConditionOutcome(matches, error);
    };

    /// <summary>The definition of the version that a policy sees; null for forms that are not stored.</summary>
    public KindDefinition? DefinitionOf(AdmissionRequest request, Subject seen)
        => seen.Requested is null || request.Definition is null ? request.Definition : catalog().Find(seen.Identity.Group, seen.Identity.Version, seen.Identity.Resource);

    /// <summary>What a policy made of the object, in the version that was asked for.</summary>
    public JsonObject AsRequested(AdmissionRequest request, Subject seen, JsonObject changed)
        => seen.Requested is null || request.Definition is null ? changed : InVersion(request.Definition.Type, changed);

    private JsonObject InVersion(ResourceType type, JsonObject node) => (type.Group, type.Plural, type.Version) switch
    {
        ("autoscaling", "horizontalpodautoscalers", "v1") => AutoscalerConversion.ToFirst(node),
        ("autoscaling", "horizontalpodautoscalers", _) => AutoscalerConversion.ToSecond(node),
        _ => store.Present(type, Document.From((JsonObject)node.DeepClone())).ToNode(),
    };

    private IEnumerable<EquivalentForm> Equivalents(AdmissionRequest request)
    {
        GroupVersionResource asked = request.Resource;
        foreach (KindDefinition other in catalog().All)
        {
            ResourceType type = other.Type;
            if (type.Group == asked.Group && type.Plural == asked.Resource && type.Version != asked.Version)
            {
                // A form of its own (Scale) is the same in every version of what it belongs to.
                bool own = request.Definition is null;
                yield return new EquivalentForm(
                    Identity(request, own ? request.Kind : GroupVersionKind.Of(type), GroupVersionResource.Of(type)),
                    own ? static node => node : node => InVersion(type, node));
            }
        }
    }

    private ResourceIdentity Identity(AdmissionRequest request, GroupVersionKind kind, GroupVersionResource resource)
    {
        bool namespaced = request.Namespace.Length > 0 && request.Resource.GroupResource != "namespaces";
        return new ResourceIdentity
        {
            Group = resource.Group,
            Version = resource.Version,
            Kind = kind.Kind,
            KindGroup = kind.Group,
            KindVersion = kind.Version,
            Resource = resource.Resource,
            Subresource = request.Subresource,
            Namespaced = namespaced,
            NamespaceName = namespaced ? request.Namespace : "",
            Name = request.Name,
            Cluster = store.Cluster,
        };
    }

    private CelAccessAnswer Answer(AdmissionRequest request, CelAccessQuery query)
    {
        Identity who = query.ServiceAccount is { } account ? ApiServer.Identity.ServiceAccount(account.Namespace, account.Name) : request.UserInfo;
        (bool allowed, string reason) = authorizer.Decide(who, new AccessAttributes
        {
            Verb = query.Verb,
            Resource = query.Path is null ? query.Resource : null,
            Group = query.Group,
            Subresource = query.Subresource,
            Namespace = query.Namespace,
            Name = query.Name,
            Path = query.Path ?? "",
        });
        return new CelAccessAnswer(allowed, reason);
    }
}
