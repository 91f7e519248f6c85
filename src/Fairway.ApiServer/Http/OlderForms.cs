using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.AutoscalingV1;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// Requests for a kind in an older form than the one it is kept in: bodies are converted on their way in, objects on their way out,
/// and everything between speaks the newer form. Such are autoscaling/v1 HorizontalPodAutoscaler, and MutatingAdmissionPolicy with its
/// binding in v1alpha1, whose forms differ in nothing but the name of the version.
/// </summary>
internal static class OlderForms
{
    private const string FirstMutations = "admissionregistration.k8s.io/v1alpha1";
    private const string SecondMutations = "admissionregistration.k8s.io/v1beta1";

    private static readonly object Key = new();

    /// <summary>The kind in which the objects of a request are kept; notes whether answers must be converted.</summary>
    public static KindDefinition? Kept(HttpContext context, KindDefinition? kind, KindCatalog catalog)
    {
        if (kind is null || !IsOlder(kind.Type))
        {
            return kind;
        }

        context.Items[Key] = kind.Type;
        return Kept(kind, catalog);
    }

    /// <summary>The same where answers stay in the newer form.</summary>
    public static KindDefinition Kept(KindDefinition kind, KindCatalog catalog)
        => IsOlder(kind.Type) ? catalog.Find(kind.Type.Group, IsAutoscaler(kind.Type) ? "v2" : "v1beta1", kind.Type.Plural) ?? kind : kind;

    public static Document Read(ResourceType type, Document body)
        => IsAutoscaler(type) ? Document.From(AutoscalerConversion.ToSecond(body.ToNode()))
            : IsMutation(type) ? Document.From(Renamed(body.ToNode(), FirstMutations, SecondMutations))
            : body;

    public static PatchBody Read(ResourceType type, PatchBody patch) => patch.Body is not JsonObject first ? patch
        : IsAutoscaler(type) ? patch with { Body = AutoscalerConversion.ToSecond(first) }
        : IsMutation(type) ? Renamed(patch)
        : patch;

    public static bool IsAsked(HttpContext context) => context.Items.ContainsKey(Key);

    /// <summary>The form that was asked for has fields of its own, so that a patch of it must be applied to that form.</summary>
    public static bool HasOtherFields(HttpContext context) => context.Items[Key] is ResourceType type && IsAutoscaler(type);

    public static ObjectBody Read(HttpContext context, ObjectBody body)
    {
        if (context.Items[Key] is not ResourceType type)
        {
            return body;
        }

        JsonObject first = body.Raw();
        ObjectBody.CheckType(first, type);
        return new ObjectBody(IsAutoscaler(type) ? AutoscalerConversion.ToSecond(first) : Renamed(first, FirstMutations, SecondMutations));
    }

    /// <summary>A patch of a form that differs in the version's name only, for the form that is kept.</summary>
    public static PatchBody Read(HttpContext context, PatchBody patch)
        => context.Items[Key] is ResourceType type && IsMutation(type) ? Renamed(patch) : patch;

    /// <summary>What a patch of the older form makes of an object; null for apply, which says what it wants in fields of its own.</summary>
    public static ObjectBody Patched(Document live, PatchBody patch)
    {
        JsonObject first = AutoscalerConversion.ToFirst(live.ToNode());
        JsonObject wanted = patch.Kind == PatchKind.Apply
            ? (JsonObject)MergePatch.Apply(first, patch.Body)!
            : Patches.Patched(first, patch, null);
        return new ObjectBody(AutoscalerConversion.ToSecond(wanted));
    }

    public static Document Write(Document document) => document.Header.Kind switch
    {
        "HorizontalPodAutoscaler" => Document.From(AutoscalerConversion.ToFirst(document.ToNode())),
        "MutatingAdmissionPolicy" or "MutatingAdmissionPolicyBinding" => Document.From(Renamed(document.ToNode(), SecondMutations, FirstMutations)),
        _ => document,
    };

    private static bool IsOlder(ResourceType type) => IsAutoscaler(type) || IsMutation(type);

    private static bool IsAutoscaler(ResourceType type) => type is { Group: "autoscaling", Version: "v1", Plural: "horizontalpodautoscalers" };

    private static bool IsMutation(ResourceType type)
        => type is { Group: "admissionregistration.k8s.io", Version: "v1alpha1", Plural: "mutatingadmissionpolicies" or "mutatingadmissionpolicybindings" };

    private static PatchBody Renamed(PatchBody patch)
        => patch.Body is JsonObject body ? patch with { Body = Renamed((JsonObject)body.DeepClone(), FirstMutations, SecondMutations) } : patch;

    /// <summary>Another version is left as it is: whoever reads the object refuses it.</summary>
    private static JsonObject Renamed(JsonObject node, string from, string to)
    {
        if (node["apiVersion"] is JsonValue version && version.TryGetValue(out string? text) && text == from)
        {
            node["apiVersion"] = to;
        }

        return node;
    }
}
