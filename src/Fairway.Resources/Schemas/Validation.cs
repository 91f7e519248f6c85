using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>
/// Checks a tree against its schema: types, required members, bounds, patterns, closed sets, formats, list keys. Everything
/// wrong is reported, in kube-apiserver's words: those of its own kinds or those of custom resources, which differ.
/// </summary>
public sealed class Validation
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new();

    private readonly PathStack _path = new();
    private readonly FieldErrors _errors;
    private readonly bool _builtIn;

    private Validation(FieldErrors errors, bool builtIn)
    {
        _errors = errors;
        _builtIn = builtIn;
    }

    /// <summary>Checks a whole object.</summary>
    /// <param name="target">The object, already defaulted and pruned.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="builtIn">Word bounds as Kubernetes' own kinds do, not as custom resources.</param>
    /// <param name="errors">Where errors go.</param>
    public static void Validate(JsonObject target, ResourceSchema schema, bool builtIn, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(errors);
        new Validation(errors, builtIn).Visit(target, schema);
    }

    private void Visit(JsonNode? value, ResourceSchema schema)
    {
        if (value is null && (schema.Nullable || schema.Type == SchemaType.Any))
        {
            return;
        }

        if (!HasType(value, schema))
        {
            _errors.TypeInvalid(_path.ToString(), KubeJson.TypeOf(value), ExpectedType(schema));
            return;
        }

        switch (value)
        {
            case JsonObject members:
                VisitObject(members, schema);
                break;
            case JsonArray items:
                VisitList(items, schema);
                break;
            case JsonValue scalar:
                VisitScalar(scalar, schema);
                break;
        }
    }

    private void VisitObject(JsonObject members, ResourceSchema schema)
    {
        if (schema.Shape is null && schema.Values is null)
        {
            return;
        }

        foreach (string required in schema.Shape?.Required ?? [])
        {
            if (!members.TryGetPropertyValue(required, out JsonNode? present) || present is null)
            {
                _errors.Required(_path.With(required));
            }
        }

        foreach ((string name, JsonNode? value) in members)
        {
            bool declared = schema.Declares(name);
            if (schema.Member(name) is not { } member || (value is null && declared))
            {
                continue;
            }

            if (declared)
            {
                _path.Push(name);
            }
            else
            {
                _path.PushKey(name);
            }

            Visit(value, member);
            _path.Pop();
        }
    }

    private void VisitList(JsonArray items, ResourceSchema schema)
    {
        if (schema.MinItems is { } least && items.Count < least)
        {
            if (_builtIn && items.Count == 0)
            {
                _errors.Required(_path.ToString());
                return;
            }

            _errors.Invalid(_path.ToString(), items.Count, _builtIn ? $"must have at least {least} items" : $"{_path} in body should have at least {least} items");
        }

        if (schema.MaxItems is { } most && items.Count > most)
        {
            _errors.TooMany(_path.ToString(), items.Count, most);
        }

        if (schema.Items is not { } item)
        {
            return;
        }

        for (int i = 0; i < items.Count; i++)
        {
            _path.Push(i);
            Visit(items[i], item);
            _path.Pop();
        }

        if (!_builtIn)
        {
            CheckKeys(items, schema);
        }
    }

    private void CheckKeys(JsonArray items, ResourceSchema schema)
    {
        if (schema.Sharing == ListSharing.Atomic)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < items.Count; i++)
        {
            JsonNode? identity = schema.Sharing == ListSharing.Set ? items[i] : KeyOf(items[i] as JsonObject, schema);
            if (!seen.Add(identity?.ToJsonString() ?? "null"))
            {
                _errors.Duplicate($"{_path}[{i}]", identity);
            }
        }
    }

    private static JsonObject KeyOf(JsonObject? item, ResourceSchema schema)
    {
        var key = new JsonObject();
        foreach (string name in schema.ListMapKeys)
        {
            key[name] = item?[name]?.DeepClone();
        }

        return key;
    }

    private void VisitScalar(JsonValue scalar, ResourceSchema schema)
    {
        switch (scalar.GetValueKind())
        {
            case JsonValueKind.Number:
                VisitNumber(scalar, schema);
                break;
            case JsonValueKind.String:
                VisitText(scalar, scalar.GetValue<string>(), schema);
                break;
        }
    }

    private void VisitNumber(JsonValue scalar, ResourceSchema schema)
    {
        if (schema.Minimum is null && schema.Maximum is null)
        {
            return;
        }

        double number = double.Parse(scalar.ToJsonString(), CultureInfo.InvariantCulture);
        if (schema.Minimum is { } least && number < least)
        {
            Bound(scalar, $"greater than or equal to {least.ToString(CultureInfo.InvariantCulture)}");
        }

        if (schema.Maximum is { } most && number > most)
        {
            Bound(scalar, $"less than or equal to {most.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    private void Bound(JsonValue scalar, string bound)
        => _errors.Invalid(_path.ToString(), scalar, _builtIn ? $"must be {bound}" : $"{_path} in body should be {bound}");

    private void VisitText(JsonValue scalar, string text, ResourceSchema schema)
    {
        string path = "";
        if (schema.Enum.Count > 0 && !schema.Enum.Contains(text, StringComparer.Ordinal))
        {
            _errors.NotSupported(_path.ToString(), scalar, schema.Enum);
        }

        if (schema.MaxLength is { } most && text.Length > most)
        {
            _errors.TooLong(_path.ToString(), most);
        }

        if (schema.MinLength is { } least && text.Length < least)
        {
            path = _path.ToString();
            _errors.Invalid(path, scalar, _builtIn ? $"must be at least {least} characters" : $"{path} in body should be at least {least} chars long");
        }

        if (schema.Pattern is { } pattern && !Matches(pattern, text))
        {
            path = _path.ToString();
            _errors.Invalid(path, scalar, _builtIn ? $"must match '{pattern}'" : $"{path} in body should match '{pattern}'");
        }

        CheckFormat(scalar, text, schema);
    }

    private void CheckFormat(JsonValue scalar, string text, ResourceSchema schema)
    {
        bool good = schema.Type switch
        {
            SchemaType.Quantity => Quantity.TryParse(text, out _),
            SchemaType.String when schema.Format == "date-time" => IsDateTime(text),
            SchemaType.String when schema.Format == "byte" => IsBase64(text),
            _ => true,
        };
        if (!good)
        {
            _errors.Invalid(_path.ToString(), scalar, schema.Type == SchemaType.Quantity
                ? "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                : $"{_path} in body must be of type {schema.Format}: {KubeJson.Quote(text)}");
        }
    }

    internal static bool IsBase64(string text)
    {
        byte[] room = new byte[((text.Length * 3) / 4) + 3];
        return Convert.TryFromBase64String(text, room, out _);
    }

    private static bool IsDateTime(string text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            && text.Length >= 20 && text[10] is 'T' or 't';

    private static bool Matches(string pattern, string text)
        => Patterns.GetOrAdd(pattern, static each => new Regex(each, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)).IsMatch(text);

    private static string ExpectedType(ResourceSchema schema) => schema.Type switch
    {
        SchemaType.Object => "object",
        SchemaType.Array => "array",
        SchemaType.Integer => "integer",
        SchemaType.Number => "number",
        SchemaType.Boolean => "boolean",
        SchemaType.IntOrString => "integer or string",
        _ => "string",
    };

    internal static bool HasType(JsonNode? value, ResourceSchema schema) => schema.Type switch
    {
        SchemaType.Any => true,
        SchemaType.Object => value is JsonObject,
        SchemaType.Array => value is JsonArray,
        SchemaType.String => value?.GetValueKind() == JsonValueKind.String,
        SchemaType.Boolean => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        SchemaType.Number => value?.GetValueKind() == JsonValueKind.Number,
        SchemaType.Integer => FitsInteger(value, schema.Format),
        SchemaType.IntOrString => value?.GetValueKind() == JsonValueKind.String || FitsInteger(value, "int32"),
        _ => value?.GetValueKind() is JsonValueKind.String or JsonValueKind.Number,
    };

    private static bool FitsInteger(JsonNode? value, string? format)
        => KubeJson.AsLong(value) is { } number && (format != "int32" || number is >= int.MinValue and <= int.MaxValue);
}
