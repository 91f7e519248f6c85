using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>An object that a client sent: raw JSON, or a tree that was read from YAML.</summary>
internal sealed class ObjectBody
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly JsonObject? _tree;

    public ObjectBody(ReadOnlyMemory<byte> json) => _json = json;

    public ObjectBody(JsonObject tree) => _tree = tree;

    /// <summary>
    /// The object as the kind has it: pruned, of the right types, with apiVersion and kind, in the namespace and under the name
    /// that the path gives.
    /// </summary>
    /// <exception cref="StatusException">400.</exception>
    public JsonObject Decode(KindDefinition kind, string? @namespace, string? name, WriteParameters parameters)
    {
        KindRules rules = KindRules.Of(kind);
        JsonObject target;
        if (_tree is null)
        {
            target = rules.Decode(_json.Span, parameters.Validation, parameters.Warnings);
        }
        else
        {
            target = (JsonObject)_tree.DeepClone();
            rules.Admit(target, parameters.Validation, parameters.Warnings);
        }

        CheckType(target, kind.Type);
        Place(target, kind.Type, @namespace, name);
        return target;
    }

    /// <summary>The object as it was sent.</summary>
    public JsonObject Raw() => _tree ?? ObjectDecoder.Decode(_json.Span, ResourceSchema.FreeForm).Object;

    public static void CheckType(JsonObject target, ResourceType type)
    {
        string apiVersion = (string?)target["apiVersion"] ?? "";
        string kind = (string?)target["kind"] ?? "";
        if (apiVersion.Length > 0 && apiVersion != type.ApiVersion)
        {
            throw StatusException.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({type.ApiVersion})");
        }

        if (kind.Length > 0 && kind != type.Kind)
        {
            throw StatusException.BadRequest($"the kind in the data ({kind}) does not match the expected kind ({type.Kind})");
        }

        target["apiVersion"] = type.ApiVersion;
        target["kind"] = type.Kind;
    }

    private static void Place(JsonObject target, ResourceType type, string? @namespace, string? name)
    {
        JsonObject metadata = SystemMetadata.Of(target);
        string inBody = Text(metadata, "namespace");
        if (!type.Namespaced)
        {
            metadata.Remove("namespace");
        }
        else if (inBody.Length > 0 && inBody != @namespace)
        {
            throw StatusException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }
        else
        {
            metadata["namespace"] = @namespace;
        }

        if (name is null)
        {
            return;
        }

        string named = Text(metadata, "name");
        if (named.Length > 0 && named != name)
        {
            throw StatusException.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
        }

        metadata["name"] = name;
    }

    private static string Text(JsonObject metadata, string member)
        => metadata[member] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
