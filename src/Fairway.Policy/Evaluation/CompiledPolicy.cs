using Fairway.Cel;
using Fairway.Policy.Evaluation;

namespace Fairway.Policy;

/// <summary>A policy with its expressions compiled. Immutable, safe for concurrent use; <see cref="PolicyEngine"/> runs it.</summary>
public sealed class CompiledPolicy
{
    /// <summary>What expressions may name.</summary>
    internal static CelEnvironment Environment { get; } = CelEnvironment.Kubernetes.WithVariables(
    [
        KeyValuePair.Create("object", CelType.Dyn), KeyValuePair.Create("oldObject", CelType.Dyn), KeyValuePair.Create("request", CelType.Dyn),
        KeyValuePair.Create("params", CelType.Dyn), KeyValuePair.Create("namespaceObject", CelType.Dyn), KeyValuePair.Create("variables", CelType.Dyn),
        KeyValuePair.Create("facts", CelType.Dyn), KeyValuePair.Create("authorizer", CelType.Dyn),
    ]);

    private static int s_compiled;

    private CompiledPolicy? _withoutMends;

    /// <summary>Another one for each compilation.</summary>
    internal int Id { get; } = Interlocked.Increment(ref s_compiled);

    private CompiledPolicy(PolicyDefinition definition) => Definition = definition;

    public PolicyDefinition Definition { get; }

    internal IReadOnlyList<(string Name, CelProgram Program)> Conditions { get; private init; } = [];

    internal IReadOnlyDictionary<string, CelProgram> Variables { get; private init; } = new Dictionary<string, CelProgram>();

    internal IReadOnlyList<CompiledRule> Rules { get; private init; } = [];

    /// <summary>The same policy, which does not look for a patch: the judge of patches.</summary>
    internal CompiledPolicy WithoutMends => _withoutMends ??= Definition.Text.Mends.Count == 0 ? this : new CompiledPolicy(Definition with { Text = Definition.Text with { Mends = [] } })
    {
        Conditions = Conditions,
        Variables = Variables,
        Rules = Rules,
        ReadsFacts = ReadsFacts,
    };

    /// <summary>Some expression reads facts: a plain ValidatingAdmissionPolicy cannot.</summary>
    public bool ReadsFacts { get; private init; }

    /// <summary>Compiles every expression.</summary>
    /// <param name="definition">The policy.</param>
    /// <param name="problems">Gets every error of every expression, with line, column and a caret.</param>
    /// <returns>null when there is an error.</returns>
    public static CompiledPolicy? Compile(PolicyDefinition definition, ICollection<PolicyProblem> problems)
    {
        bool failed = false;
        CelProgram? Program(string text, string path, CelType? wanted = null)
        {
            CelCompilation compilation = Environment.Compile(text);
            if (!compilation.Succeeded)
            {
                failed = true;
                foreach (CelIssue issue in compilation.Issues)
                {
                    problems.Add(new PolicyProblem(definition.Origin, path, $"{definition.Name}: {issue.Render()}"));
                }
            }
            else if (wanted is not null && !compilation.Type.IsDyn && !compilation.Type.Equals(wanted))
            {
                failed = true;
                problems.Add(new PolicyProblem(definition.Origin, path, $"{definition.Name}: the expression gives {compilation.Type}; expected {wanted}"));
                return null;
            }

            return compilation.Program;
        }

        var variables = new Dictionary<string, CelProgram>(StringComparer.Ordinal);
        foreach (NamedExpression variable in definition.Variables)
        {
            if (Program(variable.Expression, variable.Path) is { } program)
            {
                variables[variable.Name] = program;
            }
        }

        (string, CelProgram)[] conditions =
        [
            .. definition.MatchConditions.Select(condition => (condition.Name, Program: Program(condition.Expression, condition.Path, CelType.Bool)))
                .Where(pair => pair.Program is not null).Select(pair => (pair.Name, pair.Program!)),
        ];
        var rules = new List<CompiledRule>();
        foreach (ValidationRule rule in definition.Validations)
        {
            CelProgram? validation = Program(rule.Expression, $"{rule.Path}.expression", CelType.Bool);
            CelProgram? message = rule.MessageExpression is { } text ? Program(text, $"{rule.Path}.messageExpression", CelType.String) : null;
            if (validation is not null)
            {
                rules.Add(new CompiledRule(rule, validation, message));
            }
        }

        if (failed)
        {
            return null;
        }

        return new CompiledPolicy(definition)
        {
            Conditions = conditions,
            Variables = variables,
            Rules = rules,
            ReadsFacts = Expressions(definition).Any(text => text.Contains("facts.", StringComparison.Ordinal)),
        };
    }

    private static IEnumerable<string> Expressions(PolicyDefinition definition)
        => definition.Validations.Select(rule => rule.Expression)
            .Concat(definition.Variables.Select(variable => variable.Expression))
            .Concat(definition.MatchConditions.Select(condition => condition.Expression));
}

/// <summary>A validation with its programs.</summary>
internal sealed record CompiledRule(ValidationRule Rule, CelProgram Program, CelProgram? Message);
