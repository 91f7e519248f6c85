using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>Delegates of loops.</summary>
internal static class LoopPlans
{
    /// <summary>A loop that never runs: a variable with a value.</summary>
    public static Evaluator Binding(Evaluator init, Evaluator result, LoopSlots slots) => frame =>
    {
        CelValue value = init(frame);
        frame.Charge(10);
        frame.Locals[slots.Accumulator] = value;
        return result(frame);
    };

    public static Evaluator General(LoopExpr loop, Evaluator range, Evaluator init, Evaluator condition, Evaluator step, Evaluator result, LoopSlots slots)
    {
        int caret = loop.Parts.Range.Caret;
        return frame =>
        {
            CelValue over = range(frame);
            if (over.IsError)
            {
                return over;
            }

            CelValue[] locals = frame.Locals;
            locals[slots.Accumulator] = init(frame);
            if (over.Kind == CelKind.List)
            {
                CelList list = over.ListValue;
                int count = list.Count;
                for (int i = 0; i < count; i++)
                {
                    frame.Step();
                    Set(locals, slots, list, i);
                    if (!condition(frame).IsTrue)
                    {
                        break;
                    }

                    locals[slots.Accumulator] = step(frame);
                }
            }
            else if (over.Kind == CelKind.Map)
            {
                CelMap map = over.MapValue;
                foreach (CelValue key in map.Keys)
                {
                    frame.Step();
                    Set(locals, slots, map, key);
                    if (!condition(frame).IsTrue)
                    {
                        break;
                    }

                    locals[slots.Accumulator] = step(frame);
                }
            }
            else
            {
                return NoRange(over, caret);
            }

            return result(frame);
        };
    }

    private static CelValue NoRange(in CelValue over, int caret)
        => CelValue.Fail(new CelError($"no such overload: cannot go through a value of type '{over.Type}'", offset: caret));

    private static void Set(CelValue[] locals, LoopSlots slots, CelList list, int index)
    {
        if (slots.Second < 0)
        {
            locals[slots.First] = list[index];
        }
        else
        {
            locals[slots.First] = CelValue.Of((long)index);
            locals[slots.Second] = list[index];
        }
    }

    private static void Set(CelValue[] locals, LoopSlots slots, CelMap map, in CelValue key)
    {
        locals[slots.First] = key;
        if (slots.Second >= 0)
        {
            map.TryGet(key, out CelValue value);
            locals[slots.Second] = value;
        }
    }

    /// <summary>map, filter and transformList: the accumulator is a list that only grows, so it grows in place. Null for other shapes.</summary>
    public static Evaluator? Collecting(LoopExpr loop, Evaluator range, Evaluator init, LoopSlots slots, Func<Expr, Evaluator> compile)
    {
        LoopParts parts = loop.Parts;
        if (parts.Init is not ListExpr { Elements.Length: 0 } || parts.Condition is not ConstExpr { Value.IsTrue: true } || parts.Result is not IdentExpr)
        {
            return null;
        }

        Expr step = parts.Step;
        Expr? filter = null;
        if (step is CallExpr { Function: Operators.Conditional, Args: [var test, var yes, IdentExpr { Name: Operators.Accumulator }] })
        {
            filter = test;
            step = yes;
        }

        if (step is not CallExpr { Function: Operators.Add, Args: [IdentExpr { Name: Operators.Accumulator }, ListExpr { Elements: [var element], Optional: null }] })
        {
            return null;
        }

        Evaluator transform = compile(element);
        Evaluator? predicate = filter is null ? null : compile(filter);
        int caret = parts.Range.Caret;
        int filterCaret = filter?.Caret ?? 0;
        return frame =>
        {
            CelValue over = range(frame);
            if (over.IsError)
            {
                return over;
            }

            frame.Charge(11);
            var items = new Collector(frame, predicate, transform, filterCaret);
            if (over.Kind == CelKind.List)
            {
                CelList list = over.ListValue;
                items.Reserve(list.Count);
                for (int i = 0; i < list.Count; i++)
                {
                    Set(frame.Locals, slots, list, i);
                    if (items.Take() is { } failure)
                    {
                        return failure;
                    }
                }

                return items.Result();
            }

            if (over.Kind != CelKind.Map)
            {
                return NoRange(over, caret);
            }

            foreach (CelValue key in over.MapValue.Keys)
            {
                Set(frame.Locals, slots, over.MapValue, key);
                if (items.Take() is { } failure)
                {
                    return failure;
                }
            }

            return items.Result();
        };
    }

    /// <summary>Charges what the written-out steps would cost: the accumulator's name, a list, an addition.</summary>
    private struct Collector(Frame frame, Evaluator? predicate, Evaluator transform, int caret)
    {
        private CelValue[] _items = [];
        private int _count;

        public void Reserve(int count) => _items = count == 0 || predicate is not null ? [] : new CelValue[count];

        public CelValue? Take()
        {
            frame.Step();
            if (predicate is not null)
            {
                CelValue chosen = predicate(frame);
                if (chosen.IsFalse)
                {
                    frame.Charge(1);
                    return null;
                }

                if (!chosen.IsTrue)
                {
                    return chosen.IsError ? chosen : ExpressionPlanner.Located(Access.NoOverload, caret);
                }
            }

            CelValue item = transform(frame);
            frame.Charge(12);
            if (item.IsError)
            {
                return item;
            }

            if (_count == _items.Length)
            {
                frame.CheckSize(_count);
                Array.Resize(ref _items, Math.Max(4, _count * 2));
            }

            _items[_count++] = item;
            return null;
        }

        public readonly CelValue Result() => _count == 0 ? CelValue.Of(ArrayList.Empty) : CelValue.Of(new ArrayList(_items, _count));
    }
}
