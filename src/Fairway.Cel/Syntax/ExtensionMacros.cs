using System.Globalization;

namespace Fairway.Cel.Syntax;

/// <summary>Macros that come with libraries: cel.bind, cel.block, optMap, math.greatest, proto.getExt, sortBy.</summary>
internal static class ExtensionMacros
{
    private const string Unused = "#unused";
    private const string SortInput = "@__sortBy_input__";

    public static readonly Macro[] Bindings = [new("bind", true, 3, Bind)];

    public static readonly Macro[] Block =
    [
        new("block", true, 2, c => !c.IsOn("cel") ? null : c.Args[0] is ListExpr ? c.Nodes.Call(c.Place, c.Written, Operators.Block, c.Args) : c.Fail(c.Args[0], "cel.block requires the first arg to be a list literal")),
        new("index", true, 1, c => Named(c, "@index")),
        new("iterVar", true, 2, c => Named(c, "@it:")),
        new("accuVar", true, 2, c => Named(c, "@ac:")),
    ];

    public static readonly Macro[] Optionals =
    [
        new("optMap", true, 2, c => OptionalMap(c, flat: false)),
        new("optFlatMap", true, 2, c => OptionalMap(c, flat: true)),
    ];

    public static readonly Macro[] Math =
    [
        new("greatest", true, Macro.Any, c => Extreme(c, "greatest", "math.@max")),
        new("least", true, Macro.Any, c => Extreme(c, "least", "math.@min")),
    ];

    public static readonly Macro[] Protos =
    [
        new("getExt", true, 2, c => Extension(c, test: false)),
        new("hasExt", true, 2, c => Extension(c, test: true)),
    ];

    public static readonly Macro[] Lists = [new("sortBy", true, 2, SortBy)];

    private static Expr? Bind(MacroContext c)
    {
        if (!c.IsOn("cel") || c.Variable(c.Args[0], "cel.bind() variable names must be simple identifiers") is not { } name)
        {
            return null;
        }

        return Let(c, name, c.Args[1], c.Args[2]);
    }

    /// <summary>A loop that never runs, whose accumulator is the variable.</summary>
    private static Expr Let(MacroContext c, string name, Expr value, Expr body)
        => c.Loop(new LoopParts(Unused, null, c.Nodes.List(c.Place, []), name, value, c.Const(CelValue.False), c.Nodes.Ident(c.Place, name), body));

    private static Expr? Named(MacroContext c, string prefix)
    {
        if (!c.IsOn("cel"))
        {
            return null;
        }

        var numbers = new List<string>();
        foreach (Expr arg in c.Args)
        {
            if (arg is not ConstExpr { Value: { Kind: CelKind.Int, IntValue: >= 0 } value })
            {
                return c.Fail(arg, $"cel.{c.Written.Function} requires a non-negative int literal");
            }

            numbers.Add(value.IntValue.ToString(CultureInfo.InvariantCulture));
        }

        return c.Nodes.Ident(c.Place, prefix + string.Join(':', numbers));
    }

    private static Expr? OptionalMap(MacroContext c, bool flat)
    {
        if (c.Variable(c.Args[0], $"{c.Written.Function}() variable name must be a simple identifier") is not { } name)
        {
            return null;
        }

        Expr Inner(Expr target) => Let(c, name, c.CallOn(target, "value"), c.Args[1]);
        if (c.Target is IdentExpr or ConstExpr)
        {
            return Choose(c, c.Target, flat, Inner(c.Target));
        }

        const string Once = "@optional_target";
        Expr body = Choose(c, c.Nodes.Ident(c.Place, Once), flat, Inner(c.Nodes.Ident(c.Place, Once)));
        return Let(c, Once, c.Target, body);
    }

    private static CallExpr Choose(MacroContext c, Expr target, bool flat, Expr mapped)
        => c.Nodes.Call(
            c.Place,
            c.Written,
            Operators.Conditional,
            c.CallOn(target, "hasValue"),
            flat ? mapped : c.CallOn(c.Nodes.Ident(c.Place, "optional"), "of", mapped),
            c.CallOn(c.Nodes.Ident(c.Place, "optional"), "none"));

    private static Expr? Extreme(MacroContext c, string name, string function)
    {
        if (!c.IsOn("math"))
        {
            return null;
        }

        if (c.Args.Length == 0)
        {
            return c.Fail(c.Target, $"math.{name}() requires at least one argument");
        }

        if (c.Args.Length == 1)
        {
            Expr arg = c.Args[0];
            bool valid = arg is ListExpr list ? list.Elements.Length > 0 && Array.TrueForAll(list.Elements, MayBeNumber) : MayBeNumber(arg);
            return valid ? c.Nodes.Call(c.Place, c.Written, function, arg) : c.Fail(arg, $"math.{name}() invalid single argument value");
        }

        foreach (Expr arg in c.Args)
        {
            if (!MayBeNumber(arg))
            {
                return c.Fail(arg, $"math.{name}() simple literal arguments must be numeric");
            }
        }

        return c.Args.Length == 2
            ? c.Nodes.Call(c.Place, c.Written, function, c.Args)
            : c.Nodes.Call(c.Place, c.Written, function, c.Nodes.List(c.Place, c.Args));
    }

    private static bool MayBeNumber(Expr expr) => expr switch
    {
        ConstExpr constant => CelEquality.IsNumber(constant.Value.Kind),
        ListExpr or MapExpr or StructExpr => false,
        _ => true,
    };

    private static Expr? Extension(MacroContext c, bool test)
    {
        if (!c.IsOn("proto"))
        {
            return null;
        }

        if (FullName(c.Args[1]) is not { } name)
        {
            return c.Fail(c.Args[1], "invalid extension field");
        }

        return test ? c.Nodes.Test(c.Place, c.Args[0], name, c.Written) : new SelectExpr(c.Const(CelValue.Null).Id, c.Place, c.Args[0], name) { MacroCall = c.Written };
    }

    private static string? FullName(Expr expr) => expr switch
    {
        IdentExpr ident => ident.Name.TrimStart('.'),
        SelectExpr { TestOnly: false } select when FullName(select.Operand) is { } prefix => $"{prefix}.{select.Field}",
        _ => null,
    };

    private static Expr? SortBy(MacroContext c)
    {
        if (c.Variable(c.Args[0], "sortBy can only be applied with a simple name as its first argument") is not { } name)
        {
            return null;
        }

        Expr keys = c.Nodes.Loop(
            c.Place,
            new LoopParts(
                name,
                null,
                c.Nodes.Ident(c.Place, SortInput),
                Operators.Accumulator,
                c.Nodes.List(c.Place, []),
                c.Const(CelValue.True),
                c.Call(Operators.Add, c.Accumulator(), c.Nodes.List(c.Place, [c.Args[1]])),
                c.Accumulator()),
            null);
        return Let(c, SortInput, c.Target, c.CallOn(c.Nodes.Ident(c.Place, SortInput), "@sortByAssociatedKeys", keys));
    }
}
