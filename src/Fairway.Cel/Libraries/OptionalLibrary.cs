using Fairway.Cel.Evaluation;
using Fairway.Cel.Syntax;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Optional values: optional.of, none, ofNonZeroValue, or, orValue, value, hasValue, unwrap, and indexing into optionals.</summary>
internal static class OptionalLibrary
{
    private static readonly CelType K = CelType.Param("K");
    private static readonly CelType V = CelType.Param("V");
    private static readonly CelType OptV = CelType.OptionalOf(V);
    private static readonly CelType ListV = CelType.ListOf(V);
    private static readonly CelType MapKV = CelType.MapOf(K, V);

    public static readonly CelLibrary Instance = new(
        "optional",
        new("optional.of", CelOverload.Of("optional_of", V, OptV, a => CelValue.OptionalOf(a))),
        new("optional.none", CelOverload.Of("optional_none", OptV, () => CelValue.OptionalNone)),
        new("optional.ofNonZeroValue", CelOverload.Of("optional_of_non_zero_value", V, OptV, a => IsZero(a) ? CelValue.OptionalNone : CelValue.OptionalOf(a))),
        new("optional.unwrap", CelOverload.Of("optional_unwrap", CelType.ListOf(OptV), ListV, Unwrap)),
        new("unwrapOpt", Member("optional_unwrapOpt", CelType.ListOf(OptV), ListV, Unwrap)),
        new("value", Member("optional_value", OptV, V, a => a.OptionalValue ?? CelValue.Fail("optional.none() dereference"))),
        new("hasValue", Member("optional_has_value", OptV, CelType.Bool, a => CelValue.Of(a.OptionalValue.HasValue))),
        new("or", Member("optional_or_optional", OptV, OptV, OptV, (a, b) => a.OptionalValue.HasValue ? a : b)),
        new("orValue", Member("optional_or_value", OptV, V, V, (a, b) => a.OptionalValue ?? b)),
        new(
            Operators.Index,
            CelOverload.Of("optional_list_index_int", CelType.OptionalOf(ListV), CelType.Int, OptV, (a, b) => Access.Index(a, b)),
            CelOverload.Of("optional_map_index_value", CelType.OptionalOf(MapKV), K, OptV, (a, b) => Access.Index(a, b))),
        new(
            Operators.OptionalIndex,
            CelOverload.Of("list_optindex_optional_int", ListV, CelType.Int, OptV, (a, b) => Access.OptionalIndex(a, b)),
            CelOverload.Of("optional_list_optindex_optional_int", CelType.OptionalOf(ListV), CelType.Int, OptV, (a, b) => Access.OptionalIndex(a, b)),
            CelOverload.Of("map_optindex_optional_value", MapKV, K, OptV, (a, b) => Access.OptionalIndex(a, b)),
            CelOverload.Of("optional_map_optindex_optional_value", CelType.OptionalOf(MapKV), K, OptV, (a, b) => Access.OptionalIndex(a, b))))
    {
        Macros = ExtensionMacros.Optionals,
        Constants = new Dictionary<string, CelValue>(StringComparer.Ordinal) { [CelType.OptionalName] = CelValue.Of(CelType.OptionalOf(CelType.Dyn)) },
    };

    private static CelValue Unwrap(CelValue list)
    {
        var items = new List<CelValue>();
        for (int i = 0; i < list.ListValue.Count; i++)
        {
            CelValue item = list.ListValue[i];
            if (item.Kind != CelKind.Optional)
            {
                return CelValue.Fail("no such overload: unwrap takes a list of optional values");
            }

            if (item.OptionalValue is { } held)
            {
                items.Add(held);
            }
        }

        return CelValue.Of(items);
    }

    internal static bool IsZero(CelValue value) => value.Kind switch
    {
        CelKind.Null => true,
        CelKind.Bool or CelKind.Int or CelKind.Uint => value.IntValue == 0,
        CelKind.Double => value.DoubleValue == 0,
        CelKind.String => value.StringValue.Length == 0,
        CelKind.Bytes => value.BytesValue.Length == 0,
        CelKind.List => value.ListValue.Count == 0,
        CelKind.Map => value.MapValue.Count == 0,
        CelKind.Duration => value.DurationNanos == 0,
        CelKind.Timestamp => value.TimestampValue is (CelTimestamp.MinSeconds, 0),
        CelKind.Struct => value.StructValue.IsEmpty,
        CelKind.Optional => !value.OptionalValue.HasValue,
        CelKind.Enum => value.EnumValue.Number == 0,
        _ => false,
    };
}
