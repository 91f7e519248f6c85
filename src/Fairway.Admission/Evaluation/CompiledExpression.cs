using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>An expression of a policy, compiled; without a program where it does not compile.</summary>
/// <param name="Name">Of a variable, condition or annotation.</param>
/// <param name="Text">As it is written: places in messages count from there.</param>
/// <param name="Program">Null: it does not compile.</param>
/// <param name="Problem">Why not.</param>
internal sealed record CompiledExpression(string Name, string Text, CelProgram? Program, string? Problem)
{
    /// <summary>Compiles an expression that must give one of some types.</summary>
    /// <param name="environment">What it may name.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="text">The expression.</param>
    /// <param name="mayBeDyn">What it gives may be known only when it is evaluated; a cluster's own policies may not leave it open.</param>
    /// <param name="expected">The types allowed; none: any.</param>
    public static CompiledExpression Compile(CelEnvironment environment, string name, string text, bool mayBeDyn, params ReadOnlySpan<CelType> expected)
    {
        CelCompilation compiled = environment.Compile(text);
        if (!compiled.Succeeded)
        {
            return new CompiledExpression(name, text, null, $"compilation failed: {compiled.Render()}");
        }

        if (expected.Length > 0 && !(mayBeDyn && compiled.Type.IsDyn) && !expected.Contains(compiled.Type))
        {
            return new CompiledExpression(name, text, null, expected.Length == 1
                ? $"must evaluate to {Name(expected[0])} but got {Name(compiled.Type)}"
                : $"must evaluate to one of [{string.Join(' ', expected.ToArray().Select(Name))}] but got {Name(compiled.Type)}");
        }

        return new CompiledExpression(name, text, compiled.Program, null);

        static string Name(CelType type) => type.Equals(CelType.Null) ? "null_type" : type.ToString();
    }
}
