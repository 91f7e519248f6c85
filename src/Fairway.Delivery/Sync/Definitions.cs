using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;
using Fairway.Resources;

namespace Fairway.Delivery.Sync;

/// <summary>The kinds that CustomResourceDefinitions among manifests will bring.</summary>
internal static class Definitions
{
    public const string Group = "apiextensions.k8s.io";

    public static bool IsDefinition(Manifest manifest) => manifest is { Kind: "CustomResourceDefinition", Group: Group };

    /// <summary>The type that a definition of these will serve a manifest as; null when none of them is its.</summary>
    public static ResourceType? TypeOf(Manifest manifest, IEnumerable<Manifest> among)
        => DefinitionOf(manifest, among)?.Node["spec"] is JsonObject spec
            && Served(spec).Contains(manifest.ApiVersion[(manifest.ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..])
            && Manifest.Text(spec["names"]?["plural"]) is { Length: > 0 } plural
                ? new ResourceType
                {
                    Group = manifest.Group,
                    Version = manifest.ApiVersion[(manifest.Group.Length + 1)..],
                    Kind = manifest.Kind,
                    Plural = plural,
                    Namespaced = Manifest.Text(spec["scope"]) == "Namespaced",
                }
                : null;

    /// <summary>The definition of a manifest's kind; null when it is not among these.</summary>
    public static Manifest? DefinitionOf(Manifest manifest, IEnumerable<Manifest> among)
        => manifest.Group.Length == 0 ? null : among.FirstOrDefault(candidate => IsDefinition(candidate)
            && Manifest.Text(candidate.Node["spec"]?["group"]) == manifest.Group
            && Manifest.Text(candidate.Node["spec"]?["names"]?["kind"]) == manifest.Kind);

    private static IEnumerable<string> Served(JsonObject spec)
        => (spec["versions"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(version => version["served"] is JsonValue served && served.GetValueKind() == JsonValueKind.True)
            .Select(version => Manifest.Text(version["name"]) ?? "");
}
