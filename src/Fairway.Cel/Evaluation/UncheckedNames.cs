using Fairway.Cel.Checking;

namespace Fairway.Cel.Evaluation;

/// <summary>Names of an expression that no checker has seen, resolved against the bindings at each use.</summary>
internal static class UncheckedNames
{
    /// <summary>Every way to read <c>a.b.c</c>: the longest name first, then fields of a shorter one.</summary>
    public static CelValue Resolve(CelEnvironment environment, CelBindings bindings, string[] parts, bool rooted)
    {
        for (int length = parts.Length; length > 0; length--)
        {
            string name = (rooted ? "." : "") + string.Join('.', parts.AsSpan(0, length)!);
            if (Find(environment, bindings, name) is { } value)
            {
                for (int i = length; i < parts.Length; i++)
                {
                    value = Access.Select(value, parts[i]);
                }

                return value;
            }
        }

        return CelValue.Fail($"no such attribute(s): {string.Join('.', parts)}");
    }

    private static CelValue? Find(CelEnvironment environment, CelBindings bindings, string name)
    {
        foreach (string candidate in Names.Candidates(environment.Container, name))
        {
            if (bindings.TryGet(candidate, out CelValue value))
            {
                return value;
            }

            if (environment.Constant(candidate) is { } constant)
            {
                return constant;
            }
        }

        return null;
    }
}
