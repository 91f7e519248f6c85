using Fairway.Admission.Evaluation;
using Fairway.Admission.TypeChecking;
using Fairway.Cel;
using Fairway.Resources;

namespace Fairway.Admission;

/// <summary>Something in a policy's expression that does not fit the types of what it is about.</summary>
/// <param name="FieldRef">The expression: <c>spec.validations[0].expression</c>.</param>
/// <param name="Warning">For each kind that it does not fit, the kind and what is wrong.</param>
public sealed record TypeWarning(string FieldRef, string Warning);

/// <summary>
/// Checks validations and their messages against the schemas of the kinds that a policy names without wildcards, as kube-apiserver's
/// status controller does; at most ten kinds. It never changes what a policy decides. Pure.
/// </summary>
public static class PolicyTypeCheck
{
    private const int MostKinds = 10;

    /// <summary>What does not fit, by expression.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="kinds">The kinds of the cluster, custom ones too.</param>
    public static IReadOnlyList<TypeWarning> Check(PolicyDefinition policy, IReadOnlyList<KindDefinition> kinds)
    {
        ResourceType[] about = [.. KindsOf(policy, kinds)];
        if (about.Length == 0)
        {
            return [];
        }

        CelSchema? parameters = policy.Parameters is { } wanted && kinds.FirstOrDefault(kind => kind.Type.ApiVersion == wanted.ApiVersion && kind.Type.Kind == wanted.Kind) is { } found
            ? KindSchemas.Of(found)
            : null;
        (string Kind, CelEnvironment Environment)[] environments =
        [
            .. about.Select(type => (Type: type, Schema: KindSchemas.Of(kinds.First(kind => kind.Type == type)))).Where(pair => pair.Schema is not null)
                .Select(pair => ($"{pair.Type.Group}/{pair.Type.Version}, Kind={pair.Type.Kind}", Environment(policy, pair.Type.Kind, pair.Schema!, parameters))),
        ];
        var warnings = new List<TypeWarning>();
        foreach (ValidationRule rule in policy.Validations)
        {
            Add(warnings, $"{rule.Path}.expression", rule.Expression, environments);
            if (rule.MessageExpression is { Length: > 0 } message)
            {
                Add(warnings, $"{rule.Path}.messageExpression", message, environments);
            }
        }

        return warnings;
    }

    private static void Add(List<TypeWarning> warnings, string path, string expression, (string Kind, CelEnvironment Environment)[] environments)
    {
        string[] found =
        [
            .. environments.Select(one => (one.Kind, Compiled: one.Environment.Compile(expression))).Where(one => !one.Compiled.Succeeded)
                .Select(one => $"{one.Kind}: {one.Compiled.Render()}\n"),
        ];
        if (found.Length > 0)
        {
            warnings.Add(new TypeWarning(path, string.Join('\n', found)));
        }
    }

    private static CelEnvironment Environment(PolicyDefinition policy, string kind, CelSchema schema, CelSchema? parameters)
    {
        var types = CelSchemaTypes.Of(kind, schema, isRoot: false);
        CelEnvironment environment = PolicyEnvironment.OfRules(parameters is not null, hasFacts: false, mutates: false)
            .WithTypes(types.StructTypes)
            .WithVariable("object", types.Type)
            .WithVariable("oldObject", types.Type);
        if (parameters is not null)
        {
            var given = CelSchemaTypes.Of("params", parameters, isRoot: false);
            environment = environment.WithTypes(given.StructTypes).WithVariable("params", given.Type);
        }

        var variables = new VariablesType();
        foreach (NamedExpression variable in policy.Variables)
        {
            CelCompilation compiled = PolicyEnvironment.With(environment, variables).Compile(variable.Expression);
            variables = variables.With(variable.Name, compiled.Succeeded ? compiled.Type : CelType.Dyn);
        }

        return policy.Variables.Count > 0 ? PolicyEnvironment.With(environment, variables) : environment;
    }

    private static IEnumerable<ResourceType> KindsOf(PolicyDefinition policy, IReadOnlyList<KindDefinition> kinds)
    {
        var found = new HashSet<ResourceType>();
        foreach (ResourceRule rule in policy.Match.Rules ?? [])
        {
            if (rule.Groups.Concat(rule.Versions).Any(static one => one.Contains('*', StringComparison.Ordinal)))
            {
                continue;
            }

            string[] resources = [.. rule.Resources.Where(static one => one.AsSpan().IndexOfAny('*', '/') < 0)];
            found.UnionWith(kinds.Select(kind => kind.Type)
                .Where(type => rule.Groups.Contains(type.Group) && rule.Versions.Contains(type.Version) && resources.Contains(type.Plural))
                .OrderBy(type => type.Group, StringComparer.Ordinal).ThenBy(type => type.Version, StringComparer.Ordinal).ThenBy(type => type.Plural, StringComparer.Ordinal)
                .Take(MostKinds));
            if (found.Count >= MostKinds)
            {
                break;
            }
        }

        return found.OrderBy(type => type.Group, StringComparer.Ordinal).ThenBy(type => type.Version, StringComparer.Ordinal).ThenBy(type => type.Kind, StringComparer.Ordinal);
    }
}
