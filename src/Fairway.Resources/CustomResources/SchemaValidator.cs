using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>
/// Checks values against a schema with the rules, the order of checks and the words of kube-apiserver's OpenAPI validator.
/// Messages name a value by its path below where validation began; causes carry the path from the object's root.
/// </summary>
/// <remarks>Linear in the value, times the alternatives of anyOf, oneOf and allOf on the way. Safe for concurrent use.</remarks>
public static class SchemaValidator
{
    private const int MaxErrors = 500;

    /// <summary>Adds everything that is wrong with a value.</summary>
    /// <param name="value">The value, pruned and defaulted.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="prefix">Where the value stands in its object: empty for the object itself, <c>status</c>.</param>
    /// <param name="errors">Where errors go.</param>
    public static void Validate(JsonNode? value, JsonSchema schema, string prefix, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(errors);
        Report(Check(value, schema, "", Ratchet.None), prefix, errors);
    }

    /// <summary>The same for a change: what is wrong in parts that the change leaves as they were is not held against it.</summary>
    public static void ValidateUpdate(JsonNode? value, JsonNode? old, JsonSchema schema, string prefix, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(errors);
        Report(Check(value, schema, "", new Ratchet(old, old is not null)), prefix, errors);
    }

    private static void Report(Outcome outcome, string prefix, FieldErrors errors)
    {
        foreach (Problem problem in outcome.Problems.Take(MaxErrors))
        {
            string name = problem.Name is null ? "" : problem.Name.TrimStart('.');
            string field = name.Length == 0 ? prefix : prefix.Length == 0 ? name : $"{prefix}.{name}";
            errors.Add(problem.Reason, field.Length == 0 ? "<nil>" : field, problem.Message);
        }
    }

    private static Outcome Check(JsonNode? value, JsonSchema schema, string path, in Ratchet ratchet)
    {
        var outcome = new Outcome();
        TypeCheck.Run(value, schema, path, outcome);
        if (value is null)
        {
            CheckEnum(value, schema, path, outcome);
            return Settle(outcome, value, ratchet);
        }

        CheckAlternatives(value, schema, path, ratchet, outcome);
        switch (value)
        {
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String:
                CheckText(scalar.GetValue<string>(), schema, path, outcome);
                break;
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Number:
                NumberChecks.Run(scalar, schema, path, outcome);
                break;
            case JsonArray items:
                CheckItems(items, schema, path, ratchet, outcome);
                break;
        }

        CheckEnum(value, schema, path, outcome);
        outcome.Matches++;
        if (value is JsonObject members)
        {
            CheckMembers(members, schema, path, ratchet, outcome);
            outcome.Matches++;
        }

        outcome.Matches++;
        return Settle(outcome, value, ratchet);
    }

    private static Outcome Settle(Outcome outcome, JsonNode? value, in Ratchet ratchet)
    {
        if (outcome.IsValid || !ratchet.IsKnown || !JsonNode.DeepEquals(value, ratchet.Old))
        {
            return outcome;
        }

        return new Outcome { Matches = outcome.Matches };
    }

    private static void CheckAlternatives(JsonNode value, JsonSchema schema, string path, in Ratchet ratchet, Outcome outcome)
    {
        outcome.Matches += 2;
        if (schema.AnyOf.Count > 0)
        {
            Alternatives.Any(Each(schema.AnyOf, value, path, ratchet), path, outcome);
        }

        if (schema.OneOf.Count > 0)
        {
            Alternatives.One(Each(schema.OneOf, value, path, ratchet), path, outcome);
        }

        if (schema.AllOf.Count > 0)
        {
            Alternatives.All(Each(schema.AllOf, value, path, ratchet), path, outcome);
        }

        if (schema.Not is { } not && Check(value, not, path, ratchet).IsValid)
        {
            outcome.AddComposite($"{KubeJson.Quote(path)} must not validate the schema (not)");
        }
    }

    private static List<Outcome> Each(IReadOnlyList<JsonSchema> schemas, JsonNode value, string path, Ratchet ratchet)
        => [.. schemas.Select(schema => Check(value, schema, path, ratchet))];

    private static void CheckText(string text, JsonSchema schema, string path, Outcome outcome)
    {
        int length = LengthOf(text);
        if (schema.MaxLength is { } most && length > most)
        {
            outcome.Add("FieldValueTooLong", path, $"Too long: may not be more than {most} bytes");
        }
        else if (schema.MinLength is { } least && length < least)
        {
            outcome.AddInvalid(path, text, $"{path} in body should be at least {least} chars long");
        }
        else if (schema.Pattern.Length > 0 && !Re2.IsMatch(schema.Pattern, text))
        {
            outcome.AddInvalid(path, text, $"{path} in body should match '{schema.Pattern}'");
        }

        outcome.Matches++;
        if (StringFormats.Known(schema.Format) is { } format)
        {
            if (!StringFormats.Matches(format, text))
            {
                outcome.Add("FieldValueTypeInvalid", path, $"Invalid value: {KubeJson.Quote(text)}: {path} in body must be of type {schema.Format}: {KubeJson.Quote(text)}");
            }

            outcome.Matches++;
        }
    }

    private static int LengthOf(string text)
    {
        int length = 0;
        foreach (Rune _ in text.EnumerateRunes())
        {
            length++;
        }

        return length;
    }

    private static void CheckItems(JsonArray items, JsonSchema schema, string path, Ratchet ratchet, Outcome outcome)
    {
        if (schema.Items is { } item)
        {
            for (int i = 0; i < items.Count; i++)
            {
                outcome.Merge(Check(items[i], item, $"{path}[{i}]", ratchet.Item(items[i], schema)));
            }
        }

        if (schema.MinItems is { } least && items.Count < least)
        {
            outcome.AddInvalid(path, items.Count, $"{path} in body should have at least {least} items");
        }

        if (schema.MaxItems is { } most && items.Count > most)
        {
            outcome.Add("FieldValueTooMany", path, $"Too many: {items.Count}: must have at most {most} items");
        }

        outcome.Matches += 2;
    }

    private static void CheckMembers(JsonObject members, JsonSchema schema, string path, Ratchet ratchet, Outcome outcome)
    {
        if (schema.MinProperties is { } least && members.Count < least)
        {
            outcome.AddInvalid(path, members.Count, $"{path} in body should have at least {least} properties");
        }

        if (schema.MaxProperties is { } most && members.Count > most)
        {
            outcome.Add("FieldValueTooMany", path, $"Too many: {members.Count}: must have at most {most} items");
        }

        foreach ((string name, JsonNode? value) in members.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (schema.Properties.ContainsKey(name))
            {
                continue;
            }

            if (schema.AdditionalProperties is { } additional)
            {
                outcome.Merge(Check(value, additional, $"{path}.{name}", ratchet.Member(name)));
            }
            else if (schema.AllowsAdditional == false)
            {
                outcome.AddInvalid(path, name, $"{path}.{name} in body is a forbidden property");
            }
        }

        foreach ((string name, JsonSchema property) in schema.Properties)
        {
            if (members.TryGetPropertyValue(name, out JsonNode? value))
            {
                outcome.Merge(Check(value, property, path.Length == 0 ? name : $"{path}.{name}", ratchet.Member(name)));
            }
        }

        foreach (string name in schema.Required.Where(name => !members.ContainsKey(name)))
        {
            outcome.Add("FieldValueRequired", $"{path}.{name}", "Required value");
        }
    }

    private static void CheckEnum(JsonNode? value, JsonSchema schema, string path, Outcome outcome)
    {
        if (schema.Enum.Count == 0 || (value is not null && schema.Enum.Any(each => IsSame(value, each))))
        {
            return;
        }

        string supported = string.Join(", ", schema.Enum.Select(each => KubeJson.Quote(KubeJson.AsString(each) ?? each?.ToJsonString(KubeJson.Options) ?? "null")));
        outcome.Add("FieldValueNotSupported", path, $"Unsupported value: {Shown(value)}: supported values: {supported}");
    }

    private static bool IsSame(JsonNode value, JsonNode? allowed)
        => JsonNode.DeepEquals(value, allowed)
            || (value is JsonValue left && allowed is JsonValue right && left.GetValueKind() == JsonValueKind.Number && right.GetValueKind() == JsonValueKind.Number
                && GoNumbers.AsDouble(left).Equals(GoNumbers.AsDouble(right)));

    /// <summary>A value as field errors show it.</summary>
    internal static string Shown(JsonNode? value)
        => value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.Number ? GoNumbers.Print(scalar) : KubeJson.ShowGo(value);
}

/// <summary>What was there before a change, as far as the place can be matched.</summary>
internal readonly record struct Ratchet(JsonNode? Old, bool IsKnown)
{
    public static Ratchet None => default;

    public Ratchet Member(string name)
        => IsKnown && Old is JsonObject members && members.TryGetPropertyValue(name, out JsonNode? value) ? new Ratchet(value, IsKnown: true) : None;

    /// <summary>Items are matched by their keys in lists of type map, and nowhere else.</summary>
    public Ratchet Item(JsonNode? item, JsonSchema list)
    {
        if (!IsKnown || Old is not JsonArray before || list.ListType != "map" || item is not JsonObject now)
        {
            return None;
        }

        JsonNode? twin = before.FirstOrDefault(each => each is JsonObject was && list.ListMapKeys.All(key => JsonNode.DeepEquals(was[key], now[key])));
        return twin is null ? None : new Ratchet(twin, IsKnown: true);
    }
}

/// <summary>One thing that is wrong. A name of null stands for no place at all.</summary>
internal sealed record Problem(string Reason, string? Name, string Message);

/// <summary>What a check came to; the number of matches tells which alternative was nearest.</summary>
internal sealed class Outcome
{
    public List<Problem> Problems { get; } = [];

    public int Matches { get; set; }

    public bool IsValid => Problems.Count == 0;

    public void Add(string reason, string path, string message) => Problems.Add(new Problem(reason, path, message));

    public void AddInvalid(string path, JsonNode? value, string detail) => Add("FieldValueInvalid", path, $"Invalid value: {SchemaValidator.Shown(value)}: {detail}");

    public void AddComposite(string message) => Problems.Add(new Problem("FieldValueInvalid", null, $"Invalid value: \"\": {message}"));

    public void Merge(Outcome other)
    {
        Problems.AddRange(other.Problems);
        Matches += other.Matches;
    }
}

/// <summary>anyOf, oneOf and allOf.</summary>
internal static class Alternatives
{
    public static void Any(List<Outcome> each, string path, Outcome outcome)
    {
        if (each.Find(one => one.IsValid) is { } success)
        {
            outcome.Merge(success);
            return;
        }

        outcome.AddComposite($"{KubeJson.Quote(path)} must validate at least one schema (anyOf)");
        outcome.Merge(Best(each));
    }

    public static void One(List<Outcome> each, string path, Outcome outcome)
    {
        int valid = each.Count(one => one.IsValid);
        if (valid == 1)
        {
            outcome.Merge(each.Find(one => one.IsValid)!);
            return;
        }

        string found = valid == 0 ? "Found none valid" : $"Found {valid} valid alternatives";
        outcome.AddComposite($"{KubeJson.Quote(path)} must validate one and only one schema (oneOf). {found}");
        if (valid == 0)
        {
            outcome.Merge(Best(each));
        }
    }

    public static void All(List<Outcome> each, string path, Outcome outcome)
    {
        each.ForEach(outcome.Merge);
        int valid = each.Count(one => one.IsValid);
        if (valid != each.Count)
        {
            outcome.AddComposite($"{KubeJson.Quote(path)} must validate all the schemas (allOf){(valid == 0 ? ". None validated" : "")}");
        }
    }

    private static Outcome Best(List<Outcome> each) => each.Aggregate((best, next) => next.Matches > best.Matches ? next : best);
}
