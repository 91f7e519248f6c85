using System.Text.Json.Nodes;
using Fairway.Resources.OpenApi;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Crds;

/// <summary>Kinds as apiextensions.k8s.io/v1 CustomResourceDefinitions, for a real cluster.</summary>
public static class CustomResourceDefinitions
{
    /// <summary>The definition of one kind.</summary>
    public static JsonObject Of(KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = kind.Type.GroupResource },
            ["spec"] = new JsonObject
            {
                ["group"] = kind.Type.Group,
                ["names"] = Names(kind),
                ["scope"] = kind.Type.Namespaced ? "Namespaced" : "Cluster",
                ["versions"] = new JsonArray(Version(kind)),
            },
        };
    }

    private static JsonObject Names(KindDefinition kind)
    {
        var names = new JsonObject
        {
            ["kind"] = kind.Type.Kind,
            ["listKind"] = kind.Type.Kind + "List",
            ["plural"] = kind.Type.Plural,
            ["singular"] = kind.Type.Kind.ToLowerInvariant(),
        };
        if (kind.Declared.ShortNames.Length > 0)
        {
            names["shortNames"] = new JsonArray([.. kind.Declared.ShortNames.Select(name => (JsonNode)name)]);
        }

        if (kind.Declared.Categories.Length > 0)
        {
            names["categories"] = new JsonArray([.. kind.Declared.Categories.Select(name => (JsonNode)name)]);
        }

        return names;
    }

    private static JsonObject Version(KindDefinition kind)
    {
        var version = new JsonObject
        {
            ["name"] = kind.Type.Version,
            ["served"] = true,
            ["storage"] = true,
            ["schema"] = new JsonObject { ["openAPIV3Schema"] = Schema(kind) },
        };
        var subresources = new JsonObject();
        if (kind.Declared.Status)
        {
            subresources["status"] = new JsonObject();
        }

        if (kind.Declared.Scale)
        {
            subresources["scale"] = new JsonObject { ["specReplicasPath"] = ".spec.replicas", ["statusReplicasPath"] = ".status.replicas", ["labelSelectorPath"] = ".status.selector" };
        }

        if (subresources.Count > 0)
        {
            version["subresources"] = subresources;
        }

        if (kind.Columns.Count > 0)
        {
            version["additionalPrinterColumns"] = new JsonArray([.. kind.Columns.Select(column => (JsonNode)Column(column))]);
        }

        JsonNode[] selectable = [.. kind.FieldSelectors.Where(path => !path.StartsWith("metadata.", StringComparison.Ordinal)).Select(path => new JsonObject { ["jsonPath"] = "." + path })];
        if (selectable.Length > 0)
        {
            version["selectableFields"] = new JsonArray(selectable);
        }

        return version;
    }

    /// <summary>The structural schema; metadata is Kubernetes' own business.</summary>
    private static JsonObject Schema(KindDefinition kind)
    {
        ResourceSchema schema = RecordSchemas.Of(kind);
        JsonObject json = new SchemaWriter(SchemaDialect.Structural).Write(schema);
        JsonObject properties = json["properties"]!.AsObject();
        properties["metadata"] = new JsonObject { ["type"] = "object" };
        return json;
    }

    private static JsonObject Column(ColumnAttribute declared)
    {
        var column = new JsonObject { ["name"] = declared.Name, ["type"] = declared.Type, ["jsonPath"] = declared.JsonPath };
        if (declared.Description.Length > 0)
        {
            column["description"] = declared.Description;
        }

        if (declared.Priority != 0)
        {
            column["priority"] = declared.Priority;
        }

        return column;
    }
}
