using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.OpenApi;

/// <summary>
/// Custom resources as OpenAPI components: the definition's own schema with what every object has. OpenAPI v2 knows no junctors
/// and no null, so they are left out there, as kubectl expects.
/// </summary>
internal static class CustomComponents
{
    private const string ApiVersion =
        "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may "
        + "reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";

    private const string Kind =
        "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot "
        + "be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";

    private const string Metadata = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

    private static readonly string[] Junctors = ["allOf", "anyOf", "oneOf", "not"];

    public static void AddTo(SchemaWriter schemas, KindDefinition kind, bool isV3)
    {
        SchemaShape metadata = RecordSchemas.Of(typeof(ObjectMeta)).Shape!;
        if (!schemas.Components.ContainsKey(metadata.Name!))
        {
            schemas.AddComponent(metadata);
        }

        JsonObject body = kind.Custom!.Schema is not { } schema || (!isV3 && (schema.PreserveUnknown || kind.Custom.PreservesEverything))
            ? new JsonObject { ["type"] = "object" }
            : Written(schema, schemas, isV3, isRoot: true);
        body["x-kubernetes-group-version-kind"] = OperationWriter.Identities(kind.Type.Group, kind.Type.Version, kind.Type.Kind);
        if (kind.FieldSelectors.Count > 0)
        {
            body["x-kubernetes-selectable-fields"] = new JsonArray([.. kind.FieldSelectors.Select(path => (JsonNode)new JsonObject { ["fieldPath"] = path })]);
        }

        schemas.Components[SchemaNames.OfCustom(kind.Type)] = body;
    }

    private static JsonObject Written(JsonSchema schema, SchemaWriter schemas, bool isV3, bool isRoot)
    {
        var json = (JsonObject)schema.Json.DeepClone();
        if (isV3)
        {
            Unfold(schema, json);
        }
        else
        {
            Reduce(schema, json);
        }

        foreach (string name in (ReadOnlySpan<string>)["items", "additionalProperties"])
        {
            if (json[name] is JsonObject && (name == "items" ? schema.Items : schema.AdditionalProperties) is { } below)
            {
                json[name] = Written(below, schemas, isV3, isRoot: false);
            }
        }

        if (json["properties"] is JsonObject properties)
        {
            foreach ((string name, JsonSchema property) in schema.Properties)
            {
                properties[name] = Written(property, schemas, isV3, isRoot: false);
            }
        }

        if (isRoot || (schema.EmbeddedResource && (isV3 || !schema.PreserveUnknown)))
        {
            AddMeta(json, schemas, isV3, isRoot);
        }

        return json;
    }

    private static void AddMeta(JsonObject json, SchemaWriter schemas, bool isV3, bool isRoot)
    {
        if (json["properties"] is not JsonObject properties)
        {
            properties = [];
            json["properties"] = properties;
        }

        string metadata = RecordSchemas.Of(typeof(ObjectMeta)).Shape!.Name!;
        properties["apiVersion"] = new JsonObject { ["description"] = ApiVersion, ["type"] = "string" };
        properties["kind"] = new JsonObject { ["description"] = Kind, ["type"] = "string" };
        JsonObject reference = isV3 ? new JsonObject { ["allOf"] = new JsonArray(schemas.Reference(metadata)) } : schemas.Reference(metadata);
        reference["description"] = Metadata;
        properties["metadata"] = reference;
        if (!isRoot)
        {
            string[] required = [.. (json.Array("required") ?? []).Select(each => KubeJson.AsString(each) ?? ""), "kind", "apiVersion"];
            json["required"] = new JsonArray([.. required.Distinct().Select(name => (JsonNode)name)]);
        }
    }

    private static void Unfold(JsonSchema schema, JsonObject json)
    {
        if (!schema.IntOrString || StructuralRules.IsIntOrStringPattern(schema.AnyOf) || (schema.AllOf.Count > 0 && StructuralRules.IsIntOrStringPattern(schema.AllOf[0].AnyOf)))
        {
            return;
        }

        var either = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
        if (schema.AnyOf.Count == 0)
        {
            json["anyOf"] = either;
        }
        else
        {
            JsonArray all = json["allOf"] as JsonArray ?? [];
            json["allOf"] ??= all;
            all.Insert(0, new JsonObject { ["anyOf"] = either });
        }
    }

    private static void Reduce(JsonSchema schema, JsonObject json)
    {
        foreach (string junctor in Junctors)
        {
            json.Remove(junctor);
        }

        if (schema.Nullable)
        {
            json.Remove("type");
            json.Remove("nullable");
        }

        if (schema.Nullable || schema.PreserveUnknown)
        {
            json.Remove("items");
            json.Remove("properties");
        }

        if ((schema.Type == "array" && json["items"] is null) || (schema.PreserveUnknown && schema.Type == "object"))
        {
            json.Remove("type");
        }

        string[] required = [.. schema.Required.Where(name => !(schema.Properties.TryGetValue(name, out JsonSchema? property) && property.Nullable))];
        if (required.Length != schema.Required.Count)
        {
            json.Remove("required");
            if (required.Length > 0)
            {
                json["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
            }
        }
    }
}
