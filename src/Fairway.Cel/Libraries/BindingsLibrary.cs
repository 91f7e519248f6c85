using Fairway.Cel.Evaluation;
using Fairway.Cel.Syntax;

namespace Fairway.Cel.Libraries;

/// <summary>cel.bind and cel.block, comprehensions of two variables, extension fields of messages.</summary>
internal static class BindingsLibrary
{
    private static readonly CelType K = CelType.Param("K");
    private static readonly CelType V = CelType.Param("V");
    private static readonly CelType MapKV = CelType.MapOf(K, V);

    public static readonly CelLibrary Instance = new("bindings") { Macros = [.. ExtensionMacros.Bindings, .. ExtensionMacros.Block] };

    public static readonly CelLibrary Protos = new("protos") { Macros = ExtensionMacros.Protos };

    public static readonly CelLibrary TwoVariables = new(
        "two-variable comprehensions",
        new CelFunction(
            "cel.@mapInsert",
            CelOverload.Of("@mapInsert_map_key_value", [MapKV, K, V], MapKV, args => Literals.Insert(args[0].MapValue, args[1], args[2])),
            CelOverload.Of("@mapInsert_map_map", MapKV, MapKV, MapKV, (a, b) => Literals.InsertAll(a.MapValue, b.MapValue))))
    {
        Macros = StandardMacros.TwoVariables,
    };
}
