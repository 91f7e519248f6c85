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
    /// <param name="errors">Where errors go.</param>
    public static void Validate(JsonNode? value, JsonSchema schema, string path, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(errors);
        switch (value)
        {
            case JsonObject members:
                if (schema.EmbeddedResource)
                {
                    CheckObject(members, path, errors);
                }

                foreach ((string name, JsonNode? member) in members)
                {
                    if (schema.Properties.TryGetValue(name, out JsonSchema? declared))
                    {
                        Validate(member, declared, path.Length == 0 ? name : $"{path}.{name}", errors);
                    }
                    else if (schema.AdditionalProperties is { } additional)
                    {
                        Validate(member, additional, $"{path}[{name}]", errors);
                    }
                }

                break;
            case JsonArray items when schema.Items is { } item:
                for (int i = 0; i < items.Count; i++)
                {
                    Validate(items[i], item, $"{path}[{i}]", errors);
                }

                break;
        }
    }

    private static void CheckObject(JsonObject members, string path, FieldErrors errors)
    {
        string At(string name) => path.Length == 0 ? name : $"{path}.{name}";
        foreach (string name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            if (!members.TryGetPropertyValue(name, out JsonNode? given))
            {
                errors.Required(At(name), "must not be empty");
            }
            else if (KubeJson.AsString(given) is not { } text)
            {
                errors.Invalid(At(name), given, "must be a string");
            }
            else if (text.Length == 0)
            {
                errors.Invalid(At(name), text, "must not be empty");
            }
            else if (name == "kind" && Names.Label1035Problem(text.ToLowerInvariant()) is { } problem)
            {
                errors.Invalid(At(name), text, $"may have mixed case, but should otherwise match: {problem}");
            }
            else if (name == "apiVersion" && text.Count(letter => letter == '/') > 1)
            {
                errors.Invalid(At(name), text, $"unexpected GroupVersion string: {text}");
            }
        }

        if (members["metadata"] is JsonObject metadata)
        {
            MetadataValidation.CheckEmbedded(metadata, At("metadata"), errors);
        }
    }
}
