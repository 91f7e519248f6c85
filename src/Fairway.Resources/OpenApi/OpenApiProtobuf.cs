using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.OpenApi;

/// <summary>
/// Writes a Swagger 2 document as the protobuf message <c>openapi.v2.Document</c>, which kubectl reads where it has to know schemas
/// itself. Members that the message has no field for become vendor extensions where their names say so and are else left out.
/// </summary>
public static class OpenApiProtobuf
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch"];

    /// <summary>The message, without an envelope.</summary>
    public static byte[] Write(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var message = new Message();
        message.Text(1, document["swagger"]);
        message.Add(2, document["info"] as JsonObject, (info, each) =>
        {
            info.Text(1, each["title"]);
            info.Text(2, each["version"]);
        });
        message.Add(8, document["paths"] as JsonObject, static (paths, all) =>
        {
            foreach ((string path, JsonNode? item) in all)
            {
                paths.Named(2, path, item as JsonObject, PathItem);
            }
        });
        message.Add(9, document["definitions"] as JsonObject, Schemas);
        return message.ToArray();
    }

    private static void Schemas(Message message, JsonObject all)
    {
        foreach ((string name, JsonNode? schema) in all)
        {
            message.Named(1, name, schema as JsonObject, Schema);
        }
    }

    private static void PathItem(Message message, JsonObject item)
    {
        for (int index = 0; index < Methods.Length; index++)
        {
            message.Add(index + 2, item[Methods[index]] as JsonObject, Operation);
        }

        foreach (JsonNode? parameter in item["parameters"] as JsonArray ?? [])
        {
            message.Add(9, parameter as JsonObject, Parameter);
        }

        Extensions(message, 10, item);
    }

    private static void Operation(Message message, JsonObject operation)
    {
        message.Texts(1, operation["tags"]);
        message.Text(3, operation["description"]);
        message.Text(5, operation["operationId"]);
        message.Texts(6, operation["produces"]);
        message.Texts(7, operation["consumes"]);
        foreach (JsonNode? parameter in operation["parameters"] as JsonArray ?? [])
        {
            message.Add(8, parameter as JsonObject, Parameter);
        }

        message.Add(9, operation["responses"] as JsonObject, static (responses, all) =>
        {
            foreach ((string code, JsonNode? response) in all)
            {
                responses.Named(1, code, response as JsonObject, static (value, each) => value.Add(1, each, Response));
            }
        });
        message.Texts(10, operation["schemes"]);
        Extensions(message, 13, operation);
    }

    private static void Response(Message message, JsonObject response)
    {
        message.Text(1, response["description"]);
        message.Add(2, response["schema"] as JsonObject, static (item, schema) => item.Add(1, schema, Schema));
        Extensions(message, 5, response);
    }

    // ParametersItem → Parameter → its kind.
    private static void Parameter(Message message, JsonObject parameter) => message.Add(1, parameter, static (inner, each) =>
    {
        string? place = (string?)each["in"];
        if (place == "body")
        {
            inner.Add(1, each, static (body, one) =>
            {
                body.Text(1, one["description"]);
                body.Text(2, one["name"]);
                body.Text(3, one["in"]);
                body.Flag(4, one["required"]);
                body.Add(5, one["schema"] as JsonObject, Schema);
            });
            return;
        }

        bool isQuery = place == "query";
        inner.Add(2, each, (other, one) => other.Add(isQuery ? 3 : 4, one, (sub, values) =>
        {
            sub.Flag(1, values["required"]);
            sub.Text(2, values["in"]);
            sub.Text(3, values["description"]);
            sub.Text(4, values["name"]);
            sub.Text(isQuery ? 6 : 5, values["type"]);
            sub.Text(isQuery ? 7 : 6, values["format"]);
            sub.Flag(isQuery ? 20 : 19, values["uniqueItems"]);
        }));
    });

    private static void Schema(Message message, JsonObject schema)
    {
        message.Text(1, schema["$ref"]);
        message.Text(2, schema["format"]);
        message.Text(3, schema["title"]);
        message.Text(4, schema["description"]);
        if (schema.TryGetPropertyValue("default", out JsonNode? value))
        {
            message.Any(5, value);
        }

        message.Number(6, schema["multipleOf"]);
        message.Number(7, schema["maximum"]);
        message.Flag(8, schema["exclusiveMaximum"]);
        message.Number(9, schema["minimum"]);
        message.Flag(10, schema["exclusiveMinimum"]);
        message.Whole(11, schema["maxLength"]);
        message.Whole(12, schema["minLength"]);
        message.Text(13, schema["pattern"]);
        message.Whole(14, schema["maxItems"]);
        message.Whole(15, schema["minItems"]);
        message.Flag(16, schema["uniqueItems"]);
        message.Whole(17, schema["maxProperties"]);
        message.Whole(18, schema["minProperties"]);
        message.Texts(19, schema["required"]);
        foreach (JsonNode? one in schema["enum"] as JsonArray ?? [])
        {
            message.Any(20, one);
        }

        message.Add(21, schema["additionalProperties"] as JsonObject, static (item, values) => item.Add(1, values, Schema));
        if (schema["type"] is JsonValue type)
        {
            message.Add(22, schema, (item, _) => item.Text(1, type));
        }

        message.Add(23, schema["items"] as JsonObject, static (item, items) => item.Add(1, items, Schema));
        foreach (JsonNode? one in schema["allOf"] as JsonArray ?? [])
        {
            message.Add(24, one as JsonObject, Schema);
        }

        message.Add(25, schema["properties"] as JsonObject, Schemas);
        Extensions(message, 31, schema);
    }

    private static void Extensions(Message message, int field, JsonObject from)
    {
        foreach ((string name, JsonNode? value) in from)
        {
            if (name.StartsWith("x-", StringComparison.Ordinal))
            {
                message.Add(field, from, (named, _) =>
                {
                    named.Text(1, name);
                    named.Any(2, value);
                });
            }
        }
    }

    /// <summary>A message in the making.</summary>
    private sealed class Message
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

        /// <summary>A field that is a message; absent when there is nothing to write it from.</summary>
        public void Add(int field, JsonObject? from, Action<Message, JsonObject> write)
        {
            if (from is null)
            {
                return;
            }

            var inner = new Message();
            write(inner, from);
            Bytes(field, inner._bytes.WrittenSpan);
        }

        public void Named(int field, string name, JsonObject? from, Action<Message, JsonObject> write)
            => Add(field, from, (pair, each) =>
            {
                pair.Bytes(1, Encoding.UTF8.GetBytes(name));
                pair.Add(2, each, write);
            });

        public void Text(int field, JsonNode? value)
        {
            if (KubeJson.AsString(value) is { Length: > 0 } text)
            {
                Bytes(field, Encoding.UTF8.GetBytes(text));
            }
        }

        public void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

        public void Texts(int field, JsonNode? values)
        {
            foreach (JsonNode? value in values as JsonArray ?? [])
            {
                Text(field, value);
            }
        }

        public void Flag(int field, JsonNode? value)
        {
            if (KubeJson.AsBool(value) == true)
            {
                Tag(field, 0);
                Varint(1);
            }
        }

        public void Whole(int field, JsonNode? value)
        {
            if (value is not null)
            {
                Tag(field, 0);
                Varint((ulong)long.Parse(value.ToJsonString(), CultureInfo.InvariantCulture));
            }
        }

        public void Number(int field, JsonNode? value)
        {
            if (value is not null)
            {
                Tag(field, 1);
                BinaryPrimitives.WriteDoubleLittleEndian(_bytes.GetSpan(sizeof(double)), double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture));
                _bytes.Advance(sizeof(double));
            }
        }

        /// <summary>A value of any form, as YAML; JSON is.</summary>
        public void Any(int field, JsonNode? value)
        {
            var inner = new Message();
            inner.Bytes(2, Encoding.UTF8.GetBytes((value?.ToJsonString(KubeJson.Options) ?? "null") + "\n"));
            Bytes(field, inner._bytes.WrittenSpan);
        }

        private void Bytes(int field, ReadOnlySpan<byte> value)
        {
            Tag(field, 2);
            Varint((ulong)value.Length);
            _bytes.Write(value);
        }

        private void Tag(int field, int wire) => Varint((ulong)((field << 3) | wire));

        private void Varint(ulong value)
        {
            while (value >= 0x80)
            {
                _bytes.Write([(byte)(value | 0x80)]);
                value >>= 7;
            }

            _bytes.Write([(byte)value]);
        }
    }
}
