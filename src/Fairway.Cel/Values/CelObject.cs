namespace Fairway.Cel;

/// <summary>A value that lives on the heap. Everything but strings derives from it, so that a value's kind is one load.</summary>
public abstract class CelObject
{
    private protected CelObject(CelKind kind) => Kind = kind;

    public CelKind Kind { get; }
}

/// <summary>Marks the kind of values that fit in 64 bits.</summary>
internal sealed class InlineTag : CelObject
{
    public static readonly InlineTag Null = new(CelKind.Null);
    public static readonly InlineTag Bool = new(CelKind.Bool);
    public static readonly InlineTag Int = new(CelKind.Int);
    public static readonly InlineTag Uint = new(CelKind.Uint);
    public static readonly InlineTag Double = new(CelKind.Double);

    private InlineTag(CelKind kind)
        : base(kind)
    {
    }
}

internal sealed class CelBytes(byte[] data) : CelObject(CelKind.Bytes)
{
    public byte[] Data { get; } = data;
}

/// <summary>An enum value under strong enum semantics: its type's name and number.</summary>
internal sealed class CelEnum(string typeName, int number) : CelObject(CelKind.Enum)
{
    public string TypeName { get; } = typeName;

    public int Number { get; } = number;
}

internal sealed class CelTypeValue(CelType type) : CelObject(CelKind.Type)
{
    public CelType Type { get; } = type;
}

internal sealed class CelOptional : CelObject
{
    public static readonly CelOptional None = new(default, false);

    private CelOptional(CelValue value, bool hasValue)
        : base(CelKind.Optional)
    {
        Value = value;
        HasValue = hasValue;
    }

    public CelValue Value { get; }

    public bool HasValue { get; }

    public static CelOptional Of(CelValue value) => new(value, true);
}

/// <summary>A value of a library's or the host's own type (URL, IP, quantity, authorizer …).</summary>
public abstract class CelOpaque : CelObject
{
    protected CelOpaque()
        : base(CelKind.Opaque)
    {
    }

    public abstract CelType Type { get; }

    /// <summary>Equality in the language's sense; the other value has the same type name.</summary>
    public virtual bool IsEqualTo(CelOpaque other) => ReferenceEquals(this, other);
}

/// <summary>An object with fields: a message. Reading an unset field gives its default.</summary>
public abstract class CelStruct : CelObject
{
    protected CelStruct()
        : base(CelKind.Struct)
    {
    }

    public abstract CelStructType Type { get; }

    /// <summary>The field's value or default; an error value when the type has no such field.</summary>
    public abstract CelValue Get(string field);

    /// <summary>Whether the field is set; null when the type has no such field.</summary>
    public abstract bool? Has(string field);

    public abstract bool IsEqualTo(CelStruct other);

    /// <summary>True when no field is set.</summary>
    public abstract bool IsEmpty { get; }
}
