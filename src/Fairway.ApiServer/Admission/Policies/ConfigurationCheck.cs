using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// Whether an apply configuration of a policy may be merged: it names fields that there are, and no list or map that is replaced as a
/// whole, since what it leaves out of one would be lost.
/// </summary>
internal static class ConfigurationCheck
{
    /// <returns>What is wrong, or null.</returns>
    public static string? Of(JsonObject configuration, ResourceSchema schema)
    {
        var unknown = new List<string>();
        var atomics = new List<string>();
        Visit(configuration, schema, "", unknown, atomics);
        return unknown.Count > 0 ? $"failed to convert patch object to typed object: {(unknown.Count == 1 ? unknown[0] : $"errors:\n  {string.Join("\n  ", unknown)}")}"
            : atomics.Count > 0 ? $"invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {string.Join(", ", atomics)}"
            : null;
    }

    private static void Visit(JsonNode? node, ResourceSchema schema, string path, List<string> unknown, List<string> atomics)
    {
        if (node is not (JsonObject or JsonArray))
        {
            return;
        }

        if (node is JsonObject ? schema.AtomicMap : schema.Sharing == ListSharing.Atomic || schema.Items is null)
        {
            atomics.Add(path);
            return;
        }

        if (node is JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                Visit(list[i], schema.Items ?? ResourceSchema.FreeForm, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), unknown, atomics);
            }

            return;
        }

        foreach ((string name, JsonNode? value) in node.AsObject())
        {
            if (path.Length == 0 && name is "apiVersion" or "kind" or "metadata" && schema.Member(name) is null)
            {
                continue;
            }

            if (schema.Member(name) is not { } member)
            {
                unknown.Add($"{path}.{name}: field not declared in schema");
                continue;
            }

            Visit(value, member, $"{path}.{name}", unknown, atomics);
        }
    }
}
