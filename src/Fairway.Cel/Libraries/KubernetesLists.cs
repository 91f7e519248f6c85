using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Kubernetes' functions on lists: isSorted, sum, min, max, indexOf, lastIndexOf, includes.</summary>
internal static class KubernetesLists
{
    private static readonly CelType T = CelType.Param("T");
    private static readonly CelType[] Comparable = [CelType.Int, CelType.Uint, CelType.Double, CelType.Bool, CelType.Duration, CelType.Timestamp, CelType.String, CelType.Bytes];
    private static readonly CelType[] Summable = [CelType.Int, CelType.Uint, CelType.Double, CelType.Duration];

    public static readonly CelLibrary Instance = new(
        "k8s.lists",
        new("isSorted", [.. Comparable.Select(type => Linear(Member($"list_{type}_is_sorted_bool", CelType.ListOf(type), CelType.Bool, IsSorted)))]),
        new("sum", [.. Summable.Select(type => Linear(Member($"list_{type}_sum_{type}", CelType.ListOf(type), type, list => Sum(list.ListValue, type))))]),
        new("min", [.. Comparable.Select(type => Linear(Member($"list_{type}_min_{type}", CelType.ListOf(type), type, list => Extreme(list.ListValue, "min", -1))))]),
        new("max", [.. Comparable.Select(type => Linear(Member($"list_{type}_max_{type}", CelType.ListOf(type), type, list => Extreme(list.ListValue, "max", 1))))]),
        new("indexOf", Linear(Member("list_a_index_of_int", CelType.ListOf(T), T, CelType.Int, (a, b) => IndexOf(a.ListValue, b, last: false)))),
        new("lastIndexOf", Linear(Member("list_a_last_index_of_int", CelType.ListOf(T), T, CelType.Int, (a, b) => IndexOf(a.ListValue, b, last: true)))),
        new("includes", Linear(Member("list_a_includes_bool", CelType.ListOf(T), T, CelType.Bool, (a, b) => Evaluation.Access.In(b, a)))));

    private static CelOverload Linear(CelOverload overload) => overload with { Cost = (args, _) => Math.Max(1, args[0].ListValue.Count) };

    private static CelValue IsSorted(CelValue value)
    {
        CelList list = value.ListValue;
        for (int i = 1; i < list.Count; i++)
        {
            if (CelEquality.Compare(list[i - 1], list[i]) is not { } order)
            {
                return CelValue.Fail("no such overload");
            }

            if (order > 0)
            {
                return CelValue.False;
            }
        }

        return CelValue.True;
    }

    private static CelValue Sum(CelList list, CelType type)
    {
        CelValue total = type.Kind switch
        {
            CelTypeKind.Uint => CelValue.Of(0UL),
            CelTypeKind.Double => CelValue.Of(0.0),
            CelTypeKind.Duration => CelValue.Duration(0),
            _ => CelValue.Of(0L),
        };
        if (list.Count > 0 && list[0].Kind != total.Kind)
        {
            total = list[0].Kind switch
            {
                CelKind.Uint => CelValue.Of(0UL),
                CelKind.Double => CelValue.Of(0.0),
                CelKind.Duration => CelValue.Duration(0),
                _ => total,
            };
        }

        for (int i = 0; i < list.Count && !total.IsError; i++)
        {
            total = Evaluation.Arithmetic.Add(total, list[i]);
        }

        return total;
    }

    private static CelValue Extreme(CelList list, string name, int sign)
    {
        if (list.Count == 0)
        {
            return CelValue.Fail($"{name} called on empty list");
        }

        CelValue best = list[0];
        for (int i = 1; i < list.Count; i++)
        {
            if (CelEquality.Compare(list[i], best) is not { } order)
            {
                return CelValue.Fail("no such overload");
            }

            best = order * sign > 0 ? list[i] : best;
        }

        return best;
    }

    private static CelValue IndexOf(CelList list, CelValue item, bool last)
    {
        for (int step = 0; step < list.Count; step++)
        {
            int i = last ? list.Count - 1 - step : step;
            if (CelEquality.AreEqual(list[i], item))
            {
                return CelValue.Of((long)i);
            }
        }

        return CelValue.Of(-1L);
    }
}

/// <summary>Kubernetes' find and findAll on strings.</summary>
internal static class KubernetesRegex
{
    private static readonly CelType S = CelType.String;

    public static readonly CelLibrary Instance = new(
        "k8s.regex",
        new("find", Member("string_find_string", S, S, S, (text, pattern) => Find(text, pattern)) with { Cost = StandardLibrary.RegexCost }),
        new(
            "findAll",
            Member("string_find_all_string", S, S, CelType.ListOf(S), (text, pattern) => FindAll(text, pattern, -1)) with { Cost = StandardLibrary.RegexCost },
            Member("string_find_all_string_int", [S, S, CelType.Int], CelType.ListOf(S), args => FindAll(args[0], args[1], args[2].IntValue)) with { Cost = StandardLibrary.RegexCost }));

    private static CelValue Find(CelValue text, CelValue pattern)
    {
        (System.Text.RegularExpressions.Regex? regex, string? failure) = Re2.Compile(pattern.StringValue, text.StringValue);
        return regex is null ? CelValue.Fail($"Illegal regex: {failure}") : Re2.Guard(() => CelValue.Of(regex.Match(text.StringValue).Value));
    }

    private static CelValue FindAll(CelValue text, CelValue pattern, long limit)
    {
        (System.Text.RegularExpressions.Regex? regex, string? failure) = Re2.Compile(pattern.StringValue, text.StringValue);
        if (regex is null)
        {
            return CelValue.Fail($"Illegal regex: {failure}");
        }

        return Re2.Guard(() => CelValue.Of(regex.Matches(text.StringValue).Take(limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue)).Select(match => CelValue.Of(match.Value)).ToArray()));
    }
}
