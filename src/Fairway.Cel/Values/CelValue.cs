using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Fairway.Cel;

/// <summary>
/// A value of the language, or the failure to get one. Sixteen bytes; null, bool, numbers and strings that exist already
/// cost no allocation. <c>default</c> is null.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public readonly struct CelValue : IEquatable<CelValue>
{
    public static readonly CelValue Null = new(InlineTag.Null, 0);
    public static readonly CelValue True = new(InlineTag.Bool, 1);
    public static readonly CelValue False = new(InlineTag.Bool, 0);

    private readonly object? _object;
    private readonly long _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CelValue(object value, long bits)
    {
        _object = value;
        _bits = bits;
    }

    public CelKind Kind
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            object? value = _object;
            if (value is null)
            {
                return CelKind.Null;
            }

            return value.GetType() == typeof(string) ? CelKind.String : Unsafe.As<CelObject>(value).Kind;
        }
    }

    public bool IsError => Kind == CelKind.Error;

    public bool IsNull => Kind == CelKind.Null;

    /// <summary>True for the boolean true only.</summary>
    public bool IsTrue
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(_object, InlineTag.Bool) && _bits != 0;
    }

    public bool IsFalse
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(_object, InlineTag.Bool) && _bits == 0;
    }

    internal bool IsInt
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ReferenceEquals(_object, InlineTag.Int);
    }

    /// <summary>The boolean; meaningful when <see cref="Kind"/> is Bool. The same holds for the other readers below.</summary>
    public bool BoolValue => _bits != 0;

    public long IntValue => _bits;

    public ulong UintValue => (ulong)_bits;

    public double DoubleValue => BitConverter.Int64BitsToDouble(_bits);

    public string StringValue => Unsafe.As<string>(_object!);

    public ReadOnlyMemory<byte> BytesValue => ((CelBytes)_object!).Data;

    public CelList ListValue => Unsafe.As<CelList>(_object!);

    public CelMap MapValue => Unsafe.As<CelMap>(_object!);

    public CelStruct StructValue => Unsafe.As<CelStruct>(_object!);

    public CelType TypeValue => ((CelTypeValue)_object!).Type;

    /// <summary>The host's or library's object; meaningful when <see cref="Kind"/> is Opaque.</summary>
    public CelOpaque OpaqueValue => Unsafe.As<CelOpaque>(_object!);

    /// <summary>The failure, or null when this is a value.</summary>
    public CelError? Error => _object as CelError;

    /// <summary>Seconds since 1970 and nanoseconds of a timestamp.</summary>
    public (long Seconds, int Nanos) TimestampValue => _object is CelTimestamp time ? (time.Seconds, time.Nanos) : default;

    /// <summary>Nanoseconds of a duration.</summary>
    public Int128 DurationNanos => _object is CelDuration span ? span.Nanos : default;

    /// <summary>Name of the type and number of an enum value.</summary>
    public (string TypeName, int Number) EnumValue => _object is CelEnum value ? (value.TypeName, value.Number) : default;

    /// <summary>What an optional holds, or null when it is none.</summary>
    public CelValue? OptionalValue => _object is CelOptional { HasValue: true } optional ? optional.Value : null;

    internal object? Boxed => _object;

    public static CelValue Of(bool value) => value ? True : False;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CelValue Of(long value) => new(InlineTag.Int, value);

    public static CelValue Of(ulong value) => new(InlineTag.Uint, (long)value);

    public static CelValue Of(double value) => new(InlineTag.Double, BitConverter.DoubleToInt64Bits(value));

    public static CelValue Of(string? value) => value is null ? Null : new(value, 0);

    public static CelValue Of(byte[] value) => new(new CelBytes(value), 0);

    public static CelValue Of(CelType type) => new(new CelTypeValue(type), 0);

    public static CelValue Of(CelList list) => new(list, 0);

    public static CelValue Of(CelMap map) => new(map, 0);

    public static CelValue Of(CelStruct value) => new(value, 0);

    public static CelValue Of(CelOpaque value) => new(value, 0);

    public static CelValue Of(IReadOnlyList<CelValue> items) => items.Count == 0 ? new(ArrayList.Empty, 0) : new(new ArrayList([.. items]), 0);

    internal static CelValue Of(CelObject value) => new(value, 0);

    /// <summary>A timestamp, or an error value outside the years 1 to 9999.</summary>
    public static CelValue Timestamp(long seconds, int nanos)
        => CelTimestamp.InRange(seconds) ? new(new CelTimestamp(seconds, nanos), 0) : Fail("timestamp out of range: must be between year 1 and 9999");

    /// <summary>A duration in nanoseconds, or an error value outside ±292 years.</summary>
    public static CelValue Duration(Int128 nanos)
        => CelDuration.Create(nanos) is { } span ? new(span, 0) : Fail("duration out of range: must fit in 64 bits as nanoseconds");

    public static CelValue EnumOf(string typeName, int number) => new(new CelEnum(typeName, number), 0);

    public static CelValue OptionalOf(CelValue value) => new(CelOptional.Of(value), 0);

    public static CelValue OptionalNone { get; } = new(CelOptional.None, 0);

    public static CelValue Fail(string message) => new(new CelError(message), 0);

    public static CelValue Fail(CelError error) => new(error, 0);

    /// <summary>A value that is not known yet. It goes through operators like a failure of its own kind.</summary>
    public static CelValue Unknown(string what) => new(new CelError(what, CelErrorKind.Unknown), 0);

    /// <summary>The type that <c>type(x)</c> gives.</summary>
    public CelType Type => Kind switch
    {
        CelKind.Null => CelType.Null,
        CelKind.Bool => CelType.Bool,
        CelKind.Int => CelType.Int,
        CelKind.Uint => CelType.Uint,
        CelKind.Double => CelType.Double,
        CelKind.String => CelType.String,
        CelKind.Bytes => CelType.Bytes,
        CelKind.Timestamp => CelType.Timestamp,
        CelKind.Duration => CelType.Duration,
        CelKind.List => RuntimeTypes.List,
        CelKind.Map => RuntimeTypes.Map,
        CelKind.Type => CelType.TypeOfAny,
        CelKind.Optional => RuntimeTypes.Optional,
        CelKind.Enum => CelType.Opaque(EnumValue.TypeName),
        CelKind.Struct => CelType.Message(StructValue.Type.Name),
        CelKind.Opaque => OpaqueValue.Type,
        _ => CelType.Error,
    };

    /// <summary>Equality as <c>==</c> gives it: across number types, deep, NaN unequal to itself.</summary>
    public bool Equals(CelValue other) => CelEquality.AreEqual(this, other);

    public override bool Equals(object? obj) => obj is CelValue other && Equals(other);

    public override int GetHashCode() => MapKeyComparer.Instance.GetHashCode(this);

    public override string ToString() => CelValueText.Render(this);
}

internal static class RuntimeTypes
{
    public static readonly CelType List = CelType.ListOf(CelType.Dyn);
    public static readonly CelType Map = CelType.MapOf(CelType.Dyn, CelType.Dyn);
    public static readonly CelType Optional = CelType.OptionalOf(CelType.Dyn);
}
