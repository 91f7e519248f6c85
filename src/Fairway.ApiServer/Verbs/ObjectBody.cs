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

        if (kind.Custom is not null)
        {
            RequireIdentity(target, kind.Type);
        }

        CheckType(target, kind);
        Place(target, kind.Type, @namespace, name);
        return target;
    }

    // A custom resource is told by what it says of itself; for Kubernetes' own kinds the path is enough.
    private void RequireIdentity(JsonObject target, ResourceType type)
    {
        string apiVersion = KubeJson.AsString(target["apiVersion"]) ?? "";
        bool hasKind = KubeJson.AsString(target["kind"]) is { Length: > 0 };
        if (hasKind && apiVersion.Length > 0 && apiVersion.AsSpan().Count('/') < 2)
        {
            return;
        }

        ReadOnlySpan<byte> sent = _tree is null ? _json.Span : System.Text.Encoding.UTF8.GetBytes(_tree.ToJsonString(KubeJson.Options));
        throw apiVersion.AsSpan().Count('/') > 1 ? ObjectDecoder.Unrecognized(sent, type.Kind, $"unexpected GroupVersion string: {apiVersion}")
            : !hasKind ? ObjectDecoder.Unrecognized(sent, type.Kind, $"Object 'Kind' is missing in '{System.Text.Encoding.UTF8.GetString(sent).TrimEnd('\n')}'")
            : StatusException.BadRequest($"the API version in the data () does not match the expected API version ({type.ApiVersion})");
    }

    /// <summary>The same without pruning and without a look at types: for apply, which does both in its own way.</summary>
    public JsonObject Unpruned(KindDefinition kind, string? @namespace, string? name)
    {
        var target = (JsonObject)Raw().DeepClone();
        if (target["metadata"] is { } metadata && metadata is not JsonObject)
        {
            throw StatusException.BadRequest($"json: cannot unmarshal {KubeJson.TypeOf(metadata)} into Go struct field .metadata of type v1.ObjectMeta");
        }

        if (kind.Custom is not null && KubeJson.AsString(target["kind"]) is null or "")
        {
            throw StatusException.BadRequest($"invalid object type: {KubeJson.AsString(target["apiVersion"])}, Kind=");
        }

        CheckType(target, kind);
        Place(target, kind.Type, @namespace, name);
        return target;
    }

    /// <summary>The object as it was sent.</summary>
    public JsonObject Raw() => _tree ?? ObjectDecoder.Decode(_json.Span, ResourceSchema.FreeForm).Object;

    /// <summary>The object is of the kind; of custom resources this counts as a rule about the object, as on a real server.</summary>
    public static void CheckType(JsonObject target, KindDefinition kind, bool isPatched = false)
    {
        if (kind.Custom is not null && KubeJson.AsString(target["kind"]) is { Length: > 0 } given && given != kind.Type.Kind)
        {
            var errors = new FieldErrors();
            errors.Invalid("kind", given, $"must be {kind.Type.Kind}");
            errors.ThrowIfAny(kind.Type with { Kind = given }, KubeJson.AsString(target["metadata"]?["name"]) ?? "");
        }

        if (isPatched && kind.Custom is not null && KubeJson.AsString(target["apiVersion"]) is { Length: > 0 } version && version != kind.Type.ApiVersion)
        {
            var errors = new FieldErrors();
            errors.Invalid("apiVersion", version, $"must be {kind.Type.ApiVersion}");
            errors.ThrowIfAny(kind.Type, KubeJson.AsString(target["metadata"]?["name"]) ?? "");
        }

        CheckType(target, kind.Type);
    }

    public static void CheckType(JsonObject target, ResourceType type)
    {
        string apiVersion = KubeJson.AsString(target["apiVersion"]) is { Length: > 0 } version ? version : type.ApiVersion;
        string kind = KubeJson.AsString(target["kind"]) is { Length: > 0 } named ? named : type.Kind;
        if (apiVersion != type.ApiVersion || kind != type.Kind)
        {
            throw WrongType(apiVersion, kind, type);
        }

        target["apiVersion"] = type.ApiVersion;
        target["kind"] = type.Kind;
    }

    // A type that nobody knows, one that cannot become what is wanted, or another version of it.
    private static StatusException WrongType(string apiVersion, string kind, ResourceType type)
    {
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : apiVersion[..slash];
        string version = apiVersion[(slash + 1)..];
        if (KnownTypes.Knows(type.ApiVersion, type.Kind) && kind == type.Kind && group == type.Group && KnownTypes.MayBeVersion(group, version))
        {
            return StatusException.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({type.ApiVersion})");
        }

        string why = !KnownTypes.Knows(type.ApiVersion, type.Kind) && kind == type.Kind
            ? ""
            : KnownTypes.Knows(apiVersion, kind)
            ? $"converting ({version}.{kind}) to ({KnownTypes.InternalPackage(type)}.{type.Kind}): unknown conversion"
            : $"no kind \"{kind}\" is registered for version \"{(group.Length == 0 ? version : apiVersion)}\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"";
        return StatusException.BadRequest(why.Length == 0
            ? $"the API version in the data ({apiVersion}) does not match the expected API version ({type.ApiVersion})"
            : $"{kind} in version \"{version}\" cannot be handled as a {type.Kind}: {why}");
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
            throw StatusException.BadRequest(name is null
                ? "the namespace of the provided object does not match the namespace sent on the request"
                : $"the namespace of the object ({inBody}) does not match the namespace on the request ({@namespace})");
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
