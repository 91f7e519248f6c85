using System.Globalization;
using Fairway.Cel.Evaluation;
using Fairway.Cel.Syntax;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>The lists extension: slice, flatten, sort, sortBy, distinct, reverse, first, last, lists.range.</summary>
internal static class ListsLibrary
{
    private const int MaxRange = 1_000_000;
    private static readonly CelType T = CelType.Param("T");
    private static readonly CelType ListT = CelType.ListOf(T);
    private static readonly CelType ListDyn = CelType.ListOf(CelType.Dyn);

    private static readonly CelFunction[] Functions =
    [
        new("slice", Member("list_slice", [ListT, CelType.Int, CelType.Int], ListT, args => Slice(args[0].ListValue, args[1].IntValue, args[2].IntValue))),
        new(
            "flatten",
            Member("list_flatten", CelType.ListOf(ListT), ListT, a => Flatten(a.ListValue, 1)),
            Member("list_flatten_int", ListDyn, CelType.Int, ListDyn, (a, b) => b.IntValue < 0 ? CelValue.Fail("level must be non-negative") : Flatten(a.ListValue, b.IntValue))),
        new("sort", Member("list_sort", ListT, ListT, a => Sort(a.ListValue, a.ListValue)) with { Cost = Linear }),
        new("@sortByAssociatedKeys", Member("list_sortByAssociatedKeys", ListT, CelType.ListOf(CelType.Param("U")), ListT, (a, keys) => Sort(a.ListValue, keys.ListValue))),
        new("distinct", Member("list_distinct", ListT, ListT, a => Distinct(a.ListValue)) with { Cost = (args, _) => Math.Max(1, (long)args[0].ListValue.Count * args[0].ListValue.Count / 2) }),
        new("reverse", Member("list_reverse", ListT, ListT, a => Reverse(a.ListValue)) with { Cost = Linear }),
        new("lists.range", CelOverload.Of("lists_range", CelType.Int, CelType.ListOf(CelType.Int), Range) with { Cost = (args, _) => Math.Clamp(args[0].IntValue, 1, MaxRange) }),
    ];

    private static readonly CelFunction[] Ends =
    [
        new("first", Member("list_first", ListT, CelType.OptionalOf(T), a => a.ListValue.Count == 0 ? CelValue.OptionalNone : CelValue.OptionalOf(a.ListValue[0]))),
        new("last", Member("list_last", ListT, CelType.OptionalOf(T), a => a.ListValue.Count == 0 ? CelValue.OptionalNone : CelValue.OptionalOf(a.ListValue[a.ListValue.Count - 1]))),
    ];

    public static readonly CelLibrary Instance = new("lists", [.. Functions, .. Ends]) { Macros = ExtensionMacros.Lists };

    public static readonly CelLibrary ForKubernetes = new("lists", Functions) { Macros = ExtensionMacros.Lists };

    private static long Linear(CelValue[] args, CelValue result) => Math.Max(1, args[0].ListValue.Count);

    private static CelValue Slice(CelList list, long start, long end)
    {
        if (start < 0 || end < 0)
        {
            return CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"cannot slice({start}, {end}), negative indexes not supported"));
        }

        if (start > end)
        {
            return CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"cannot slice({start}, {end}), start index must be less than or equal to end index"));
        }

        if (end > list.Count)
        {
            return CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"cannot slice({start}, {end}), list is length {list.Count}"));
        }

        var items = new CelValue[end - start];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = list[(int)start + i];
        }

        return CelValue.Of(new ArrayList(items));
    }

    private static CelValue Flatten(CelList list, long depth)
    {
        var items = new List<CelValue>();
        Flatten(items, list, Math.Min(depth, 512));
        return CelValue.Of(items);
    }

    private static void Flatten(List<CelValue> items, CelList list, long depth)
    {
        for (int i = 0; i < list.Count; i++)
        {
            CelValue item = list[i];
            if (depth > 0 && item.Kind == CelKind.List)
            {
                Flatten(items, item.ListValue, depth - 1);
            }
            else
            {
                items.Add(item);
            }
        }
    }

    private static CelValue Sort(CelList list, CelList keys)
    {
        if (list.Count != keys.Count)
        {
            return CelValue.Fail("@sortByAssociatedKeys() expected a list of the same size as the associated keys list");
        }

        for (int i = 0; i < keys.Count; i++)
        {
            CelKind kind = keys[i].Kind;
            if (kind is not (CelKind.Int or CelKind.Uint or CelKind.Double or CelKind.Bool or CelKind.Duration or CelKind.Timestamp or CelKind.String or CelKind.Bytes))
            {
                return keys[i].IsError ? keys[i] : CelValue.Fail("list elements must be comparable");
            }

            if (kind != keys[0].Kind)
            {
                return CelValue.Fail("list elements must have the same type");
            }
        }

        int[] order = new int[list.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => CelEquality.Compare(keys[a], keys[b]) is { } sign and not 0 ? sign : a.CompareTo(b));
        return CelValue.Of(Array.ConvertAll(order, i => list[i]));
    }

    private static CelValue Distinct(CelList list)
    {
        var items = new List<CelValue>();
        var seen = new HashSet<CelValue>(MapKeyComparer.Instance);
        for (int i = 0; i < list.Count; i++)
        {
            if (seen.Add(list[i]))
            {
                items.Add(list[i]);
            }
        }

        return CelValue.Of(items);
    }

    private static CelValue Reverse(CelList list)
    {
        var items = new CelValue[list.Count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = list[items.Length - 1 - i];
        }

        return CelValue.Of(new ArrayList(items));
    }

    private static CelValue Range(CelValue count)
    {
        if (count.IntValue > MaxRange)
        {
            return CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"lists.range() of {count.IntValue} is over the limit of {MaxRange}"));
        }

        var items = new CelValue[Math.Max(0, count.IntValue)];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = CelValue.Of((long)i);
        }

        return CelValue.Of(new ArrayList(items));
    }
}
