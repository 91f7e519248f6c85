using System.Globalization;

namespace Fairway.Cel.Messages;

/// <summary>Values on their way into and out of fields.</summary>
internal static class FieldConversion
{
    public static CelValue Default(MessageTypes types, MessageField field)
    {
        if (field.MapKey is not null)
        {
            return CelValue.Of(HashMap.Empty);
        }

        if (field.Repeated)
        {
            return CelValue.Of(ArrayList.Empty);
        }

        if (field.Default is { } declared)
        {
            return field.Type.Kind == FieldKind.Enum ? types.EnumValue(field.Type.TypeName, (int)declared.IntValue) : declared;
        }

        return field.Type.Kind switch
        {
            FieldKind.Uint32 or FieldKind.Uint64 or FieldKind.Fixed32 or FieldKind.Fixed64 => CelValue.Of(0UL),
            FieldKind.Float or FieldKind.Double => CelValue.Of(0.0),
            FieldKind.Bool => CelValue.False,
            FieldKind.String => CelValue.Of(""),
            FieldKind.Bytes => CelValue.Of(Array.Empty<byte>()),
            FieldKind.Enum when field.Type.TypeName == WellKnown.NullValue => CelValue.Null,
            FieldKind.Enum => types.EnumValue(field.Type.TypeName, 0),
            FieldKind.Message or FieldKind.Group => DefaultMessage(types, field.Type.TypeName),
            _ => CelValue.Of(0L),
        };
    }

    private static CelValue DefaultMessage(MessageTypes types, string name)
        => WellKnown.IsKnown(name) ? WellKnown.Default(name) : types.Find(name) is { } type ? CelValue.Of(new DynamicMessage(type, [])) : CelValue.Null;

    /// <summary>The value to store, null to leave the field unset, or an error.</summary>
    public static CelValue? Store(MessageTypes types, MessageField field, CelValue value)
    {
        if (field.MapKey is { } keyType)
        {
            return StoreMap(types, field, keyType, value);
        }

        if (field.Repeated)
        {
            return StoreList(types, field, value);
        }

        if (value.IsNull && field.Type.Kind is FieldKind.Message or FieldKind.Group && field.Type.TypeName is not (WellKnown.Value or WellKnown.Any or WellKnown.Struct or WellKnown.ListValue))
        {
            return null;
        }

        return StoreOne(types, field.Type, value, field.Name);
    }

    private static CelValue StoreList(MessageTypes types, MessageField field, CelValue value)
    {
        if (value.Kind != CelKind.List)
        {
            return Mismatch(field.Name, value);
        }

        var items = new List<CelValue>(value.ListValue.Count);
        foreach (CelValue item in CelJson.Items(value.ListValue))
        {
            if (item.IsNull && DropsNull(field))
            {
                continue;
            }

            CelValue stored = StoreOne(types, field.Type, item, field.Name);
            if (stored.IsError)
            {
                return stored;
            }

            items.Add(stored);
        }

        return CelValue.Of(items);
    }

    private static CelValue StoreMap(MessageTypes types, MessageField field, FieldValueType keyType, CelValue value)
    {
        if (value.Kind != CelKind.Map)
        {
            return Mismatch(field.Name, value);
        }

        var entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        foreach (CelValue key in value.MapValue.Keys)
        {
            value.MapValue.TryGet(key, out CelValue item);
            if (item.IsNull && DropsNull(field))
            {
                continue;
            }

            CelValue storedKey = StoreOne(types, keyType, key, field.Name);
            CelValue stored = StoreOne(types, field.Type, item, field.Name);
            if (storedKey.IsError || stored.IsError)
            {
                return storedKey.IsError ? storedKey : stored;
            }

            entries[storedKey] = stored;
        }

        return CelValue.Of(new HashMap(entries));
    }

    /// <summary>An element is there or not: of types that null unsets, null elements are left out.</summary>
    private static bool DropsNull(MessageField field) => WellKnown.IsWrapper(field.Type.TypeName) || field.Type.TypeName is WellKnown.Timestamp or WellKnown.Duration;

    public static CelValue StoreOne(MessageTypes types, FieldValueType type, CelValue value, string field)
    {
        switch (type.Kind)
        {
            case FieldKind.Int32 or FieldKind.Sint32 or FieldKind.Sfixed32:
                return value.Kind != CelKind.Int ? Mismatch(field, value) : value.IntValue is < int.MinValue or > int.MaxValue ? OutOfRange(field, value) : value;
            case FieldKind.Int64 or FieldKind.Sint64 or FieldKind.Sfixed64:
                return value.Kind == CelKind.Int ? value : Mismatch(field, value);
            case FieldKind.Uint32 or FieldKind.Fixed32:
                return value.Kind != CelKind.Uint ? Mismatch(field, value) : value.UintValue > uint.MaxValue ? OutOfRange(field, value) : value;
            case FieldKind.Uint64 or FieldKind.Fixed64:
                return value.Kind == CelKind.Uint ? value : Mismatch(field, value);
            case FieldKind.Float:
                return value.Kind == CelKind.Double ? CelValue.Of((double)(float)value.DoubleValue) : Mismatch(field, value);
            case FieldKind.Double:
                return value.Kind == CelKind.Double ? value : Mismatch(field, value);
            case FieldKind.Bool:
                return value.Kind == CelKind.Bool ? value : Mismatch(field, value);
            case FieldKind.String:
                return value.Kind == CelKind.String ? value : Mismatch(field, value);
            case FieldKind.Bytes:
                return value.Kind == CelKind.Bytes ? value : Mismatch(field, value);
            case FieldKind.Enum:
                return StoreEnum(types, type, value, field);
            default:
                return StoreMessage(types, type.TypeName, value, field);
        }
    }

    private static CelValue StoreEnum(MessageTypes types, FieldValueType type, CelValue value, string field)
    {
        if (type.TypeName == WellKnown.NullValue)
        {
            return value.IsNull || value is { Kind: CelKind.Int, IntValue: 0 } ? CelValue.Null : Mismatch(field, value);
        }

        if (value.Kind == CelKind.Enum)
        {
            return value.EnumValue.TypeName == type.TypeName ? value : Mismatch(field, value);
        }

        if (value.Kind != CelKind.Int)
        {
            return Mismatch(field, value);
        }

        return value.IntValue is < int.MinValue or > int.MaxValue ? OutOfRange(field, value) : types.EnumValue(type.TypeName, (int)value.IntValue);
    }

    private static CelValue StoreMessage(MessageTypes types, string name, CelValue value, string field)
    {
        if (WellKnown.IsKnown(name))
        {
            return WellKnown.Convert(name, value, field);
        }

        return value.Kind == CelKind.Struct && value.StructValue.Type.Name == name ? value : Mismatch(field, value);
    }

    public static CelValue Mismatch(string field, CelValue value) => CelValue.Fail($"unsupported field type for field '{field}': cannot be set to a value of type '{value.Type}'");

    public static CelValue OutOfRange(string field, CelValue value) => CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"range error: {value} does not fit field '{field}'"));
}
