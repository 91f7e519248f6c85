namespace Fairway.Cel.Evaluation;

/// <summary>Chooses an overload by the arguments' kinds and calls it.</summary>
internal static class Dispatch
{
    public static CelValue Call(string function, CelOverload[] overloads, CelValue[] args, Frame frame)
    {
        foreach (CelOverload overload in overloads)
        {
            if (overload.Accepts(args))
            {
                CelValue result = overload.Invoke(args);
                Charge(frame, overload, args, result);
                return result;
            }
        }

        return NoOverload(function, overloads);
    }

    public static CelValue NoOverload(string function, CelOverload[] overloads)
        => overloads.Length == 0 ? CelValue.Fail($"unbound function: {function}") : CelValue.Fail($"no such overload: {function}");

    public static void Charge(Frame frame, CelOverload overload, CelValue[] args, in CelValue result)
        => frame.Charge(overload.Cost?.Invoke(args, result) ?? 1);

    /// <summary>The overloads that an unchecked call may mean, by style and number of arguments.</summary>
    public static CelOverload[] Candidates(CelFunction? function, bool isMember, int count)
        => function is null ? [] : [.. function.Overloads.Where(overload => overload.IsMember == isMember && overload.Parameters.Length == count)];

    /// <summary>The function that a call means when no checker has said so: a namespaced one first.</summary>
    public static (CelFunction? Function, bool IsNamespaced) Resolve(CelEnvironment environment, Syntax.CallExpr call)
    {
        if (call.Target is not null)
        {
            if (Checking.Names.Qualified(call.Target) is { } prefix)
            {
                foreach (string candidate in Checking.Names.Candidates(environment.Container, $"{prefix}.{call.Function}"))
                {
                    if (environment.Function(candidate) is { } function && function.Overloads.Any(overload => !overload.IsMember))
                    {
                        return (function, true);
                    }
                }
            }

            return (environment.Function(call.Function), false);
        }

        foreach (string candidate in Checking.Names.Candidates(environment.Container, call.Function))
        {
            if (environment.Function(candidate) is { } function)
            {
                return (function, false);
            }
        }

        return (null, false);
    }
}
