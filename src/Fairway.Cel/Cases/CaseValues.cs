using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cel.Messages;

namespace Fairway.Cel.Cases;

/// <summary>Values in the tagged JSON form of cases: <c>{"type": T, "value": V}</c>.</summary>
internal static class CaseValues
{
    private const int MaxDepth = 200;

    public static CelValue Read(MessageTypes types, JsonNode? node, int depth = 0)
    {
        if (node is not JsonObject tagged || tagged["type"] is not JsonValue tag)
        {
            return CelJson.From(node);
        }

        if (depth > MaxDepth)
        {
            return CelValue.Fail("value nests too deeply");
        }

        JsonNode? value = tagged["value"];
        string text = value is JsonValue ? value.ToString() : "";
        string type = tag.ToString();
        switch (type)
        {
            case "null" or "null_type":
                return CelValue.Null;
            case "bool":
                return CelValue.Of(text == "true");
            case "int":
                return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? CelValue.Of(whole) : Malformed(type, value);
            case "uint":
                return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong unsigned) ? CelValue.Of(unsigned) : Malformed(type, value);
            case "double":
                return ReadDouble(text) is { } number ? CelValue.Of(number) : Malformed(type, value);
            case "string":
                return CelValue.Of(text);
            case "bytes":
                byte[] bytes = new byte[text.Length];
                return Convert.TryFromBase64String(text, bytes, out int length) ? CelValue.Of(bytes[..length]) : Malformed(type, value);
            case "timestamp":
                return TimeText.Parse(text) is { } time ? CelValue.Of(time) : Malformed(type, value);
            case "duration":
                return TimeText.ParseDuration(text) is { } nanos ? CelValue.Duration(nanos) : Malformed(type, value);
            case "type":
                return CelValue.Of(CelTypeText.TryParse(text) ?? CelType.Opaque(text));
            case "list":
                return ReadList(types, value, depth);
            case "map":
                return ReadMap(types, value, depth);
            case "enum":
                JsonNode? named = value as JsonObject ?? (JsonNode)tagged;
                string enumName = named["name"]?.ToString() ?? "";
                int enumNumber = int.TryParse(named["value"]?.ToString(), CultureInfo.InvariantCulture, out int read) ? read : 0;
                return types.EnumValue(enumName, enumNumber);
            case "message":
                return MessageJson.Read(types, tagged["name"]?.ToString() ?? "", value, depth);
            case "optional":
                return value is null ? CelValue.OptionalNone : Read(types, value, depth + 1) is var held && held.IsError ? held : CelValue.OptionalOf(held);
            case "error":
                return CelValue.Fail(text);
            case "unknown":
                return CelValue.Unknown(text);
            default:
                return MessageJson.Read(types, type, value, depth);
        }
    }

    private static CelValue Malformed(string type, JsonNode? value) => CelValue.Fail($"'{value?.ToJsonString()}' is no value of type {type}");

    private static double? ReadDouble(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, CultureInfo.InvariantCulture, out double value) ? value : null,
    };

    private static CelValue ReadList(MessageTypes types, JsonNode? value, int depth)
    {
        var items = new List<CelValue>();
        foreach (JsonNode? item in value as JsonArray ?? [])
        {
            CelValue read = Read(types, item, depth + 1);
            if (read.IsError)
            {
                return read;
            }

            items.Add(read);
        }

        return CelValue.Of(items);
    }

    private static CelValue ReadMap(MessageTypes types, JsonNode? value, int depth)
    {
        var entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        foreach (JsonNode? pair in value as JsonArray ?? [])
        {
            CelValue key = Read(types, pair?[0], depth + 1);
            CelValue item = Read(types, pair?[1], depth + 1);
            if (key.IsError || item.IsError)
            {
                return key.IsError ? key : item;
            }

            entries[key] = item;
        }

        return CelValue.Of(new HashMap(entries));
    }

    public static JsonNode Write(CelValue value, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            return Tagged("string", "…");
        }

        switch (value.Kind)
        {
            case CelKind.Null:
                return Tagged("null", null);
            case CelKind.Bool:
                return Tagged("bool", value.BoolValue);
            case CelKind.Int:
                return Tagged("int", value.IntValue.ToString(CultureInfo.InvariantCulture));
            case CelKind.Uint:
                return Tagged("uint", value.UintValue.ToString(CultureInfo.InvariantCulture));
            case CelKind.Double:
                double number = value.DoubleValue;
                return Tagged("double", double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? (number > 0 ? "Infinity" : "-Infinity") : number);
            case CelKind.String:
                return Tagged("string", value.StringValue);
            case CelKind.Bytes:
                return Tagged("bytes", Convert.ToBase64String(value.BytesValue.Span));
            case CelKind.Timestamp:
                return Tagged("timestamp", TimeText.Format(value.TimestampValue.Seconds, value.TimestampValue.Nanos));
            case CelKind.Duration:
                return Tagged("duration", TimeText.FormatDuration(value.DurationNanos));
            case CelKind.List:
                return Tagged("list", new JsonArray([.. CelJson.Items(value.ListValue).Select(item => Write(item, depth + 1))]));
            case CelKind.Map:
                return Tagged("map", WriteMap(value.MapValue, depth));
            case CelKind.Type:
                return Tagged("type", value.TypeValue.Name);
            case CelKind.Enum:
                return Tagged("enum", new JsonObject { ["name"] = value.EnumValue.TypeName, ["value"] = value.EnumValue.Number });
            case CelKind.Optional:
                return Tagged("optional", value.OptionalValue is { } held ? Write(held, depth + 1) : null);
            case CelKind.Struct:
                return new JsonObject { ["type"] = "message", ["name"] = value.StructValue.Type.Name, ["value"] = CelJson.ToNode(value) };
            default:
                return Tagged(value.Type.Name, value.ToString());
        }
    }

    private static JsonObject Tagged(string type, JsonNode? value) => new() { ["type"] = type, ["value"] = value };

    private static JsonArray WriteMap(CelMap map, int depth)
    {
        var pairs = new JsonArray();
        foreach (CelValue key in map.Keys)
        {
            map.TryGet(key, out CelValue value);
            pairs.Add(new JsonArray(Write(key, depth + 1), Write(value, depth + 1)));
        }

        return pairs;
    }
}
