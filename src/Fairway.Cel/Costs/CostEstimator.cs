using Fairway.Cel.Checking;
using Fairway.Cel.Syntax;

namespace Fairway.Cel.Costs;

/// <summary>
/// What evaluating a checked expression may cost, before any data is there: by the sizes that literals have and schemas allow. The
/// figures are cel-go's, with Kubernetes' functions; a test for presence is free.
/// </summary>
/// <param name="tree">The checked expression.</param>
/// <param name="root">The sizes of the variables' data, which have one schema; null: nothing is known.</param>
internal sealed class CostEstimator(CheckedTree tree, SizedType? root)
{
    private readonly Dictionary<int, string[]> _paths = [];
    private readonly Dictionary<int, CostRange> _sizes = [];
    private readonly Dictionary<int, (CostRange Key, CostRange Value)> _entries = [];
    private readonly Dictionary<string, Stack<Local>> _locals = new(StringComparer.Ordinal);

    private sealed record Local(string[] Path, CostRange? Size, (CostRange Key, CostRange Value)? Entry);

    private CallCosts Calls => new(node => node.Size ?? (node.Path is { } path ? SizeAt(path) : null) ?? CostRange.Unknown);

    public CostRange Estimate() => Cost(tree.Root);

    private CostRange Cost(Expr expr) => expr switch
    {
        IdentExpr ident => Ident(ident),
        SelectExpr select => Select(select),
        CallExpr call => Call(call),
        ListExpr list => List(list),
        MapExpr map => Map(map),
        StructExpr message => message.Fields.Aggregate(CostRange.Of(40), (sum, field) => sum + Cost(field.Value)),
        LoopExpr loop => Loop(loop),
        _ => CostRange.Zero,
    };

    private CostRange Ident(IdentExpr ident)
    {
        _paths[ident.Id] = Find(ident.Name)?.Path ?? [ident.Name.TrimStart('.')];
        return CostRange.One;
    }

    private CostRange Select(SelectExpr select)
    {
        CostRange operand = Cost(select.Operand);
        if (select.TestOnly)
        {
            return operand;
        }

        _paths[select.Id] = [.. PathOf(select.Operand), select.Field];
        return tree.Type(select.Operand).Kind is CelTypeKind.Map or CelTypeKind.Message or CelTypeKind.Param ? operand + CostRange.One : operand;
    }

    private CostRange List(ListExpr list)
    {
        CostRange sum = CostRange.Of(10);
        CostRange? item = null;
        foreach (Expr element in list.Elements)
        {
            sum += Cost(element);
            CostRange size = SizeOrUnknown(element);
            item = item is { } known ? known.Union(size) : size;
        }

        _entries[list.Id] = (CostRange.One, item ?? CostRange.Zero);
        return sum;
    }

    private CostRange Map(MapExpr map)
    {
        CostRange sum = CostRange.Of(30);
        (CostRange Key, CostRange Value)? entry = null;
        foreach (MapEntry one in map.Entries)
        {
            sum += Cost(one.Key) + Cost(one.Value);
            (CostRange Key, CostRange Value) size = (SizeOrUnknown(one.Key), SizeOrUnknown(one.Value));
            entry = entry is { } known ? (known.Key.Union(size.Key), known.Value.Union(size.Value)) : size;
        }

        _entries[map.Id] = entry ?? (CostRange.Zero, CostRange.Zero);
        return sum;
    }

    private CostRange Loop(LoopExpr loop)
    {
        LoopParts parts = loop.Parts;
        CostRange sum = Cost(parts.Range) + Cost(parts.Init);
        Push(parts.Accumulator, new Local(PathOf(parts.Init), SizeOf(parts.Init), EntryOf(parts.Init)));
        bool isList = tree.Type(parts.Range).Kind == CelTypeKind.List;
        (CostRange Key, CostRange Value)? entry = EntryOf(parts.Range);
        string[] range = PathOf(parts.Range);
        if (parts.Variable2 is { } second)
        {
            Push(parts.Variable, new Local([.. range, isList ? "@indices" : "@keys"], entry?.Key, null));
            Push(second, new Local([.. range, isList ? "@items" : "@values"], entry?.Value, null));
        }
        else
        {
            Push(parts.Variable, new Local([.. range, isList ? "@items" : "@keys"], isList ? entry?.Value : entry?.Key, null));
        }

        CostRange each = Cost(parts.Condition);
        each += Cost(parts.Step);
        _locals[parts.Variable].Pop();
        if (parts.Variable2 is { } also)
        {
            _locals[also].Pop();
        }

        sum += Cost(parts.Result);
        _locals[parts.Accumulator].Pop();
        CostRange count = SizeOrUnknown(parts.Range);
        sum += count * each;
        switch (parts.Init)
        {
            case ConstExpr when SizeOf(parts.Init) is { } size:
                _sizes[loop.Id] = size;
                break;
            case ListExpr or MapExpr:
                _sizes[loop.Id] = count;
                if (EntryOf(parts.Step) is { } made)
                {
                    _entries[loop.Id] = made;
                }

                break;
        }

        return sum;
    }

    private CostRange Call(CallExpr call)
    {
        if (call is { Function: "dyn", Target: null, Args: [{ } inner] })
        {
            CostRange cost = CostRange.One + Cost(inner);
            Copy(call, inner);
            return cost;
        }

        CostRange[] costs = [.. call.Args.Select(Cost)];
        CostNode[] args = [.. call.Args.Select(Node)];
        if (tree.Refers(call)?.Overloads is not { Length: > 0 } overloads)
        {
            return CostRange.Zero;
        }

        CostRange sum = CostRange.Zero;
        CostNode? target = null;
        if (call.Target is { } on && tree.Refers(call) is not { IsNamespaced: true })
        {
            sum = Cost(on);
            target = Node(on);
        }

        CostRange? worst = null;
        CostRange? result = null;
        foreach (CelOverload overload in overloads)
        {
            CallCost one = Of(call, overload.Id, target, args, costs);
            worst = worst is { } known ? known.Union(one.Cost) : one.Cost;
            result = result is { } size && one.Result is { } other ? size.Union(other) : result ?? one.Result;
            if (overload.Id is "index_list" or "index_map")
            {
                result = EntryOf(call.Args[0])?.Value;
                _paths[call.Id] = [.. PathOf(call.Args[0]), overload.Id == "index_list" ? "@items" : "@values"];
            }

            result ??= SizeOf(call);
        }

        if (result is { } found)
        {
            _sizes[call.Id] = found;
        }

        return sum + worst!.Value;
    }

    private CallCost Of(CallExpr call, string overload, CostNode? target, CostNode[] args, CostRange[] costs)
    {
        CostRange sum = costs.Aggregate(CostRange.Zero, static (all, one) => all + one);
        string function = target is null && call.Target is { } prefix ? $"{Names.Qualified(prefix)}.{call.Function}" : call.Function;
        if (Calls.Kubernetes(function, overload, target, args) is { } kubernetes)
        {
            return kubernetes with { Cost = kubernetes.Cost + sum };
        }

        switch (function)
        {
            case Operators.And or Operators.Or:
                return new CallCost(new CostRange(costs[0].Min, CostRange.Add(costs[0].Max, costs[1].Max)));
            case Operators.Conditional:
                if (EntryOf(call.Args[1]) is { } left && EntryOf(call.Args[2]) is { } right)
                {
                    _entries[call.Id] = (left.Key.Union(right.Key), left.Value.Union(right.Value));
                }

                return new CallCost(costs[0] + costs[1].Union(costs[2]), Known(args[1]).Union(Known(args[2])));
            case Operators.Add when EntryOf(call.Args[0]) is { } first && EntryOf(call.Args[1]) is { } second:
                _entries[call.Id] = (first.Key.Union(second.Key), first.Value.Union(second.Value));
                break;
        }

        return Calls.Standard(overload, target, args, sum) ?? new CallCost(CostRange.One + sum);
    }

    private static CostRange Known(CostNode node) => node.Size ?? CostRange.Unknown;

    private CostNode Node(Expr expr)
    {
        string[] path = PathOf(expr);
        return new CostNode(path.Length == 0 || path[0] == Operators.Accumulator ? null : path, tree.Type(expr), SizeOf(expr), expr);
    }

    private string[] PathOf(Expr expr)
        => expr is IdentExpr ident && Find(ident.Name) is { } local ? local.Path : _paths.GetValueOrDefault(expr.Id) ?? [];

    private CostRange SizeOrUnknown(Expr expr) => SizeOf(expr) ?? CostRange.Unknown;

    private CostRange? SizeOf(Expr expr)
    {
        if (_sizes.TryGetValue(expr.Id, out CostRange known))
        {
            return known;
        }

        if (Literal(expr) is { } literal)
        {
            return CostRange.Of(literal);
        }

        if (SizeAt(PathOf(expr)) is { } bound)
        {
            _sizes[expr.Id] = bound;
            return bound;
        }

        return IsScalar(tree.Type(expr)) ? CostRange.One : expr is IdentExpr ident ? Find(ident.Name)?.Size : null;
    }

    private (CostRange Key, CostRange Value)? EntryOf(Expr expr)
        => _entries.TryGetValue(expr.Id, out (CostRange Key, CostRange Value) known) ? known : expr is IdentExpr ident ? Find(ident.Name)?.Entry : null;

    private void Copy(Expr to, Expr from)
    {
        if (SizeOf(from) is { } size)
        {
            _sizes[to.Id] = size;
        }

        if (EntryOf(from) is { } entry)
        {
            _entries[to.Id] = entry;
        }
    }

    private CostRange? SizeAt(string[] path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        SizedType? at = root;
        for (int i = 1; i < path.Length && at is not null; i++)
        {
            at = at.At(path[i]);
        }

        return at is null ? null : new CostRange(0, (ulong)at.MaxElements);
    }

    private static ulong? Literal(Expr expr) => expr switch
    {
        ConstExpr constant => constant.Value.Kind switch
        {
            CelKind.String or CelKind.Bytes => (ulong)Evaluation.Access.Size(constant.Value),
            CelKind.Bool or CelKind.Double or CelKind.Int or CelKind.Uint or CelKind.Null or CelKind.Timestamp or CelKind.Duration => 1,
            _ => null,
        },
        ListExpr list => (ulong)list.Elements.Length,
        MapExpr map => (ulong)map.Entries.Length,
        _ => null,
    };

    private static bool IsScalar(CelType type)
        => type.Kind is CelTypeKind.Bool or CelTypeKind.Double or CelTypeKind.Duration or CelTypeKind.Int or CelTypeKind.Timestamp or CelTypeKind.Uint
            || (type.IsOptional && IsScalar(type.Element));

    private Local? Find(string name) => _locals.TryGetValue(name, out Stack<Local>? stack) && stack.TryPeek(out Local? local) ? local : null;

    private void Push(string name, Local local)
    {
        if (!_locals.TryGetValue(name, out Stack<Local>? stack))
        {
            _locals[name] = stack = new Stack<Local>();
        }

        stack.Push(local);
    }
}
