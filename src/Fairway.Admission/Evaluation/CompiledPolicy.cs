using Fairway.Admission.Evaluation;
using Fairway.Cel;

namespace Fairway.Admission;

/// <summary>A policy with its expressions compiled. Immutable, safe for concurrent use; <see cref="PolicyEngine"/> runs it.</summary>
public sealed class CompiledPolicy
{
    private static int s_compiled;

    private CompiledPolicy? _withoutMends;

    private CompiledPolicy(PolicyDefinition definition) => Definition = definition;

    /// <summary>Another one for each compilation.</summary>
    internal int Id { get; } = Interlocked.Increment(ref s_compiled);

    public PolicyDefinition Definition { get; }

    /// <summary>Some expression reads facts: a plain ValidatingAdmissionPolicy cannot.</summary>
    public bool ReadsFacts { get; private init; }

    /// <summary>Every expression compiles. Evaluating one that does not is an error, which the failure policy decides.</summary>
    public bool IsSound { get; private init; }

    internal VariablesType VariablesType { get; private init; } = new();

    internal IReadOnlyList<CompiledExpression> Conditions { get; private init; } = [];

    internal IReadOnlyDictionary<string, CompiledExpression> Variables { get; private init; } = new Dictionary<string, CompiledExpression>();

    internal IReadOnlyList<CompiledRule> Rules { get; private init; } = [];

    internal IReadOnlyList<CompiledExpression> Annotations { get; private init; } = [];

    internal IReadOnlyList<CompiledMutation> Mutations { get; private init; } = [];

    /// <summary>The same policy, which does not look for a patch: the judge of patches.</summary>
    internal CompiledPolicy WithoutMends => _withoutMends ??= Definition.Text.Mends.Count == 0 ? this : new CompiledPolicy(Definition with { Text = Definition.Text with { Mends = [] } })
    {
        VariablesType = VariablesType,
        Conditions = Conditions,
        Variables = Variables,
        Rules = Rules,
        ReadsFacts = ReadsFacts,
        IsSound = IsSound,
    };

    /// <summary>Compiles every expression.</summary>
    /// <param name="definition">The policy.</param>
    /// <param name="problems">Gets every error of every expression, with line, column and a caret.</param>
    /// <param name="withFacts">Expressions may read <c>facts</c>; a cluster's own admission has none.</param>
    public static CompiledPolicy Compile(PolicyDefinition definition, ICollection<PolicyProblem> problems, bool withFacts = true)
    {
        bool isPlain = definition.Dialect == PolicyDialect.Kubernetes;
        bool hasParams = definition.Parameters is not null || !isPlain;
        int before = problems.Count;
        CompiledExpression Compile(CelEnvironment environment, string name, string text, string path, params ReadOnlySpan<CelType> expected)
        {
            var compiled = CompiledExpression.Compile(environment, name, text, mayBeDyn: withFacts, expected);
            if (compiled.Problem is { } problem)
            {
                problems.Add(new PolicyProblem(definition.Origin, path, isPlain ? problem : $"{definition.Name}: {problem}") { Value = text });
            }

            return compiled;
        }

        CelEnvironment rules = PolicyEnvironment.OfRules(hasParams, withFacts, definition.Mutations.Count > 0);
        var conditions = new List<CompiledExpression>();
        CompiledExpression Condition(NamedExpression one, CelEnvironment environment) => Compile(environment, one.Name, one.Expression.Trim(), one.Path, CelType.Bool);
        if (isPlain)
        {
            CelEnvironment first = PolicyEnvironment.OfRules(hasParams, withFacts, mutates: false);
            conditions.AddRange(definition.MatchConditions.Select(one => Condition(one, first)));
        }

        var type = new VariablesType();
        var variables = new Dictionary<string, CompiledExpression>(StringComparer.Ordinal);
        foreach (NamedExpression variable in definition.Variables)
        {
            CompiledExpression compiled = Compile(PolicyEnvironment.With(rules, type), variable.Name, variable.Expression, variable.Path);
            variables[variable.Name] = compiled;
            type = type.With(variable.Name, compiled.Program?.Type ?? CelType.Dyn);
        }

        if (!isPlain || definition.Variables.Count > 0)
        {
            rules = PolicyEnvironment.With(rules, type); // a policy without variables does not know the word
        }

        if (!isPlain)
        {
            conditions.AddRange(definition.MatchConditions.Select(one => Condition(one, rules)));
        }

        CelEnvironment messages = PolicyEnvironment.WithoutAuthorizer(rules);
        return new CompiledPolicy(definition)
        {
            Conditions = conditions,
            VariablesType = type,
            Variables = variables,
            Rules = [.. definition.Validations.Select(rule => new CompiledRule(
                rule,
                Compile(rules, rule.Name, rule.Expression, $"{rule.Path}.expression", CelType.Bool),
                string.IsNullOrWhiteSpace(rule.MessageExpression) ? null : Compile(messages, rule.Name, rule.MessageExpression, $"{rule.Path}.messageExpression", CelType.String)))],
            Annotations = [.. definition.Annotations.Select(one => Compile(rules, one.Name, one.Expression, one.Path, CelType.String, CelType.Null))],
            Mutations = [.. definition.Mutations.Select(one => new CompiledMutation(one.IsPatch, Compile(rules, "", one.Expression, one.Path, one.IsPatch ? MutationTypes.PatchList : MutationTypes.Configuration)))],
            ReadsFacts = Expressions(definition).Any(text => text.Contains("facts.", StringComparison.Ordinal)),
            IsSound = problems.Count == before,
        };
    }

    private static IEnumerable<string> Expressions(PolicyDefinition definition)
        => definition.Validations.Select(rule => rule.Expression)
            .Concat(definition.Variables.Select(variable => variable.Expression))
            .Concat(definition.MatchConditions.Select(condition => condition.Expression));
}

/// <summary>A validation with its programs.</summary>
internal sealed record CompiledRule(ValidationRule Rule, CompiledExpression Expression, CompiledExpression? Message);

/// <summary>A mutation with its program.</summary>
internal sealed record CompiledMutation(bool IsPatch, CompiledExpression Expression);
