using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>What a server does with fields that it does not know (the <c>fieldValidation</c> query parameter).</summary>
public enum FieldValidation
{
    /// <summary>The server's default: drop them and warn.</summary>
    Warn,

    /// <summary>Drop them in silence.</summary>
    Ignore,

    /// <summary>Refuse the request.</summary>
    Strict,
}

/// <summary>Puts <see cref="FieldValidation"/> into effect.</summary>
public static class FieldValidationRules
{
    /// <summary>Reads the query parameter.</summary>
    /// <exception cref="StatusException">422 in kube-apiserver's words.</exception>
    public static FieldValidation Parse(string? parameter) => parameter switch
    {
        null or "" or "Warn" => FieldValidation.Warn,
        "Ignore" => FieldValidation.Ignore,
        "Strict" => FieldValidation.Strict,
        _ => throw new StatusException(
            422,
            "Invalid",
            $"CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"{parameter}\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""),
    };

    /// <summary>Throws for Strict, gives the texts of the Warning headers for Warn, nothing for Ignore.</summary>
    /// <exception cref="StatusException">400, when strict and there are problems.</exception>
    public static IReadOnlyList<string> Enforce(this FieldValidation mode, ResourceType type, IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count == 0 || mode == FieldValidation.Ignore)
        {
            return [];
        }

        return mode == FieldValidation.Warn ? problems : throw StatusException.BadRequest(
            $"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: strict decoding error: {string.Join(", ", problems)}");
    }

    /// <summary>The same for the outcome of a patch.</summary>
    /// <exception cref="StatusException">422, when strict and there are problems.</exception>
    public static IReadOnlyList<string> EnforceOnPatch(this FieldValidation mode, string shown, IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count == 0 || mode == FieldValidation.Ignore)
        {
            return [];
        }

        return mode == FieldValidation.Warn ? problems : throw RefusePatch(shown, $"strict decoding error: {string.Join(", ", problems)}");
    }

    /// <summary>The refusal of a patch whose outcome is no object of the kind.</summary>
    public static StatusException RefusePatch(string shown, string why)
    {
        string text = $"Invalid value: {KubeJson.Quote(shown)}: {why}";
        return new StatusException(422, "Invalid", $" \"\" is invalid: patch: {text}")
        {
            Details = new StatusDetails { Causes = [new StatusCause { Reason = "FieldValueInvalid", Message = text, Field = "patch" }] },
        };
    }
}

/// <summary>A patch as refusals show it: the object that it leaves, or for a strategic merge patch the patch itself as Go prints it.</summary>
/// <param name="Text">What is shown.</param>
/// <param name="IsStrategic">Types are told as conversion does, not as JSON decoding.</param>
public sealed record ShownPatch(string Text, bool IsStrategic);
