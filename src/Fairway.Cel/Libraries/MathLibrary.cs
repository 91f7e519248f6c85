using Fairway.Cel.Syntax;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>The math extension: greatest, least, rounding, bits, sign, abs, sqrt.</summary>
internal static class MathLibrary
{
    private static readonly CelType[] Numbers = [CelType.Int, CelType.Uint, CelType.Double];

    public static readonly CelLibrary Instance = new(
        "math",
        Extreme("math.@max", 1),
        Extreme("math.@min", -1),
        OnDouble("math.ceil", Math.Ceiling),
        OnDouble("math.floor", Math.Floor),
        OnDouble("math.round", value => Math.Round(value, MidpointRounding.AwayFromZero)),
        OnDouble("math.trunc", Math.Truncate),
        Test("math.isNaN", double.IsNaN),
        Test("math.isInf", double.IsInfinity),
        Test("math.isFinite", double.IsFinite),
        new(
            "math.abs",
            CelOverload.Of("math_abs_double", CelType.Double, CelType.Double, a => CelValue.Of(Math.Abs(a.DoubleValue))),
            CelOverload.Of("math_abs_int", CelType.Int, CelType.Int, a => a.IntValue == long.MinValue ? CelValue.Fail("integer overflow: overflow") : CelValue.Of(Math.Abs(a.IntValue))),
            CelOverload.Of("math_abs_uint", CelType.Uint, CelType.Uint, a => a)),
        new(
            "math.sign",
            CelOverload.Of("math_sign_double", CelType.Double, CelType.Double, a => CelValue.Of(double.IsNaN(a.DoubleValue) ? double.NaN : Math.Sign(a.DoubleValue))),
            CelOverload.Of("math_sign_int", CelType.Int, CelType.Int, a => CelValue.Of((long)Math.Sign(a.IntValue))),
            CelOverload.Of("math_sign_uint", CelType.Uint, CelType.Uint, a => CelValue.Of(a.UintValue == 0 ? 0UL : 1UL))),
        new(
            "math.sqrt",
            CelOverload.Of("math_sqrt_double", CelType.Double, CelType.Double, a => CelValue.Of(Math.Sqrt(a.DoubleValue))),
            CelOverload.Of("math_sqrt_int", CelType.Int, CelType.Double, a => CelValue.Of(Math.Sqrt(a.IntValue))),
            CelOverload.Of("math_sqrt_uint", CelType.Uint, CelType.Double, a => CelValue.Of(Math.Sqrt(a.UintValue)))),
        Bits("math.bitAnd", (a, b) => a & b),
        Bits("math.bitOr", (a, b) => a | b),
        Bits("math.bitXor", (a, b) => a ^ b),
        new(
            "math.bitNot",
            CelOverload.Of("math_bitNot_int", CelType.Int, CelType.Int, a => CelValue.Of(~a.IntValue)),
            CelOverload.Of("math_bitNot_uint", CelType.Uint, CelType.Uint, a => CelValue.Of(~a.UintValue))),
        Shift("math.bitShiftLeft", (value, by) => value << by),
        Shift("math.bitShiftRight", (value, by) => value >> by))
    {
        Macros = ExtensionMacros.Math,
    };

    private static CelFunction OnDouble(string name, Func<double, double> body)
        => new(name, CelOverload.Of(name.Replace('.', '_') + "_double", CelType.Double, CelType.Double, a => CelValue.Of(body(a.DoubleValue))));

    private static CelFunction Test(string name, Func<double, bool> body)
        => new(name, CelOverload.Of(name.Replace('.', '_') + "_double", CelType.Double, CelType.Bool, a => CelValue.Of(body(a.DoubleValue))));

    private static CelFunction Bits(string name, Func<ulong, ulong, ulong> body) => new(
        name,
        CelOverload.Of(name.Replace('.', '_') + "_int_int", CelType.Int, CelType.Int, CelType.Int, (a, b) => CelValue.Of((long)body(a.UintValue, b.UintValue))),
        CelOverload.Of(name.Replace('.', '_') + "_uint_uint", CelType.Uint, CelType.Uint, CelType.Uint, (a, b) => CelValue.Of(body(a.UintValue, b.UintValue))));

    /// <summary>Shifts are logical: bits that leave are gone, and the sign is a bit like any other.</summary>
    private static CelFunction Shift(string name, Func<ulong, int, ulong> body)
    {
        CelValue Of(CelValue value, CelValue by, bool signed)
        {
            if (by.IntValue < 0)
            {
                return CelValue.Fail($"{name}() negative offset: {by.IntValue}");
            }

            ulong bits = by.IntValue > 63 ? 0 : body(value.UintValue, (int)by.IntValue);
            return signed ? CelValue.Of((long)bits) : CelValue.Of(bits);
        }

        return new(
            name,
            CelOverload.Of(name.Replace('.', '_') + "_int_int", CelType.Int, CelType.Int, CelType.Int, (a, b) => Of(a, b, signed: true)),
            CelOverload.Of(name.Replace('.', '_') + "_uint_int", CelType.Uint, CelType.Int, CelType.Uint, (a, b) => Of(a, b, signed: false)));
    }

    private static CelFunction Extreme(string name, int sign)
    {
        CelValue Better(CelValue a, CelValue b) => CelEquality.CompareNumbers(b, a) is { } order && order * sign > 0 ? b : a;
        var overloads = new List<CelOverload>();
        string id = name.Replace(".@", "_", StringComparison.Ordinal);
        foreach (CelType type in Numbers)
        {
            overloads.Add(CelOverload.Of($"{id}_{type}", type, type, a => a));
            overloads.Add(CelOverload.Of($"{id}_list_{type}", CelType.ListOf(type), type, list => Best(list.ListValue, Better)));
            foreach (CelType other in Numbers)
            {
                overloads.Add(CelOverload.Of($"{id}_{type}_{other}", type, other, type.Equals(other) ? type : CelType.Dyn, Better));
            }
        }

        return new CelFunction(name, [.. overloads]);
    }

    private static CelValue Best(CelList list, Func<CelValue, CelValue, CelValue> better)
    {
        if (list.Count == 0)
        {
            return CelValue.Fail("math.@min(list) argument must not be empty");
        }

        CelValue best = list[0];
        for (int i = 0; i < list.Count; i++)
        {
            CelValue item = list[i];
            if (!CelEquality.IsNumber(item.Kind))
            {
                return item.IsError ? item : CelValue.Fail("no such overload");
            }

            best = better(best, item);
        }

        return best;
    }
}
