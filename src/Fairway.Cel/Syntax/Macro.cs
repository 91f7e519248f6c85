namespace Fairway.Cel.Syntax;

/// <summary>What an expander sees: the call as written, and a way to make nodes.</summary>
internal sealed class MacroContext(NodeFactory nodes, CallExpr written, Action<Place, string> report)
{
    public NodeFactory Nodes { get; } = nodes;

    public CallExpr Written { get; } = written;

    public Expr Target => Written.Target!;

    public Expr[] Args => Written.Args;

    public Place Place => Written.Place;

    public Expr? Fail(Expr at, string message)
    {
        report(at.Place, message);
        return null;
    }

    /// <summary>The name of a variable argument, or null after reporting that it is none.</summary>
    public string? Variable(Expr arg, string message = "argument must be a simple name")
    {
        if (arg is IdentExpr { Name: var name } && !name.StartsWith('.') && name != Operators.Accumulator)
        {
            return name;
        }

        Fail(arg, message);
        return null;
    }

    public IdentExpr Accumulator() => Nodes.Ident(Place, Operators.Accumulator);

    public ConstExpr Const(CelValue value) => Nodes.Const(Place, value);

    public CallExpr Call(string function, params Expr[] args) => Nodes.Call(Place, function, null, args);

    public CallExpr CallOn(Expr target, string function, params Expr[] args) => Nodes.Call(Place, function, target, args);

    public Expr Loop(LoopParts parts) => Nodes.Loop(Place, parts, Written);

    public bool IsOn(string name) => Written.Target is IdentExpr ident && ident.Name == name;
}

/// <summary>Rewrites a call at parse time. Null from <paramref name="Expand"/> leaves the call as it is.</summary>
internal sealed record Macro(string Name, bool IsMember, int ArgCount, Func<MacroContext, Expr?> Expand)
{
    /// <summary>Any number of arguments.</summary>
    public const int Any = -1;
}

/// <summary>The macros in force, by name, number of arguments and style.</summary>
internal sealed class MacroTable(IEnumerable<Macro> macros)
{
    private readonly Dictionary<(string, int, bool), Macro> _macros = macros.ToDictionary(m => (m.Name, m.ArgCount, m.IsMember));

    public Macro? Find(string name, int args, bool isMember)
        => _macros.TryGetValue((name, args, isMember), out Macro? macro) || _macros.TryGetValue((name, Macro.Any, isMember), out macro) ? macro : null;

    public IEnumerable<Macro> All => _macros.Values;
}
