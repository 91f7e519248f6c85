using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>Checks that a configuration can be applied: declared fields, types, unique list keys, the right version.</summary>
internal static class AppliedConfiguration
{
    /// <exception cref="StatusException">400, in kube-apiserver's words.</exception>
    public static void Check(KindDefinition kind, ResourceSchema schema, JsonObject applied, string named)
    {
        if (applied["metadata"].Array("managedFields") is { Count: > 0 })
        {
            throw StatusException.BadRequest("metadata.managedFields must be nil");
        }

        if (applied.Text("apiVersion") is { } version && version != kind.Type.ApiVersion)
        {
            throw StatusException.BadRequest($"Incorrect version specified in apply patch. Specified patch version: {version}, expected: {kind.Type.ApiVersion}");
        }

        var errors = new List<string>();
        Visit(applied, schema, [], errors);
        if (errors.Count > 0)
        {
            string what = errors.Count == 1 ? errors[0] : "errors:\n" + string.Join('\n', errors.Select(error => "  " + error));
            throw new StatusException(500, "", $"failed to create typed patch object ({named}; {kind.Type.ApiVersion}, Kind={kind.Type.Kind}): {what}");
        }
    }

    private static void Visit(JsonNode? value, ResourceSchema schema, List<string> path, List<string> errors)
    {
        if (value is null || schema.Type == SchemaType.Any)
        {
            return;
        }

        if (!Validation.HasType(value, schema))
        {
            errors.Add($"{PathElements.Text(path)}: expected {Expected(schema)}, got {Actual(value)}");
            return;
        }

        switch (value)
        {
            case JsonObject members:
                VisitMembers(members, schema, path, errors);
                break;
            case JsonArray items when schema.Items is not null:
                VisitItems(items, schema, path, errors);
                break;
        }
    }

    private static void VisitMembers(JsonObject members, ResourceSchema schema, List<string> path, List<string> errors)
    {
        foreach ((string name, JsonNode? value) in members)
        {
            path.Add(PathElements.Field(name));
            if (schema.Shape is null && schema.Values is null)
            {
                // Free-form: anything goes.
            }
            else if (schema.Member(name) is { } member)
            {
                Visit(value, member, path, errors);
            }
            else
            {
                errors.Add($"{PathElements.Text(path)}: field not declared in schema");
            }

            path.RemoveAt(path.Count - 1);
        }
    }

    private static void VisitItems(JsonArray items, ResourceSchema list, List<string> path, List<string> errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < items.Count; i++)
        {
            string element = $"i:{i}";
            if (list.Sharing != ListSharing.Atomic)
            {
                if (PathElements.OfItem(items[i], list) is not { } identity)
                {
                    errors.Add($"{PathElements.Text(path)}: element {i}: {Missing(list)}");
                    continue;
                }

                if (!seen.Add(identity))
                {
                    errors.Add($"{PathElements.Text(path)}: duplicate entries for key {PathElements.Text([identity])}");
                }

                element = identity;
            }

            path.Add(element);
            Visit(items[i], list.Items!, path, errors);
            path.RemoveAt(path.Count - 1);
        }
    }

    private static string Missing(ResourceSchema list) => list.Sharing == ListSharing.Set
        ? "associative list without keys has an element that's a map type"
        : "associative list with keys has an element that omits all key fields "
            + $"[{string.Join(' ', list.ListMapKeys.Select(KubeJson.Quote))}] (and doesn't have default values for any key fields)";

    private static string Expected(ResourceSchema schema) => schema.Type switch
    {
        SchemaType.Object => "map",
        SchemaType.Array => "list",
        SchemaType.Integer or SchemaType.Number => "numeric (int or float)",
        SchemaType.Boolean => "boolean",
        _ => "string",
    };

    private static string Actual(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "map",
        JsonValueKind.Array => "list",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "boolean",
    };
}
