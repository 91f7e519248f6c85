using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Policies;

/// <summary>One change that a mutating policy asks for.</summary>
/// <param name="Configuration">To merge as server-side apply would; null for a patch.</param>
/// <param name="Patch">JSON patch operations; null for a configuration.</param>
public sealed record PolicyChange(JsonObject? Configuration, JsonArray? Patch);

/// <summary>A MutatingAdmissionPolicy, compiled. Immutable, safe for concurrent use, no I/O.</summary>
public sealed class MutatingPolicy
{
    private const long BindingBudget = 10_000_000;

    private readonly CompiledConditions _conditions;
    private readonly VariablesType _variablesType;
    private readonly CompiledExpression[] _variables;
    private readonly (CompiledExpression Expression, bool IsPatch)[] _mutations;

    private MutatingPolicy(string name, JsonObject spec, FieldErrors? errors)
    {
        Name = name;
        HasParams = spec["paramKind"] is JsonObject;
        FailsClosed = spec.Text("failurePolicy") != "Ignore";
        Reinvokes = spec.Text("reinvocationPolicy") == "IfNeeded";
        _conditions = CompiledConditions.Compile(spec.Array("matchConditions"), HasParams, "spec.matchConditions", errors);
        CelEnvironment environment = PolicyEnvironment.Rules.WithTypes([PatchType.Instance]).WithTypeResolver(ConfigurationType.Find);
        environment = HasParams ? environment.WithVariable("params", CelType.Dyn) : environment;
        (VariablesType Type, CompiledExpression[] Variables, CelEnvironment Environment) declared = PolicyVariables.Compile(environment, spec.Array("variables"), errors);
        (_variablesType, _variables, environment) = declared;
        _mutations = [.. (spec.Array("mutations") ?? []).Select((each, i) => Compile(environment, each, i, errors))];
    }

    public string Name { get; }

    public bool HasParams { get; }

    public bool FailsClosed { get; }

    /// <summary>reinvocationPolicy is IfNeeded.</summary>
    public bool Reinvokes { get; }

    public int Count => _mutations.Length;

    public static MutatingPolicy Compile(JsonObject policy, FieldErrors? errors)
        => new(policy["metadata"].Text("name") ?? "", policy["spec"] as JsonObject ?? [], errors);

    /// <summary>Whether the policy concerns the request, by its match conditions; an error's text when one fails.</summary>
    public (bool Matches, string? Error) Matches(PolicyRequest request, JsonNode? parameters, CancellationToken cancellationToken)
        => _conditions.Evaluate(request, parameters, cancellationToken);

    /// <summary>The change that a mutation asks for on the object as it is now, or why there is none.</summary>
    public (PolicyChange? Change, string? Error) Evaluate(int mutation, PolicyRequest request, JsonNode? parameters, CancellationToken cancellationToken)
    {
        (CompiledExpression expression, bool isPatch) = _mutations[mutation];
        if (expression.Program is not { } program)
        {
            return (null, $"compilation failed: {expression.Text}");
        }

        var budget = new Budget(BindingBudget);
        var bindings = new PolicyBindings(request, parameters, new VariableValues(_variablesType, _variables, budget, cancellationToken));
        CelValue value = budget.Evaluate(program, bindings, cancellationToken);
        if (value.Error is { } error)
        {
            return (null, $"expression '{expression.Text}' resulted in error: {error.Message}");
        }

        JsonNode? node = CelJson.ToNode(value);
        return (isPatch, node) switch
        {
            (true, JsonArray patch) => (new PolicyChange(null, patch), null),
            (false, JsonObject configuration) => (new PolicyChange(configuration, null), null),
            _ => (null, $"expression '{expression.Text}' must evaluate to {(isPatch ? "a list of JSONPatch" : "an Object")}"),
        };
    }

    private static (CompiledExpression Expression, bool IsPatch) Compile(CelEnvironment environment, JsonNode? mutation, int index, FieldErrors? errors)
    {
        bool isPatch = mutation.Text("patchType") == "JSONPatch";
        string member = isPatch ? "jsonPatch" : "applyConfiguration";
        CelType expected = isPatch ? CelType.ListOf(CelType.Message(PatchType.TypeName)) : CelType.Message("Object");
        return (CompiledExpression.Compile(environment, "", mutation?[member].Text("expression"), $"spec.mutations[{index}].{member}.expression", errors, expected), isPatch);
    }

    /// <summary><c>JSONPatch{op: "add", path: "/a", value: 1}</c>.</summary>
    private sealed class PatchType : CelStructType
    {
        public const string TypeName = "JSONPatch";

        public static readonly PatchType Instance = new();

        public override string Name => TypeName;

        public override IEnumerable<string> FieldNames => ["op", "path", "from", "value"];

        public override CelType? FieldType(string field) => field switch
        {
            "op" or "path" or "from" => CelType.String,
            "value" => CelType.Dyn,
            _ => null,
        };

        public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields) => ConfigurationType.Of(fields);
    }

    /// <summary><c>Object{spec: Object.spec{replicas: 1}}</c>: every name below Object is a type of any fields.</summary>
    private sealed class ConfigurationType(string name) : CelStructType
    {
        public override string Name => name;

        public override IEnumerable<string> FieldNames => [];

        public static CelStructType? Find(string name)
            => name == "Object" || name.StartsWith("Object.", StringComparison.Ordinal) ? new ConfigurationType(name) : null;

        public override CelType? FieldType(string field) => CelType.Dyn;

        public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields) => Of(fields);

        public static CelValue Of(IReadOnlyList<KeyValuePair<string, CelValue>> fields)
        {
            var node = new JsonObject();
            foreach ((string field, CelValue value) in fields)
            {
                node[CelSchemaTypes.Unescape(field)] = CelJson.ToNode(value);
            }

            return CelJson.From(node);
        }
    }
}
