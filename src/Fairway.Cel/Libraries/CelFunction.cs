using System.Collections.Immutable;

namespace Fairway.Cel;

/// <summary>One signature of a function with what it does. Arguments are never errors; a failure is returned as an error value.</summary>
/// <param name="Id">A stable name of the signature, unique in an environment.</param>
/// <param name="IsMember">True for <c>target.name(args)</c>; the target is the first parameter.</param>
public sealed record CelOverload(string Id, bool IsMember, ImmutableArray<CelType> Parameters, CelType Result)
{
    internal Func<CelValue, CelValue>? Unary { get; init; }

    internal Func<CelValue, CelValue, CelValue>? Binary { get; init; }

    internal Func<CelValue[], CelValue>? Any { get; init; }

    internal bool HasImplementation => Unary is not null || Binary is not null || Any is not null;

    /// <summary>Cost of a call at run time; null for 1.</summary>
    internal Func<CelValue[], CelValue, long>? Cost { get; init; }

    public static CelOverload Of(string id, CelType result, Func<CelValue> body)
        => new(id, false, [], result) { Any = _ => body() };

    public static CelOverload Of(string id, CelType parameter, CelType result, Func<CelValue, CelValue> body)
        => new(id, false, [parameter], result) { Unary = body };

    public static CelOverload Of(string id, CelType first, CelType second, CelType result, Func<CelValue, CelValue, CelValue> body)
        => new(id, false, [first, second], result) { Binary = body };

    public static CelOverload Of(string id, ImmutableArray<CelType> parameters, CelType result, Func<CelValue[], CelValue> body)
        => new(id, false, parameters, result) { Any = body };

    public static CelOverload Member(string id, CelType target, CelType result, Func<CelValue, CelValue> body)
        => new(id, true, [target], result) { Unary = body };

    public static CelOverload Member(string id, CelType target, CelType argument, CelType result, Func<CelValue, CelValue, CelValue> body)
        => new(id, true, [target, argument], result) { Binary = body };

    public static CelOverload Member(string id, ImmutableArray<CelType> targetAndArguments, CelType result, Func<CelValue[], CelValue> body)
        => new(id, true, targetAndArguments, result) { Any = body };

    /// <summary>A signature for the checker only; calling it is an error.</summary>
    public static CelOverload Declared(string id, bool isMember, ImmutableArray<CelType> parameters, CelType result) => new(id, isMember, parameters, result);

    internal CelValue Invoke(CelValue[] args) => args.Length switch
    {
        1 when Unary is not null => Unary(args[0]),
        2 when Binary is not null => Binary(args[0], args[1]),
        _ when Any is not null => Any(args),
        _ => CelValue.Fail("no such overload"),
    };

    /// <summary>Whether values of these kinds may be given; type parameters and dyn take anything.</summary>
    internal bool Accepts(CelValue[] args)
    {
        if (args.Length != Parameters.Length)
        {
            return false;
        }

        for (int i = 0; i < args.Length; i++)
        {
            if (!RuntimeMatch.Accepts(Parameters[i], args[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A function: its name (with dots for namespaces) and its overloads.</summary>
public sealed record CelFunction(string Name, params ImmutableArray<CelOverload> Overloads);

/// <summary>Whether a value may stand where a type is declared, looking at the outermost kind only.</summary>
internal static class RuntimeMatch
{
    public static bool Accepts(CelType type, in CelValue value) => type.Kind switch
    {
        CelTypeKind.Dyn or CelTypeKind.Any or CelTypeKind.Param => true,
        CelTypeKind.Null => value.Kind == CelKind.Null,
        CelTypeKind.Bool => value.Kind == CelKind.Bool,
        CelTypeKind.Int => value.Kind == CelKind.Int,
        CelTypeKind.Uint => value.Kind == CelKind.Uint,
        CelTypeKind.Double => value.Kind == CelKind.Double,
        CelTypeKind.String => value.Kind == CelKind.String,
        CelTypeKind.Bytes => value.Kind == CelKind.Bytes,
        CelTypeKind.Timestamp => value.Kind == CelKind.Timestamp,
        CelTypeKind.Duration => value.Kind == CelKind.Duration,
        CelTypeKind.List => value.Kind == CelKind.List,
        CelTypeKind.Map => value.Kind == CelKind.Map,
        CelTypeKind.Type => value.Kind == CelKind.Type,
        CelTypeKind.Wrapper => value.Kind == CelKind.Null || Accepts(type.Element, value),
        CelTypeKind.Message => value.Kind == CelKind.Null || value.Kind == CelKind.Map || (value.Kind == CelKind.Struct && value.StructValue.Type.Name == type.Name),
        CelTypeKind.Opaque when type.IsOptional => value.Kind == CelKind.Optional,
        CelTypeKind.Opaque => (value.Kind == CelKind.Opaque && value.OpaqueValue.Type.Name == type.Name) || (value.Kind == CelKind.Enum && value.EnumValue.TypeName == type.Name),
        _ => false,
    };
}
