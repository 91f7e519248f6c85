using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Rules;

/// <summary>One member of x-kubernetes-validations, compiled for the place of the schema where it stands.</summary>
internal sealed class CompiledRule
{
    private CompiledRule(JsonObject source, CelProgram? program, CelProgram? message, string? failure)
    {
        Failure = failure;
        Rule = source.Text("rule")?.Trim() ?? "";
        Message = source.Text("message")?.Trim() ?? "";
        Reason = source.Text("reason") ?? "FieldValueInvalid";
        FieldPath = source.Text("fieldPath") ?? "";
        OptionalOldSelf = KubeJson.AsBool(source["optionalOldSelf"]) == true;
        Program = program;
        MessageProgram = message;
    }

    /// <summary>Why the rule does not compile; null when it does.</summary>
    public string? Failure { get; }

    public string Rule { get; }

    public string Message { get; }

    public string Reason { get; }

    public string FieldPath { get; }

    public bool OptionalOldSelf { get; }

    /// <summary>Null when the rule does not compile, which its definition's check reports.</summary>
    public CelProgram? Program { get; }

    public CelProgram? MessageProgram { get; }

    /// <summary>The rule compares with what the value was.</summary>
    public bool IsTransition => Program?.VariableNames.Contains("oldSelf") == true;

    /// <summary>What the rule's failure is called: its message, or its text.</summary>
    public string Name => Message.Length > 0 ? Message : Rule;

    public static CompiledRule Compile(JsonObject source, RuleEnvironment environment, string path, FieldErrors? errors)
    {
        bool optional = KubeJson.AsBool(source["optionalOldSelf"]) == true;
        CelEnvironment types = optional ? environment.WithOptionalOld : environment.WithOld;
        (CelProgram? program, string? failure) = Compile(types, source.Text("rule") ?? "", CelType.Bool, "cel expression must evaluate to a bool", "");
        if (failure is not null)
        {
            errors?.InvalidShown($"{path}.rule", DefinitionText.Rule(source), failure);
            return new CompiledRule(source, null, null, failure);
        }

        // A message is compiled for a rule that is right.
        (CelProgram? message, string? wrong) = Compile(types, source.Text("messageExpression") ?? "", CelType.String, "messageExpression must evaluate to a string", "messageExpression ");
        if (wrong is not null)
        {
            errors?.InvalidShown($"{path}.messageExpression", DefinitionText.Rule(source), wrong);
        }

        return new CompiledRule(source, program, message, null);
    }

    private static (CelProgram? Program, string? Failure) Compile(CelEnvironment environment, string text, CelType expected, string mismatch, string what)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return (null, null);
        }

        CelCompilation compiled = environment.Compile(text);
        return !compiled.Succeeded ? (null, $"{what}compilation failed: {compiled.Render()}")
            : !compiled.Type.Equals(expected) && !compiled.Type.IsDyn ? (null, mismatch)
            : (compiled.Program, null);
    }
}

/// <summary>The environments of the rules at one place: <c>self</c> and <c>oldSelf</c> have the place's type.</summary>
internal sealed class RuleEnvironment
{
    public RuleEnvironment(CelSchema schema, bool isRoot)
    {
        Schema = isRoot ? schema.WithObjectMetadata() : schema;
        CelSchemaTypes types = CelSchemaTypes.Of("selfType", Schema, isRoot: false);
        CelEnvironment environment = CelEnvironment.Kubernetes.WithTypes(types.StructTypes).WithVariable("self", types.Type);
        WithOld = environment.WithVariable("oldSelf", types.Type);
        WithOptionalOld = environment.WithVariable("oldSelf", CelType.OptionalOf(types.Type));
    }

    public CelSchema Schema { get; }

    public CelEnvironment WithOld { get; }

    public CelEnvironment WithOptionalOld { get; }
}
