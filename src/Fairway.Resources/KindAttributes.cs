namespace Fairway.Resources;

/// <summary>
/// Declares a record as a served kind. CRD schema, discovery, OpenAPI, table columns and docs are made from the record and
/// these attributes; nothing is written twice.
/// </summary>
/// <param name="apiVersion"><c>v1</c> or <c>group/version</c>.</param>
/// <param name="plural">The resource name in paths: <c>deployments</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KindAttribute(string apiVersion, string plural) : Attribute
{
    public string ApiVersion { get; } = apiVersion;

    public string Plural { get; } = plural;

    public bool Namespaced { get; init; } = true;

    public string[] ShortNames { get; init; } = [];

    public string[] Categories { get; init; } = [];

    /// <summary>The status subresource exists: writes to the main resource cannot change status, and the other way round.</summary>
    public bool Status { get; init; }

    /// <summary>A question: it can only be created, and nothing of it is kept.</summary>
    public bool CreateOnly { get; init; }

    /// <summary>Of a kind that can only be created: below which object of the core group, <c>pods/{name}/eviction</c>; null for a resource of its own.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>The scale subresource exists (spec.replicas, status.replicas, status.selector or spec.selector).</summary>
    public bool Scale { get; init; }
}

/// <summary>A column of <c>kubectl get</c> whose value is a simple JSON path (<c>.spec.release</c>).</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ColumnAttribute(string name, string jsonPath) : Attribute
{
    public string Name { get; } = name;

    public string JsonPath { get; } = jsonPath;

    /// <summary><c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c> or <c>date</c>.</summary>
    public string Type { get; init; } = "string";

    /// <summary>0 is always shown; 1 and up only with <c>-o wide</c>.</summary>
    public int Priority { get; init; }

    public string Description { get; init; } = "";
}

/// <summary>
/// A field selector that list and watch accept, as the path of the field (<c>spec.nodeName</c>). metadata.name and
/// metadata.namespace always work.
/// </summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class FieldSelectorAttribute(string path) : Attribute
{
    public string Path { get; } = path;
}

/// <summary>The list is a map keyed by these members (<c>x-kubernetes-list-type: map</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    public string[] Keys { get; } = keys;

    /// <summary>The strategic-merge key, where it differs from the first list-map key or the list is atomic for apply.</summary>
    public string? MergeKey { get; init; }
}

/// <summary>The list is a set of scalars (<c>x-kubernetes-list-type: set</c>), merged by strategic merge.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;

/// <summary>The list or map is replaced as a whole (<c>atomic</c>). Lists without any attribute are atomic too.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AtomicAttribute : Attribute;

/// <summary>The strategic-merge key of a list that server-side apply treats as atomic.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MergeKeyAttribute(string key) : Attribute
{
    public string Key { get; } = key;
}

/// <summary>The value the server fills in when the field is absent and its parent is present. JSON text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefaultAttribute(string json) : Attribute
{
    public string Json { get; } = json;
}

/// <summary>The closed set of strings that the field takes.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOfAttribute(params string[] values) : Attribute
{
    public string[] Values { get; } = values;
}

/// <summary>Bounds of a number, a string's length or a list's length.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BoundsAttribute : Attribute
{
    public double Minimum { get; init; } = double.NaN;

    public double Maximum { get; init; } = double.NaN;

    public int MinLength { get; init; } = -1;

    public int MaxLength { get; init; } = -1;

    public int MinItems { get; init; } = -1;

    public int MaxItems { get; init; } = -1;
}

/// <summary>A regular expression (RE2 subset) that a string must match.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatternAttribute(string regex) : Attribute
{
    public string Regex { get; } = regex;
}

/// <summary>Any JSON is kept below this field (<c>x-kubernetes-preserve-unknown-fields</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FreeFormAttribute : Attribute;

/// <summary>The field cannot change once set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ImmutableAttribute : Attribute;

/// <summary>The text, or each text of the map, is base64 (<c>format: byte</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BytesAttribute : Attribute;
