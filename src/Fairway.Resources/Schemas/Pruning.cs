using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Removes members that a schema does not know from a tree (what patches and YAML files leave behind).</summary>
public static class Pruning
{
    /// <summary>Prunes in place, and brings times into the form that is stored.</summary>
    /// <returns><c>unknown field "spec.foo"</c> for each member removed.</returns>
    public static IReadOnlyList<string> Apply(JsonObject target, ResourceSchema schema)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(schema);
        var problems = new List<string>();
        Prune(target, schema, new PathStack(), problems);
        return problems;
    }

    private static void Prune(JsonNode? node, ResourceSchema schema, PathStack path, List<string> problems)
    {
        if (node is JsonObject members)
        {
            PruneObject(members, schema, path, problems);
        }
        else if (node is JsonArray items && schema.Items is { } item)
        {
            for (int i = 0; i < items.Count; i++)
            {
                path.Push(i);
                Prune(items[i], item, path, problems);
                path.Pop();
            }
        }
    }

    private static void PruneObject(JsonObject members, ResourceSchema schema, PathStack path, List<string> problems)
    {
        if (schema.Shape is null && schema.Values is null)
        {
            return;
        }

        List<string>? remove = null;
        List<(string Name, string Time)>? times = null;
        foreach ((string name, JsonNode? value) in members)
        {
            path.Push(name);
            if (schema.Member(name) is not { } member)
            {
                problems.Add($"unknown field \"{path.Dotted()}\"");
                (remove ??= []).Add(name);
            }
            else if (value is null && ObjectDecoder.DropsNull(schema, member, name))
            {
                (remove ??= []).Add(name);
            }
            else if (member.Format == "date-time" && KubeJson.AsString(value) is { } text && TimeForms.Canonical(text, member) is var time && time != text)
            {
                (times ??= []).Add((name, time));
            }
            else
            {
                Prune(value, member, path, problems);
            }

            path.Pop();
        }

        remove?.ForEach(name => members.Remove(name));
        times?.ForEach(change => members[change.Name] = change.Time);
    }
}
