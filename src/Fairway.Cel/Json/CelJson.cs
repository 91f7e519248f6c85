using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Cel;

/// <summary>
/// JSON as values, read when first looked at, one level at a time. The data must not change while values of it are in use.
/// Numbers without point or exponent that fit in 64 bits are ints, others doubles; a schema decides otherwise.
/// </summary>
public static class CelJson
{
    public static CelValue From(JsonNode? node, CelSchema? schema = null) => node switch
    {
        null => CelValue.Null,
        JsonObject map => CelValue.Of(new JsonMap(map, schema)),
        JsonArray list => CelValue.Of(new JsonList(list, schema)),
        JsonValue value when value.TryGetValue(out JsonElement element) => Scalar(element, schema),
        JsonValue value => Scalar(value.GetValue<object>(), schema),
        _ => CelValue.Null,
    };

    public static CelValue From(JsonElement element, CelSchema? schema = null) => element.ValueKind switch
    {
        JsonValueKind.Object => CelValue.Of(new JsonMap(element, schema)),
        JsonValueKind.Array => CelValue.Of(new JsonList(element, schema)),
        _ => Scalar(element, schema),
    };

    private static CelValue Scalar(JsonElement element, CelSchema? schema)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return Text(element.GetString()!, schema);
            case JsonValueKind.True:
                return CelValue.True;
            case JsonValueKind.False:
                return CelValue.False;
            case JsonValueKind.Number:
                return schema?.Type != "number" && element.TryGetInt64(out long whole) ? CelValue.Of(whole) : Number(element.GetDouble(), schema);
            case JsonValueKind.Object or JsonValueKind.Array:
                return From(element, schema);
            default:
                return CelValue.Null;
        }
    }

    private static CelValue Number(double number, CelSchema? schema)
        => schema?.Type == "integer" && Math.Truncate(number) == number && Math.Abs(number) < 9e18 ? CelValue.Of((long)number) : CelValue.Of(number);

    private static CelValue Scalar(object value, CelSchema? schema) => value switch
    {
        string text => Text(text, schema),
        bool flag => CelValue.Of(flag),
        sbyte or byte or short or ushort or int or uint or long => schema?.Type == "number" ? CelValue.Of(Convert.ToDouble(value, CultureInfo.InvariantCulture)) : CelValue.Of(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        ulong big => big <= long.MaxValue ? CelValue.Of((long)big) : CelValue.Of((double)big),
        float or double or decimal => Number(Convert.ToDouble(value, CultureInfo.InvariantCulture), schema),
        _ => CelValue.Of(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };

    private static CelValue Text(string text, CelSchema? schema)
    {
        if (schema is not { Type: "string", Format.Length: > 0 })
        {
            return CelValue.Of(text);
        }

        switch (schema.Format)
        {
            case "byte":
                byte[] bytes = new byte[text.Length];
                return Convert.TryFromBase64String(text, bytes, out int length) ? CelValue.Of(bytes[..length]) : CelValue.Fail($"invalid byte format: {Quoting.Quote(text)} is no base64");
            case "duration":
                return TimeText.ParseDuration(text) is { } nanos ? CelValue.Duration(nanos) : CelValue.Fail($"invalid duration {Quoting.Quote(text)}");
            case "date":
                return TimeText.Parse(text + "T00:00:00Z") is { } date ? CelValue.Of(date) : CelValue.Fail($"invalid date {Quoting.Quote(text)}");
            case "date-time":
                return TimeText.Parse(text) is { } time ? CelValue.Of(time) : CelValue.Fail($"invalid date-time {Quoting.Quote(text)}");
            default:
                return CelValue.Of(text);
        }
    }

    /// <summary>A value as JSON, by the rules of protobuf's JSON mapping; null for what JSON cannot say (types, opaque values).</summary>
    public static JsonNode? ToNode(CelValue value, int depth = 0) => value.Kind switch
    {
        CelKind.Bool => value.BoolValue,
        CelKind.Int => value.IntValue,
        CelKind.Uint => value.UintValue,
        CelKind.Double => double.IsFinite(value.DoubleValue) ? value.DoubleValue : Numbers.FormatDouble(value.DoubleValue),
        CelKind.String => value.StringValue,
        CelKind.Bytes => Convert.ToBase64String(value.BytesValue.Span),
        CelKind.Timestamp => TimeText.Format(value.TimestampValue.Seconds, value.TimestampValue.Nanos),
        CelKind.Duration => TimeText.FormatDuration(value.DurationNanos),
        CelKind.List when depth < 256 => new JsonArray([.. Items(value.ListValue).Select(item => ToNode(item, depth + 1))]),
        CelKind.Map when depth < 256 => ToObject(value.MapValue, depth),
        CelKind.Optional when value.OptionalValue is { } held => ToNode(held, depth),
        CelKind.Enum => value.EnumValue.Number,
        CelKind.Struct when value.StructValue is IJsonWritable writable => writable.ToNode(depth),
        CelKind.Opaque or CelKind.Type => value.ToString(),
        _ => null,
    };

    private static JsonObject ToObject(CelMap map, int depth)
    {
        var node = new JsonObject();
        foreach (CelValue key in map.Keys)
        {
            map.TryGet(key, out CelValue value);
            node[key.Kind == CelKind.String ? key.StringValue : Libraries.ConversionFunctions.ToText(key).StringValue] = ToNode(value, depth + 1);
        }

        return node;
    }

    internal static IEnumerable<CelValue> Items(CelList list)
    {
        for (int i = 0; i < list.Count; i++)
        {
            yield return list[i];
        }
    }
}

/// <summary>A struct that knows its own JSON form.</summary>
internal interface IJsonWritable
{
    JsonNode? ToNode(int depth);
}
