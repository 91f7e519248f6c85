using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Policies;

/// <summary>What a policy says of one request with one set of parameters.</summary>
/// <param name="IsSkipped">Its match conditions exclude the request.</param>
/// <param name="ConditionError">A match condition failed; the failure policy decides.</param>
public sealed record PolicyVerdict(bool IsSkipped, string? ConditionError, IReadOnlyList<PolicyFinding> Findings, IReadOnlyList<PolicyAnnotation> Annotations)
{
    public bool Admits => ConditionError is null && Findings.Count == 0;
}

/// <summary>A validation that is not true.</summary>
/// <param name="Index">Which of spec.validations.</param>
/// <param name="IsError">It could not be evaluated; then the failure policy decides.</param>
/// <param name="IsUnknown">It depends on something that is not known yet.</param>
/// <param name="Reason">Invalid, Forbidden, Unauthorized, RequestEntityTooLarge; Invalid when unset.</param>
public sealed record PolicyFinding(int Index, string Message, string Reason, bool IsError, bool IsUnknown);

/// <summary>A value for the audit event, or the error that kept it from being one.</summary>
public sealed record PolicyAnnotation(string Key, string? Value, string? Error);

/// <summary>
/// A ValidatingAdmissionPolicy (admissionregistration.k8s.io), compiled. Immutable, safe for concurrent use, no I/O: the same
/// function judges at admission, on files and in audits.
/// </summary>
public sealed class ValidatingPolicy
{
    private const long BindingBudget = 10_000_000;
    private const int LongestMessage = 5 * 1024;
    private const int LongestAnnotation = 10 * 1024;
    private const string OutOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";

    private readonly CompiledConditions _conditions;
    private readonly VariablesType _variablesType;
    private readonly CompiledExpression[] _variables;
    private readonly Validation[] _validations;
    private readonly CompiledExpression[] _annotations;

    private ValidatingPolicy(string name, JsonObject spec, FieldErrors? errors)
    {
        Name = name;
        HasParams = spec["paramKind"] is JsonObject;
        FailsClosed = spec.Text("failurePolicy") != "Ignore";
        _conditions = CompiledConditions.Compile(spec.Array("matchConditions"), HasParams, "spec.matchConditions", errors);
        CelEnvironment environment = HasParams ? PolicyEnvironment.Rules.WithVariable("params", CelType.Dyn) : PolicyEnvironment.Rules;
        (VariablesType Type, CompiledExpression[] Variables, CelEnvironment Environment) declared = PolicyVariables.Compile(environment, spec.Array("variables"), errors);
        (_variablesType, _variables, environment) = declared;
        _validations = [.. (spec.Array("validations") ?? []).Select((each, i) => Validation.Compile(environment, each as JsonObject ?? [], i, errors))];
        _annotations = [.. (spec.Array("auditAnnotations") ?? []).Select((each, i) => CompiledExpression.Compile(
            environment, each.Text("key") ?? "", each.Text("valueExpression"), $"spec.auditAnnotations[{i}].valueExpression", errors, CelType.String, CelType.Null))];
    }

    public string Name { get; }

    public bool HasParams { get; }

    /// <summary>failurePolicy is Fail: what cannot be evaluated is denied.</summary>
    public bool FailsClosed { get; }

    /// <summary>Compiles a policy object; every expression that does not compile is an error with its position.</summary>
    public static ValidatingPolicy Compile(JsonObject policy, FieldErrors? errors)
        => new(policy["metadata"].Text("name") ?? "", policy["spec"] as JsonObject ?? [], errors);

    /// <summary>Judges a request. Pure: the same arguments give the same verdict.</summary>
    /// <param name="parameters">The parameter object; null when there is none.</param>
    public PolicyVerdict Evaluate(PolicyRequest request, JsonNode? parameters, CancellationToken cancellationToken)
    {
        (bool matches, string? error) = _conditions.Evaluate(request, parameters, cancellationToken);
        if (!matches)
        {
            return new PolicyVerdict(error is null, error, [], []);
        }

        var budget = new Budget(BindingBudget);
        var bindings = new PolicyBindings(request, parameters, new VariableValues(_variablesType, _variables, budget, cancellationToken));
        var findings = new List<PolicyFinding>();
        for (int i = 0; i < _validations.Length; i++)
        {
            if (Judge(_validations[i], i, bindings, budget, cancellationToken) is { } finding)
            {
                findings.Add(finding);
            }

            if (budget.IsSpent)
            {
                break;
            }
        }

        return new PolicyVerdict(false, null, findings, [.. _annotations.Select(each => Annotate(each, bindings, budget, cancellationToken)).OfType<PolicyAnnotation>()]);
    }

    private static PolicyFinding? Judge(Validation validation, int index, PolicyBindings bindings, Budget budget, CancellationToken cancellationToken)
    {
        if (validation.Rule.Program is not { } program)
        {
            return new PolicyFinding(index, $"compilation failed: {validation.Rule.Text}", validation.Reason, IsError: true, IsUnknown: false);
        }

        CelValue value = budget.Evaluate(program, bindings, cancellationToken);
        if (value.Error is { } error)
        {
            string message = error.Reason == CelErrorKind.Limit || budget.IsSpent ? OutOfBudget : $"expression '{validation.Rule.Text}' resulted in error: {error.Message}";
            return new PolicyFinding(index, message, validation.Reason, IsError: true, error.Reason == CelErrorKind.Unknown);
        }

        return value.IsTrue ? null : new PolicyFinding(index, MessageOf(validation, bindings, budget, cancellationToken), validation.Reason, IsError: false, IsUnknown: false);
    }

    private static string MessageOf(Validation validation, PolicyBindings bindings, Budget budget, CancellationToken cancellationToken)
    {
        if (validation.Message?.Program is { } program)
        {
            CelValue value = budget.Evaluate(program, bindings, cancellationToken);
            if (value.Kind == CelKind.String && value.StringValue.Trim() is { Length: > 0 and <= LongestMessage } text && !text.Contains('\n', StringComparison.Ordinal))
            {
                return text;
            }
        }

        return validation.Text.Length > 0 ? validation.Text : $"failed expression: {validation.Rule.Text}";
    }

    private static PolicyAnnotation? Annotate(CompiledExpression annotation, PolicyBindings bindings, Budget budget, CancellationToken cancellationToken)
    {
        CelValue value = annotation.Program is { } program ? budget.Evaluate(program, bindings, cancellationToken) : CelValue.Fail("compilation failed");
        if (value.Error is { } error)
        {
            return new PolicyAnnotation(annotation.Name, null, $"expression '{annotation.Text}' resulted in error: {error.Message}");
        }

        string text = value.Kind == CelKind.String ? value.StringValue.Trim() : "";
        return text.Length == 0 ? null : new PolicyAnnotation(annotation.Name, text.Length > LongestAnnotation ? text[..LongestAnnotation] : text, null);
    }

    private sealed record Validation(CompiledExpression Rule, CompiledExpression? Message, string Text, string Reason)
    {
        public static Validation Compile(CelEnvironment environment, JsonObject source, int index, FieldErrors? errors)
        {
            string path = $"spec.validations[{index}]";
            CompiledExpression rule = CompiledExpression.Compile(environment, "", source.Text("expression"), $"{path}.expression", errors, CelType.Bool);
            CompiledExpression? message = string.IsNullOrWhiteSpace(source.Text("messageExpression"))
                ? null
                : CompiledExpression.Compile(environment, "", source.Text("messageExpression"), $"{path}.messageExpression", errors, CelType.String);
            string text = source.Text("message")?.Trim() ?? "";
            if (text.Contains('\n', StringComparison.Ordinal))
            {
                errors?.Invalid($"{path}.message", JsonValue.Create(source.Text("message")), "message must not contain line breaks");
            }

            return new Validation(rule, message, text, source.Text("reason") ?? "Invalid");
        }
    }
}

/// <summary>A policy's variables: each sees those before it.</summary>
internal static class PolicyVariables
{
    public static (VariablesType Type, CompiledExpression[] Variables, CelEnvironment Environment) Compile(CelEnvironment environment, JsonArray? declared, FieldErrors? errors)
    {
        var type = new VariablesType();
        var compiled = new List<CompiledExpression>();
        CelEnvironment With(VariablesType known) => environment.WithTypes([known]).WithVariable("variables", CelType.Message(known.Name));
        for (int i = 0; i < (declared?.Count ?? 0); i++)
        {
            string name = declared![i].Text("name") ?? "";
            if (name.Length == 0)
            {
                errors?.Required($"spec.variables[{i}].name", "name is not specified");
            }

            CompiledExpression variable = CompiledExpression.Compile(With(type), name, declared[i].Text("expression"), $"spec.variables[{i}].expression", errors);
            compiled.Add(variable);
            type = type.Copy();
            type.Add(name, variable.Program?.Type ?? CelType.Dyn);
        }

        return (type, [.. compiled.Where(variable => variable.Program is not null)], With(type));
    }
}
