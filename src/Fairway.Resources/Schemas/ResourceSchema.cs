using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>The JSON types that a schema node takes.</summary>
public enum SchemaType
{
    /// <summary>Any JSON value.</summary>
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,

    /// <summary>A 32-bit number or a string (<c>x-kubernetes-int-or-string</c>).</summary>
    IntOrString,

    /// <summary>A resource amount: written as a string, accepted as a number.</summary>
    Quantity,
}

/// <summary>How writers share a list (<c>x-kubernetes-list-type</c>).</summary>
public enum ListSharing
{
    /// <summary>One owner for the whole list.</summary>
    Atomic,

    /// <summary>Each scalar has its owners.</summary>
    Set,

    /// <summary>Items are identified by <see cref="ResourceSchema.ListMapKeys"/>.</summary>
    Map,
}

/// <summary>
/// A structural schema node: what a value at one place of a document may be, how writers merge and share it, and what the
/// server fills in. Made from records (<see cref="RecordSchemas"/>) or from a CRD's openAPIV3Schema ;
/// defaulting, pruning, validation, patches, server-side apply, OpenAPI and CRD output all read this one type.
/// </summary>
/// <remarks>Immutable and safe to share. Members of named objects are resolved on first use, so recursive types are fine.</remarks>
public sealed record ResourceSchema
{
    /// <summary>Free-form JSON: kept as it is, shared structurally.</summary>
    public static ResourceSchema FreeForm { get; } = new() { Type = SchemaType.Any, PreserveUnknown = true };

    public SchemaType Type { get; init; }

    /// <summary><c>int32</c>, <c>int64</c>, <c>double</c>, <c>date-time</c>, <c>byte</c> or null.</summary>
    public string? Format { get; init; }

    /// <summary>A time with six fractional digits (meta/v1 MicroTime), where other times have whole seconds.</summary>
    public bool IsMicroTime { get; init; }

    /// <summary>The declared members of an object; null for maps, free-form objects and everything else.</summary>
    public SchemaShape? Shape { get; init; }

    /// <summary>The schema of a map's values.</summary>
    public ResourceSchema? Values { get; init; }

    /// <summary>The schema of a list's items.</summary>
    public ResourceSchema? Items { get; init; }

    /// <summary>Members that no schema names are kept.</summary>
    public bool PreserveUnknown { get; init; }

    /// <summary>null is a value of its own here and is not dropped.</summary>
    public bool Nullable { get; init; }

    public ListSharing Sharing { get; init; }

    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>The object or map has one owner (<c>x-kubernetes-map-type: atomic</c>).</summary>
    public bool AtomicMap { get; init; }

    /// <summary>The key of strategic merge; null when the list is replaced or its items are scalars.</summary>
    public string? PatchMergeKey { get; init; }

    /// <summary><c>merge</c>, <c>replace</c>, <c>retainKeys</c>, <c>merge,retainKeys</c> or null.</summary>
    public string? PatchStrategy { get; init; }

    /// <summary>JSON text of the value that is filled in when the member is absent; null for none.</summary>
    public string? DefaultJson { get; init; }

    public IReadOnlyList<string> Enum { get; init; } = [];

    public string? Pattern { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    public int? MinItems { get; init; }

    public int? MaxItems { get; init; }

    /// <summary>The value cannot change once set.</summary>
    public bool Immutable { get; init; }

    /// <summary>
    /// A member that Kubernetes' own types always carry (spec, status, template, …): its bare existence is never owned.
    /// </summary>
    public bool AlwaysPresent { get; init; }

    /// <summary>The value is itself an object with apiVersion, kind and metadata.</summary>
    public bool EmbeddedResource { get; init; }

    /// <summary>Made from a CustomResourceDefinition: a null that the schema does not take is dropped wherever it stands.</summary>
    public bool IsStructural { get; init; }

    /// <summary>What the field means; read from the records' documentation on demand.</summary>
    public Func<string?>? DescribedBy { get; init; }

    public string? Description => DescribedBy?.Invoke();

    /// <summary>The schema of a member: declared, a map's value, free-form, or null when no such member is known.</summary>
    public ResourceSchema? Member(string name)
    {
        if (Shape is not null && Shape.Properties.TryGetValue(name, out ResourceSchema? declared))
        {
            return declared;
        }

        return Values ?? (PreserveUnknown || Type == SchemaType.Any ? FreeForm : null);
    }

    /// <summary>The member is declared by name (not a map key, not free-form).</summary>
    public bool Declares(string name) => Shape is not null && Shape.Properties.ContainsKey(name);

    /// <summary>A fresh copy of the default value, or null when there is none.</summary>
    public JsonNode? NewDefault() => DefaultJson is null ? null : JsonNode.Parse(DefaultJson);
}

/// <summary>The members of an object type, shared by every place that uses the type.</summary>
public sealed class SchemaShape
{
    private readonly Lazy<ShapeMembers> _members;
    private readonly Func<string?>? _description;

    /// <summary>Declares a shape whose members are found on first use.</summary>
    /// <param name="name">The OpenAPI component name, or null for anonymous objects of CRDs.</param>
    /// <param name="typeName">The short type name that decoding errors show.</param>
    /// <param name="members">Makes the members; called once.</param>
    /// <param name="description">Reads the description on demand.</param>
    public SchemaShape(string? name, string typeName, Func<ShapeMembers> members, Func<string?>? description = null)
    {
        Name = name;
        TypeName = typeName;
        _members = new Lazy<ShapeMembers>(members);
        _description = description;
    }

    /// <summary><c>io.k8s.api.apps.v1.DeploymentSpec</c>; null for anonymous objects.</summary>
    public string? Name { get; }

    public string TypeName { get; }

    /// <summary>Members by JSON name.</summary>
    public IReadOnlyDictionary<string, ResourceSchema> Properties => _members.Value.Properties;

    /// <summary>JSON names in the order of declaration.</summary>
    public IReadOnlyList<string> Order => _members.Value.Order;

    public IReadOnlyList<string> Required => _members.Value.Required;

    /// <summary>Members that carry defaults themselves or below, so that defaulting can skip the rest.</summary>
    public IReadOnlyList<string> WithDefaults => _members.Value.WithDefaults;

    public string? Description => _description?.Invoke();
}

/// <summary>What a shape consists of.</summary>
public sealed class ShapeMembers
{
    public ShapeMembers(IReadOnlyList<KeyValuePair<string, ResourceSchema>> members, IReadOnlyList<string> required)
    {
        Properties = new Dictionary<string, ResourceSchema>(members, StringComparer.Ordinal);
        Order = [.. members.Select(member => member.Key)];
        Required = required;
        WithDefaults = [.. members.Where(member => member.Value.DefaultJson is not null).Select(member => member.Key)];
    }

    public IReadOnlyDictionary<string, ResourceSchema> Properties { get; }

    public IReadOnlyList<string> Order { get; }

    public IReadOnlyList<string> Required { get; }

    public IReadOnlyList<string> WithDefaults { get; }
}
