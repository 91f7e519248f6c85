using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>Delegates of the operators that do not evaluate all of their operands.</summary>
internal static class LogicPlans
{
    public static Evaluator Plan(CallExpr call, Evaluator[] args) => call.Function switch
    {
        Operators.And => And(args[0], args[1], call.Caret),
        Operators.Or => Or(args[0], args[1], call.Caret),
        Operators.Not => Not(args[0], call.Caret),
        Operators.NotStrictlyFalse => NotStrictlyFalse(args[0]),
        _ => Conditional(args[0], args[1], args[2], call.Caret),
    };

    private static Evaluator And(Evaluator left, Evaluator right, int caret) => frame =>
    {
        CelValue first = left(frame);
        if (first.IsFalse)
        {
            return first;
        }

        CelValue second = right(frame);
        if (second.IsFalse || (second.IsTrue && first.IsTrue))
        {
            return second;
        }

        return ExpressionPlanner.Located(Logic.Undecided(first, second), caret);
    };

    private static Evaluator Or(Evaluator left, Evaluator right, int caret) => frame =>
    {
        CelValue first = left(frame);
        if (first.IsTrue)
        {
            return first;
        }

        CelValue second = right(frame);
        if (second.IsTrue || (second.IsFalse && first.IsFalse))
        {
            return second;
        }

        return ExpressionPlanner.Located(Logic.Undecided(first, second), caret);
    };

    private static Evaluator Not(Evaluator operand, int caret) => frame =>
    {
        CelValue value = operand(frame);
        frame.Charge(1);
        return value.Kind == CelKind.Bool ? CelValue.Of(!value.BoolValue) : ExpressionPlanner.Located(Logic.Not(value), caret);
    };

    private static Evaluator NotStrictlyFalse(Evaluator operand) => frame =>
    {
        CelValue value = operand(frame);
        frame.Charge(1);
        return CelValue.Of(!value.IsFalse);
    };

    private static Evaluator Conditional(Evaluator condition, Evaluator truthy, Evaluator falsy, int caret) => frame =>
    {
        CelValue chosen = condition(frame);
        if (chosen.IsTrue)
        {
            return truthy(frame);
        }

        if (chosen.IsFalse)
        {
            return falsy(frame);
        }

        return chosen.IsError ? chosen : ExpressionPlanner.Located(Access.NoOverload, caret);
    };
}
