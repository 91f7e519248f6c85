using System.Text.Json.Nodes;
using Fairway.Cel;
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
        var compiled = new SchemaValidations(Build(schema, path, isRoot: true, correlatable: true, errors, budget, 1));
        budget?.Close(path, errors!);
        return compiled;
    }

    /// <summary>Adds everything that the rules find wrong.</summary>
    /// <param name="old">What the object was; null when it is new.</param>
    public void Validate(JsonNode? old, JsonNode target, FieldErrors errors, CancellationToken cancellationToken)
    {
        if (_root is not null)
        {
            new SchemaValidationRun(errors, cancellationToken).Visit(_root, old, old is not null, target, "");
        }
    }

    private static Node? Build(JsonSchema schema, string path, bool isRoot, bool correlatable, FieldErrors? errors, DefinitionBudget? budget, ulong? cardinality)
    {
        ulong? below = Below(schema, cardinality);
        var children = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            if (Build(property, $"{path}.properties[{name}]", isRoot: false, correlatable, errors, budget, below) is { } child)
            {
                children[name] = child;
            }
        }

        Node? values = schema.AdditionalProperties is { } additional ? Build(additional, $"{path}.additionalProperties", isRoot: false, correlatable, errors, budget, below) : null;
        Node? items = schema.Items is { } item ? Build(item, $"{path}.items", isRoot: false, correlatable && schema.ListType == "map", errors, budget, below) : null;
        CompiledRule[] rules = schema.Validations.Count == 0 ? [] : CompileRules(schema, path, isRoot, correlatable, errors, budget, cardinality);
        if (rules.Length == 0 && children.Count == 0 && values is null && items is null)
        {
            return null;
        }

        CelSchema mapped = SchemaMapping.ToCel(schema);
        return new Node(rules, isRoot || schema.EmbeddedResource ? mapped.WithObjectMetadata() : mapped, schema.IntOrString ? "" : schema.Type, children, values, items, schema.ListType == "map" ? schema.ListMapKeys : null);
    }

    private static CompiledRule[] CompileRules(JsonSchema schema, string path, bool isRoot, bool correlatable, FieldErrors? errors, DefinitionBudget? budget, ulong? cardinality)
    {
        var environment = new RuleEnvironment(SchemaMapping.ToCel(schema), isRoot || schema.EmbeddedResource);
        var rules = new List<CompiledRule>();
        for (int i = 0; i < schema.Validations.Count; i++)
        {
            string at = $"{path}.x-kubernetes-validations[{i}]";
            CompiledRule rule = CompiledRule.Compile(schema.Validations[i], environment, at, errors);
            if (budget is not null)
            {
                Count(rule, environment.Schema, at, cardinality, budget, errors!);
            }

            if (rule.IsTransition && !correlatable)
            {
                errors?.InvalidShown($"{at}.rule", KubeJson.Quote(rule.Rule), $"oldSelf cannot be used on the uncorrelatable portion of the schema within {path}");
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
}
