using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>Every field that a logical junctor at the root constrains is also specified outside of junctors.</summary>
internal static class Completeness
{
    public static void Check(JsonSchema schema, string path, FieldErrors errors) => Values(schema, schema, path, path, errors);

    private static void Values(JsonSchema validation, JsonSchema structure, string at, string from, FieldErrors errors)
    {
        Nested(validation.Not, structure, at, $"{from}.not", errors);
        Each(validation.AllOf, structure, at, $"{from}.allOf", errors);
        Each(validation.AnyOf, structure, at, $"{from}.anyOf", errors);
        Each(validation.OneOf, structure, at, $"{from}.oneOf", errors);
    }

    private static void Each(IReadOnlyList<JsonSchema> validations, JsonSchema structure, string at, string from, FieldErrors errors)
    {
        for (int i = 0; i < validations.Count; i++)
        {
            Nested(validations[i], structure, at, $"{from}[{i}]", errors);
        }
    }

    private static void Nested(JsonSchema? validation, JsonSchema? structure, string at, string from, FieldErrors errors)
    {
        if (validation is null)
        {
            return;
        }

        if (structure is null)
        {
            errors.Required(at, $"because it is defined in {from}");
            return;
        }

        Values(validation, structure, at, from, errors);
        Nested(validation.Items, structure.Items, $"{at}.items", $"{from}.items", errors);
        foreach ((string name, JsonSchema member) in validation.Properties)
        {
            string there = StructuralRules.Property(at, name);
            string here = StructuralRules.Property(from, name);
            if (structure.Properties.TryGetValue(name, out JsonSchema? declared))
            {
                Nested(member, declared, there, here, errors);
            }
            else
            {
                errors.Required(there, $"because it is defined in {here}");
            }
        }
    }
}
