using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Rules;

/// <summary>
/// The rules (x-kubernetes-validations) of a structural schema, compiled once and evaluated on an object and what it was.
/// Immutable, safe for concurrent use, no I/O. Semantics of kube-apiserver: transition rules run where the old value can be
/// told, what did not change is not judged again, and a budget of cost ends it all.
/// </summary>
public sealed class SchemaValidations
{
    /// <summary>Cost units for all the rules of one object.</summary>
    public const long TotalBudget = 10_000_000;

    /// <summary>Cost units for one evaluation of one rule.</summary>
    public const long RuleBudget = 1_000_000;

    private readonly Node? _root;

    private SchemaValidations(Node? root) => _root = root;

    /// <summary>True when there are no rules anywhere.</summary>
    public bool IsEmpty => _root is null;

    /// <summary>Compiles the rules. What does not compile is reported below <paramref name="path"/> and left out.</summary>
    public static SchemaValidations Compile(JsonSchema schema, string path, FieldErrors? errors)
    {
        DefinitionBudget? budget = errors is null ? null : new DefinitionBudget();
        var compiled = new SchemaValidations(Build(schema, new Spot(path, IsRoot: true, null, 1), errors, budget));
        budget?.Close(path, errors!);
        return compiled;
    }

    /// <summary>Adds everything that the rules find wrong.</summary>
    /// <param name="old">What the object was; null when it is new.</param>
    /// <param name="target">The object.</param>
    /// <param name="path">Where it stands; empty for the root of an object.</param>
    /// <param name="errors">Gets what is wrong.</param>
    /// <param name="forgiven">Gets what was as wrong before and has not changed, as warnings; null: that is an error too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public void Validate(JsonNode? old, JsonNode target, string path, FieldErrors errors, ICollection<string>? forgiven, CancellationToken cancellationToken)
    {
        if (_root is not null)
        {
            bool ratchets = forgiven is not null && old is not null;
            new SchemaValidationRun(errors, forgiven, cancellationToken).Visit(_root, old, old is not null, target, path, ratchets && JsonNode.DeepEquals(old, target), ratchets);
        }
    }

    private static Node? Build(JsonSchema schema, Spot spot, FieldErrors? errors, DefinitionBudget? budget)
    {
        ulong? below = Below(schema, spot.Cardinality);
        var children = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            if (Build(property, spot.Below($"properties[{name}]", below), errors, budget) is { } child)
            {
                children[name] = child;
            }
        }

        Node? values = schema.AdditionalProperties is { } additional ? Build(additional, spot.Below("additionalProperties", below), errors, budget) : null;
        Spot inList = spot.Below("items", below);
        Node? items = schema.Items is { } item ? Build(item, schema.ListType == "map" ? inList : inList with { Uncorrelatable = spot.Uncorrelatable ?? spot.Path }, errors, budget) : null;
        CompiledRule[] rules = schema.Validations.Count == 0 || IsBroken(spot.Path, errors) ? [] : CompileRules(schema, spot, errors, budget);
        if (rules.Length == 0 && children.Count == 0 && values is null && items is null)
        {
            return null;
        }

        CelSchema mapped = SchemaMapping.ToCel(schema);
        return new Node(rules, spot.IsRoot || schema.EmbeddedResource ? mapped.WithObjectMetadata() : mapped, schema.IntOrString ? "" : schema.Type, children, values, items, schema.ListType == "map" ? schema.ListMapKeys : null);
    }

    /// <summary>Rules of a schema that is wrong itself, or below, are not looked at: they would only repeat it in other words.</summary>
    private static bool IsBroken(string path, FieldErrors? errors) => errors?.Causes.Any(cause => IsWithin(cause, path)) == true;

    private static bool IsWithin(StatusCause cause, string path)
        => cause.Field is { } field && field.StartsWith(path, StringComparison.Ordinal) && !IsOfExpression(cause, field) && (field.Length == path.Length || field[path.Length] is '.' or '[');

    // What compiling rules below has found does not count.
    private static bool IsOfExpression(StatusCause cause, string field)
        => cause.Reason is "InternalError" or "FieldValueForbidden"
            || (field.Contains(".x-kubernetes-validations[", StringComparison.Ordinal)
                && (field.EndsWith("].optionalOldSelf", StringComparison.Ordinal)
                    || cause.Message?.Contains("compilation failed: ", StringComparison.Ordinal) == true
                    || cause.Message?.Contains(" must evaluate to a ", StringComparison.Ordinal) == true
                    || cause.Message?.Contains("oldSelf cannot be used", StringComparison.Ordinal) == true));

    private static CompiledRule[] CompileRules(JsonSchema schema, Spot spot, FieldErrors? errors, DefinitionBudget? budget)
    {
        if (schema.Type.Length == 0 && !schema.IntOrString)
        {
            errors?.Add(
                "InternalError",
                $"{spot.Path}.x-kubernetes-validations",
                "Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations");
            return [];
        }

        var environment = new RuleEnvironment(SchemaMapping.ToCel(schema), spot.IsRoot || schema.EmbeddedResource);
        var rules = new List<CompiledRule>();
        for (int i = 0; i < schema.Validations.Count; i++)
        {
            string at = $"{spot.Path}.x-kubernetes-validations[{i}]";
            CompiledRule rule = CompiledRule.Compile(schema.Validations[i], environment, at, errors);
            if (budget is not null)
            {
                Count(rule, environment.Schema, at, spot.Cardinality, budget, errors!);
            }

            if (rule.IsTransition && spot.Uncorrelatable is { } uncorrelatable)
            {
                errors?.InvalidShown($"{at}.rule", KubeJson.Quote(schema.Validations[i].Text("rule") ?? ""), $"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelatable}");
            }
            else if (!rule.IsTransition && schema.Validations[i]["optionalOldSelf"] is { } optional)
            {
                errors?.Invalid($"{at}.optionalOldSelf", optional, "may not be set if oldSelf is not used in rule");
            }

            rules.Add(rule);
        }

        return [.. rules];
    }

    /// <summary>How often what is below a schema may be in one object; null: as often as it fits in.</summary>
    private static ulong? Below(JsonSchema schema, ulong? cardinality)
    {
        if (cardinality is not { } count)
        {
            return null;
        }

        long? most = schema.Type switch
        {
            "object" when schema.AdditionalProperties is not null => schema.MaxProperties,
            "array" => schema.MaxItems,
            _ => 1,
        };
        return most is { } bound ? DefinitionBudget.Times(count, (ulong)Math.Max(0, bound)) : null;
    }

    private static void Count(CompiledRule rule, CelSchema schema, string path, ulong? cardinality, DefinitionBudget budget, FieldErrors errors)
    {
        if (rule.Program is { } program)
        {
            ulong cost = CelCosts.Most(program, schema);
            budget.Add($"{path}.rule", "estimated rule cost", DefinitionBudget.Times(cost, cardinality ?? CelCosts.MaxCardinality(schema)), errors);
        }

        if (rule.MessageProgram is { } message)
        {
            budget.Add($"{path}.messageExpression", "estimated messageExpression cost", CelCosts.Most(message, schema), errors);
        }
    }

    internal sealed record Node(
        CompiledRule[] Rules, CelSchema Schema, string Type, IReadOnlyDictionary<string, Node> Properties, Node? Values, Node? Items, IReadOnlyList<string>? ItemKeys);

    /// <summary>A place in a schema.</summary>
    /// <param name="Path">As errors name it.</param>
    /// <param name="IsRoot">The schema of a whole object.</param>
    /// <param name="Uncorrelatable">The list above whose items cannot be told from one another; null: there is none.</param>
    /// <param name="Cardinality">How often it may be in one object; null: as often as it fits in.</param>
    private readonly record struct Spot(string Path, bool IsRoot, string? Uncorrelatable, ulong? Cardinality)
    {
        public Spot Below(string step, ulong? cardinality) => new($"{Path}.{step}", IsRoot: false, Uncorrelatable, cardinality);
    }
}
