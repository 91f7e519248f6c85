using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>Objects within custom resources (<c>x-kubernetes-embedded-resource</c>): apiVersion, kind and metadata are right.</summary>
public static class EmbeddedObjects
{
    /// <summary>Checks every embedded object below a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="path">Where the value stands; empty for the root.</param>
    /// <param name="isObject">The value itself stands for an object, whatever its schema says.</param>
    /// <param name="errors">Where errors go.</param>
    public static void Validate(JsonNode? value, JsonSchema schema, string path, bool isObject, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(errors);
        foreach ((JsonObject members, string at) in Find(value, schema, path, isObject))
        {
            CheckObject(members, at, errors);
        }
    }

    /// <summary>The first embedded object whose apiVersion, kind or metadata cannot even be read as such, as kube-apiserver reports it; null when all can.</summary>
    public static StatusCause? Undecodable(JsonNode? value, JsonSchema schema, string path, bool isObject)
    {
        ArgumentNullException.ThrowIfNull(schema);
        foreach ((JsonObject members, string at) in Find(value, schema, path, isObject))
        {
            var errors = new FieldErrors();
            foreach (string name in (ReadOnlySpan<string>)["apiVersion", "kind"])
            {
                if (members.TryGetPropertyValue(name, out JsonNode? given) && KubeJson.AsString(given) is null)
                {
                    errors.Invalid(Join(at, name), given, "must be a string");
                    return errors.Causes[0];
                }
            }

            if (members["metadata"] is { } metadata && Decoding.MetadataProblem(metadata) is { } problem)
            {
                errors.InvalidShown(Join(at, "metadata"), KubeJson.ShowGo(metadata), problem);
                return errors.Causes[0];
            }
        }

        return null;
    }

    private static IEnumerable<(JsonObject Object, string Path)> Find(JsonNode? value, JsonSchema schema, string path, bool isObject)
    {
        switch (value)
        {
            case JsonObject members:
                if (schema.EmbeddedResource || isObject)
                {
                    yield return (members, path);
                }

                foreach ((string name, JsonNode? member) in members)
                {
                    bool isDeclared = schema.Properties.TryGetValue(name, out JsonSchema? below);
                    below ??= schema.AdditionalProperties;
                    if (below is null)
                    {
                        continue;
                    }

                    foreach ((JsonObject, string) found in Find(member, below, isDeclared ? Join(path, name) : $"{path}[{name}]", isObject: false))
                    {
                        yield return found;
                    }
                }

                break;
            case JsonArray items when schema.Items is { } item:
                for (int i = 0; i < items.Count; i++)
                {
                    foreach ((JsonObject, string) found in Find(items[i], item, $"{path}[{i}]", isObject: false))
                    {
                        yield return found;
                    }
                }

                break;
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static void CheckObject(JsonObject members, string path, FieldErrors errors)
    {
        foreach (string name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            if (!members.TryGetPropertyValue(name, out JsonNode? given))
            {
                errors.Required(Join(path, name), "must not be empty");
            }
            else if (KubeJson.AsString(given) is not { } text)
            {
                errors.Invalid(Join(path, name), given, "must be a string");
            }
            else if (text.Length == 0)
            {
                errors.Invalid(Join(path, name), text, "must not be empty");
            }
            else if (name == "kind" && Names.Label1035Problem(text.ToLowerInvariant()) is { } problem)
            {
                errors.Invalid(Join(path, name), text, $"may have mixed case, but should otherwise match: {problem}");
            }
            else if (name == "apiVersion" && text.Count(letter => letter == '/') > 1)
            {
                errors.Invalid(Join(path, name), text, $"unexpected GroupVersion string: {text}");
            }
        }

        if (members["metadata"] is JsonObject metadata)
        {
            MetadataValidation.CheckEmbedded(metadata, Join(path, "metadata"), errors);
        }
    }
}
