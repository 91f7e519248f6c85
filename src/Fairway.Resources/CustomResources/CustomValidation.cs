using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// Everything about a custom resource that its definition demands, in kube-apiserver's order: schema, replicas of the scale
/// subresource, embedded objects, lists. Rules in the Common Expression Language come after it, in the API server.
/// </summary>
internal static class CustomValidation
{
    public static void Create(CustomKind kind, JsonObject target, FieldErrors errors)
    {
        if (kind.Schema is { } schema)
        {
            SchemaValidator.Validate(target, schema, "", errors);
        }

        CheckScaleSpec(kind.Scale, target, errors);
        CheckScaleStatus(kind.Scale, target, errors);
        CheckParts(kind, null, target, errors);
    }

    public static void Update(CustomKind kind, JsonObject old, JsonObject target, FieldErrors errors)
    {
        if (kind.Schema is { } schema)
        {
            SchemaValidator.ValidateUpdate(target, old, schema, "", errors);
        }

        CheckScaleSpec(kind.Scale, target, errors);
        CheckScaleStatus(kind.Scale, target, errors);
        CheckParts(kind, old, target, errors);
    }

    public static void UpdateStatus(CustomKind kind, JsonObject old, JsonObject target, FieldErrors errors)
    {
        if (kind.StatusSchema is { } status && target.TryGetPropertyValue("status", out JsonNode? value))
        {
            SchemaValidator.ValidateUpdate(value, old["status"], status, "status", errors);
        }

        CheckScaleStatus(kind.Scale, target, errors);
        if (kind.Schema is { } schema)
        {
            CheckLists(schema, old, target, errors);
        }
    }

    /// <summary>The value at a dotted path, and whether it is there.</summary>
    internal static bool TryFind(JsonObject target, string path, out JsonNode? value)
    {
        value = target;
        foreach (string step in path.Split('.'))
        {
            if (value is not JsonObject members || !members.TryGetPropertyValue(step, out value))
            {
                value = null;
                return false;
            }
        }

        return true;
    }

    private static void CheckParts(CustomKind kind, JsonObject? old, JsonObject target, FieldErrors errors)
    {
        if (kind.Schema is { } schema)
        {
            EmbeddedObjects.Validate(target, schema, "", isObject: false, errors);
            CheckLists(schema, old, target, errors);
        }
    }

    // What was wrong with a list before the change is not held against the change.
    private static void CheckLists(JsonSchema schema, JsonObject? old, JsonObject target, FieldErrors errors)
    {
        var before = new FieldErrors();
        if (old is not null)
        {
            ListTypes.Validate(old, schema, before);
        }

        if (before.IsEmpty)
        {
            ListTypes.Validate(target, schema, errors);
        }
    }

    private static void CheckScaleSpec(ScalePaths? scale, JsonObject target, FieldErrors errors)
    {
        if (scale is not null)
        {
            CheckReplicas(scale.SpecReplicas, target, errors);
        }
    }

    private static void CheckScaleStatus(ScalePaths? scale, JsonObject target, FieldErrors errors)
    {
        if (scale is null)
        {
            return;
        }

        CheckReplicas(scale.StatusReplicas, target, errors);
        if (scale.Selector is { } selector && TryFind(target, selector, out JsonNode? text) && KubeJson.AsString(text) is null)
        {
            errors.Invalid("." + selector, "", $".{selector} accessor error: {Go(text)} is of the type {GoType(text)}, expected string");
        }
    }

    private static void CheckReplicas(string path, JsonObject target, FieldErrors errors)
    {
        string field = "." + path;
        if (Blocked(target, path) is { } blocked)
        {
            errors.Invalid(field, 0, blocked);
            return;
        }

        if (!TryFind(target, path, out JsonNode? value))
        {
            return;
        }

        if (value is not JsonValue scalar || scalar.GetValueKind() != System.Text.Json.JsonValueKind.Number || GoNumbers.AsInteger(scalar) is not { } replicas)
        {
            errors.Invalid(field, 0, $".{path} accessor error: {Go(value)} is of the type {GoType(value)}, expected int64");
        }
        else if (replicas < 0)
        {
            errors.Invalid(field, replicas, "should be a non-negative integer");
        }
        else if (replicas > int.MaxValue)
        {
            errors.Invalid(field, replicas, $"should be less than or equal to {int.MaxValue.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    /// <summary>What stands in the way of a path: something on it that has no members.</summary>
    private static string? Blocked(JsonObject target, string path)
    {
        JsonNode? value = target;
        string[] steps = path.Split('.');
        for (int i = 0; i < steps.Length; i++)
        {
            if (value is null)
            {
                return null;
            }

            if (value is not JsonObject members)
            {
                return $".{string.Join('.', steps[..(i + 1)])} accessor error: {Go(value)} is of the type {GoType(value)}, expected map[string]interface{{}}";
            }

            value = members[steps[i]];
        }

        return null;
    }

    private static string Go(JsonNode? value)
        => value is JsonValue scalar && scalar.GetValueKind() == System.Text.Json.JsonValueKind.Number ? GoNumbers.Print(scalar) : KubeJson.ShowGoPlain(value);

    private static string GoType(JsonNode? value) => KubeJson.TypeOf(value) switch
    {
        "null" => "<nil>",
        "object" => "map[string]interface {}",
        "array" => "[]interface {}",
        "boolean" => "bool",
        "integer" => "int64",
        "number" => "float64",
        _ => "string",
    };
}
