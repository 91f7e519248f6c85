using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>Delegates of the operators that have their own code rather than an overload.</summary>
internal static class OperatorPlans
{
    public static Evaluator? Plan(CallExpr call, Func<Expr, Evaluator> compile)
    {
        int caret = call.Caret;
        switch (call.Function)
        {
            case Operators.Equals or Operators.NotEquals:
                return Equality(call, compile);
            case Operators.Less or Operators.LessEquals or Operators.Greater or Operators.GreaterEquals:
                return Binary(call, compile, (a, b) => Arithmetic.Compare(call.Function, a, b), OperatorCosts.Equality);
            case Operators.Add:
                return Binary(call, compile, (a, b) => Arithmetic.Add(a, b), OperatorCosts.Add);
            case Operators.Subtract or Operators.Multiply or Operators.Divide or Operators.Modulo:
                return Binary(call, compile, (a, b) => Arithmetic.Apply(call.Function, a, b), null);
            case Operators.Index:
                return Binary(call, compile, (a, b) => Access.Index(a, b), null);
            case Operators.OptionalIndex:
                return Binary(call, compile, (a, b) => Access.OptionalIndex(a, b), null);
            case Operators.In:
                return Binary(call, compile, (a, b) => Access.In(a, b), OperatorCosts.In);
            case Operators.Negate:
                Evaluator operand = compile(call.Args[0]);
                return frame =>
                {
                    CelValue value = operand(frame);
                    frame.Charge(1);
                    return value.IsError ? value : ExpressionPlanner.Located(Arithmetic.Negate(value), caret);
                };
            default:
                return null;
        }
    }

    private static Evaluator Binary(CallExpr call, Func<Expr, Evaluator> compile, Func<CelValue, CelValue, CelValue> body, Func<CelValue, CelValue, long>? cost)
    {
        Evaluator left = compile(call.Args[0]);
        Evaluator right = compile(call.Args[1]);
        int caret = call.Caret;
        return frame =>
        {
            CelValue first = left(frame);
            CelValue second = right(frame);
            if (first.IsError || second.IsError)
            {
                return Logic.Undecided(first, second);
            }

            frame.Charge(cost?.Invoke(first, second) ?? 1);
            CelValue result = body(first, second);
            return result.IsError ? ExpressionPlanner.Located(result, caret) : result;
        };
    }

    private static Evaluator Equality(CallExpr call, Func<Expr, Evaluator> compile)
    {
        Evaluator left = compile(call.Args[0]);
        bool negate = call.Function == Operators.NotEquals;
        if (call.Args[1] is ConstExpr { Value.Kind: CelKind.Bool or CelKind.Null or CelKind.String } constant)
        {
            CelValue expected = constant.Value;
            return frame =>
            {
                CelValue value = left(frame);
                if (value.IsError)
                {
                    return value;
                }

                frame.Charge(OperatorCosts.Equality(value, expected));
                return CelValue.Of(CelEquality.AreEqual(value, expected) != negate);
            };
        }

        Evaluator right = compile(call.Args[1]);
        return frame =>
        {
            CelValue first = left(frame);
            CelValue second = right(frame);
            if (first.IsError || second.IsError)
            {
                return Logic.Undecided(first, second);
            }

            frame.Charge(OperatorCosts.Equality(first, second));
            return CelValue.Of(CelEquality.AreEqual(first, second) != negate);
        };
    }
}

/// <summary>What the operators cost by the sizes of what they go through: a tenth of a unit for each code point or byte.</summary>
internal static class OperatorCosts
{
    public static long Traversal(long size) => (size + 9) / 10;

    public static long Equality(CelValue a, CelValue b) => Traversal(Math.Min(Access.Size(a), Access.Size(b)));

    public static long Add(CelValue a, CelValue b) => a.Kind is CelKind.String or CelKind.Bytes ? Traversal(Access.Size(a) + Access.Size(b)) : 1;

    public static long In(CelValue item, CelValue container) => container.Kind == CelKind.List ? container.ListValue.Count : 1;
}
