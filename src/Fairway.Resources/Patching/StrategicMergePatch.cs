using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources;

/// <summary>
/// Kubernetes' strategic merge patch: a merge patch that knows which lists are maps by a key or sets, with directives
/// <c>$patch</c>, <c>$deleteFromPrimitiveList/…</c>, <c>$setElementOrder/…</c> and <c>$retainKeys</c>.
/// </summary>
public static class StrategicMergePatch
{
    private const string Directive = "$patch";

    private const string DeleteFrom = "$deleteFromPrimitiveList/";

    private const string ElementOrder = "$setElementOrder/";

    private const string RetainKeys = "$retainKeys";

    /// <summary>Applies a patch to a copy of the target.</summary>
    /// <param name="target">The live object.</param>
    /// <param name="patch">The patch; not changed.</param>
    /// <param name="schema">Where merge keys and strategies stand.</param>
    /// <exception cref="StatusException">400: the patch is not well formed for the schema.</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, ResourceSchema schema)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(patch);
        ArgumentNullException.ThrowIfNull(schema);
        return MergeObject((JsonObject)target.DeepClone(), patch, schema);
    }

    /// <summary>Merges into the original, which is this method's own.</summary>
    private static JsonObject MergeObject(JsonObject original, JsonObject patch, ResourceSchema schema)
    {
        if (patch.TryGetPropertyValue(Directive, out JsonNode? directive))
        {
            switch (KubeJson.AsString(directive))
            {
                case "replace":
                    return WithoutDirectives(patch);
                case "delete":
                    return [];
                case "merge":
                    break;
                default:
                    throw StatusException.BadRequest($"Unknown patch type: {KubeJson.Show(directive)}");
            }
        }

        Retain(original, patch);
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name is Directive or RetainKeys || name.StartsWith(DeleteFrom, StringComparison.Ordinal) || name.StartsWith(ElementOrder, StringComparison.Ordinal))
            {
                continue;
            }

            MergeMember(original, patch, name, value, schema.Member(name) ?? ResourceSchema.FreeForm);
        }

        MergeDirectiveOnly(original, patch, schema);
        return original;
    }

    private static void MergeMember(JsonObject original, JsonObject patch, string name, JsonNode? value, ResourceSchema schema)
    {
        if (value is null)
        {
            original.Remove(name);
            return;
        }

        JsonNode? current = original[name];
        switch (value)
        {
            case JsonObject members:
                if (schema.PatchStrategy == "replace")
                {
                    original[name] = WithoutDirectives(members);
                }
                else
                {
                    Put(original, name, current, MergeObject(current as JsonObject ?? [], members, schema));
                }

                break;
            case JsonArray items when IsMerged(schema):
                Put(original, name, current, MergeList(current as JsonArray ?? [], items, Directives.Of(patch, name), schema, name));
                break;
            default:
                original[name] = value.DeepClone();
                break;
        }
    }

    /// <summary>Lists that the patch only orders or deletes from, without giving items.</summary>
    private static void MergeDirectiveOnly(JsonObject original, JsonObject patch, ResourceSchema schema)
    {
        foreach ((string directive, JsonNode? _) in patch)
        {
            string? name = directive.StartsWith(DeleteFrom, StringComparison.Ordinal) ? directive[DeleteFrom.Length..]
                : directive.StartsWith(ElementOrder, StringComparison.Ordinal) ? directive[ElementOrder.Length..]
                : null;
            if (name is null || patch.ContainsKey(name) || original[name] is not JsonArray current)
            {
                continue;
            }

            ResourceSchema list = schema.Member(name) ?? ResourceSchema.FreeForm;
            Put(original, name, current, MergeList(current, [], Directives.Of(patch, name), list, name));
        }
    }

    private static bool IsMerged(ResourceSchema schema)
        => schema.PatchStrategy is { } strategy && strategy.Contains("merge", StringComparison.Ordinal);

    private static void Put(JsonObject original, string name, JsonNode? current, JsonNode next)
    {
        if (!ReferenceEquals(current, next))
        {
            original[name] = next;
        }
    }

    private static JsonArray MergeList(JsonArray original, JsonArray patch, Directives directives, ResourceSchema schema, string name)
    {
        string? key = schema.PatchMergeKey;
        bool scalars = key is null || (original.Concat(patch).FirstOrDefault() is { } first && first is not JsonObject);
        return scalars ? MergeScalars(original, patch, directives) : MergeByKey(original, patch, directives, schema, key!, name);
    }

    private static JsonArray MergeScalars(JsonArray original, JsonArray patch, Directives directives)
    {
        List<JsonNode?> result = [];
        IEnumerable<JsonNode?> remaining = original.Where(item => !Contains(directives.Deleted, item));
        foreach (JsonNode? item in remaining.Concat(patch))
        {
            if (!Contains(result, item))
            {
                result.Add(item);
            }
        }

        JsonNode?[] order = [.. directives.Order ?? []];
        return Copy(order.Length == 0 ? result : Ordered(result, item => IndexOf(order, item), item => IndexOf([.. original], item)));
    }

    private static JsonArray MergeByKey(JsonArray original, JsonArray patch, Directives directives, ResourceSchema schema, string key, string name)
    {
        if (patch.Any(item => item.Text(Directive) == "replace"))
        {
            return Copy(patch.Where(item => item.Text(Directive) != "replace"));
        }

        List<JsonNode?> result = [.. original];
        foreach (JsonNode? item in patch)
        {
            JsonObject change = item as JsonObject ?? throw StatusException.BadRequest($"cannot merge a list of {KubeJson.TypeOf(item)} into {name}: objects with key {key} are expected");
            JsonNode identity = change[key] ?? throw StatusException.BadRequest($"map: {change.ToJsonString(KubeJson.Options)} does not contain declared merge key: {key}");
            int at = result.FindIndex(each => JsonNode.DeepEquals((each as JsonObject)?[key], identity));
            if (change.Text(Directive) == "delete")
            {
                result.RemoveAll(each => JsonNode.DeepEquals((each as JsonObject)?[key], identity));
            }
            else if (at < 0)
            {
                result.Add(MergeObject([], change, schema.Items ?? ResourceSchema.FreeForm));
            }
            else
            {
                result[at] = MergeObject((JsonObject)result[at]!.DeepClone(), change, schema.Items ?? ResourceSchema.FreeForm);
            }
        }

        JsonNode?[] order = [.. (directives.Order ?? []).Select(item => (item as JsonObject)?[key])];
        return Copy(order.Length == 0 ? result : Ordered(result, item => IndexOf(order, (item as JsonObject)?[key]), item => IndexOfKey(original, item, key)));
    }

    /// <summary>
    /// Items of the given order in that order; those that only the server has keep their place relative to the neighbours
    /// that they had.
    /// </summary>
    private static List<JsonNode?> Ordered(List<JsonNode?> items, Func<JsonNode?, int> place, Func<JsonNode?, int> before)
    {
        JsonNode?[] given = [.. items.Where(item => place(item) >= 0).OrderBy(place)];
        JsonNode?[] others = [.. items.Where(item => place(item) < 0)];
        var result = new List<JsonNode?>(items.Count);
        int g = 0;
        int o = 0;
        while (g < given.Length && o < others.Length)
        {
            int mine = before(others[o]);
            int theirs = before(given[g]);
            result.Add(mine >= 0 && theirs >= 0 && mine < theirs ? others[o++] : given[g++]);
        }

        result.AddRange(given.AsSpan(g));
        result.AddRange(others.AsSpan(o));
        return result;
    }

    /// <summary>Members that the patch neither sets nor lists in <c>$retainKeys</c> go.</summary>
    private static void Retain(JsonObject original, JsonObject patch)
    {
        if (patch[RetainKeys] is not JsonArray retained)
        {
            return;
        }

        string[] keep = [.. retained.Select(each => KubeJson.AsString(each) ?? "")];
        foreach ((string name, JsonNode? value) in patch)
        {
            if (!name.StartsWith('$') && value is not null && !keep.Contains(name, StringComparer.Ordinal))
            {
                throw StatusException.BadRequest("$retainKeys doesn't contain key that is in the patch: " + name);
            }
        }

        foreach (string name in original.Select(pair => pair.Key).Where(name => !keep.Contains(name, StringComparer.Ordinal)).ToArray())
        {
            original.Remove(name);
        }
    }

    private static JsonObject WithoutDirectives(JsonObject patch)
        => new(patch.Where(pair => !pair.Key.StartsWith('$')).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));

    private static bool Contains(IEnumerable<JsonNode?> items, JsonNode? item) => items.Any(each => JsonNode.DeepEquals(each, item));

    private static int IndexOf(IReadOnlyList<JsonNode?> items, JsonNode? item)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (JsonNode.DeepEquals(items[i], item))
            {
                return i;
            }
        }

        return -1;
    }

    private static int IndexOfKey(JsonArray items, JsonNode? item, string key)
        => IndexOf([.. items.Select(each => (each as JsonObject)?[key])], (item as JsonObject)?[key]);

    private static JsonArray Copy(IEnumerable<JsonNode?> items) => new([.. items.Select(item => item?.DeepClone())]);

    /// <summary>What stands beside a list in a patch.</summary>
    private sealed record Directives(JsonArray Deleted, JsonArray? Order)
    {
        public static Directives Of(JsonObject patch, string name)
            => new(patch[DeleteFrom + name] as JsonArray ?? [], patch[ElementOrder + name] as JsonArray);
    }
}
