namespace Fairway.Cel;

/// <summary>What a value is at run time.</summary>
public enum CelKind : byte
{
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
    Struct,
    Type,
    Optional,
    Enum,
    Opaque,

    /// <summary>A failure (<see cref="CelError"/>) that logic operators may absorb.</summary>
    Error,
}
