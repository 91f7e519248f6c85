using System.Text.Json.Nodes;
using Fairway.Cel;

namespace Fairway.Admission.Policies;

/// <summary>A request as admission policies see it. Nothing in it changes while it is judged.</summary>
public sealed record PolicyRequest
{
    /// <summary>The variable <c>request</c>: kind, resource, subResource, requestKind …, name, namespace, operation, userInfo, dryRun, options.</summary>
    public required JsonObject Attributes { get; init; }

    /// <summary>The object as it would be; null for a deletion.</summary>
    public JsonObject? Object { get; init; }

    /// <summary>The object as it is; null for a creation.</summary>
    public JsonObject? OldObject { get; init; }

    /// <summary>The namespace of the object; null for what has none, and for namespaces themselves.</summary>
    public JsonObject? NamespaceObject { get; init; }

    /// <summary>Answers the variable <c>authorizer</c>.</summary>
    public required Func<CelAccessQuery, CelAccessAnswer> Authorize { get; init; }

    internal CelAccessQuery About => new()
    {
        Group = Text("resource", "group"),
        Resource = Text("resource", "resource"),
        Subresource = (string?)Attributes["subResource"] ?? "",
        Namespace = (string?)Attributes["namespace"] ?? "",
        Name = (string?)Attributes["name"] ?? "",
    };

    private string Text(string member, string field) => (string?)(Attributes[member] as JsonObject)?[field] ?? "";
}
