using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What a request does, as admission sees it.</summary>
internal enum AdmissionOperation
{
    Create,
    Update,
    Delete,
    Connect,
}

/// <summary>A group, a version and a kind.</summary>
internal sealed record GroupVersionKind(string Group, string Version, string Kind)
{
    public static GroupVersionKind Of(ResourceType type) => new(type.Group, type.Version, type.Kind);
}

/// <summary>A group, a version and a resource (the plural).</summary>
internal sealed record GroupVersionResource(string Group, string Version, string Resource)
{
    public string GroupResource => Group.Length == 0 ? Resource : $"{Resource}.{Group}";

    public static GroupVersionResource Of(ResourceType type) => new(type.Group, type.Version, type.Plural);
}

/// <summary>
/// One request as admission plug-ins judge it: the fields of admission.k8s.io/v1 AdmissionRequest. The mutating phase may replace
/// or change <see cref="Object"/>; in the validating phase it is what would be stored, and nobody changes it.
/// </summary>
internal sealed class AdmissionRequest
{
    public Guid Uid { get; } = Guid.NewGuid();

    public required AdmissionOperation Operation { get; init; }

    /// <summary>The kind of the object that is sent: for a subresource with a form of its own that form (Scale, Eviction, Binding).</summary>
    public required GroupVersionKind Kind { get; init; }

    public required GroupVersionResource Resource { get; init; }

    /// <summary>Empty for the resource itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>The kind's definition; null for forms that are not stored (Scale, Eviction, exec options).</summary>
    public KindDefinition? Definition { get; init; }

    /// <summary>Empty for what belongs to no namespace. A namespace itself is in the namespace of its name.</summary>
    public required string Namespace { get; init; }

    /// <summary>As the request presents it: empty for a create with generateName and for the deletion of a collection.</summary>
    public required string Name { get; init; }

    public required AdmissionContext Context { get; init; }

    public Identity UserInfo => Context.User;

    /// <summary>The object as it would be; null for a deletion.</summary>
    public JsonObject? Object { get; set; }

    /// <summary>The object as it is; null for a create and a connect. Never changed.</summary>
    public JsonObject? OldObject { get; init; }

    /// <summary>CreateOptions, UpdateOptions, PatchOptions or DeleteOptions of meta.k8s.io/v1; null for a connect.</summary>
    public JsonObject? Options { get; init; }

    public bool DryRun { get; init; }

    /// <summary>The mutating phase runs a second time, since a later plug-in changed the object after an earlier one had seen it.</summary>
    public bool IsReinvocation { get; set; }

    /// <summary>Set by a plug-in that changed the object in a way that the plug-ins before it should see.</summary>
    public bool ShouldReinvoke { get; set; }

    /// <summary>What plug-ins remember from the first run of the mutating phase to the second, by plug-in.</summary>
    public Dictionary<string, object> Memory { get; } = [];

    public bool Is(string groupResource, string subresource = "") => Resource.GroupResource == groupResource && Subresource == subresource;

    /// <summary>For the client's Warning header.</summary>
    public void Warn(string text)
    {
        if (!Context.Warnings.Contains(text))
        {
            Context.Warnings.Add(text);
        }
    }

    /// <summary>For the request's audit event. The first value of a key stays.</summary>
    public void Annotate(string key, string value) => Context.AuditAnnotations.TryAdd(key, value);

    /// <summary>403 in kube-apiserver's words: <c>pods "web" is forbidden: …</c>.</summary>
    public StatusException Forbidden(string why) => Refusals.Forbidden(Resource.Resource, Resource.Group, NameOrUnknown(), why);

    private string NameOrUnknown()
    {
        if (Name.Length > 0)
        {
            return Name;
        }

        JsonNode? metadata = Object?["metadata"];
        return (string?)metadata?["name"] is { Length: > 0 } name ? name
            : (string?)metadata?["generateName"] is { Length: > 0 } prefix ? prefix
            : "Unknown";
    }
}

/// <summary>Who sends a request, and what admission tells about it besides its decision. One for each request; not for concurrent use.</summary>
internal sealed class AdmissionContext(Identity user)
{
    /// <summary>The platform itself, for what it does on its own account.</summary>
    public static AdmissionContext OfServer() => new(Identity.Component("apiserver"));

    public Identity User { get; } = user;

    /// <summary>Texts for Warning headers.</summary>
    public List<string> Warnings { get; init; } = [];

    public Dictionary<string, string> AuditAnnotations { get; init; } = [];
}
