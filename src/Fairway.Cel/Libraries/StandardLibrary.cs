using Fairway.Cel.Evaluation;
using Fairway.Cel.Syntax;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Operators, sizes, membership, conversions and text tests: the standard definitions of the language.</summary>
internal static class StandardLibrary
{
    private static readonly CelType A = CelType.Param("A");
    private static readonly CelType B = CelType.Param("B");
    private static readonly CelType ListA = CelType.ListOf(A);
    private static readonly CelType MapAB = CelType.MapOf(A, B);
    private static readonly CelType[] Numbers = [CelType.Int, CelType.Uint, CelType.Double];

    public static readonly CelLibrary Instance = new(
        "standard",
        [.. OperatorFunctions(), .. CollectionFunctions(), .. TextFunctions(), .. ConversionFunctions.All, .. TimeFunctions.All])
    {
        Macros = StandardMacros.All,
        Constants = new[] { CelType.Bool, CelType.Int, CelType.Uint, CelType.Double, CelType.String, CelType.Bytes, CelType.Null, CelType.Timestamp, CelType.Duration }
            .Select(type => KeyValuePair.Create(type.Name, CelValue.Of(type)))
            .Append(KeyValuePair.Create("list", CelValue.Of(CelType.ListOf(CelType.Dyn))))
            .Append(KeyValuePair.Create("map", CelValue.Of(CelType.MapOf(CelType.Dyn, CelType.Dyn))))
            .Append(KeyValuePair.Create("type", CelValue.Of(CelType.TypeOfAny)))
            .ToDictionary(StringComparer.Ordinal),
    };

    private static IEnumerable<CelFunction> OperatorFunctions()
    {
        yield return new(Operators.Conditional, CelOverload.Of("conditional", [CelType.Bool, A, A], A, args => args[0].BoolValue ? args[1] : args[2]));
        yield return new(Operators.And, CelOverload.Of("logical_and", CelType.Bool, CelType.Bool, CelType.Bool, (a, b) => Logic.And(a, b)));
        yield return new(Operators.Or, CelOverload.Of("logical_or", CelType.Bool, CelType.Bool, CelType.Bool, (a, b) => Logic.Or(a, b)));
        yield return new(Operators.Not, CelOverload.Of("logical_not", CelType.Bool, CelType.Bool, a => Logic.Not(a)));
        yield return new(Operators.NotStrictlyFalse, CelOverload.Of("not_strictly_false", CelType.Bool, CelType.Bool, a => CelValue.Of(!a.IsFalse)));
        yield return new(Operators.Equals, CelOverload.Of("equals", A, A, CelType.Bool, (a, b) => CelValue.Of(CelEquality.AreEqual(a, b))) with { Cost = BySizes });
        yield return new(Operators.NotEquals, CelOverload.Of("not_equals", A, A, CelType.Bool, (a, b) => CelValue.Of(!CelEquality.AreEqual(a, b))) with { Cost = BySizes });
        yield return new(Operators.Add, [.. Same("add", Operators.Add, [.. Numbers, CelType.Duration]), .. Additions()]);
        yield return new(
            Operators.Subtract,
            [
                .. Same("subtract", Operators.Subtract, [.. Numbers, CelType.Duration]),
                CelOverload.Of("subtract_timestamp_timestamp", CelType.Timestamp, CelType.Timestamp, CelType.Duration, (a, b) => Arithmetic.Subtract(a, b)),
                CelOverload.Of("subtract_timestamp_duration", CelType.Timestamp, CelType.Duration, CelType.Timestamp, (a, b) => Arithmetic.Subtract(a, b)),
            ]);
        yield return new(Operators.Multiply, [.. Same("multiply", Operators.Multiply, Numbers)]);
        yield return new(Operators.Divide, [.. Same("divide", Operators.Divide, Numbers)]);
        yield return new(Operators.Modulo, [.. Same("modulo", Operators.Modulo, [CelType.Int, CelType.Uint])]);
        yield return new(
            Operators.Negate,
            CelOverload.Of("negate_int64", CelType.Int, CelType.Int, a => Arithmetic.Negate(a)),
            CelOverload.Of("negate_double", CelType.Double, CelType.Double, a => Arithmetic.Negate(a)));
        foreach ((string function, string id) in new[] { (Operators.Less, "less"), (Operators.LessEquals, "less_equals"), (Operators.Greater, "greater"), (Operators.GreaterEquals, "greater_equals") })
        {
            yield return new(function, [.. Orders(function, id)]);
        }
    }

    private static long BySizes(CelValue[] args, CelValue result) => OperatorCosts.Equality(args[0], args[1]);

    private static IEnumerable<CelOverload> Same(string id, string function, CelType[] types)
        => types.Select(type => CelOverload.Of($"{id}_{type}", type, type, type, (a, b) => Arithmetic.Apply(function, a, b)));

    private static CelOverload[] Additions() =>
    [
        CelOverload.Of("add_string", CelType.String, CelType.String, CelType.String, (a, b) => Arithmetic.Add(a, b)) with { Cost = (args, _) => OperatorCosts.Add(args[0], args[1]) },
        CelOverload.Of("add_bytes", CelType.Bytes, CelType.Bytes, CelType.Bytes, (a, b) => Arithmetic.Add(a, b)) with { Cost = (args, _) => OperatorCosts.Add(args[0], args[1]) },
        CelOverload.Of("add_list", ListA, ListA, ListA, (a, b) => Arithmetic.Add(a, b)),
        CelOverload.Of("add_timestamp_duration", CelType.Timestamp, CelType.Duration, CelType.Timestamp, (a, b) => Arithmetic.Add(a, b)),
        CelOverload.Of("add_duration_timestamp", CelType.Duration, CelType.Timestamp, CelType.Timestamp, (a, b) => Arithmetic.Add(a, b)),
    ];

    private static IEnumerable<CelOverload> Orders(string function, string id)
    {
        CelValue Body(CelValue a, CelValue b) => Arithmetic.Compare(function, a, b);
        foreach (CelType type in new[] { CelType.Bool, CelType.String, CelType.Bytes, CelType.Timestamp, CelType.Duration })
        {
            yield return CelOverload.Of($"{id}_{type}", type, type, CelType.Bool, Body) with { Cost = BySizes };
        }

        foreach (CelType left in Numbers)
        {
            foreach (CelType right in Numbers)
            {
                yield return CelOverload.Of($"{id}_{left}_{right}", left, right, CelType.Bool, Body);
            }
        }
    }

    private static IEnumerable<CelFunction> CollectionFunctions()
    {
        yield return new(
            Operators.Index,
            CelOverload.Of("index_list", ListA, CelType.Int, A, (a, b) => Access.Index(a, b)),
            CelOverload.Of("index_map", MapAB, A, B, (a, b) => Access.Index(a, b)));
        yield return new(
            Operators.In,
            CelOverload.Of("in_list", A, ListA, CelType.Bool, (a, b) => Access.In(a, b)) with { Cost = (args, _) => OperatorCosts.In(args[0], args[1]) },
            CelOverload.Of("in_map", A, MapAB, CelType.Bool, (a, b) => Access.In(a, b)));
        CelType[] sized = [CelType.String, CelType.Bytes, ListA, MapAB];
        yield return new(
            "size",
            [
                .. sized.Select(type => CelOverload.Of($"size_{type.Name}", type, CelType.Int, Size)),
                .. sized.Select(type => Member($"{type.Name}_size", type, CelType.Int, Size)),
            ]);
        yield return new("type", CelOverload.Of("type", A, CelType.TypeOf(A), a => CelValue.Of(a.Type)));
        yield return new("dyn", CelOverload.Of("to_dyn", A, CelType.Dyn, a => a));
    }

    private static CelValue Size(CelValue value) => CelValue.Of(Access.Size(value));

    private static IEnumerable<CelFunction> TextFunctions()
    {
        yield return new("contains", TextTest("contains_string", (a, b) => a.Contains(b, StringComparison.Ordinal)) with
        {
            Cost = (args, _) => OperatorCosts.Traversal(Access.Size(args[0])) * OperatorCosts.Traversal(Access.Size(args[1])),
        });
        yield return new("startsWith", TextTest("starts_with_string", (a, b) => a.StartsWith(b, StringComparison.Ordinal)) with { Cost = (args, _) => OperatorCosts.Traversal(Access.Size(args[0])) });
        yield return new("endsWith", TextTest("ends_with_string", (a, b) => a.EndsWith(b, StringComparison.Ordinal)) with { Cost = (args, _) => OperatorCosts.Traversal(Access.Size(args[0])) });
        yield return new(
            "matches",
            CelOverload.Of("matches", CelType.String, CelType.String, CelType.Bool, Matches) with { Cost = RegexCost },
            Member("matches_string", CelType.String, CelType.String, CelType.Bool, Matches) with { Cost = RegexCost });
    }

    private static CelOverload TextTest(string id, Func<string, string, bool> body)
        => Member(id, CelType.String, CelType.String, CelType.Bool, (a, b) => CelValue.Of(body(a.StringValue, b.StringValue)));

    internal static long RegexCost(CelValue[] args, CelValue result)
        => OperatorCosts.Traversal(Access.Size(args[0]) + 1) * ((Access.Size(args[1]) + 3) / 4);

    private static CelValue Matches(CelValue text, CelValue pattern)
    {
        (System.Text.RegularExpressions.Regex? regex, string? failure) = Re2.Compile(pattern.StringValue, text.StringValue);
        return regex is null ? CelValue.Fail(failure!) : Re2.Guard(() => CelValue.Of(regex.IsMatch(text.StringValue)));
    }
}
