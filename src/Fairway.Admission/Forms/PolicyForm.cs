using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.Admission.Reading;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>Everything wrong with a policy or binding that is written, in the order and the words of kube-apiserver 1.32.</summary>
public static partial class PolicyForm
{
    private const int MostAnnotations = 20;
    private const int LongestAnnotation = 5 * 1024;
    private const int MostConditions = 64;

    private static readonly string[] Reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];

    private static readonly HashSet<string> Reserved =
    [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace",
        "return", "var", "void", "while",
    ];

    /// <summary>Adds what is wrong below <c>spec</c>.</summary>
    /// <param name="kind">ValidatingAdmissionPolicy, MutatingAdmissionPolicy or the binding of one; others have nothing wrong.</param>
    /// <param name="target">The object, with defaults.</param>
    /// <param name="errors">Gets the errors.</param>
    public static void Validate(string kind, JsonObject target, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        switch (kind)
        {
            case "ValidatingAdmissionPolicy":
                Policy(target, spec, mutates: false, errors);
                break;
            case "MutatingAdmissionPolicy":
                Policy(target, spec, mutates: true, errors);
                break;
            case "ValidatingAdmissionPolicyBinding" or "MutatingAdmissionPolicyBinding":
                BindingForm.Validate(kind, spec, errors);
                break;
        }
    }

    private static void Policy(JsonObject target, JsonObject spec, bool mutates, FieldErrors errors)
    {
        OneOf(spec, "failurePolicy", "spec.failurePolicy", ["Fail", "Ignore"], errors);
        if (spec["paramKind"] is JsonObject parameters)
        {
            Parameters(parameters, errors);
        }

        if (spec["matchConstraints"] is not JsonObject match)
        {
            errors.Required("spec.matchConstraints", "");
        }
        else
        {
            MatchForm.Validate(match, "spec.matchConstraints", errors);
            if (match.Array("resourceRules") is not { Count: > 0 })
            {
                errors.Required("spec.matchConstraints.resourceRules", "");
            }

            if (mutates)
            {
                MatchForm.Mutable(match, "spec.matchConstraints", errors);
            }
        }

        ILookup<string, PolicyProblem> problems = Compile(target, mutates);
        Conditions(spec.Array("matchConditions") ?? [], problems, errors);
        Variables(spec.Array("variables") ?? [], problems, errors);
        if (mutates)
        {
            Mutations(spec.Array("mutations") ?? [], problems, errors);
            OneOf(spec, "reinvocationPolicy", "spec.reinvocationPolicy", ["Never", "IfNeeded"], errors);
            return;
        }

        JsonArray validations = spec.Array("validations") ?? [];
        JsonArray annotations = spec.Array("auditAnnotations") ?? [];
        if (validations.Count == 0 && annotations.Count == 0)
        {
            errors.Required("spec.validations", "validations or auditAnnotations must contain at least one item");
            errors.Required("spec.auditAnnotations", "validations or auditAnnotations must contain at least one item");
        }

        Validations(validations, problems, errors);
        Annotations(target["metadata"].Text("name") ?? "", annotations, problems, errors);
    }

    private static ILookup<string, PolicyProblem> Compile(JsonObject target, bool mutates)
    {
        var problems = new List<PolicyProblem>();
        JsonObject named = target;
        PolicyDefinition? policy = mutates ? KubernetesPolicy.ReadMutating(named, "", problems) : KubernetesPolicy.Read(named, "", problems);
        problems.Clear();
        if (policy is not null)
        {
            CompiledPolicy.Compile(policy, problems, withFacts: false);
        }

        return problems.ToLookup(problem => problem.Field);
    }

    private static void Expression(string? text, string path, string? detail, ILookup<string, PolicyProblem> problems, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            errors.Required(path, detail ?? "");
            return;
        }

        foreach (PolicyProblem problem in problems[path])
        {
            errors.Invalid(path, JsonValue.Create(problem.Value), problem.Message);
        }
    }

    private static void Parameters(JsonObject kind, FieldErrors errors)
    {
        string apiVersion = kind.Text("apiVersion") ?? "";
        string[] parts = apiVersion.Split('/');
        if (apiVersion.Length == 0)
        {
            errors.Required("spec.paramKind.apiVersion", "");
        }
        else if (parts.Length > 2)
        {
            errors.Invalid("spec.paramKind.apiVersion", apiVersion, $"unexpected GroupVersion string: {apiVersion}");
        }
        else
        {
            if (parts.Length == 2 && parts[0].Length > 0 && Names.SubdomainProblem(parts[0]) is { } wrongGroup)
            {
                errors.Invalid("spec.paramKind.apiVersion", parts[0], wrongGroup);
            }

            if (parts[^1].Length == 0)
            {
                errors.Invalid("spec.paramKind.apiVersion", apiVersion, "version must be specified");
            }
            else if (Names.Label1035Problem(parts[^1]) is { } wrongVersion)
            {
                errors.Invalid("spec.paramKind.apiVersion", parts[^1], wrongVersion);
            }
        }

        string name = kind.Text("kind") ?? "";
        if (name.Length == 0)
        {
            errors.Required("spec.paramKind.kind", "");
        }
        else if (Names.Label1035Problem(name.ToLowerInvariant()) is { } wrongKind)
        {
            errors.Invalid("spec.paramKind.kind", name, $"may have mixed case, but should otherwise match: {wrongKind}");
        }
    }

    private static void Conditions(JsonArray conditions, ILookup<string, PolicyProblem> problems, FieldErrors errors)
    {
        if (conditions.Count > MostConditions)
        {
            errors.TooMany("spec.matchConditions", conditions.Count, MostConditions);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < conditions.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.matchConditions[{i}]");
            Expression(conditions[i].Text("expression"), $"{path}.expression", null, problems, errors);
            string name = conditions[i].Text("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required($"{path}.name", "");
                continue;
            }

            errors.InvalidEach($"{path}.name", name, Names.QualifiedNameProblems(name));

            if (!names.Add(name))
            {
                errors.Duplicate($"{path}.name", name);
            }
        }
    }

    private static void Variables(JsonArray variables, ILookup<string, PolicyProblem> problems, FieldErrors errors)
    {
        for (int i = 0; i < variables.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.variables[{i}]");
            string name = variables[i].Text("name") ?? "";
            if (string.IsNullOrWhiteSpace(name))
            {
                errors.Required($"{path}.name", "name is not specified");
            }
            else if (!Identifier().IsMatch(name) || Reserved.Contains(name))
            {
                errors.Invalid($"{path}.name", name, "name is not a valid CEL identifier");
            }

            Expression(variables[i].Text("expression"), $"{path}.expression", "expression is not specified", problems, errors);
        }
    }

    private static void Validations(JsonArray validations, ILookup<string, PolicyProblem> problems, FieldErrors errors)
    {
        for (int i = 0; i < validations.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.validations[{i}]");
            JsonNode? one = validations[i];
            Expression(one.Text("expression"), $"{path}.expression", "expression is not specified", problems, errors);
            string messageExpression = one.Text("messageExpression") ?? "";
            if (messageExpression.Length > 0)
            {
                if (string.IsNullOrWhiteSpace(messageExpression))
                {
                    errors.Invalid($"{path}.messageExpression", messageExpression, "must be non-empty if specified");
                }
                else
                {
                    Expression(messageExpression, $"{path}.messageExpression", null, problems, errors);
                }
            }

            string message = one.Text("message") ?? "";
            if (message.Length > 0 && string.IsNullOrWhiteSpace(message))
            {
                errors.Invalid($"{path}.message", message, "message must be non-empty if specified");
            }
            else if (message.Trim().AsSpan().ContainsAny('\n', '\r'))
            {
                errors.Invalid($"{path}.message", message, "message must not contain line breaks");
            }

            if (one.Text("reason") is { } reason && !Reasons.Contains(reason))
            {
                errors.NotSupported($"{path}.reason", reason, Reasons);
            }
        }
    }

    private static void Annotations(string policy, JsonArray annotations, ILookup<string, PolicyProblem> problems, FieldErrors errors)
    {
        if (annotations.Count > MostAnnotations)
        {
            errors.InvalidShown("spec.auditAnnotations", Shown(annotations), $"must not have more than {MostAnnotations} auditAnnotations");
        }

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < annotations.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.auditAnnotations[{i}]");
            string key = annotations[i].Text("key") ?? "";
            if (policy.Length == 0)
            {
                errors.Invalid($"{path}.key", key, "requires metadata.name be non-empty");
            }
            else
            {
                errors.InvalidEach($"{path}.key", $"{policy}/{key}", Names.QualifiedNameProblems($"{policy}/{key}"));
            }

            string text = annotations[i].Text("valueExpression") ?? "";
            if (System.Text.Encoding.UTF8.GetByteCount(text.Trim()) > LongestAnnotation)
            {
                errors.Required($"{path}.valueExpression", $"must not exceed {LongestAnnotation} bytes in length");
            }
            else
            {
                Expression(text, $"{path}.valueExpression", "valueExpression is not specified", problems, errors);
            }

            if (!keys.Add(key))
            {
                errors.Duplicate($"{path}.key", key);
            }
        }
    }

    private static void Mutations(JsonArray mutations, ILookup<string, PolicyProblem> problems, FieldErrors errors)
    {
        if (mutations.Count == 0)
        {
            errors.Required("spec.mutations", "mutations must contain at least one item");
        }

        for (int i = 0; i < mutations.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.mutations[{i}]");
            string type = mutations[i].Text("patchType") ?? "";
            (string wanted, string other) = type == "JSONPatch" ? ("jsonPatch", "applyConfiguration") : ("applyConfiguration", "jsonPatch");
            if (type.Length == 0)
            {
                errors.Required($"{path}.patchType", "");
                continue;
            }

            if (type is not ("JSONPatch" or "ApplyConfiguration"))
            {
                errors.NotSupported($"{path}.patchType", type, ["ApplyConfiguration", "JSONPatch"]);
                continue;
            }

            if (mutations[i]?[wanted] is not JsonObject given)
            {
                errors.Required($"{path}.{wanted}", $"must be specified when patchType is {type}");
            }
            else
            {
                Expression(given.Text("expression"), $"{path}.{wanted}.expression", null, problems, errors);
            }

            if (mutations[i]?[other] is not null)
            {
                errors.Invalid($"{path}.{other}", $"{{{other}}}", $"must not be specified when patchType is {type}");
            }
        }
    }

    private static string Shown(JsonArray annotations)
        => $"[]admissionregistration.AuditAnnotation{{{string.Join(", ", annotations.Select(one => $"admissionregistration.AuditAnnotation{{Key:{KubeJson.Quote(one.Text("key") ?? "")}, ValueExpression:{KubeJson.Quote(one.Text("valueExpression") ?? "")}}}"))}}}";

    internal static void OneOf(JsonObject parent, string field, string path, string[] supported, FieldErrors errors)
    {
        if (parent.Text(field) is not { } value)
        {
            errors.Required(path, "");
        }
        else if (!supported.Contains(value))
        {
            errors.NotSupportedInOrder(path, value, supported);
        }
    }

    [GeneratedRegex(@"\A[_a-zA-Z][_a-zA-Z0-9]*\z", RegexOptions.None, 1000)]
    private static partial Regex Identifier();
}
