using Fairway.Cel.Evaluation;

namespace Fairway.Cel.Libraries;

/// <summary>sets.contains, sets.equivalent, sets.intersects over lists.</summary>
internal static class SetsLibrary
{
    private static readonly CelType ListT = CelType.ListOf(CelType.Param("T"));

    public static readonly CelLibrary Instance = new(
        "sets",
        Test("sets.contains", (a, b) => ContainsAll(a, b)),
        Test("sets.equivalent", (a, b) => ContainsAll(a, b) && ContainsAll(b, a)),
        Test("sets.intersects", Intersects));

    private static CelFunction Test(string name, Func<CelList, CelList, bool> body)
        => new(name, CelOverload.Of($"list_{name.Replace('.', '_')}_list", ListT, ListT, CelType.Bool, (a, b) => CelValue.Of(body(a.ListValue, b.ListValue))) with
        {
            Cost = (args, _) => Math.Max(1, (long)args[0].ListValue.Count * args[1].ListValue.Count * (name == "sets.equivalent" ? 2 : 1)),
        });

    private static bool ContainsAll(CelList all, CelList some)
    {
        CelValue list = CelValue.Of(all);
        for (int i = 0; i < some.Count; i++)
        {
            if (!Access.In(some[i], list).IsTrue)
            {
                return false;
            }
        }

        return true;
    }

    private static bool Intersects(CelList a, CelList b)
    {
        CelValue list = CelValue.Of(b);
        for (int i = 0; i < a.Count; i++)
        {
            if (Access.In(a[i], list).IsTrue)
            {
                return true;
            }
        }

        return false;
    }
}
