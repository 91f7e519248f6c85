using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// An OpenAPI v3 schema as CustomResourceDefinitions carry it (apiextensions.k8s.io/v1 JSONSchemaProps), read once into members.
/// Immutable. Whether it is structural is for <see cref="StructuralRules"/> to say.
/// </summary>
public sealed class JsonSchema
{
    private JsonSchema(JsonObject json) => Json = json;

    /// <summary>The schema as it is written.</summary>
    public JsonObject Json { get; }

    public string Type { get; private init; } = "";

    public string Format { get; private init; } = "";

    public string Title { get; private init; } = "";

    public string Description { get; private init; } = "";

    public string Pattern { get; private init; } = "";

    public bool Nullable { get; private init; }

    /// <summary>The value that is filled in; null when there is none (a null default is none).</summary>
    public JsonNode? Default { get; private init; }

    public IReadOnlyList<JsonNode?> Enum { get; private init; } = [];

    public double? Maximum { get; private init; }

    public bool ExclusiveMaximum { get; private init; }

    public double? Minimum { get; private init; }

    public bool ExclusiveMinimum { get; private init; }

    public double? MultipleOf { get; private init; }

    public long? MaxLength { get; private init; }

    public long? MinLength { get; private init; }

    public long? MaxItems { get; private init; }

    public long? MinItems { get; private init; }

    public long? MaxProperties { get; private init; }

    public long? MinProperties { get; private init; }

    public bool UniqueItems { get; private init; }

    public IReadOnlyList<string> Required { get; private init; } = [];

    /// <summary>Members in the order of their names.</summary>
    public IReadOnlyDictionary<string, JsonSchema> Properties { get; private init; } = new SortedDictionary<string, JsonSchema>(StringComparer.Ordinal);

    /// <summary>The schema of members that are not named; null when there is none or it is only a boolean.</summary>
    public JsonSchema? AdditionalProperties { get; private init; }

    /// <summary><c>additionalProperties</c> as a boolean: true where it is a schema; null when it is absent.</summary>
    public bool? AllowsAdditional { get; private init; }

    public JsonSchema? Items { get; private init; }

    /// <summary><c>items</c> is a list of schemas, which CustomResourceDefinitions do not support.</summary>
    public IReadOnlyList<JsonSchema> ItemList { get; private init; } = [];

    public IReadOnlyList<JsonSchema> AllOf { get; private init; } = [];

    public IReadOnlyList<JsonSchema> AnyOf { get; private init; } = [];

    public IReadOnlyList<JsonSchema> OneOf { get; private init; } = [];

    public JsonSchema? Not { get; private init; }

    public bool PreserveUnknown { get; private init; }

    public bool EmbeddedResource { get; private init; }

    public bool IntOrString { get; private init; }

    /// <summary><c>x-kubernetes-list-type</c>; null when absent.</summary>
    public string? ListType { get; private init; }

    public IReadOnlyList<string> ListMapKeys { get; private init; } = [];

    /// <summary><c>x-kubernetes-map-type</c>; null when absent.</summary>
    public string? MapType { get; private init; }

    /// <summary><c>x-kubernetes-validations</c>: rules in the Common Expression Language.</summary>
    public IReadOnlyList<JsonObject> Validations { get; private init; } = [];

    /// <summary>The member is written, whatever its value.</summary>
    public bool Has(string member) => Json.ContainsKey(member);

    /// <summary>Reads a schema whose JSON types are right (see <see cref="SchemaProps"/>).</summary>
    public static JsonSchema Read(JsonObject json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new JsonSchema(json)
        {
            Type = json.Text("type") ?? "",
            Format = json.Text("format") ?? "",
            Title = json.Text("title") ?? "",
            Description = json.Text("description") ?? "",
            Pattern = json.Text("pattern") ?? "",
            Nullable = Flag(json, "nullable"),
            Default = json["default"],
            Enum = [.. json.Array("enum") ?? []],
            Maximum = Number(json, "maximum"),
            ExclusiveMaximum = Flag(json, "exclusiveMaximum"),
            Minimum = Number(json, "minimum"),
            ExclusiveMinimum = Flag(json, "exclusiveMinimum"),
            MultipleOf = Number(json, "multipleOf"),
            MaxLength = json.Long("maxLength"),
            MinLength = json.Long("minLength"),
            MaxItems = json.Long("maxItems"),
            MinItems = json.Long("minItems"),
            MaxProperties = json.Long("maxProperties"),
            MinProperties = json.Long("minProperties"),
            UniqueItems = Flag(json, "uniqueItems"),
            Required = Texts(json, "required"),
            Properties = Map(json, "properties"),
            AdditionalProperties = json["additionalProperties"] is JsonObject additional ? Read(additional) : null,
            AllowsAdditional = json["additionalProperties"] switch { JsonObject => true, { } flag => KubeJson.AsBool(flag), null => null },
            Items = json["items"] is JsonObject item ? Read(item) : null,
            ItemList = List(json, "items"),
            AllOf = List(json, "allOf"),
            AnyOf = List(json, "anyOf"),
            OneOf = List(json, "oneOf"),
            Not = json["not"] is JsonObject not ? Read(not) : null,
            PreserveUnknown = Flag(json, "x-kubernetes-preserve-unknown-fields"),
            EmbeddedResource = Flag(json, "x-kubernetes-embedded-resource"),
            IntOrString = Flag(json, "x-kubernetes-int-or-string"),
            ListType = json.Text("x-kubernetes-list-type"),
            ListMapKeys = Texts(json, "x-kubernetes-list-map-keys"),
            MapType = json.Text("x-kubernetes-map-type"),
            Validations = [.. (json.Array("x-kubernetes-validations") ?? []).OfType<JsonObject>()],
        };
    }

    /// <summary>This schema, and every schema in it, wherever it stands.</summary>
    public IEnumerable<JsonSchema> SelfAndBelow()
    {
        yield return this;
        IEnumerable<JsonSchema?> children = [Items, .. ItemList, AdditionalProperties, .. Properties.Values, .. AllOf, .. AnyOf, .. OneOf, Not];
        foreach (JsonSchema? child in children)
        {
            foreach (JsonSchema each in child?.SelfAndBelow() ?? [])
            {
                yield return each;
            }
        }
    }

    private static bool Flag(JsonObject json, string name) => KubeJson.AsBool(json[name]) == true;

    private static double? Number(JsonObject json, string name)
        => json[name] is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number ? GoNumbers.AsDouble(value) : null;

    private static string[] Texts(JsonObject json, string name) => [.. (json.Array(name) ?? []).Select(each => KubeJson.AsString(each) ?? "")];

    private static JsonSchema[] List(JsonObject json, string name) => [.. (json.Array(name) ?? []).OfType<JsonObject>().Select(Read)];

    private static SortedDictionary<string, JsonSchema> Map(JsonObject json, string name)
    {
        var map = new SortedDictionary<string, JsonSchema>(StringComparer.Ordinal);
        foreach ((string member, JsonNode? value) in json.Object(name) ?? [])
        {
            map[member] = Read(value as JsonObject ?? []);
        }

        return map;
    }
}
