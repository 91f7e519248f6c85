using System.Text.Json.Nodes;

namespace Fairway.Admission.Mending;

/// <summary>Pure: the edits of a policy on one object, as a JSON patch.</summary>
public static class MendPlanner
{
    /// <summary>The patch that the steps make of an object; empty when nothing would change.</summary>
    /// <param name="steps">In order; later ones see what earlier ones did.</param>
    /// <param name="target">Not changed.</param>
    public static JsonArray Plan(IReadOnlyList<MendStep> steps, JsonObject target)
    {
        var patch = new JsonArray();
        JsonObject working = target.DeepClone().AsObject();
        foreach (MendStep step in steps)
        {
            foreach ((IReadOnlyList<string> path, FieldPath from) in Roots(step.Path, working))
            {
                Walk(working, from, path, 0, step, patch);
            }
        }

        return patch;
    }

    private static IEnumerable<(IReadOnlyList<string> Steps, FieldPath From)> Roots(IReadOnlyList<string> path, JsonObject target)
    {
        if (path[0] is not ("$pod" or "$podmeta" or "$containers"))
        {
            yield return (path, FieldPath.Root);
            yield break;
        }

        if (PodPlace.Of(target) is not { } pod)
        {
            yield break;
        }

        string[] rest = [.. path.Skip(1)];
        switch (path[0])
        {
            case "$pod":
                yield return (rest, pod.Field("spec"));
                break;
            case "$podmeta":
                yield return (rest, pod.Field("metadata"));
                break;
            default:
                foreach (string list in PodPlace.ContainerLists)
                {
                    if (PodPlace.Find(target, pod.Field("spec").Field(list)) is JsonArray)
                    {
                        yield return (rest, pod.Field("spec").Field(list));
                    }
                }

                break;
        }
    }

    private static void Walk(JsonObject root, FieldPath at, IReadOnlyList<string> path, int depth, MendStep step, JsonArray patch)
    {
        for (; depth < path.Count - (step.Action is MendAction.Append or MendAction.Keep ? 0 : 1); depth++)
        {
            if (path[depth] == "*")
            {
                int count = (PodPlace.Find(root, at) as JsonArray)?.Count ?? 0;
                for (int i = 0; i < count; i++)
                {
                    Walk(root, at.Item(i), path, depth + 1, step, patch);
                }

                return;
            }

            at = at.Field(path[depth]);
        }

        string last = path[^1];
        switch (step.Action)
        {
            case MendAction.Set or MendAction.Default:
                JsonNode? now = PodPlace.Find(root, at.Field(last));
                if (step.Action == MendAction.Default ? now is null : !JsonNode.DeepEquals(now, step.Value))
                {
                    Write(root, at.Field(last), step.Value, patch);
                }

                break;
            case MendAction.Remove:
                Remove(root, at, last, patch);
                break;
            case MendAction.Append:
                Append(root, at, step.Value, patch);
                break;
            case MendAction.Keep:
                Keep(root, at, step.Value as JsonArray ?? [step.Value?.DeepClone()], patch);
                break;
        }
    }

    /// <summary>Sets a member, making the objects above it that are missing in the same operation.</summary>
    private static void Write(JsonObject root, FieldPath path, JsonNode? value, JsonArray patch)
    {
        FieldPath at = path;
        JsonNode? made = value?.DeepClone();
        while (at.Parent is { IsRoot: false } parent && PodPlace.Find(root, parent) is null)
        {
            if (at.Name is null)
            {
                return;
            }

            made = new JsonObject { [at.Name] = made };
            at = parent;
        }

        bool replaces = PodPlace.Find(root, at) is not null;
        switch (PodPlace.Find(root, at.Parent!))
        {
            case JsonObject members when at.Name is { } name:
                members[name] = made?.DeepClone();
                break;
            case JsonArray list when at.Index >= 0 && at.Index < list.Count:
                list[at.Index] = made?.DeepClone();
                break;
            default:
                return;
        }

        patch.Add(Operation(replaces ? "replace" : "add", at.ToPointer(), made));
    }

    private static void Remove(JsonObject root, FieldPath at, string name, JsonArray patch)
    {
        if (name == "*")
        {
            return;
        }

        if (PodPlace.Find(root, at) is JsonObject members && members.Remove(name))
        {
            patch.Add(Operation("remove", at.Field(name).ToPointer(), null));
        }
    }

    private static void Append(JsonObject root, FieldPath at, JsonNode? value, JsonArray patch)
    {
        if (PodPlace.Find(root, at) is not JsonArray list)
        {
            Write(root, at, new JsonArray(value?.DeepClone()), patch);
            return;
        }

        if (!list.Any(one => JsonNode.DeepEquals(one, value)))
        {
            list.Add(value?.DeepClone());
            patch.Add(Operation("add", at.ToPointer() + "/-", value?.DeepClone()));
        }
    }

    private static void Keep(JsonObject root, FieldPath at, JsonArray allowed, JsonArray patch)
    {
        if (PodPlace.Find(root, at) is not JsonArray list)
        {
            return;
        }

        for (int i = list.Count - 1; i >= 0; i--)
        {
            if (!allowed.Any(one => JsonNode.DeepEquals(one, list[i])))
            {
                list.RemoveAt(i);
                patch.Add(Operation("remove", at.Item(i).ToPointer(), null));
            }
        }
    }

    private static JsonObject Operation(string op, string path, JsonNode? value)
    {
        var operation = new JsonObject { ["op"] = op, ["path"] = path };
        if (op != "remove")
        {
            operation["value"] = value?.DeepClone();
        }

        return operation;
    }
}
