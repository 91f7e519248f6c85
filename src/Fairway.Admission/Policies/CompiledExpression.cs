using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Policies;

/// <summary>An expression of a policy with its name or text.</summary>
internal sealed record CompiledExpression(string Name, string Text, CelProgram? Program)
{
    /// <summary>Compiles an expression that must give one of some types; reports what is wrong below a path in kube-apiserver's words.</summary>
    public static CompiledExpression Compile(CelEnvironment environment, string name, string? text, string path, FieldErrors? errors, params CelType[] expected)
    {
        string expression = text?.Trim() ?? "";
        if (expression.Length == 0)
        {
            errors?.Required(path, "");
            return new CompiledExpression(name, "", null);
        }

        CelCompilation compiled = environment.Compile(expression);
        if (!compiled.Succeeded)
        {
            errors?.Invalid(path, JsonValue.Create(text), $"compilation failed: {compiled.Render()}");
            return new CompiledExpression(name, expression, null);
        }

        if (expected.Length > 0 && !compiled.Type.IsDyn && !expected.Any(type => type.Equals(compiled.Type)))
        {
            errors?.Invalid(path, JsonValue.Create(text), expected.Length == 1
                ? $"must evaluate to {expected[0]}"
                : $"must evaluate to one of the types: [{string.Join(' ', expected.AsEnumerable())}]");
            return new CompiledExpression(name, expression, null);
        }

        return new CompiledExpression(name, expression, compiled.Program);
    }
}

/// <summary>Match conditions: all must be true; one that is false decides even when another fails.</summary>
public sealed class CompiledConditions
{
    private const long ConditionBudget = 2_500_000;
    private readonly CompiledExpression[] _conditions;

    private CompiledConditions(CompiledExpression[] conditions) => _conditions = conditions;

    public static CompiledConditions Compile(JsonArray? conditions, bool hasParams, string path, FieldErrors? errors)
    {
        CelEnvironment environment = hasParams ? PolicyEnvironment.Conditions.WithVariable("params", CelType.Dyn) : PolicyEnvironment.Conditions;
        return new CompiledConditions([.. (conditions ?? []).Select((condition, i) => CompiledExpression.Compile(
            environment, condition.Text("name") ?? "", condition.Text("expression"), $"{path}[{i}].expression", errors, CelType.Bool))]);
    }

    /// <summary>Whether all hold; an error's text when one fails and none is false.</summary>
    public (bool Matches, string? Error) Evaluate(PolicyRequest request, JsonNode? parameters, CancellationToken cancellationToken)
    {
        if (_conditions.Length == 0)
        {
            return (true, null);
        }

        var budget = new Budget(ConditionBudget);
        var bindings = new PolicyBindings(request, parameters, new VariableValues(new VariablesType(), [], budget, cancellationToken));
        string? failure = null;
        foreach (CompiledExpression condition in _conditions)
        {
            CelValue value = condition.Program is null ? CelValue.Fail("compilation failed") : budget.Evaluate(condition.Program, bindings, cancellationToken);
            if (value.IsFalse)
            {
                return (false, null);
            }

            if (!value.IsTrue)
            {
                failure ??= $"expression '{condition.Text}' resulted in error: {value.Error?.Message ?? "no bool"}";
            }
        }

        return (failure is null, failure);
    }
}
