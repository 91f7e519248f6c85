using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.ApiExtensions;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>Where the scale subresource of a custom resource finds its values: dotted paths from the object's root.</summary>
public sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? Selector);

/// <summary>A column of a custom resource as its definition gives it.</summary>
public sealed record PrinterColumn(string Name, string Type, string Format, string Description, int Priority, string JsonPath);

/// <summary>What one served version of a CustomResourceDefinition says beyond what every kind has. Immutable.</summary>
public sealed class CustomKind
{
    private readonly Lazy<ResourceSchema> _resource;

    internal CustomKind(string definition, JsonObject spec, JsonObject version, ResourceType type, string storageVersion)
    {
        Definition = definition;
        StorageApiVersion = $"{type.Group}/{storageVersion}";
        JsonObject? schema = version["schema"].Object("openAPIV3Schema");
        Schema = schema is null ? null : JsonSchema.Read(schema);
        Conversion = spec["conversion"].Text("strategy") == "Webhook" ? spec["conversion"].Object("webhook") : null;
        PreservesEverything = KubeJson.AsBool(spec["preserveUnknownFields"]) == true;
        _resource = new Lazy<ResourceSchema>(() => StructuralSchemas.Root(Schema, SchemaNames.OfCustom(type), type.Kind, PreservesEverything));
        Scale = version["subresources"].Object("scale") is { } scale
            ? new ScalePaths((scale.Text("specReplicasPath") ?? "").TrimStart('.'), (scale.Text("statusReplicasPath") ?? "").TrimStart('.'), scale.Text("labelSelectorPath")?.TrimStart('.'))
            : null;
        Columns = version.Array("additionalPrinterColumns") is { Count: > 0 } columns ? [.. columns.Select(Column)] : [];
    }

    /// <summary>The definition's name: <c>crontabs.stable.example.com</c>.</summary>
    public string Definition { get; }

    /// <summary>The version that objects are stored in; on every read they are given the version that was asked for.</summary>
    public string StorageApiVersion { get; }

    /// <summary>The webhook that converts between versions (its clientConfig and conversionReviewVersions); null: versions differ by name alone.</summary>
    public JsonObject? Conversion { get; }

    /// <summary>The version's schema; null where the definition has none.</summary>
    public JsonSchema? Schema { get; }

    /// <summary>The schema that everything but value validation reads.</summary>
    public ResourceSchema Resource => _resource.Value;

    public required string Singular { get; init; }

    public required string ListKind { get; init; }

    /// <summary>Where scale finds its values; null without the subresource.</summary>
    public ScalePaths? Scale { get; }

    /// <summary>Declared columns; empty: only the age is shown.</summary>
    public IReadOnlyList<PrinterColumn> Columns { get; }

    /// <summary>The text of the Warning header for requests to a deprecated version; null for others.</summary>
    public string? DeprecationWarning { get; init; }

    /// <summary>The definition is being deleted: nothing new is created, and discovery tells so.</summary>
    public bool IsTerminating { get; init; }

    /// <summary>The legacy flag that keeps unknown fields of all versions.</summary>
    public bool PreservesEverything { get; }

    /// <summary>The schema of status alone, when the definition has one.</summary>
    public JsonSchema? StatusSchema => Schema is not null && Schema.Properties.TryGetValue("status", out JsonSchema? status) ? status : null;

    private static PrinterColumn Column(JsonNode? column) => new(
        column.Text("name") ?? "",
        column.Text("type") ?? "",
        column.Text("format") ?? "",
        column.Text("description") ?? "",
        (int)(column.Long("priority") ?? 0),
        column.Text("jsonPath") ?? "");
}

/// <summary>Makes kinds from CustomResourceDefinitions.</summary>
public static class CustomKinds
{
    /// <summary>The kinds that a definition serves: one for each served version, the most stable first; none before its names are accepted.</summary>
    public static IReadOnlyList<KindDefinition> Of(Document definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        JsonObject crd = definition.ToNode();
        JsonObject? spec = crd["spec"] as JsonObject;
        if (spec is null || !DefinitionConditions.IsTrue(crd, DefinitionConditions.Established))
        {
            return [];
        }

        JsonObject[] versions = [.. (spec.Array("versions") ?? []).OfType<JsonObject>()];
        string? storage = versions.FirstOrDefault(each => KubeJson.AsBool(each["storage"]) == true).Text("name");
        return storage is null ? [] :
        [
            .. versions.Where(IsServed)
                .OrderBy(each => each.Text("name") ?? "", KubeVersions.MostStableFirst)
                .Select(version => Make(definition.Header.Name, crd, spec, version, versions, storage)),
        ];
    }

    private static bool IsServed(JsonObject version) => KubeJson.AsBool(version["served"]) == true;

    private static KindDefinition Make(string name, JsonObject crd, JsonObject spec, JsonObject version, JsonObject[] versions, string storage)
    {
        JsonObject names = crd["status"].Object("acceptedNames") ?? [];
        var type = new ResourceType
        {
            Group = spec.Text("group") ?? "",
            Version = version.Text("name") ?? "",
            Kind = names.Text("kind") ?? "",
            Plural = names.Text("plural") ?? "",
            Namespaced = spec.Text("scope") == "Namespaced",
        };
        var custom = new CustomKind(name, spec, version, type, storage)
        {
            Singular = names.Text("singular") ?? type.Kind.ToLowerInvariant(),
            ListKind = names.Text("listKind") ?? type.Kind + "List",
            DeprecationWarning = Warning(type, version, versions),
            IsTerminating = DefinitionConditions.IsTrue(crd, DefinitionConditions.Terminating),
        };
        JsonObject? subresources = version["subresources"] as JsonObject;
        return new KindDefinition
        {
            Type = type,
            Custom = custom,
            Columns = [],
            FieldSelectors = [.. (version.Array("selectableFields") ?? []).Select(field => (field.Text("jsonPath") ?? "").TrimStart('.'))],
            Declared = new KindAttribute(type.ApiVersion, type.Plural)
            {
                Namespaced = type.Namespaced,
                ShortNames = Texts(names, "shortNames"),
                Categories = Texts(names, "categories"),
                Status = subresources?["status"] is not null,
                Scale = subresources?["scale"] is not null,
            },
        };
    }

    private static string[] Texts(JsonObject names, string member) => [.. (names.Array(member) ?? []).Select(each => KubeJson.AsString(each) ?? "")];

    private static string? Warning(ResourceType type, JsonObject version, JsonObject[] versions)
    {
        if (KubeJson.AsBool(version["deprecated"]) != true)
        {
            return null;
        }

        if (version.Text("deprecationWarning") is { } given)
        {
            return given;
        }

        string message = $"{type.ApiVersion} {type.Kind} is deprecated";
        string? better = versions
            .Where(each => IsServed(each) && KubeJson.AsBool(each["deprecated"]) != true)
            .Select(each => each.Text("name") ?? "")
            .Where(each => KubeVersions.MostStableFirst.Compare(each, type.Version) < 0)
            .Order(KubeVersions.MostStableFirst)
            .FirstOrDefault();
        return better is null ? message : $"{message}; use {type.Group}/{better} {type.Kind}";
    }
}
