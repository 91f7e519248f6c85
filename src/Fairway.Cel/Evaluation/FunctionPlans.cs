using Fairway.Cel.Syntax;

namespace Fairway.Cel.Evaluation;

/// <summary>Delegates of function calls.</summary>
internal static class FunctionPlans
{
    public static Evaluator Plan(CallExpr call, Evaluator[] args, CelOverload[] overloads)
    {
        int caret = call.Caret;
        string name = call.Function;
        if (overloads is [{ Unary: { } unary, Cost: null } one] && args.Length == 1)
        {
            return Unary(call, args[0], one, unary);
        }

        return frame =>
        {
            var values = new CelValue[args.Length];
            CelValue failed = default;
            for (int i = 0; i < args.Length; i++)
            {
                values[i] = args[i](frame);
                if (values[i].IsError)
                {
                    failed = failed.IsError ? Logic.Undecided(failed, values[i]) : values[i];
                }
            }

            return failed.IsError ? failed : ExpressionPlanner.Located(Dispatch.Call(name, overloads, values, frame), caret);
        };
    }

    private static Evaluator Unary(CallExpr call, Evaluator arg, CelOverload overload, Func<CelValue, CelValue> body)
    {
        int caret = call.Caret;
        CelType parameter = overload.Parameters[0];
        CelValue refused = CelValue.Fail(new CelError($"no such overload: {call.Function}", offset: caret));
        return frame =>
        {
            CelValue value = arg(frame);
            if (value.IsError)
            {
                return value;
            }

            frame.Charge(1);
            return RuntimeMatch.Accepts(parameter, value) ? ExpressionPlanner.Located(body(value), caret) : refused;
        };
    }
}
