using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>What is wrong with a label selector, in the words of kube-apiserver.</summary>
internal static class SelectorForm
{
    public static void Validate(JsonObject selector, string path, FieldErrors errors)
    {
        foreach ((string key, JsonNode? value) in selector.Object("matchLabels") ?? [])
        {
            Key(key, $"{path}.matchLabels", errors);
            if (Names.LabelValueProblem(KubeJson.AsString(value) ?? "") is { } problem)
            {
                errors.Invalid($"{path}.matchLabels", KubeJson.AsString(value), problem);
            }
        }

        JsonArray expressions = selector.Array("matchExpressions") ?? [];
        for (int i = 0; i < expressions.Count; i++)
        {
            Requirement(expressions[i] as JsonObject ?? [], string.Create(CultureInfo.InvariantCulture, $"{path}.matchExpressions[{i}]"), errors);
        }
    }

    private static void Requirement(JsonObject requirement, string path, FieldErrors errors)
    {
        string[] values = MatchForm.Texts(requirement, "values");
        string name = requirement.Text("operator") ?? "";
        switch (name)
        {
            case "In" or "NotIn":
                if (values.Length == 0)
                {
                    errors.Required($"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                }

                break;
            case "Exists" or "DoesNotExist":
                if (values.Length > 0)
                {
                    errors.Forbidden($"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }

                break;
            default:
                errors.Invalid($"{path}.operator", name, "not a valid selector operator");
                break;
        }

        Key(requirement.Text("key") ?? "", $"{path}.key", errors);
        for (int i = 0; i < values.Length; i++)
        {
            if (Names.LabelValueProblem(values[i]) is { } problem)
            {
                errors.Invalid(string.Create(CultureInfo.InvariantCulture, $"{path}.values[{i}]"), values[i], problem);
            }
        }
    }

    private static void Key(string key, string path, FieldErrors errors)
    {
        errors.InvalidEach(path, key, Names.QualifiedNameProblems(key));
    }
}
