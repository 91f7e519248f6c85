using Fairway.Resources;

namespace Fairway.Delivery.Sync;

/// <summary>What is there and not wanted any more.</summary>
/// <param name="Objects">What may go, in no order.</param>
/// <param name="Kept">Sentences on what stays.</param>
internal sealed record Stray(IReadOnlyList<(ResourceType Type, Document Object)> Objects, IReadOnlyList<string> Kept);

/// <summary>
/// What pruning spares. Objects of the namespace go when git lets them go, unless an annotation keeps them. What belongs to the
/// whole cluster stays unless an annotation lets it go: with a definition go all its objects, of every namespace.
/// </summary>
internal static class Pruning
{
    public const string Annotation = "fairway.dev/prune";

    private const string ArgoOptions = "argocd.argoproj.io/sync-options";

    /// <summary>Why an object stays: null when it may go, empty when it stays by its own wish.</summary>
    public static string? Why(ResourceType type, Document item)
    {
        string? wish = item.Header.Annotations.GetValueOrDefault(Annotation);
        if (wish == "false" || Options(item).Contains("Prune=false"))
        {
            return "";
        }

        return type.Namespaced || wish == "true" ? null : $"it belongs to the whole cluster; to let it go, annotate it with {Annotation}=true, or delete it";
    }

    private static string[] Options(Document item)
        => item.Header.Annotations.GetValueOrDefault(ArgoOptions)?.Split(',', StringSplitOptions.TrimEntries) ?? [];

    /// <summary>What needs others goes before what others need: the reverse of the order of application, definitions last.</summary>
    public static int Rank(ResourceType type) => type switch
    {
        { Kind: "HTTPRoute" or "Ingress" or "GRPCRoute" } => 0,
        { Group: Definitions.Group } => 9,
        { Kind: "ConfigMap" or "Secret" or "ServiceAccount" or "PersistentVolumeClaim", Group: "" } => 6,
        { Kind: "Service", Group: "" } => 2,
        _ => 4,
    };
}
