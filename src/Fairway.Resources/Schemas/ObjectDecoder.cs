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
        ArgumentNullException.ThrowIfNull(schema);
        var problems = new List<string>();
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw StatusException.BadRequest($"the request body must be a JSON object, not {Describe(reader.TokenType)}");
            }

            var walk = new Walk(problems);
            JsonObject root = walk.ReadObject(ref reader, schema);
            if (reader.Read())
            {
                throw StatusException.BadRequest("the request body has text after the JSON object");
            }

            return new DecodedObject(root, problems);
        }
        catch (JsonException error)
        {
            throw StatusException.BadRequest(
                $"the request body is not valid JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}: {Reason(error)}");
        }
    }

    internal static string Reason(JsonException error)
    {
        int cut = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return cut < 0 ? error.Message : error.Message[..cut];
    }

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        JsonTokenType.None => "empty",
        _ => "a boolean",
    };

    private sealed class Walk(List<string> problems)
    {
        private readonly PathStack _path = new();

        public JsonObject ReadObject(ref Utf8JsonReader reader, ResourceSchema schema)
        {
            var result = new JsonObject();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                _path.Push(name);
                ReadMember(ref reader, schema, result, name);
                _path.Pop();
            }

            return result;
        }

        private void ReadMember(ref Utf8JsonReader reader, ResourceSchema schema, JsonObject result, string name)
        {
            ResourceSchema? member = schema.Shape is null && schema.Values is null ? ResourceSchema.FreeForm : schema.Member(name);
            if (member is null)
            {
                Report("unknown field");
                reader.Read();
                reader.Skip();
                return;
            }

            if (result.ContainsKey(name))
            {
                Report("duplicate field");
            }

            reader.Read();
            JsonNode? value = ReadValue(ref reader, member);
            if (value is null && DropsNull(schema, member, name))
            {
                result.Remove(name);
                return;
            }

            result[name] = value ?? (schema.Values is { Type: SchemaType.String, IsStructural: false } ? "" : null);
        }

        private JsonNode? ReadValue(ref Utf8JsonReader reader, ResourceSchema schema)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    return ReadObject(ref reader, schema.Type is SchemaType.Object or SchemaType.Any ? schema : ResourceSchema.FreeForm);
                case JsonTokenType.StartArray:
                    return ReadArray(ref reader, schema.Items ?? ResourceSchema.FreeForm);
                case JsonTokenType.String:
                    return JsonValue.Create(reader.GetString());
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

        private JsonArray ReadArray(ref Utf8JsonReader reader, ResourceSchema items)
        {
            var result = new JsonArray();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                _path.Push(result.Count);
                result.Add(ReadValue(ref reader, items));
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

    /// <summary>A null for a declared member that does not take null is as good as absent.</summary>
    internal static bool DropsNull(ResourceSchema parent, ResourceSchema member, string name)
        => member.IsStructural ? !member.Nullable : parent.Declares(name) && !member.Nullable && !member.PreserveUnknown;
}
