using System.Collections.Immutable;

namespace Fairway.Cel;

/// <summary>The shape of a type as the checker sees it.</summary>
public enum CelTypeKind
{
    Dyn,
    Any,
    Error,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List,
    Map,
    Type,
    Wrapper,
    Message,
    Opaque,
    Param,
}

/// <summary>
/// A type of the language: primitive, parameterised (<c>list</c>, <c>map</c>, <c>type</c>, wrappers, opaque types) or a
/// named object type whose fields a <see cref="CelStructType"/> describes. Immutable, compared by value.
/// </summary>
public sealed class CelType : IEquatable<CelType>
{
    public const string OptionalName = "optional_type";

    public static readonly CelType Dyn = new(CelTypeKind.Dyn, "dyn");
    public static readonly CelType Any = new(CelTypeKind.Any, "any");
    public static readonly CelType Error = new(CelTypeKind.Error, "!error!");
    public static readonly CelType Null = new(CelTypeKind.Null, "null_type");
    public static readonly CelType Bool = new(CelTypeKind.Bool, "bool");
    public static readonly CelType Int = new(CelTypeKind.Int, "int");
    public static readonly CelType Uint = new(CelTypeKind.Uint, "uint");
    public static readonly CelType Double = new(CelTypeKind.Double, "double");
    public static readonly CelType String = new(CelTypeKind.String, "string");
    public static readonly CelType Bytes = new(CelTypeKind.Bytes, "bytes");
    public static readonly CelType Timestamp = new(CelTypeKind.Timestamp, "google.protobuf.Timestamp");
    public static readonly CelType Duration = new(CelTypeKind.Duration, "google.protobuf.Duration");
    public static readonly CelType TypeOfAny = new(CelTypeKind.Type, "type");

    private CelType(CelTypeKind kind, string name, params ImmutableArray<CelType> parameters)
    {
        Kind = kind;
        Name = name;
        Parameters = parameters;
    }

    public CelTypeKind Kind { get; }

    /// <summary>The name that <c>type(x)</c> gives at run time; for a type parameter, its name.</summary>
    public string Name { get; }

    public ImmutableArray<CelType> Parameters { get; }

    public bool IsDyn => Kind is CelTypeKind.Dyn or CelTypeKind.Any or CelTypeKind.Error;

    public bool IsOptional => Kind == CelTypeKind.Opaque && Name == OptionalName;

    /// <summary>The element type of a list, the value type of a map, the inner type of an optional or wrapper; else <see cref="Dyn"/>.</summary>
    public CelType Element => Parameters.Length == 0 ? Dyn : Parameters[^1];

    public static CelType ListOf(CelType element) => new(CelTypeKind.List, "list", element);

    public static CelType MapOf(CelType key, CelType value) => new(CelTypeKind.Map, "map", key, value);

    public static CelType TypeOf(CelType type) => new(CelTypeKind.Type, "type", type);

    /// <summary>The nullable form of a primitive: <c>google.protobuf.Int64Value</c> and its kin.</summary>
    public static CelType WrapperOf(CelType primitive) => new(CelTypeKind.Wrapper, "wrapper", primitive);

    public static CelType OptionalOf(CelType type) => new(CelTypeKind.Opaque, OptionalName, type);

    public static CelType Param(string name) => new(CelTypeKind.Param, name);

    public static CelType Opaque(string name, params ImmutableArray<CelType> parameters) => new(CelTypeKind.Opaque, name, parameters);

    /// <summary>An object type by its full name; the well-known names give the built-in types they stand for.</summary>
    public static CelType Message(string name) => name switch
    {
        "google.protobuf.Any" => Any,
        "google.protobuf.Timestamp" => Timestamp,
        "google.protobuf.Duration" => Duration,
        "google.protobuf.Value" => Dyn,
        "google.protobuf.Struct" => MapOf(String, Dyn),
        "google.protobuf.ListValue" => ListOf(Dyn),
        "google.protobuf.BoolValue" => WrapperOf(Bool),
        "google.protobuf.Int32Value" or "google.protobuf.Int64Value" => WrapperOf(Int),
        "google.protobuf.UInt32Value" or "google.protobuf.UInt64Value" => WrapperOf(Uint),
        "google.protobuf.FloatValue" or "google.protobuf.DoubleValue" => WrapperOf(Double),
        "google.protobuf.StringValue" => WrapperOf(String),
        "google.protobuf.BytesValue" => WrapperOf(Bytes),
        _ => new(CelTypeKind.Message, name),
    };

    internal CelType With(ImmutableArray<CelType> parameters) => new(Kind, Name, parameters);

    public bool Equals(CelType? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || Kind != other.Kind || Parameters.Length != other.Parameters.Length || !string.Equals(Name, other.Name, StringComparison.Ordinal))
        {
            return false;
        }

        for (int i = 0; i < Parameters.Length; i++)
        {
            if (!Parameters[i].Equals(other.Parameters[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as CelType);

    public override int GetHashCode()
    {
        int hash = HashCode.Combine(Kind, Name);
        foreach (CelType parameter in Parameters)
        {
            hash = HashCode.Combine(hash, parameter.GetHashCode());
        }

        return hash;
    }

    /// <summary>The form used in messages: <c>list(int)</c>, <c>map(string, dyn)</c>, <c>wrapper(int)</c>, <c>timestamp</c>.</summary>
    public override string ToString() => Kind switch
    {
        CelTypeKind.Null => "null",
        CelTypeKind.Timestamp => "timestamp",
        CelTypeKind.Duration => "duration",
        _ when Parameters.Length > 0 => $"{Name}({string.Join(", ", Parameters)})",
        _ => Name,
    };
}
