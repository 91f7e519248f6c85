using System.Globalization;

namespace Fairway.Cel.Messages;

/// <summary>The messages that are values of the language's own types: wrappers, Any, Struct, Value, ListValue, Timestamp, Duration.</summary>
internal static class WellKnown
{
    public const string Any = "google.protobuf.Any";
    public const string Struct = "google.protobuf.Struct";
    public const string Value = "google.protobuf.Value";
    public const string ListValue = "google.protobuf.ListValue";
    public const string Timestamp = "google.protobuf.Timestamp";
    public const string Duration = "google.protobuf.Duration";
    public const string NullValue = "google.protobuf.NullValue";

    private static readonly Dictionary<string, FieldKind> Wrappers = new(StringComparer.Ordinal)
    {
        ["google.protobuf.BoolValue"] = FieldKind.Bool,
        ["google.protobuf.Int32Value"] = FieldKind.Int32,
        ["google.protobuf.Int64Value"] = FieldKind.Int64,
        ["google.protobuf.UInt32Value"] = FieldKind.Uint32,
        ["google.protobuf.UInt64Value"] = FieldKind.Uint64,
        ["google.protobuf.FloatValue"] = FieldKind.Float,
        ["google.protobuf.DoubleValue"] = FieldKind.Double,
        ["google.protobuf.StringValue"] = FieldKind.String,
        ["google.protobuf.BytesValue"] = FieldKind.Bytes,
    };

    public static IEnumerable<string> Names => [.. Wrappers.Keys, Any, Struct, Value, ListValue, Timestamp, Duration];

    public static bool IsWrapper(string name) => Wrappers.ContainsKey(name);

    public static FieldKind WrapperKind(string name) => Wrappers[name];

    public static bool IsKnown(string name) => IsWrapper(name) || name is Any or Struct or Value or ListValue or Timestamp or Duration;

    public static CelValue Default(string name) => name switch
    {
        Struct => CelValue.Of(HashMap.Empty),
        ListValue => CelValue.Of(ArrayList.Empty),
        Timestamp => CelValue.Timestamp(0, 0),
        Duration => CelValue.Duration(0),
        _ => CelValue.Null,
    };

    /// <summary>A value as one of these messages would hold it, or an error.</summary>
    public static CelValue Convert(string name, CelValue value, string field)
    {
        if (Wrappers.TryGetValue(name, out FieldKind kind))
        {
            return FieldConversion.StoreOne(Shared, new FieldValueType(kind), value, field);
        }

        switch (name)
        {
            case Any:
                return value;
            case Value:
                return ToJson(value, field);
            case Struct:
                return value.Kind == CelKind.Map ? ToJson(value, field) : FieldConversion.Mismatch(field, value);
            case ListValue:
                return value.Kind == CelKind.List ? ToJson(value, field) : FieldConversion.Mismatch(field, value);
            default:
                return value.Kind == (name == Timestamp ? CelKind.Timestamp : CelKind.Duration) ? value : FieldConversion.Mismatch(field, value);
        }
    }

    private static readonly MessageTypes Shared = new();

    /// <summary>A value in JSON's types: numbers are doubles, those too large for that and times are text, bytes are base64.</summary>
    public static CelValue ToJson(CelValue value, string field, int depth = 0)
    {
        switch (value.Kind)
        {
            case CelKind.Null or CelKind.Bool or CelKind.Double or CelKind.String:
                return value;
            case CelKind.Int:
                return Math.Abs((decimal)value.IntValue) <= 9007199254740991 ? CelValue.Of((double)value.IntValue) : CelValue.Of(value.IntValue.ToString(CultureInfo.InvariantCulture));
            case CelKind.Uint:
                return value.UintValue <= 9007199254740991 ? CelValue.Of((double)value.UintValue) : CelValue.Of(value.UintValue.ToString(CultureInfo.InvariantCulture));
            case CelKind.Bytes:
                return CelValue.Of(System.Convert.ToBase64String(value.BytesValue.Span));
            case CelKind.Timestamp or CelKind.Duration:
                return Libraries.ConversionFunctions.ToText(value);
            case CelKind.List when depth < 100:
                var items = new CelValue[value.ListValue.Count];
                for (int i = 0; i < items.Length; i++)
                {
                    items[i] = ToJson(value.ListValue[i], field, depth + 1);
                    if (items[i].IsError)
                    {
                        return items[i];
                    }
                }

                return CelValue.Of(new ArrayList(items));
            case CelKind.Map when depth < 100:
                return MapToJson(value.MapValue, field, depth);
            case CelKind.Struct when depth < 100 && value.StructValue is DynamicMessage message:
                return MessageToJson(message, field, depth);
            case CelKind.Enum:
                return CelValue.Of((double)value.EnumValue.Number);
            default:
                return FieldConversion.Mismatch(field, value);
        }
    }

    private static CelValue MapToJson(CelMap map, string field, int depth)
    {
        var entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        foreach (CelValue key in map.Keys)
        {
            map.TryGet(key, out CelValue value);
            CelValue name = key.Kind == CelKind.String ? key : FieldConversion.Mismatch(field, key);
            CelValue item = ToJson(value, field, depth + 1);
            if (name.IsError || item.IsError)
            {
                return name.IsError ? name : item;
            }

            entries[name] = item;
        }

        return CelValue.Of(new HashMap(entries));
    }

    private static CelValue MessageToJson(DynamicMessage message, string field, int depth)
    {
        if (message.Type.Name == "google.protobuf.FieldMask")
        {
            return CelValue.Of(string.Join(',', CelJson.Items(message.Get("paths").ListValue).Select(path => MessageJson.CamelCase(path.StringValue))));
        }

        var entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        foreach ((string name, CelValue value) in message.Values)
        {
            CelValue item = ToJson(value, field, depth + 1);
            if (item.IsError)
            {
                return item;
            }

            entries[CelValue.Of(MessageJson.CamelCase(name))] = item;
        }

        return CelValue.Of(new HashMap(entries));
    }
}

/// <summary>A literal of a well-known type gives a value of the language's own type.</summary>
internal sealed class WellKnownType(string name, MessageTypes types) : CelStructType
{
    public override string Name => name;

    public override IEnumerable<string> FieldNames => Fields().Select(each => each.Name);

    private IEnumerable<MessageField> Fields() => Shape(name);

    /// <summary>The fields of a well-known message, with their numbers.</summary>
    internal static IEnumerable<MessageField> Shape(string name)
    {
        if (WellKnown.IsWrapper(name))
        {
            return [new MessageField("value", 1, new FieldValueType(WellKnown.WrapperKind(name)), false, null, false)];
        }

        return name switch
        {
            WellKnown.Any => [One("type_url", 1, FieldKind.String), One("value", 2, FieldKind.Bytes)],
            WellKnown.Timestamp or WellKnown.Duration => [One("seconds", 1, FieldKind.Int64), One("nanos", 2, FieldKind.Int32)],
            WellKnown.Struct => [new MessageField("fields", 1, new FieldValueType(FieldKind.Message, WellKnown.Value), false, new FieldValueType(FieldKind.String), false)],
            WellKnown.ListValue => [new MessageField("values", 1, new FieldValueType(FieldKind.Message, WellKnown.Value), true, null, false)],
            _ =>
            [
                new MessageField("null_value", 1, new FieldValueType(FieldKind.Enum, WellKnown.NullValue), false, null, true),
                One("number_value", 2, FieldKind.Double),
                One("string_value", 3, FieldKind.String),
                One("bool_value", 4, FieldKind.Bool),
                new MessageField("struct_value", 5, new FieldValueType(FieldKind.Message, WellKnown.Struct), false, null, true),
                new MessageField("list_value", 6, new FieldValueType(FieldKind.Message, WellKnown.ListValue), false, null, true),
            ],
        };
    }

    private static MessageField One(string field, int number, FieldKind kind) => new(field, number, new FieldValueType(kind), false, null, false);

    public override CelType? FieldType(string field) => Fields().FirstOrDefault(each => each.Name == field)?.CelType(types);

    public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields)
    {
        var values = new Dictionary<string, CelValue>(StringComparer.Ordinal);
        foreach ((string field, CelValue value) in fields)
        {
            MessageField? known = Fields().FirstOrDefault(each => each.Name == field);
            CelValue? stored = known is null ? CelValue.Fail($"no such field: {field} in {name}") : FieldConversion.Store(types, known, value);
            if (stored is { IsError: true })
            {
                return stored.Value;
            }

            if (stored is { } kept)
            {
                values[field] = kept;
            }
        }

        CelValue Of(string field) => values.TryGetValue(field, out CelValue value) ? value : FieldConversion.Default(types, Fields().First(each => each.Name == field));
        return name switch
        {
            WellKnown.Any => AnyValue.Unpack(types, Of("type_url").StringValue, Of("value").BytesValue),
            WellKnown.Timestamp => CelValue.Timestamp(Of("seconds").IntValue, (int)Of("nanos").IntValue),
            WellKnown.Duration => CelValue.Duration(((Int128)Of("seconds").IntValue * 1_000_000_000) + Of("nanos").IntValue),
            WellKnown.Struct => Of("fields"),
            WellKnown.ListValue => Of("values"),
            WellKnown.Value => values.Count == 0 ? CelValue.Null : values.Values.First(),
            _ => Of("value"),
        };
    }
}
