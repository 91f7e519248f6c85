using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>Parts of definitions as kube-apiserver shows them in errors.</summary>
public static class DefinitionText
{
    /// <summary>Where errors place the schemas of the versions: one place when all versions have the same.</summary>
    public static IReadOnlyList<string> SchemaPaths(JsonArray versions)
    {
        ArgumentNullException.ThrowIfNull(versions);
        SharedParts shared = SharedParts.Of(versions);
        return shared.Schema ? [shared.SchemaPath(0)] : [.. versions.Select((_, index) => shared.SchemaPath(index))];
    }

    /// <summary>The schema is structural and its defaults fit it, so that rules can be compiled for it.</summary>
    public static bool IsSound(JsonSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (StructuralRules.Unsupported(schema) is not null || StructuralRules.Check(schema, "").Count > 0)
        {
            return false;
        }

        var errors = new FieldErrors();
        DefaultRules.Check(schema, "", isRoot: true, errors);
        return errors.IsEmpty;
    }

    /// <summary>Every schema with a default, and its path.</summary>
    public static IEnumerable<(JsonSchema Schema, string Path)> WithDefaults(JsonSchema schema, string path)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Default is not null)
        {
            yield return (schema, path);
        }

        IEnumerable<(JsonSchema, string)> below = schema.Properties.Select(property => (property.Value, StructuralRules.Property(path, property.Key)));
        foreach ((JsonSchema child, string at) in schema.Items is { } items ? below.Prepend((items, $"{path}.items")) : below)
        {
            foreach ((JsonSchema, string) each in WithDefaults(child, at))
            {
                yield return each;
            }
        }
    }

    /// <summary>A member of x-kubernetes-validations.</summary>
    public static string Rule(JsonObject rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return GoDefinitions.Rule(rule);
    }
}
