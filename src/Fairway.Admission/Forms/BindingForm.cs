using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>What is wrong with a binding, in the words of kube-apiserver.</summary>
internal static class BindingForm
{
    private static readonly string[] Actions = ["Audit", "Deny", "Warn"];

    public static void Validate(string kind, JsonObject spec, FieldErrors errors)
    {
        bool mutates = kind == "MutatingAdmissionPolicyBinding";
        string policy = spec.Text("policyName") ?? "";
        if (policy.Length == 0)
        {
            errors.Required("spec.policyName", "");
        }
        else if (Names.SubdomainProblem(policy) is { } problem)
        {
            errors.Invalid("spec.policyName", policy, problem);
        }

        if (spec["paramRef"] is JsonObject reference)
        {
            Parameters(reference, errors);
        }

        if (spec["matchResources"] is JsonObject match)
        {
            const string Path = "spec.matchResources";
            MatchForm.Validate(match, Path, errors);
            if (mutates)
            {
                MatchForm.Mutable(match, Path, errors);
            }
        }

        if (!mutates)
        {
            ValidationActions(MatchForm.Texts(spec, "validationActions"), errors);
        }
    }

    /// <summary>A name that stands in a path.</summary>
    public static void PathSegment(string name, string path, FieldErrors errors)
    {
        if (name is "." or "..")
        {
            errors.Invalid(path, name, $"may not be '{name}'");
            return;
        }

        foreach (string illegal in (ReadOnlySpan<string>)["/", "%"])
        {
            if (name.Contains(illegal, StringComparison.Ordinal))
            {
                errors.Invalid(path, name, $"may not contain '{illegal}'");
            }
        }
    }

    private static void Parameters(JsonObject reference, FieldErrors errors)
    {
        const string Path = "spec.paramRef";
        string name = reference.Text("name") ?? "";
        var selector = reference["selector"] as JsonObject;
        if (name.Length > 0)
        {
            PathSegment(name, $"{Path}.name", errors);
            if (selector is not null)
            {
                errors.Forbidden($"{Path}.name", "name and selector are mutually exclusive");
            }
        }

        if (selector is not null)
        {
            SelectorForm.Validate(selector, $"{Path}.selector", errors);
            if (name.Length > 0)
            {
                errors.Forbidden($"{Path}.selector", "name and selector are mutually exclusive");
            }
        }

        if (name.Length == 0 && selector is null)
        {
            errors.Required(Path, "one of name or selector must be specified");
        }

        PolicyForm.OneOf(reference, "parameterNotFoundAction", $"{Path}.parameterNotFoundAction", ["Deny", "Allow"], errors);
    }

    private static void ValidationActions(string[] given, FieldErrors errors)
    {
        const string Path = "spec.validationActions";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < given.Length; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{Path}[{i}]");
            if (!Actions.Contains(given[i]))
            {
                errors.NotSupportedInOrder(at, given[i], Actions);
            }

            if (!seen.Add(given[i]))
            {
                errors.Duplicate(at, given[i]);
            }
        }

        if (seen.Contains("Deny") && seen.Contains("Warn"))
        {
            errors.InvalidShown(Path, MatchForm.Shown("[]admissionregistration.ValidationAction", given), "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        }

        if (seen.Count == 0)
        {
            errors.Required(Path, "at least one validation action is required");
        }
    }
}
