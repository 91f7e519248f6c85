using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Rules;

/// <summary>One member of x-kubernetes-validations, compiled for the place of the schema where it stands.</summary>
internal sealed class CompiledRule
{
    private CompiledRule(JsonObject source, CelProgram? program, CelProgram? message)
    {
        Rule = source.Text("rule")?.Trim() ?? "";
        Message = source.Text("message")?.Trim() ?? "";
        Reason = source.Text("reason") ?? "FieldValueInvalid";
        FieldPath = source.Text("fieldPath") ?? "";
        OptionalOldSelf = KubeJson.AsBool(source["optionalOldSelf"]) == true;
        Program = program;
        MessageProgram = message;
    }

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
        CelProgram? program = Compile(types, source.Text("rule")?.Trim() ?? "", CelType.Bool, "cel expression must evaluate to a bool", source, $"{path}.rule", errors);
        string? message = source.Text("messageExpression")?.Trim();
        CelProgram? messageProgram = string.IsNullOrEmpty(message)
            ? null
            : Compile(types, message, CelType.String, "cel expression must evaluate to a string", source, $"{path}.messageExpression", errors);
        return new CompiledRule(source, program, messageProgram);
    }

    private static CelProgram? Compile(CelEnvironment environment, string text, CelType expected, string mismatch, JsonObject source, string path, FieldErrors? errors)
    {
        if (text.Length == 0)
        {
            return null;
        }

        CelCompilation compiled = environment.Compile(text);
        if (!compiled.Succeeded)
        {
            errors?.InvalidShown(path, Shown(source), $"compilation failed: {compiled.Render()}");
            return null;
        }

        if (!compiled.Type.Equals(expected) && !compiled.Type.IsDyn)
        {
            errors?.InvalidShown(path, Shown(source), mismatch);
            return null;
        }

        return compiled.Program;
    }

    /// <summary>The rule as the reference shows it: the Go value.</summary>
    private static string Shown(JsonObject source)
        => $"apiextensions.ValidationRule{{Rule:{KubeJson.Quote(source.Text("rule") ?? "")}, Message:{KubeJson.Quote(source.Text("message") ?? "")}, "
            + $"MessageExpression:{KubeJson.Quote(source.Text("messageExpression") ?? "")}, Reason:(*apiextensions.FieldValueErrorReason)(nil), "
            + $"FieldPath:{KubeJson.Quote(source.Text("fieldPath") ?? "")}, OptionalOldSelf:(*bool)(nil)}}";
}

/// <summary>The environments of the rules at one place: <c>self</c> and <c>oldSelf</c> have the place's type.</summary>
internal sealed class RuleEnvironment
{
    public RuleEnvironment(CelSchema schema, bool isRoot)
    {
        Schema = isRoot ? schema.WithObjectMetadata() : schema;
        CelSchemaTypes types = CelSchemaTypes.Of("object", Schema, isRoot: false);
        CelEnvironment environment = CelEnvironment.Kubernetes.WithTypes(types.StructTypes).WithVariable("self", types.Type);
        WithOld = environment.WithVariable("oldSelf", types.Type);
        WithOptionalOld = environment.WithVariable("oldSelf", CelType.OptionalOf(types.Type));
    }

    public CelSchema Schema { get; }

    public CelEnvironment WithOld { get; }

    public CelEnvironment WithOptionalOld { get; }
}
