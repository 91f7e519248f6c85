using Fairway.Cel.Checking;
using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>
/// Compiles a tree to delegates, once. Variables of loops become slots, overloads are chosen where the checker left one, and
/// the hot shapes (selections, comparisons with constants, loops that build lists) have code of their own.
/// </summary>
internal sealed class ExpressionPlanner
{
    private readonly CelEnvironment _environment;
    private readonly CheckedTree? _checked;
    private Scope? _scope;
    private int _depth;

    private ExpressionPlanner(CelEnvironment environment, CheckedTree? tree)
    {
        _environment = environment;
        _checked = tree;
    }

    private sealed record Scope(string Name, int Slot, Evaluator? Lazy, Scope? Outer);

    public int Slots { get; private set; }

    /// <summary>The root's delegate and the number of slots a frame needs. Without a checked tree names are resolved at run time.</summary>
    public static (Evaluator Root, int Slots) Plan(CelEnvironment environment, Expr root, CheckedTree? tree)
    {
        var planner = new ExpressionPlanner(environment, tree);
        Evaluator evaluator = planner.Compile(root);
        return (evaluator, planner.Slots);
    }

    private int Slot()
    {
        int slot = _depth++;
        Slots = Math.Max(Slots, _depth);
        return slot;
    }

    private Scope? Local(string name)
    {
        for (Scope? scope = _scope; scope is not null; scope = scope.Outer)
        {
            if (string.Equals(scope.Name, name, StringComparison.Ordinal))
            {
                return scope;
            }
        }

        return null;
    }

    internal Evaluator Compile(Expr expr) => expr switch
    {
        ConstExpr constant => Constant(constant.Value),
        IdentExpr ident => Ident(ident),
        SelectExpr select => Select(select),
        CallExpr call => Call(call),
        ListExpr list => AggregatePlans.List(list, Compile),
        MapExpr map => AggregatePlans.Map(map, Compile),
        StructExpr message => Struct(message),
        LoopExpr loop => Loop(loop),
        _ => throw new InvalidOperationException($"No plan for {expr.GetType().Name}."),
    };

    private static Evaluator Constant(CelValue value) => _ => value;

    private Evaluator Ident(IdentExpr ident)
    {
        if (Local(ident.Name) is { } local)
        {
            int slot = local.Slot;
            if (local.Lazy is { } lazy)
            {
                return frame =>
                {
                    frame.Charge(1);
                    ref CelValue kept = ref frame.Locals[slot];
                    return kept.Boxed is null ? kept = lazy(frame) : kept;
                };
            }

            return frame =>
            {
                frame.Charge(1);
                return frame.Locals[slot];
            };
        }

        return Named(ident, [ident.Name.TrimStart('.')], ident.Name.StartsWith('.'));
    }

    private Evaluator Named(Expr expr, string[] parts, bool rooted)
    {
        if (_checked is null)
        {
            int caret = expr.Caret;
            CelEnvironment environment = _environment;
            return frame =>
            {
                frame.Charge(parts.Length);
                return Located(UncheckedNames.Resolve(environment, frame.Bindings, parts, rooted), caret);
            };
        }

        Reference reference = _checked.Refers(expr)!;
        return reference.Constant is { } constant ? ConstantName(constant) : Variable(reference.Name!, expr.Caret);
    }

    private static Evaluator ConstantName(CelValue constant) => frame =>
    {
        frame.Charge(1);
        return constant;
    };

    private static Evaluator Variable(string name, int caret)
    {
        CelValue missing = CelValue.Fail(new CelError($"no such attribute(s): {name}", offset: caret));
        return frame =>
        {
            frame.Charge(1);
            return frame.Bindings.TryGet(name, out CelValue value) ? value.IsError ? Located(value, caret) : value : missing;
        };
    }

    internal static CelValue Located(CelValue value, int caret) => value.Error is { Offset: < 0 } error ? CelValue.Fail(error.At(caret)) : value;

    private Evaluator Select(SelectExpr select)
    {
        int caret = select.Caret;
        string field = select.Field;
        if (!select.TestOnly)
        {
            if (_checked?.Refers(select) is not null)
            {
                return Named(select, [], rooted: false);
            }

            if (_checked is null && Names.Qualified(select) is { } qualified && Local(Names.First(qualified)) is null)
            {
                return Named(select, qualified.TrimStart('.').Split('.'), qualified.StartsWith('.'));
            }
        }

        Evaluator operand = Compile(select.Operand);
        if (select.TestOnly)
        {
            return frame => Located(Access.Has(operand(frame), field), caret);
        }

        return frame =>
        {
            CelValue value = operand(frame);
            frame.Charge(1);
            if (value.Kind == CelKind.Map && value.MapValue.TryGet(field, out CelValue found))
            {
                return found;
            }

            return Located(Access.Select(value, field), caret);
        };
    }

    private Evaluator Call(CallExpr call)
    {
        switch (call.Function)
        {
            case Operators.And or Operators.Or or Operators.Not or Operators.Conditional or Operators.NotStrictlyFalse:
                return LogicPlans.Plan(call, Array.ConvertAll(call.Args, Compile));
            case Operators.OptionalSelect:
                return OptionalSelect(call);
            case Operators.Block:
                return Block(call);
        }

        if (call.Target is null && OperatorPlans.Plan(call, Compile) is { } known)
        {
            return known;
        }

        return Function(call);
    }

    private Evaluator OptionalSelect(CallExpr call)
    {
        Evaluator operand = Compile(call.Args[0]);
        string field = ((ConstExpr)call.Args[1]).Value.StringValue;
        int caret = call.Caret;
        return frame =>
        {
            CelValue value = operand(frame);
            frame.Charge(1);
            return Located(Access.OptionalSelect(value, field), caret);
        };
    }

    private Evaluator Block(CallExpr call)
    {
        Scope? outer = _scope;
        int depth = _depth;
        Expr[] parts = ((ListExpr)call.Args[0]).Elements;
        for (int i = 0; i < parts.Length; i++)
        {
            Evaluator part = Compile(parts[i]);
            _scope = new Scope($"@index{i}", Slot(), part, _scope);
        }

        Evaluator body = Compile(call.Args[1]);
        int first = depth;
        int count = parts.Length;
        _scope = outer;
        return frame =>
        {
            Array.Clear(frame.Locals, first, count);
            return body(frame);
        };
    }

    private Evaluator Function(CallExpr call)
    {
        Reference? reference = _checked?.Refers(call);
        CelOverload[] overloads;
        bool namespaced;
        if (reference is not null)
        {
            overloads = reference.Overloads!;
            namespaced = reference.IsNamespaced;
        }
        else
        {
            (CelFunction? function, namespaced) = Dispatch.Resolve(_environment, call);
            overloads = Dispatch.Candidates(function, call.Target is not null && !namespaced, call.Args.Length + (call.Target is null || namespaced ? 0 : 1));
        }

        Expr[] args = call.Target is null || namespaced ? call.Args : [call.Target, .. call.Args];
        return FunctionPlans.Plan(call, Array.ConvertAll(args, Compile), overloads);
    }

    private Evaluator Struct(StructExpr message)
    {
        CelStructType? type = null;
        foreach (string candidate in Names.Candidates(_environment.Container, message.TypeName))
        {
            type = _environment.StructType(candidate);
            if (type is not null)
            {
                break;
            }
        }

        return AggregatePlans.Struct(message, type, Compile);
    }

    private Evaluator Loop(LoopExpr loop)
    {
        LoopParts parts = loop.Parts;
        Evaluator range = Compile(parts.Range);
        Evaluator init = Compile(parts.Init);
        Scope? outer = _scope;
        int depth = _depth;
        var slots = new LoopSlots(Slot(), Slot(), parts.Variable2 is null ? -1 : Slot());
        Scope accumulator = new(parts.Accumulator, slots.Accumulator, null, outer);
        _scope = new Scope(parts.Variable, slots.First, null, accumulator);
        if (parts.Variable2 is { } second)
        {
            _scope = new Scope(second, slots.Second, null, _scope);
        }

        Evaluator? collecting = LoopPlans.Collecting(loop, range, init, slots, Compile);
        if (collecting is not null)
        {
            _scope = outer;
            _depth = depth;
            return collecting;
        }

        Evaluator condition = Compile(parts.Condition);
        Evaluator step = Compile(parts.Step);
        _scope = accumulator;
        Evaluator result = Compile(parts.Result);
        _scope = outer;
        _depth = depth;
        return parts.Condition is ConstExpr { Value.IsFalse: true }
            ? LoopPlans.Binding(init, result, slots)
            : LoopPlans.General(loop, range, init, condition, step, result, slots);
    }
}

internal readonly record struct LoopSlots(int Accumulator, int First, int Second);
