using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Cel.Messages;

/// <summary>Well-known messages from JSON: their own JSON form, or their fields.</summary>
internal static class WellKnownJson
{
    private static readonly string[] ValueFields = ["null_value", "number_value", "string_value", "bool_value", "struct_value", "list_value"];

    public static CelValue Read(MessageTypes types, string name, JsonNode? node, int depth)
    {
        if (WellKnown.IsWrapper(name))
        {
            return Wrapper(types, name, node, depth);
        }

        return name switch
        {
            WellKnown.Any => Any(types, node, depth),
            WellKnown.Timestamp => Timestamp(node),
            WellKnown.Duration => Duration(node),
            WellKnown.Struct => Struct(node, depth),
            WellKnown.ListValue => List(node, depth),
            _ => Value(node, depth),
        };
    }

    private static CelValue Wrapper(MessageTypes types, string name, JsonNode? node, int depth)
    {
        var type = new FieldValueType(WellKnown.WrapperKind(name));
        if (node is JsonObject map)
        {
            return map.TryGetPropertyValue("value", out JsonNode? inner) && inner is not null
                ? MessageJson.ReadOne(types, type, inner, depth)
                : FieldConversion.Default(types, new MessageField("value", 1, type, false, null, false));
        }

        return node is null ? CelValue.Null : MessageJson.ReadOne(types, type, node, depth);
    }

    private static CelValue Any(MessageTypes types, JsonNode? node, int depth)
    {
        if (node is not JsonObject map)
        {
            return CelValue.Null;
        }

        if (map.Count == 0)
        {
            return CelValue.Null;
        }

        JsonNode? url = map["@type"] ?? map["type_url"] ?? map["typeUrl"];
        if (url is null)
        {
            return map["type"] is not null ? Cases.CaseValues.Read(types, map) : CelValue.Fail("conversion error: got Any with empty type-url");
        }

        string text = url.ToString();
        string name = text[(text.LastIndexOf('/') + 1)..];
        if (map["@type"] is null)
        {
            byte[] data = Convert.FromBase64String(map["value"]?.ToString() ?? "");
            return AnyValue.Unpack(types, text, data);
        }

        if (WellKnown.IsKnown(name))
        {
            return Read(types, name, map["value"], depth + 1);
        }

        var content = (JsonObject)map.DeepClone();
        content.Remove("@type");
        if (content is { Count: 1 } && content["value"] is JsonObject whole && types.Find(name)?.Field("value") is null)
        {
            return MessageJson.Read(types, name, whole, depth + 1);
        }

        return MessageJson.Read(types, name, content, depth + 1);
    }

    private static long Whole(JsonNode? node) => node is JsonValue && long.TryParse(node.ToString(), CultureInfo.InvariantCulture, out long value) ? value : 0;

    private static CelValue Timestamp(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            return CelValue.Timestamp(Whole(map["seconds"]), (int)Whole(map["nanos"]));
        }

        return TimeText.Parse(node?.ToString() ?? "") is { } time ? CelValue.Of(time) : CelValue.Fail($"'{node}' is no timestamp");
    }

    private static CelValue Duration(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            return CelValue.Duration(((Int128)Whole(map["seconds"]) * 1_000_000_000) + Whole(map["nanos"]));
        }

        return TimeText.ParseDuration(node?.ToString() ?? "") is { } nanos ? CelValue.Duration(nanos) : CelValue.Fail($"'{node}' is no duration");
    }

    private static CelValue Struct(JsonNode? node, int depth)
    {
        if (node is JsonObject { Count: 1 } whole && whole["fields"] is JsonArray entries && entries.All(entry => entry is JsonObject pair && pair.ContainsKey("key")))
        {
            var made = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
            foreach (JsonNode? entry in entries)
            {
                made[CelValue.Of(entry!["key"]!.ToString())] = Value(entry["value"], depth + 1);
            }

            return CelValue.Of(new HashMap(made));
        }

        JsonNode? fields = node is JsonObject { Count: 1 } only && only["fields"] is JsonObject inner && inner.Count > 0 && inner.All(pair => IsTagged(pair.Value)) ? inner : node;
        if (fields is not JsonObject map)
        {
            return CelValue.Fail("a Struct is written as an object");
        }

        var values = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        foreach ((string key, JsonNode? item) in map)
        {
            values[CelValue.Of(key)] = Value(item, depth + 1);
        }

        return CelValue.Of(new HashMap(values));
    }

    private static CelValue List(JsonNode? node, int depth)
    {
        JsonNode? items = node is JsonObject map ? map["values"] ?? (map.Count == 0 ? new JsonArray() : null) : node;
        return items is JsonArray list
            ? CelValue.Of(list.Select(item => Value(item, depth + 1)).ToArray())
            : items is not null ? CelValue.Of([Value(items, depth + 1)]) : CelValue.Fail("a ListValue is written as an array");
    }

    private static bool IsTagged(JsonNode? node) => node is JsonObject { Count: 1 } map && ValueFields.Any(field => map.ContainsKey(field) || map.ContainsKey(MessageJson.CamelCase(field)));

    private static CelValue Value(JsonNode? node, int depth)
    {
        if (depth > 100)
        {
            return CelValue.Fail("value nests too deeply");
        }

        if (IsTagged(node))
        {
            (string field, JsonNode? content) = ((JsonObject)node!).First();
            return field switch
            {
                "null_value" or "nullValue" => CelValue.Null,
                "struct_value" or "structValue" => Struct(content, depth + 1),
                "list_value" or "listValue" => List(content, depth + 1),
                _ => Value(content, depth + 1),
            };
        }

        return node switch
        {
            null => CelValue.Null,
            JsonObject => Struct(node, depth),
            JsonArray => List(node, depth),
            _ => WellKnown.ToJson(CelJson.From(node), "value"),
        };
    }
}
