namespace Fairway.Cel.Messages;

/// <summary>How a message's field is typed and written on the wire.</summary>
internal enum FieldKind
{
    Int32,
    Int64,
    Sint32,
    Sint64,
    Sfixed32,
    Sfixed64,
    Uint32,
    Uint64,
    Fixed32,
    Fixed64,
    Float,
    Double,
    Bool,
    String,
    Bytes,
    Enum,
    Message,
    Group,
}

/// <summary>The type of one value of a field: a scalar, or a named enum or message.</summary>
internal sealed record FieldValueType(FieldKind Kind, string TypeName = "")
{
    public CelType CelType(MessageTypes types) => Kind switch
    {
        FieldKind.Uint32 or FieldKind.Uint64 or FieldKind.Fixed32 or FieldKind.Fixed64 => Cel.CelType.Uint,
        FieldKind.Float or FieldKind.Double => Cel.CelType.Double,
        FieldKind.Bool => Cel.CelType.Bool,
        FieldKind.String => Cel.CelType.String,
        FieldKind.Bytes => Cel.CelType.Bytes,
        FieldKind.Message or FieldKind.Group => Cel.CelType.Message(TypeName),
        FieldKind.Enum when TypeName == WellKnown.NullValue => Cel.CelType.Null,
        FieldKind.Enum when types.StrongEnums => Cel.CelType.Opaque(TypeName),
        _ => Cel.CelType.Int,
    };
}

/// <summary>A field of a message.</summary>
/// <param name="MapKey">The type of keys when the field is a map; the value's type is <paramref name="Type"/>.</param>
/// <param name="HasPresence">Whether set and default can be told apart.</param>
/// <param name="OneOf">The group of fields of which at most one is set; empty for none.</param>
internal sealed record MessageField(string Name, int Number, FieldValueType Type, bool Repeated, FieldValueType? MapKey, bool HasPresence, CelValue? Default = null, string OneOf = "")
{
    public CelType CelType(MessageTypes types)
    {
        CelType value = Type.CelType(types);
        return MapKey is not null ? Cel.CelType.MapOf(MapKey.CelType(types), value) : Repeated ? Cel.CelType.ListOf(value) : value;
    }
}
