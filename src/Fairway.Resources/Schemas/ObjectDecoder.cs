using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>A request body as a tree, and what in it the schema does not know.</summary>
/// <param name="Object">The object, pruned to the schema.</param>
/// <param name="Problems"><c>unknown field "spec.foo"</c> and <c>duplicate field "spec.x"</c>, in document order.</param>
public sealed record DecodedObject(JsonObject Object, IReadOnlyList<string> Problems);

/// <summary>
/// Reads raw JSON into a tree in one pass, pruning unknown members and noticing duplicates, which a tree could not show.
/// The last of several duplicates counts.
/// </summary>
public static class ObjectDecoder
{
    private const int MaxProblems = 100;

    /// <summary>Decodes a body against a schema.</summary>
    /// <exception cref="StatusException">400: not JSON, too deep, or not an object.</exception>
    public static DecodedObject Decode(ReadOnlySpan<byte> utf8, ResourceSchema schema)
    {
        try
        {
            return DecodeObject(utf8, schema, null);
        }
        catch (BodyException broken)
        {
            throw StatusException.BadRequest($"the request body is not valid JSON: {broken.Message}");
        }
    }

    /// <summary>The same for the body of a write to a kind, whose refusal names it.</summary>
    /// <exception cref="StatusException">400.</exception>
    public static DecodedObject Decode(ReadOnlySpan<byte> utf8, ResourceSchema schema, ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        string kind = type.Kind;
        try
        {
            return DecodeObject(utf8, schema, GoStruct.Of(type));
        }
        catch (BodyException broken)
        {
            throw StatusException.BadRequest(
                $"the object provided is unrecognized (must be of type {kind}): {(broken.IsPrefixed ? "couldn't get version/kind; json parse error: " : "")}{broken.Message} ({Summary(utf8)})");
        }
    }

    /// <summary>The refusal of a body that does not say what it is.</summary>
    public static StatusException Unrecognized(ReadOnlySpan<byte> utf8, string kind, string reason)
        => StatusException.BadRequest($"the object provided is unrecognized (must be of type {kind}): {reason} ({Summary(utf8)})");

    private static DecodedObject DecodeObject(ReadOnlySpan<byte> utf8, ResourceSchema schema, GoStruct? go)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var problems = new List<string>();
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null && go is not null)
            {
                return new DecodedObject([], problems);
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new BodyException($"json: cannot unmarshal {Describe(reader.TokenType)} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}");
            }

            var walk = new Walk(problems);
            JsonObject root = walk.ReadObject(ref reader, schema, go);
            if (reader.Read())
            {
                throw new BodyException("invalid character after top-level value");
            }

            if (go is not null)
            {
                CheckTypeNames(root);
            }

            return new DecodedObject(root, problems);
        }
        catch (JsonException error)
        {
            throw new BodyException(GoReason(utf8, error));
        }
    }

    // Which kind an object is of is read before, and apart from, all else.
    private static void CheckTypeNames(JsonObject root)
    {
        foreach (string name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            if (root[name] is { } value && KubeJson.AsString(value) is null)
            {
                throw new BodyException($"json: cannot unmarshal {Decoding.GoKind(value)} into Go struct field .{name} of type string");
            }
        }

        if (KubeJson.AsString(root["apiVersion"]) is { } version && version.AsSpan().Count('/') > 1)
        {
            throw new BodyException($"unexpected GroupVersion string: {version}", isPrefixed: false);
        }
    }

    /// <summary>Why a text is no JSON, as Go's decoder says it.</summary>
    public static string Reason(ReadOnlySpan<byte> utf8, JsonException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return GoReason(utf8, error);
    }

    /// <summary>As Go's decoder says it: what is unfinished, or the first letter that does not fit.</summary>
    internal static string GoReason(ReadOnlySpan<byte> utf8, JsonException error)
    {
        if (error.Message.Contains("maximum configured depth", StringComparison.Ordinal))
        {
            return "exceeded max depth";
        }

        return GoSyntax.Problem(utf8) ?? Reason(error);
    }

    private static string Summary(ReadOnlySpan<byte> utf8)
    {
        const int Most = 30;
        return utf8.Length == 0 ? "<empty>"
            : utf8[0] == (byte)'{' ? System.Text.Encoding.UTF8.GetString(utf8[..Math.Min(Most, utf8.Length)]) + (utf8.Length > Most ? " ..." : "")
            : Convert.ToHexStringLower(utf8[..Math.Min(Most, utf8.Length)]) + (utf8.Length > Most ? " ..." : "");
    }

    internal static string Reason(JsonException error)
    {
        int cut = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return cut < 0 ? error.Message : error.Message[..cut];
    }

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "array",
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.Null or JsonTokenType.None => "null",
        _ => "bool",
    };

    private sealed class Walk(List<string> problems)
    {
        private readonly PathStack _path = new();

        public JsonObject ReadObject(ref Utf8JsonReader reader, ResourceSchema schema, GoStruct? go)
        {
            var result = new JsonObject();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                _path.Push(name);
                ReadMember(ref reader, schema, go, result, name);
                _path.Pop();
            }

            return result;
        }

        private void ReadMember(ref Utf8JsonReader reader, ResourceSchema schema, GoStruct? go, JsonObject result, string name)
        {
            ResourceSchema? member = schema.Shape is null && schema.Values is null ? ResourceSchema.FreeForm : schema.Member(name);
            if (member is null)
            {
                if (go?.Member(name) is null)
                {
                    Report("unknown field");
                }

                reader.Read();
                reader.Skip();
                return;
            }

            if (result.ContainsKey(name))
            {
                Report("duplicate field");
            }

            reader.Read();
            JsonNode? value = ReadValue(ref reader, member, go?.Member(name)?.Within);
            if (value is null && DropsNull(schema, member, name))
            {
                result.Remove(name);
                return;
            }

            result[name] = value ?? (schema.Values is { IsStructural: false } values ? Zero(values) : null);
        }

        private JsonNode? ReadValue(ref Utf8JsonReader reader, ResourceSchema schema, GoStruct? go)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    return ReadObject(ref reader, schema.Type is SchemaType.Object or SchemaType.Any ? schema : ResourceSchema.FreeForm, go);
                case JsonTokenType.StartArray:
                    return ReadArray(ref reader, schema.Items ?? ResourceSchema.FreeForm, go);
                case JsonTokenType.String:
                    return JsonValue.Create(TimeForms.Canonical(reader.GetString()!, schema));
                case JsonTokenType.Number:
                    // Backed by the text: it reads as int, long or double alike, and is written as it came.
                    return JsonValue.Create(JsonElement.ParseValue(ref reader));
                case JsonTokenType.True:
                    return JsonValue.Create(true);
                case JsonTokenType.False:
                    return JsonValue.Create(false);
                default:
                    return null;
            }
        }

        private JsonArray ReadArray(ref Utf8JsonReader reader, ResourceSchema items, GoStruct? go)
        {
            var result = new JsonArray();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                _path.Push(result.Count);
                result.Add(ReadValue(ref reader, items, go) ?? (items.IsStructural ? null : Zero(items)));
                _path.Pop();
            }

            return result;
        }

        private void Report(string what)
        {
            if (problems.Count < MaxProblems)
            {
                problems.Add($"{what} \"{_path.Dotted()}\"");
            }
        }
    }

    /// <summary>What a null in a list or map of Kubernetes' own kinds stands for: a value that says nothing.</summary>
    internal static JsonNode? Zero(ResourceSchema schema) => schema.Type switch
    {
        SchemaType.Object when schema.Shape is not null => new JsonObject(),
        SchemaType.String when schema.Format is null or "byte" => "",
        SchemaType.Integer or SchemaType.Number or SchemaType.IntOrString => 0,
        SchemaType.Boolean => false,
        SchemaType.Quantity => "0",
        _ => null,
    };

    /// <summary>A null for a declared member that does not take null is as good as absent.</summary>
    internal static bool DropsNull(ResourceSchema parent, ResourceSchema member, string name)
        => member.IsStructural ? !member.Nullable : parent.Declares(name) && !member.Nullable && !member.PreserveUnknown;

    private sealed class BodyException(string message, bool isPrefixed = true) : Exception(message)
    {
        public bool IsPrefixed { get; } = isPrefixed;
    }
}
