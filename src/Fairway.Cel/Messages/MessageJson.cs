using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.Cel.Messages;

/// <summary>
/// Messages in protobuf's JSON mapping. Written with the fields' own names; read with those or their lowerCamelCase, with
/// well-known types in their JSON form or field by field.
/// </summary>
internal static class MessageJson
{
    private const int MaxDepth = 100;

    public static string CamelCase(string name)
    {
        var text = new StringBuilder(name.Length);
        bool upper = false;
        foreach (char c in name)
        {
            if (c == '_')
            {
                upper = true;
                continue;
            }

            text.Append(upper ? char.ToUpperInvariant(c) : c);
            upper = false;
        }

        return text.ToString();
    }

    public static JsonNode? Write(DynamicMessage message, int depth)
    {
        var node = new JsonObject();
        if (depth > MaxDepth)
        {
            return node;
        }

        foreach (MessageField field in message.Type.Fields)
        {
            if (!message.Values.TryGetValue(field.Name, out CelValue value))
            {
                continue;
            }

            string key = field.Name.Contains('.', StringComparison.Ordinal) ? $"[{field.Name}]" : field.Name;
            if (field.MapKey is not null)
            {
                var map = new JsonObject();
                foreach (CelValue each in value.MapValue.Keys)
                {
                    value.MapValue.TryGet(each, out CelValue item);
                    map[Libraries.ConversionFunctions.ToText(each).StringValue] = WriteOne(message.Type.Types, field.Type, item, depth);
                }

                node[key] = map;
            }
            else if (field.Repeated)
            {
                node[key] = new JsonArray([.. CelJson.Items(value.ListValue).Select(item => WriteOne(message.Type.Types, field.Type, item, depth))]);
            }
            else
            {
                node[key] = WriteOne(message.Type.Types, field.Type, value, depth);
            }
        }

        return node;
    }

    private static JsonNode? WriteOne(MessageTypes types, FieldValueType type, CelValue value, int depth)
    {
        if (type.Kind == FieldKind.Enum && !value.IsNull)
        {
            long number = value.Kind == CelKind.Enum ? value.EnumValue.Number : value.IntValue;
            string? name = types.FindEnum(type.TypeName)?.FirstOrDefault(pair => pair.Value == number).Key;
            return name is null ? number : name;
        }

        if (type is { Kind: FieldKind.Message, TypeName: WellKnown.Any })
        {
            return WriteAny(value, depth);
        }

        return value.Kind switch
        {
            CelKind.Int when type.Kind is FieldKind.Int64 or FieldKind.Sint64 or FieldKind.Sfixed64 || type.TypeName.EndsWith("64Value", StringComparison.Ordinal) => value.IntValue.ToString(CultureInfo.InvariantCulture),
            CelKind.Uint when type.Kind is FieldKind.Uint64 or FieldKind.Fixed64 || type.TypeName.EndsWith("64Value", StringComparison.Ordinal) => value.UintValue.ToString(CultureInfo.InvariantCulture),
            CelKind.Double when !double.IsFinite(value.DoubleValue) => double.IsNaN(value.DoubleValue) ? "NaN" : value.DoubleValue > 0 ? "Infinity" : "-Infinity",
            CelKind.Struct when value.StructValue is DynamicMessage inner && inner.Type.Name == "google.protobuf.FieldMask" => WellKnown.ToJson(value, "").StringValue,
            _ => CelJson.ToNode(value, depth + 1),
        };
    }

    /// <summary>What Any holds, with its type; scalars as their wrappers.</summary>
    private static JsonObject WriteAny(CelValue value, int depth)
    {
        (string name, JsonNode? content) = value.Kind switch
        {
            CelKind.Null => (WellKnown.Value, null),
            CelKind.Bool => ("google.protobuf.BoolValue", CelJson.ToNode(value)),
            CelKind.Int => ("google.protobuf.Int64Value", value.IntValue.ToString(CultureInfo.InvariantCulture)),
            CelKind.Uint => ("google.protobuf.UInt64Value", value.UintValue.ToString(CultureInfo.InvariantCulture)),
            CelKind.Double => ("google.protobuf.DoubleValue", CelJson.ToNode(value)),
            CelKind.String => ("google.protobuf.StringValue", CelJson.ToNode(value)),
            CelKind.Bytes => ("google.protobuf.BytesValue", CelJson.ToNode(value)),
            CelKind.Timestamp => (WellKnown.Timestamp, CelJson.ToNode(value)),
            CelKind.Duration => (WellKnown.Duration, CelJson.ToNode(value)),
            CelKind.List => (WellKnown.ListValue, CelJson.ToNode(value)),
            CelKind.Map => (WellKnown.Struct, CelJson.ToNode(value)),
            _ => (value.Type.Name, CelJson.ToNode(value, depth + 1)),
        };
        var node = new JsonObject { ["@type"] = "type.googleapis.com/" + name };
        if (value.Kind == CelKind.Struct && content is JsonObject fields)
        {
            foreach ((string key, JsonNode? item) in fields.ToArray())
            {
                node[key] = item?.DeepClone();
            }
        }
        else
        {
            node["value"] = content;
        }

        return node;
    }

    /// <summary>A message by its full name, or an error value.</summary>
    public static CelValue Read(MessageTypes types, string name, JsonNode? node, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            return CelValue.Fail("message nests too deeply");
        }

        if (WellKnown.IsKnown(name))
        {
            return WellKnownJson.Read(types, name, node, depth);
        }

        if (types.Find(name) is not { } type)
        {
            return CelValue.Fail($"unknown message type: {name}");
        }

        if (name == "google.protobuf.FieldMask" && node is JsonValue)
        {
            node = new JsonObject { ["paths"] = new JsonArray([.. ((string?)node ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(path => (JsonNode)path)]) };
        }

        if (node is not JsonObject map)
        {
            return CelValue.Fail($"a message of type {name} is written as an object");
        }

        var values = new Dictionary<string, CelValue>(StringComparer.Ordinal);
        foreach ((string key, JsonNode? item) in map)
        {
            string written = key.Trim('[', ']');
            MessageField? field = type.Field(written) ?? type.Fields.FirstOrDefault(each => CamelCase(each.Name) == written);
            if (field is null)
            {
                return CelValue.Fail($"no such field '{key}' in {name}");
            }

            CelValue? value = ReadField(types, field, item, depth);
            if (value is { IsError: true })
            {
                return value.Value;
            }

            if (value is { } read)
            {
                type.Set(values, field, read);
            }
        }

        return CelValue.Of(new DynamicMessage(type, values));
    }

    private static CelValue? ReadField(MessageTypes types, MessageField field, JsonNode? node, int depth)
    {
        if (field.MapKey is { } keyType)
        {
            return ReadMap(types, field, keyType, node, depth);
        }

        if (field.Repeated)
        {
            CelValue[] items = [.. (node as JsonArray ?? new JsonArray(node?.DeepClone())).Select(item => ReadOne(types, field.Type, item, depth))];
            foreach (CelValue item in items)
            {
                if (item.IsError)
                {
                    return item;
                }
            }

            return CelValue.Of(items);
        }

        if (node is null && field.Type is not { TypeName: WellKnown.Value or WellKnown.NullValue })
        {
            return null;
        }

        return ReadOne(types, field.Type, node, depth);
    }

    private static CelValue ReadMap(MessageTypes types, MessageField field, FieldValueType keyType, JsonNode? node, int depth)
    {
        var entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        IEnumerable<(JsonNode? Key, JsonNode? Value)> pairs = node switch
        {
            JsonObject map => map.Select(pair => ((JsonNode?)JsonValue.Create(pair.Key), pair.Value)),
            JsonArray list => list.Select(pair => pair is JsonArray { Count: 2 } two ? (two[0], two[1]) : (pair?["key"], pair?["value"])),
            _ => [],
        };
        foreach ((JsonNode? keyNode, JsonNode? valueNode) in pairs)
        {
            CelValue key = ReadOne(types, keyType, keyNode, depth);
            CelValue value = ReadOne(types, field.Type, valueNode, depth);
            if (key.IsError || value.IsError)
            {
                return key.IsError ? key : value;
            }

            entries[key] = value;
        }

        return CelValue.Of(new HashMap(entries));
    }

    internal static CelValue ReadOne(MessageTypes types, FieldValueType type, JsonNode? node, int depth)
    {
        if (node is JsonObject { Count: <= 3 } tagged && tagged["type"] is JsonValue && tagged.ContainsKey("value") && type.TypeName != WellKnown.Struct)
        {
            CelValue written = Cases.CaseValues.Read(types, tagged);
            return written.IsError ? written : FieldConversion.StoreOne(types, type, written, "value");
        }

        if (type.Kind is FieldKind.Message or FieldKind.Group)
        {
            return Read(types, type.TypeName, node, depth + 1);
        }

        string text = node is JsonValue value ? value.ToString() : "";
        switch (type.Kind)
        {
            case FieldKind.Bool:
                return text is "true" or "false" ? CelValue.Of(text == "true") : CelValue.Fail($"'{text}' is no bool");
            case FieldKind.String:
                return CelValue.Of(text);
            case FieldKind.Bytes:
                byte[] bytes = new byte[text.Length];
                return Convert.TryFromBase64String(text, bytes, out int length) ? CelValue.Of(bytes[..length]) : CelValue.Of(Encoding.UTF8.GetBytes(text));
            case FieldKind.Float or FieldKind.Double:
                double number = text switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity, "-Infinity" => double.NegativeInfinity, _ => double.TryParse(text, CultureInfo.InvariantCulture, out double parsed) ? parsed : double.NaN };
                return CelValue.Of(type.Kind == FieldKind.Float ? (float)number : number);
            case FieldKind.Uint32 or FieldKind.Uint64 or FieldKind.Fixed32 or FieldKind.Fixed64:
                return ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong unsigned) ? CelValue.Of(unsigned) : CelValue.Fail($"'{text}' is no unsigned integer");
            case FieldKind.Enum:
                return ReadEnum(types, type, text);
            default:
                return long.TryParse(text, CultureInfo.InvariantCulture, out long whole) ? CelValue.Of(whole) : CelValue.Fail($"'{text}' is no integer");
        }
    }

    private static CelValue ReadEnum(MessageTypes types, FieldValueType type, string text)
    {
        if (type.TypeName == WellKnown.NullValue)
        {
            return CelValue.Null;
        }

        int number = 0;
        bool known = int.TryParse(text, CultureInfo.InvariantCulture, out number) || types.FindEnum(type.TypeName)?.TryGetValue(text, out number) == true;
        return known ? types.EnumValue(type.TypeName, number) : CelValue.Fail($"'{text}' is no value of {type.TypeName}");
    }
}
