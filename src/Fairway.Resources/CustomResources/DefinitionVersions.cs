using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>One version of a definition: its name, schema, subresources, columns and selectable fields.</summary>
internal static class DefinitionVersions
{
    private const int MaxSelectableFields = 8;

    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    private static readonly string[] ColumnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

    /// <summary>Checks what a version has for itself.</summary>
    public static void Check(JsonObject version, int index, SharedParts shared, FieldErrors errors)
    {
        string path = $"spec.versions[{index}]";
        string name = version.Text("name") ?? "";
        if (Names.Label1035Problem(name) is { } problem)
        {
            errors.Invalid($"{path}.name", name, problem);
        }

        CheckDeprecation(version, path, errors);
        bool hasStatus = version["subresources"].Object("status") is not null;
        CheckParts(version, path, hasStatus, shared.SchemaPath(index), new SharedParts(!shared.Schema, !shared.Subresources, !shared.Columns, !shared.Fields), errors);
    }

    /// <summary>Checks what all versions have alike.</summary>
    public static void CheckShared(JsonArray versions, SharedParts shared, FieldErrors errors)
    {
        bool hasStatus = versions.Any(version => version?["subresources"].Object("status") is not null);
        if (versions[0] is JsonObject first)
        {
            CheckParts(first, "spec", hasStatus, shared.SchemaPath(0), shared, errors);
        }
    }

    private static void CheckParts(JsonObject version, string path, bool hasStatus, string schemaPath, SharedParts parts, FieldErrors errors)
    {
        JsonSchema? schema = version["schema"].Object("openAPIV3Schema") is { } json ? JsonSchema.Read(json) : null;
        if (schema is not null && parts.Schema)
        {
            SchemaRules.Check(schema, hasStatus, schemaPath, errors);
        }

        if (parts.Subresources)
        {
            CheckScale(version["subresources"].Object("scale"), $"{path}.subresources", errors);
        }

        JsonArray columns = parts.Columns ? version.Array("additionalPrinterColumns") ?? [] : [];
        for (int i = 0; i < columns.Count; i++)
        {
            CheckColumn(columns[i], $"{path}.additionalPrinterColumns[{i}]", errors);
        }

        if (parts.Fields && version.Array("selectableFields") is { Count: > 0 } fields)
        {
            CheckFields(fields, schema, $"{path}.selectableFields", errors);
        }
    }

    private static void CheckDeprecation(JsonObject version, string path, FieldErrors errors)
    {
        if (version.Text("deprecationWarning") is not { } warning)
        {
            return;
        }

        if (KubeJson.AsBool(version["deprecated"]) != true)
        {
            errors.Invalid($"{path}.deprecationWarning", warning, "can only be set for deprecated versions");
            return;
        }

        if (warning.Length > 256)
        {
            errors.Invalid($"{path}.deprecationWarning", warning, "must be <= 256 characters long");
        }

        if (warning.Length == 0)
        {
            errors.Invalid($"{path}.deprecationWarning", warning, "must not be an empty string");
        }

        int hidden = warning.AsSpan().IndexOfAnyInRange('\0', '\x1f');
        if (hidden >= 0)
        {
            errors.Invalid($"{path}.deprecationWarning", warning, $"must only contain printable UTF-8 characters; non-printable character found at index {hidden}");
        }
    }

    private static void CheckScale(JsonObject? scale, string path, FieldErrors errors)
    {
        if (scale is null)
        {
            return;
        }

        CheckPath(scale.Text("specReplicasPath"), $"{path}.scale.specReplicasPath", [".spec."], "should be a json path under .spec", required: true, errors);
        CheckPath(scale.Text("statusReplicasPath"), $"{path}.scale.statusReplicasPath", [".status."], "should be a json path under .status", required: true, errors);
        CheckPath(scale.Text("labelSelectorPath"), $"{path}.scale.labelSelectorPath", [".spec.", ".status."], "should be a json path under either .spec or .status", required: false, errors);
    }

    private static void CheckPath(string? jsonPath, string path, string[] roots, string elsewhere, bool required, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(jsonPath))
        {
            if (required)
            {
                errors.Required(path);
            }
        }
        else if (jsonPath[0] != '.')
        {
            errors.Invalid(path, jsonPath, "must be a simple json path starting with .");
        }
        else if (!roots.Any(root => jsonPath.StartsWith(root, StringComparison.Ordinal)))
        {
            errors.Invalid(path, jsonPath, elsewhere);
        }
    }

    private static void CheckColumn(JsonNode? column, string path, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(column.Text("name")))
        {
            errors.Required($"{path}.name");
        }

        string types = $"must be one of {string.Join(',', ColumnTypes)}";
        if (column.Text("type") is not { Length: > 0 } type)
        {
            errors.Required($"{path}.type", types);
        }
        else if (!ColumnTypes.Contains(type))
        {
            errors.Invalid($"{path}.type", type, types);
        }

        if (column.Text("format") is { Length: > 0 } format && !ColumnFormats.Contains(format))
        {
            errors.Invalid($"{path}.format", format, $"must be one of {string.Join(',', ColumnFormats)}");
        }

        if (column.Text("jsonPath") is not { Length: > 0 } jsonPath)
        {
            errors.Required($"{path}.JSONPath");
        }
        else if (jsonPath[0] != '.')
        {
            errors.Invalid($"{path}.JSONPath", jsonPath, "must be a simple json path starting with .");
        }
    }

    private static void CheckFields(JsonArray fields, JsonSchema? schema, string path, FieldErrors errors)
    {
        if (schema is null)
        {
            errors.Invalid(path, "", "selectableFields may only be set when version.schema.openAPIV3Schema is not included");
            return;
        }

        var unique = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < fields.Count; i++)
        {
            string at = $"{path}[{i}].jsonPath";
            string jsonPath = fields[i].Text("jsonPath") ?? "";
            if (jsonPath.Length == 0)
            {
                errors.Required(at);
                continue;
            }

            if (SchemaPaths.Problem(jsonPath, schema, allowsBrackets: false, out JsonSchema? found) is { } problem)
            {
                errors.Invalid(at, jsonPath, $"is an invalid path: {problem}");
                continue;
            }

            if (jsonPath.Split('.') is [_, "metadata", ..])
            {
                errors.Invalid(at, jsonPath, "must not point to fields in metadata");
            }

            if (found?.Type is not ("string" or "boolean" or "integer"))
            {
                errors.Invalid(at, jsonPath, "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.");
            }

            if (!unique.Add(jsonPath))
            {
                errors.Duplicate(at, jsonPath);
            }
        }

        if (unique.Count > MaxSelectableFields)
        {
            errors.TooMany(path, unique.Count, MaxSelectableFields);
        }
    }
}
