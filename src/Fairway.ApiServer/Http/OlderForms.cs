using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.AutoscalingV1;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// Requests for a kind in an older form than the one it is kept in: bodies are converted on their way in, objects on their way out,
/// and everything between speaks the newer form. There is one such kind, autoscaling/v1 HorizontalPodAutoscaler.
/// </summary>
internal static class OlderForms
{
    private static readonly object Key = new();

    /// <summary>The kind in which the objects of a request are kept; notes whether answers must be converted.</summary>
    public static KindDefinition? Kept(HttpContext context, KindDefinition? kind, KindCatalog catalog)
    {
        if (kind is null || !IsOlder(kind.Type))
        {
            return kind;
        }

        context.Items[Key] = true;
        return Kept(kind, catalog);
    }

    /// <summary>The same where answers stay in the newer form.</summary>
    public static KindDefinition Kept(KindDefinition kind, KindCatalog catalog)
        => IsOlder(kind.Type) ? catalog.Find("autoscaling", "v2", "horizontalpodautoscalers") ?? kind : kind;

    public static Document Read(ResourceType type, Document body)
        => IsOlder(type) ? Document.From(AutoscalerConversion.ToSecond(body.ToNode())) : body;

    public static PatchBody Read(ResourceType type, PatchBody patch)
        => IsOlder(type) && patch.Body is JsonObject first ? patch with { Body = AutoscalerConversion.ToSecond(first) } : patch;

    public static bool IsAsked(HttpContext context) => context.Items.ContainsKey(Key);

    public static ObjectBody Read(HttpContext context, ObjectBody body)
        => IsAsked(context) ? new ObjectBody(AutoscalerConversion.ToSecond(body.Raw())) : body;

    /// <summary>What a patch of the older form makes of an object; null for apply, which says what it wants in fields of its own.</summary>
    public static ObjectBody Patched(Document live, PatchBody patch)
    {
        JsonObject first = AutoscalerConversion.ToFirst(live.ToNode());
        JsonObject wanted = patch.Kind == PatchKind.Apply
            ? (JsonObject)MergePatch.Apply(first, patch.Body)!
            : Patches.Patched(first, patch, null);
        return new ObjectBody(AutoscalerConversion.ToSecond(wanted));
    }

    private static bool IsOlder(ResourceType type) => type is { Group: "autoscaling", Version: "v1", Plural: "horizontalpodautoscalers" };

    public static Document Write(Document document)
        => document.Header.Kind == "HorizontalPodAutoscaler" ? Document.From(AutoscalerConversion.ToFirst(document.ToNode())) : document;
}
