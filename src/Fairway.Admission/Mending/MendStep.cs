using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Mending;

/// <summary>What a mend does at a place.</summary>
public enum MendAction
{
    /// <summary>Writes the value, over another one if need be.</summary>
    Set,

    /// <summary>Writes the value where there is none.</summary>
    Default,

    /// <summary>Adds the value to a list that has it not.</summary>
    Append,

    /// <summary>Takes the member away.</summary>
    Remove,

    /// <summary>Takes the elements of a list away that are not among the values.</summary>
    Keep,
}

/// <summary>
/// One edit that mends objects: <c>set: $containers[*].securityContext.privileged</c>, <c>value: false</c>. The path goes through
/// lists by <c>[*]</c>; <c>$pod</c> is the pod's spec wherever the kind has it, <c>$podmeta</c> its metadata and <c>$containers</c> the
/// containers of all sorts.
/// </summary>
public sealed record MendStep(MendAction Action, IReadOnlyList<string> Path, JsonNode? Value)
{
    /// <summary>Reads a list of steps.</summary>
    /// <exception cref="FormatException">What is not one, and what was expected.</exception>
    public static IReadOnlyList<MendStep> ReadAll(JsonNode node)
    {
        if (node is not JsonArray list)
        {
            throw new FormatException($"{KubeJson.TypeOf(node)}; expected a list of edits, like: - set: spec.replicas");
        }

        return [.. list.Select(Read)];
    }

    private static MendStep Read(JsonNode? node)
    {
        foreach ((string name, MendAction action) in (ReadOnlySpan<(string, MendAction)>)
            [("set", MendAction.Set), ("default", MendAction.Default), ("append", MendAction.Append), ("remove", MendAction.Remove), ("keep", MendAction.Keep)])
        {
            if (node.Text(name) is { Length: > 0 } path)
            {
                var members = (JsonObject)node!;
                if (action is not MendAction.Remove && !members.ContainsKey("value"))
                {
                    throw new FormatException($"{name} {path}: value is missing");
                }

                return new MendStep(action, Split(path), members["value"]?.DeepClone());
            }
        }

        throw new FormatException($"{node?.ToJsonString() ?? "null"}; expected an edit with one of set, default, append, keep and remove, and a path");
    }

    // metadata.labels[app.kubernetes.io/name] has a member's name in brackets; [*] is every element.
    private static List<string> Split(string path)
    {
        var steps = new List<string>();
        int at = 0;
        while (at < path.Length)
        {
            if (path[at] == '.')
            {
                at++;
                continue;
            }

            if (path[at] == '[')
            {
                int close = path.IndexOf(']', at);
                if (close < 0)
                {
                    throw new FormatException($"path \"{path}\": no ] for the [ at {at + 1}");
                }

                steps.Add(path[(at + 1)..close]);
                at = close + 1;
                continue;
            }

            int end = path.AsSpan(at).IndexOfAny('.', '[');
            end = end < 0 ? path.Length : at + end;
            steps.Add(path[at..end]);
            at = end;
        }

        return steps.Count > 0 ? steps : throw new FormatException("an empty path");
    }
}
