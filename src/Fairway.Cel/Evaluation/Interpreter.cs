using Fairway.Cel.Checking;
using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>
/// Walks the tree node by node, with every operator as an ordinary overload of the library. Slow and plain on purpose: it is
/// what the compiled delegates are tested against, and what explains an evaluation value by value.
/// </summary>
internal sealed class Interpreter(CelEnvironment environment, CheckedTree? tree, Frame frame)
{
    private Scope? _scope;

    private sealed class Scope(string name, Scope? outer, Func<CelValue>? lazy = null)
    {
        private CelValue? _value;

        public string Name { get; } = name;

        public Scope? Outer { get; } = outer;

        public CelValue Value
        {
            get => _value ??= lazy!();
            set => _value = value;
        }
    }

    public CelValue Evaluate(Expr expr)
    {
        CelValue value = expr switch
        {
            ConstExpr constant => constant.Value,
            IdentExpr ident => Ident(ident),
            SelectExpr select => Select(select),
            CallExpr call => Call(call),
            ListExpr list => List(list),
            MapExpr map => Map(map),
            StructExpr message => Struct(message),
            LoopExpr loop => Loop(loop),
            _ => Access.NoOverload,
        };
        value = ExpressionPlanner.Located(value, expr.Caret);
        frame.Observer?.Invoke(expr, value);
        return value;
    }

    private CelValue Ident(IdentExpr ident)
    {
        for (Scope? scope = _scope; scope is not null; scope = scope.Outer)
        {
            if (scope.Name == ident.Name)
            {
                return scope.Value;
            }
        }

        return Named(ident, ident.Name);
    }

    private CelValue Named(Expr expr, string name)
    {
        if (tree?.Refers(expr) is not { } reference)
        {
            return UncheckedNames.Resolve(environment, frame.Bindings, name.TrimStart('.').Split('.'), name.StartsWith('.'));
        }

        return reference.Constant ?? (frame.Bindings.TryGet(reference.Name!, out CelValue value) ? value : CelValue.Fail($"no such attribute(s): {reference.Name}"));
    }

    private bool IsLocal(string name)
    {
        for (Scope? scope = _scope; scope is not null; scope = scope.Outer)
        {
            if (scope.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    private CelValue Select(SelectExpr select)
    {
        if (!select.TestOnly)
        {
            string? qualified = Names.Qualified(select);
            if (tree?.Refers(select) is not null || (tree is null && qualified is not null && !IsLocal(Names.First(qualified))))
            {
                return Named(select, qualified ?? "");
            }
        }

        CelValue operand = Evaluate(select.Operand);
        return select.TestOnly ? Access.Has(operand, select.Field) : Access.Select(operand, select.Field);
    }

    /// <summary>
    /// Negation and indexing go by what the values can do, not by the declared overloads, so that a duration of type dyn has its
    /// opposite and a list takes every whole number as an index, as in the reference.
    /// </summary>
    private CelValue Call(CallExpr call)
    {
        switch (call.Function)
        {
            case Operators.And:
                CelValue left = Evaluate(call.Args[0]);
                return left.IsFalse ? left : Logic.And(left, Evaluate(call.Args[1]));
            case Operators.Or:
                CelValue first = Evaluate(call.Args[0]);
                return first.IsTrue ? first : Logic.Or(first, Evaluate(call.Args[1]));
            case Operators.Conditional:
                CelValue chosen = Evaluate(call.Args[0]);
                return chosen.IsTrue ? Evaluate(call.Args[1]) : chosen.IsFalse ? Evaluate(call.Args[2]) : chosen.IsError ? chosen : Access.NoOverload;
            case Operators.NotStrictlyFalse:
                return CelValue.Of(!Evaluate(call.Args[0]).IsFalse);
            case Operators.Negate:
                CelValue operand = Evaluate(call.Args[0]);
                return operand.IsError ? operand : Arithmetic.Negate(operand);
            case Operators.Index or Operators.OptionalIndex:
                CelValue container = Evaluate(call.Args[0]);
                CelValue index = Evaluate(call.Args[1]);
                return container.IsError || index.IsError ? Logic.Undecided(container, index)
                    : call.Function == Operators.Index ? Access.Index(container, index)
                    : Access.OptionalIndex(container, index);
            case Operators.OptionalSelect:
                return Access.OptionalSelect(Evaluate(call.Args[0]), ((ConstExpr)call.Args[1]).Value.StringValue);
            case Operators.Block:
                return Block(call);
            default:
                return Function(call);
        }
    }

    private CelValue Block(CallExpr call)
    {
        Scope? outer = _scope;
        Expr[] parts = ((ListExpr)call.Args[0]).Elements;
        for (int i = 0; i < parts.Length; i++)
        {
            Expr part = parts[i];
            Scope? before = _scope;
            _scope = new Scope($"@index{i}", before, () => Inside(before, part));
        }

        CelValue result = Evaluate(call.Args[1]);
        _scope = outer;
        return result;
    }

    private CelValue Inside(Scope? scope, Expr expr)
    {
        Scope? kept = _scope;
        _scope = scope;
        CelValue value = Evaluate(expr);
        _scope = kept;
        return value;
    }

    private CelValue Function(CallExpr call)
    {
        Reference? reference = tree?.Refers(call);
        (CelFunction? function, bool namespaced) = reference is null ? Dispatch.Resolve(environment, call) : (null, reference.IsNamespaced);
        bool isMember = call.Target is not null && !namespaced;
        Expr[] exprs = isMember ? [call.Target!, .. call.Args] : call.Args;
        CelOverload[] overloads = reference?.Overloads ?? Dispatch.Candidates(function, isMember, exprs.Length);
        CelValue[] args = Array.ConvertAll(exprs, Evaluate);
        CelValue failed = default;
        foreach (CelValue arg in args)
        {
            if (arg.IsError)
            {
                failed = failed.IsError ? Logic.Undecided(failed, arg) : arg;
            }
        }

        return failed.IsError ? failed : Dispatch.Call(call.Function, overloads, args, frame);
    }

    private CelValue List(ListExpr list)
    {
        var items = new List<CelValue>();
        for (int i = 0; i < list.Elements.Length; i++)
        {
            CelValue item = Evaluate(list.Elements[i]);
            if (list.Optional?[i] == true && !item.IsError)
            {
                if (item.Kind != CelKind.Optional)
                {
                    return CelValue.Fail($"cannot initialize optional list element from non-optional value {item}");
                }

                if (item.OptionalValue is not { } held)
                {
                    continue;
                }

                item = held;
            }

            if (item.IsError)
            {
                return item;
            }

            items.Add(item);
        }

        return CelValue.Of(items);
    }

    private CelValue Map(MapExpr map)
    {
        var entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        foreach (MapEntry entry in map.Entries)
        {
            CelValue key = Evaluate(entry.Key);
            CelValue value = Evaluate(entry.Value);
            if (key.IsError || value.IsError)
            {
                return Logic.Undecided(key, value);
            }

            if (entry.Optional)
            {
                if (value.Kind != CelKind.Optional)
                {
                    return CelValue.Fail($"cannot initialize optional entry from non-optional value {value}");
                }

                if (value.OptionalValue is not { } held)
                {
                    continue;
                }

                value = held;
            }

            if (Literals.Add(entries, key, value) is { } failure)
            {
                return failure;
            }
        }

        return Literals.Map(entries);
    }

    private CelValue Struct(StructExpr message)
    {
        CelStructType? type = null;
        foreach (string candidate in Names.Candidates(environment.Container, message.TypeName))
        {
            type ??= environment.StructType(candidate);
        }

        if (type is not { CanConstruct: true })
        {
            return CelValue.Fail($"unknown type: {message.TypeName.TrimStart('.')}");
        }

        var fields = new List<KeyValuePair<string, CelValue>>();
        foreach (FieldInit field in message.Fields)
        {
            CelValue value = Evaluate(field.Value);
            if (value.IsError)
            {
                return value;
            }

            if (field.Optional)
            {
                if (value.Kind != CelKind.Optional)
                {
                    return CelValue.Fail($"cannot initialize optional entry from non-optional value {value}");
                }

                if (value.OptionalValue is not { } held)
                {
                    continue;
                }

                value = held;
            }

            fields.Add(KeyValuePair.Create(field.Name, value));
        }

        return type.Construct(fields);
    }

    private CelValue Loop(LoopExpr loop)
    {
        LoopParts parts = loop.Parts;
        CelValue range = Evaluate(parts.Range);
        if (range.IsError)
        {
            return range;
        }

        if (range.Kind is not (CelKind.List or CelKind.Map))
        {
            return CelValue.Fail($"no such overload: cannot go through a value of type '{range.Type}'");
        }

        Scope? outer = _scope;
        CelValue init = Evaluate(parts.Init);
        var accumulator = new Scope(parts.Accumulator, outer) { Value = init };
        foreach ((CelValue first, CelValue second) in Pairs(range, parts.Variable2 is not null))
        {
            frame.Step();
            _scope = new Scope(parts.Variable, accumulator) { Value = first };
            if (parts.Variable2 is { } name)
            {
                _scope = new Scope(name, _scope) { Value = second };
            }

            if (!Evaluate(parts.Condition).IsTrue)
            {
                break;
            }

            accumulator.Value = Evaluate(parts.Step);
        }

        _scope = accumulator;
        CelValue result = Evaluate(parts.Result);
        _scope = outer;
        return result;
    }

    private static IEnumerable<(CelValue First, CelValue Second)> Pairs(CelValue range, bool two)
    {
        if (range.Kind == CelKind.List)
        {
            for (int i = 0; i < range.ListValue.Count; i++)
            {
                yield return two ? (CelValue.Of((long)i), range.ListValue[i]) : (range.ListValue[i], default);
            }

            yield break;
        }

        foreach (CelValue key in range.MapValue.Keys)
        {
            range.MapValue.TryGet(key, out CelValue value);
            yield return (key, value);
        }
    }
}
