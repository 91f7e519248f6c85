using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Cel.Messages;

namespace Fairway.Cel.Cases;

/// <summary>Values in the tagged JSON form of cases: <c>{"type": T, "value": V}</c>.</summary>
internal static class CaseValues
{
    private const int MaxDepth = 200;
    private const int MaxShown = 80;

    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1024 };

    public static CelValue Read(MessageTypes types, JsonNode? node, int depth = 0)
    {
        if (node is not JsonObject tagged || tagged["type"] is not JsonValue tag)
        {
            return CelJson.From(node);
        }

        if (depth > MaxDepth)
        {
            throw new JsonException($"value nests deeper than {MaxDepth} levels");
        }

        JsonNode? value = tagged["value"];
        string text = value is JsonValue ? value.ToString() : "";
        string type = tag.ToString();
        switch (type)
        {
            case "null" or "null_type":
                return CelValue.Null;
            case "bool":
                return text is "true" or "false" ? CelValue.Of(text == "true") : throw Malformed(type, value);
            case "int":
                return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? CelValue.Of(whole) : throw Malformed(type, value);
            case "uint":
                return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong unsigned) ? CelValue.Of(unsigned) : throw Malformed(type, value);
            case "double":
                return ReadDouble(text) is { } number ? CelValue.Of(number) : throw Malformed(type, value);
            case "string":
                return value is JsonValue ? CelValue.Of(text) : throw Malformed(type, value);
            case "bytes":
                byte[] bytes = new byte[text.Length];
                return Convert.TryFromBase64String(text, bytes, out int length) ? CelValue.Of(bytes[..length]) : throw Malformed(type, value);
            case "timestamp":
                return TimeText.Parse(text) is { } time ? CelValue.Of(time) : throw Malformed(type, value);
            case "duration":
                return TimeText.ParseDuration(text) is { } nanos ? CelValue.Duration(nanos) : throw Malformed(type, value);
            case "type":
                return CelValue.Of(CelTypeText.TryParse(text) ?? CelType.Opaque(text));
            case "list":
                return ReadList(types, value, depth);
            case "map":
                return ReadMap(types, value, depth);
            case "enum":
                JsonNode? named = value as JsonObject ?? (JsonNode)tagged;
                string enumName = named["name"]?.ToString() ?? "";
                int enumNumber = named["value"] is not { } given ? 0
                    : int.TryParse(given.ToString(), CultureInfo.InvariantCulture, out int read) ? read : throw Malformed(type, given);
                return types.EnumValue(enumName, enumNumber);
            case "message":
                return ReadMessage(types, tagged["name"]?.ToString() ?? "", value, depth);
            case "optional":
                return value is null ? CelValue.OptionalNone : Read(types, value, depth + 1) is var held && held.IsError ? held : CelValue.OptionalOf(held);
            case "error":
                return CelValue.Fail(text);
            case "unknown":
                return CelValue.Unknown(text);
            default:
                return ReadMessage(types, type, value, depth);
        }
    }

    private static JsonException Malformed(string type, JsonNode? value) => new($"{Shown(value)} is no value of type {type}");

    /// <summary>A value as an error quotes it, cut short.</summary>
    public static string Shown(JsonNode? value)
    {
        string text = value is null ? "null" : value.ToJsonString(Quoted);
        return text.Length <= MaxShown ? text : text[..MaxShown] + "…";
    }

    private static CelValue ReadMessage(MessageTypes types, string name, JsonNode? value, int depth)
        => MessageJson.Read(types, name, value, depth) is var read && read.Error is { } wrong ? throw new JsonException(wrong.Message) : read;

    private static double? ReadDouble(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null,
    };

    private static CelValue ReadList(MessageTypes types, JsonNode? value, int depth)
    {
        var items = new List<CelValue>();
        foreach (JsonNode? item in value as JsonArray ?? (value is null ? [] : throw Malformed("list", value)))
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
        foreach (JsonNode? node in value as JsonArray ?? (value is null ? [] : throw Malformed("map", value)))
        {
            JsonArray pair = node is JsonArray { Count: 2 } two ? two : throw new JsonException($"{Shown(node)} is no entry of a map: expected [KEY, VALUE]");
            CelValue key = Read(types, pair[0], depth + 1);
            CelValue item = Read(types, pair[1], depth + 1);
            if (key.IsError || item.IsError)
            {
                return key.IsError ? key : item;
            }

            if (key.Kind is not (CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.String))
            {
                throw new JsonException($"{Shown(pair[0])} is no key of a map: expected a bool, int, uint or string");
            }

            if (!entries.TryAdd(key, item))
            {
                throw new JsonException($"the key {Shown(pair[0])} is in the map twice");
            }
        }

        return CelValue.Of(new HashMap(entries));
    }

    public static JsonNode Write(CelValue value, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw new JsonException($"the result nests deeper than {MaxDepth} levels");
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
