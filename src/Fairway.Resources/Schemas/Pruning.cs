using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Removes members that a schema does not know from a tree (what patches and YAML files leave behind).</summary>
public static class Pruning
{
    /// <summary>Prunes in place, and brings times into the form that is stored.</summary>
    /// <returns><c>unknown field "spec.foo"</c> for each member removed.</returns>
    public static IReadOnlyList<string> Apply(JsonObject target, ResourceSchema schema) => Apply(target, schema, null);

    /// <summary>The same for an object of a type, whose known fields are no problem even where they are not kept.</summary>
    public static IReadOnlyList<string> Apply(JsonObject target, ResourceSchema schema, ResourceType? type)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(schema);
        var problems = new List<string>();
        Prune(target, schema, type is null ? null : GoStruct.Of(type), new PathStack(), problems);
        return problems;
    }

    private static void Prune(JsonNode? node, ResourceSchema schema, GoStruct? go, PathStack path, List<string> problems)
    {
        if (node is JsonObject members)
        {
            PruneObject(members, schema, go, path, problems);
        }
        else if (node is JsonArray items && schema.Items is { } item)
        {
            for (int i = 0; i < items.Count; i++)
            {
                path.Push(i);
                if (items[i] is null && !item.IsStructural)
                {
                    items[i] = ObjectDecoder.Zero(item);
                }

                Prune(items[i], item, go, path, problems);
                path.Pop();
            }
        }
    }

    private static void PruneObject(JsonObject members, ResourceSchema schema, GoStruct? go, PathStack path, List<string> problems)
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
                if (go?.Member(name) is null)
                {
                    problems.Add($"unknown field \"{path.Dotted()}\"");
                }

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
                Prune(value, member, go?.Member(name)?.Within, path, problems);
            }

            path.Pop();
        }

        remove?.ForEach(name => members.Remove(name));
        times?.ForEach(change => members[change.Name] = change.Time);
    }
}
