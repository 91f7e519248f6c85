using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Fields that cannot change once set (<c>[Immutable]</c>).</summary>
public static class Immutability
{
    /// <summary>Adds <c>Invalid value: …: field is immutable</c> for each such field that differs.</summary>
    public static void Validate(JsonObject old, JsonObject target, ResourceSchema schema, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(errors);
        Compare(old, target, schema, new PathStack(), errors);
    }

    private static void Compare(JsonNode? old, JsonNode? target, ResourceSchema schema, PathStack path, FieldErrors errors)
    {
        if (old is not JsonObject before || target is not JsonObject after || schema.Shape is null)
        {
            return;
        }

        foreach ((string name, ResourceSchema member) in schema.Shape.Properties)
        {
            JsonNode? was = before[name];
            JsonNode? now = after[name];
            if (was is null || ReferenceEquals(was, now))
            {
                continue;
            }

            path.Push(name);
            if (!member.Immutable)
            {
                Compare(was, now, member, path, errors);
            }
            else if (!JsonNode.DeepEquals(was, now))
            {
                errors.Invalid(path.ToString(), now, "field is immutable");
            }

            path.Pop();
        }
    }
}
