using System.Text.Json.Nodes;

namespace Fairway.Delivery.Rendering;

/// <summary>One object that is to be in a cluster.</summary>
/// <param name="Node">The object. Not changed once the manifest is made; clone it to change it.</param>
/// <param name="Source">Where it was read: <c>deploy/web.yaml:12</c>.</param>
public sealed record Manifest(JsonObject Node, string Source)
{
    public string ApiVersion => Text(Node["apiVersion"]) ?? "";

    public string Kind => Text(Node["kind"]) ?? "";

    public string Name => Text(Node["metadata"]?["name"]) ?? "";

    public string? Namespace => Text(Node["metadata"]?["namespace"]);

    /// <summary>The API group; empty for the core group.</summary>
    public string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion[..ApiVersion.IndexOf('/', StringComparison.Ordinal)] : "";

    /// <summary>Names the object to people: <c>Deployment/web</c>.</summary>
    public string Title => $"{Kind}/{Name}";

    /// <summary>The same object whatever the version of its API.</summary>
    public (string Group, string Kind, string Name) Identity => (Group, Kind, Name);

    public string? Annotation(string name) => Text(Node["metadata"]?["annotations"]?[name]);

    public string? Label(string name) => Text(Node["metadata"]?["labels"]?[name]);

    internal static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
