namespace Fairway.Cel.Syntax;

/// <summary>has, all, exists, exists_one, map, filter, and the forms of two variables.</summary>
internal static class StandardMacros
{
    public static readonly Macro[] All =
    [
        new("has", false, 1, Has),
        new("all", true, 2, c => Quantifier(c, 1, isAll: true)),
        new("exists", true, 2, c => Quantifier(c, 1, isAll: false)),
        new("exists_one", true, 2, c => One(c, 1)),
        new("existsOne", true, 2, c => One(c, 1)),
        new("map", true, 2, c => Map(c, null, c.Args[1])),
        new("map", true, 3, c => Map(c, c.Args[1], c.Args[2])),
        new("filter", true, 2, c => Map(c, c.Args[1], null)),
    ];

    public static readonly Macro[] TwoVariables =
    [
        new("all", true, 3, c => Quantifier(c, 2, isAll: true)),
        new("exists", true, 3, c => Quantifier(c, 2, isAll: false)),
        new("exists_one", true, 3, c => One(c, 2)),
        new("existsOne", true, 3, c => One(c, 2)),
        new("transformList", true, 3, c => TransformList(c, null, c.Args[2])),
        new("transformList", true, 4, c => TransformList(c, c.Args[2], c.Args[3])),
        new("transformMap", true, 3, c => TransformMap(c, null, c.Args[2], asEntry: false)),
        new("transformMap", true, 4, c => TransformMap(c, c.Args[2], c.Args[3], asEntry: false)),
        new("transformMapEntry", true, 3, c => TransformMap(c, null, c.Args[2], asEntry: true)),
        new("transformMapEntry", true, 4, c => TransformMap(c, c.Args[2], c.Args[3], asEntry: true)),
    ];

    private static Expr? Has(MacroContext c)
        => c.Args[0] is SelectExpr { TestOnly: false } select
            ? c.Nodes.Test(c.Place, select.Operand, select.Field, c.Written)
            : c.Fail(c.Args[0], "invalid argument to has() macro");

    private static bool Variables(MacroContext c, int count, out string first, out string? second)
    {
        first = c.Variable(c.Args[0]) ?? "";
        second = count == 2 ? c.Variable(c.Args[1]) ?? "" : null;
        if (first.Length > 0 && first == second)
        {
            c.Fail(c.Args[1], $"duplicate variable name: {first}");
            return false;
        }

        return first.Length > 0 && (count == 1 || second!.Length > 0);
    }

    private static Expr? Quantifier(MacroContext c, int variables, bool isAll)
    {
        if (!Variables(c, variables, out string first, out string? second))
        {
            return null;
        }

        Expr predicate = c.Args[variables];
        Expr undecided = isAll ? c.Accumulator() : c.Call(Operators.Not, c.Accumulator());
        return c.Loop(new LoopParts(
            first,
            second,
            c.Target,
            Operators.Accumulator,
            c.Const(CelValue.Of(isAll)),
            c.Call(Operators.NotStrictlyFalse, undecided),
            c.Call(isAll ? Operators.And : Operators.Or, c.Accumulator(), predicate),
            c.Accumulator()));
    }

    private static Expr? One(MacroContext c, int variables)
        => Variables(c, variables, out string first, out string? second)
            ? c.Loop(new LoopParts(
                first,
                second,
                c.Target,
                Operators.Accumulator,
                c.Const(CelValue.Of(0L)),
                c.Const(CelValue.True),
                c.Call(Operators.Conditional, c.Args[variables], c.Call(Operators.Add, c.Accumulator(), c.Const(CelValue.Of(1L))), c.Accumulator()),
                c.Call(Operators.Equals, c.Accumulator(), c.Const(CelValue.Of(1L)))))
            : null;

    private static Expr? Map(MacroContext c, Expr? filter, Expr? transform)
    {
        if (!Variables(c, 1, out string variable, out _))
        {
            return null;
        }

        transform ??= c.Nodes.Ident(c.Args[0].Place, variable);
        return Collect(c, variable, null, filter, transform);
    }

    private static Expr? TransformList(MacroContext c, Expr? filter, Expr transform)
        => Variables(c, 2, out string first, out string? second) ? Collect(c, first, second, filter, transform) : null;

    private static Expr Collect(MacroContext c, string first, string? second, Expr? filter, Expr transform)
    {
        Expr step = c.Call(Operators.Add, c.Accumulator(), c.Nodes.List(c.Place, [transform]));
        return c.Loop(new LoopParts(
            first,
            second,
            c.Target,
            Operators.Accumulator,
            c.Nodes.List(c.Place, []),
            c.Const(CelValue.True),
            filter is null ? step : c.Call(Operators.Conditional, filter, step, c.Accumulator()),
            c.Accumulator()));
    }

    private static Expr? TransformMap(MacroContext c, Expr? filter, Expr transform, bool asEntry)
    {
        if (!Variables(c, 2, out string first, out string? second))
        {
            return null;
        }

        if (asEntry && transform is MapExpr { Entries.Length: > 1 })
        {
            return c.Fail(transform, "transformMapEntry() needs a map literal of at most one entry");
        }

        Expr step = asEntry
            ? c.Call("cel.@mapInsert", c.Accumulator(), transform)
            : c.Call("cel.@mapInsert", c.Accumulator(), c.Nodes.Ident(c.Args[0].Place, first), transform);
        return c.Loop(new LoopParts(
            first,
            second,
            c.Target,
            Operators.Accumulator,
            c.Nodes.Map(c.Place, []),
            c.Const(CelValue.True),
            filter is null ? step : c.Call(Operators.Conditional, filter, step, c.Accumulator()),
            c.Accumulator()));
    }
}
