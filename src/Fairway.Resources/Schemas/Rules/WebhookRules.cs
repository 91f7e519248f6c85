using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Configurations of admission webhooks.</summary>
internal static class WebhookRules
{
    private static readonly string[] ReviewVersions = ["v1", "v1beta1"];

    public static void Validate(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        JsonArray hooks = target.Array("webhooks") ?? [];
        var names = new HashSet<string>(StringComparer.Ordinal);
        bool isMutating = target.Text("kind") == "MutatingWebhookConfiguration";
        for (int i = 0; i < hooks.Count; i++)
        {
            FieldPath path = FieldPath.Root("webhooks").At(i);
            Hook(hooks[i] ?? new JsonObject(), isMutating, path, errors);
            Versions(hooks[i].Array("admissionReviewVersions") ?? [], path.At("admissionReviewVersions"), errors);
            if (hooks[i].Text("name") is { Length: > 0 } name && !names.Add(name))
            {
                errors.Duplicate(path.At("name"), name);
            }
        }
    }

    private static void Hook(JsonNode hook, bool isMutating, FieldPath path, FieldErrors errors)
    {
        FullName(hook.Text("name") ?? "", path.At("name"), errors);
        JsonArray rules = hook.Array("rules") ?? [];
        for (int i = 0; i < rules.Count; i++)
        {
            Rule(rules[i], path.At("rules").At(i), errors);
        }

        SelectorRules.AnyOf(hook, "failurePolicy", path, errors, "Fail", "Ignore");
        SelectorRules.AnyOf(hook, "matchPolicy", path, errors, "Equivalent", "Exact");
        if (hook["sideEffects"] is null)
        {
            errors.Required(path.At("sideEffects"), "must specify one of None, NoneOnDryRun");
        }

        SelectorRules.AnyOf(hook, "sideEffects", path, errors, "None", "NoneOnDryRun");
        if (hook.Long("timeoutSeconds") is { } seconds and (< 1 or > 30))
        {
            errors.Invalid(path.At("timeoutSeconds"), seconds, "the timeout value must be between 1 and 30 seconds");
        }

        SelectorRules.LabelSelector(hook["namespaceSelector"], path.At("namespaceSelector"), errors);
        SelectorRules.LabelSelector(hook["objectSelector"], path.At("objectSelector"), errors);
        if (isMutating)
        {
            SelectorRules.AnyOf(hook, "reinvocationPolicy", path, errors, "IfNeeded", "Never");
        }

        Client(hook["clientConfig"], path.At("clientConfig"), errors);
        Conditions(hook.Array("matchConditions") ?? [], path.At("matchConditions"), errors);
    }

    private static void FullName(string name, FieldPath path, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(path);
        }
        else if (Names.SubdomainProblems(name) is { Count: > 0 } problems)
        {
            errors.Invalid(path, name, string.Join(',', problems));
        }
        else if (name.Split('.').Length < 3)
        {
            errors.Invalid(path, name, "should be a domain with at least three segments separated by dots");
        }
    }

    private static void Versions(JsonArray versions, FieldPath path, FieldErrors errors)
    {
        if (versions.Count == 0)
        {
            errors.Required(path, "must specify one of v1, v1beta1");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < versions.Count; i++)
        {
            string version = KubeJson.AsString(versions[i]) ?? "";
            if (!seen.Add(version))
            {
                errors.Invalid(path.At(i), version, "duplicate version");
                continue;
            }

            errors.InvalidEach(path.At(i), version, Names.Label1035Problems(version));
        }

        if (!seen.Overlaps(ReviewVersions))
        {
            errors.InvalidShown(path, GoValue.Strings(versions), "must include at least one of v1, v1beta1");
        }
    }

    private static void Rule(JsonNode? rule, FieldPath path, FieldErrors errors)
    {
        Closed(rule, "operations", ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"], "operations", "admissionregistration.OperationType", path, errors);
        Closed(rule, "apiGroups", null, "API groups", "string", path, errors);
        Closed(rule, "apiVersions", null, "API versions", "string", path, errors);
        JsonArray versions = rule.Array("apiVersions") ?? [];
        for (int i = 0; i < versions.Count; i++)
        {
            if (KubeJson.AsString(versions[i]) is "")
            {
                errors.Required(path.At("apiVersions").At(i));
            }
        }

        Resources(rule.Array("resources") ?? [], path.At("resources"), errors);
        SelectorRules.AnyOf(rule, "scope", path, errors, "*", "Cluster", "Namespaced");
    }

    private static void Closed(JsonNode? rule, string member, string[]? known, string word, string type, FieldPath path, FieldErrors errors)
    {
        JsonArray values = rule.Array(member) ?? [];
        if (values.Count == 0)
        {
            errors.Required(path.At(member));
        }

        if (values.Count > 1 && values.Any(value => KubeJson.AsString(value) == "*"))
        {
            errors.InvalidShown(path.At(member), GoValue.Strings(values, type), $"if '*' is present, must not specify other {word}");
        }

        for (int i = 0; i < values.Count && known is not null; i++)
        {
            if (!known.Contains(KubeJson.AsString(values[i]), StringComparer.Ordinal))
            {
                errors.NotSupported(path.At(member).At(i), values[i], known);
            }
        }
    }

    private static void Resources(JsonArray resources, FieldPath path, FieldErrors errors)
    {
        string[] names = [.. resources.Select(resource => KubeJson.AsString(resource) ?? "")];
        if (names.Length == 0)
        {
            errors.Required(path);
        }

        var anySub = new HashSet<string>(StringComparer.Ordinal);
        var anyResource = new HashSet<string>(StringComparer.Ordinal);
        bool hasPlain = false;
        for (int i = 0; i < names.Length; i++)
        {
            string[] parts = names[i].Split('/', 2);
            if (names[i].Length == 0)
            {
                errors.Required(path.At(i));
            }
            else if (parts.Length == 1)
            {
                hasPlain = names[i] != "*";
            }
            else
            {
                Sub(names[i], parts, anySub, anyResource, path.At(i), errors);
            }
        }

        if (names.Length > 1 && names.Contains("*/*", StringComparer.Ordinal))
        {
            errors.InvalidShown(path, GoValue.Strings(resources), "if '*/*' is present, must not specify other resources");
        }

        if (names.Contains("*", StringComparer.Ordinal) && hasPlain)
        {
            errors.InvalidShown(path, GoValue.Strings(resources), "if '*' is present, must not specify other resources without subresources");
        }
    }

    private static void Sub(string name, string[] parts, HashSet<string> anySub, HashSet<string> anyResource, FieldPath path, FieldErrors errors)
    {
        if (anySub.Contains(parts[0]))
        {
            errors.Invalid(path, name, $"if '{parts[0]}/*' is present, must not specify {name}");
        }

        if (anyResource.Contains(parts[1]))
        {
            errors.Invalid(path, name, $"if '*/{parts[1]}' is present, must not specify {name}");
        }

        if (parts[1] == "*")
        {
            anySub.Add(parts[0]);
        }

        if (parts[0] == "*")
        {
            anyResource.Add(parts[1]);
        }
    }

    /// <summary>Where a webhook is: a URL or a service.</summary>
    internal static void Client(JsonNode? config, FieldPath path, FieldErrors errors)
    {
        string? url = config.Text("url");
        JsonNode? service = config?["service"];
        if ((url is null) == (service is null))
        {
            errors.Required(path, "exactly one of url or service is required");
        }
        else if (url is not null)
        {
            Url(url, path.At("url"), errors);
        }
        else
        {
            Service(service!, path.At("service"), errors);
        }
    }

    private static void Url(string url, FieldPath path, FieldErrors errors)
    {
        const string Form = "; desired format: https://host[/path]";
        if (url.StartsWith(':'))
        {
            errors.Required(path, $"url must be a valid URL: parse {KubeJson.Quote(url)}: missing protocol scheme{Form}");
            return;
        }

        if (url.StartsWith("https:///", StringComparison.Ordinal))
        {
            errors.Invalid(path, "", $"host must be specified{Form}");
            return;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || !url.Contains("://", StringComparison.Ordinal))
        {
            int colon = url.IndexOf("://", StringComparison.Ordinal);
            if (colon < 0)
            {
                errors.Invalid(path, "", $"'https' is the only allowed URL scheme{Form}");
                errors.Invalid(path, "", $"host must be specified{Form}");
            }
            else
            {
                errors.Required(path, $"url must be a valid URL: parse {KubeJson.Quote(url)}: invalid{Form}");
            }

            return;
        }

        if (parsed.Scheme != "https")
        {
            errors.Invalid(path, parsed.Scheme, $"'https' is the only allowed URL scheme{Form}");
        }

        if (parsed.Host.Length == 0)
        {
            errors.Invalid(path, "", $"host must be specified{Form}");
        }

        if (parsed.UserInfo.Length > 0)
        {
            errors.Invalid(path, parsed.UserInfo, "user information is not permitted in the URL");
        }

        if (parsed.Fragment.Length > 0)
        {
            errors.Invalid(path, parsed.Fragment[1..], "fragments are not permitted in the URL");
        }

        if (parsed.Query.Length > 0)
        {
            errors.Invalid(path, parsed.Query[1..], "query parameters are not permitted in the URL");
        }
    }

    private static void Service(JsonNode service, FieldPath path, FieldErrors errors)
    {
        foreach (string member in (ReadOnlySpan<string>)["name", "namespace"])
        {
            if (string.IsNullOrEmpty(service.Text(member)))
            {
                errors.Required(path.At(member), $"service {member} is required");
            }
        }

        if (service.Long("port") is { } port and (< 1 or > 65535))
        {
            errors.Invalid(path.At("port"), port, "port is not valid: must be between 1 and 65535, inclusive");
        }

        if (service.Text("path") is not { } place || place is "/")
        {
            return;
        }

        if (!place.StartsWith('/'))
        {
            errors.Invalid(path.At("path"), place, "must start with a '/'");
        }

        // What stands before the first slash is taken for the empty part that a path begins with.
        string[] steps = (place.StartsWith('/') ? place[1..] : place.Contains('/', StringComparison.Ordinal) ? place[(place.IndexOf('/', StringComparison.Ordinal) + 1)..] : "").Split('/');
        if (steps is [.. _, _, ""])
        {
            steps = steps[..^1];
        }

        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Length == 0)
            {
                errors.Invalid(path.At("path"), place, $"segment[{i}] may not be empty");
                continue;
            }

            foreach (string problem in Names.SubdomainProblems(steps[i]))
            {
                errors.Invalid(path.At("path"), place, $"segment[{i}]: {problem}");
            }
        }
    }

    private static void Conditions(JsonArray conditions, FieldPath path, FieldErrors errors)
    {
        if (conditions.Count > 64)
        {
            errors.TooMany(path, conditions.Count, 64);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < conditions.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(conditions[i].Text("expression")))
            {
                errors.Required(path.At(i).At("expression"));
            }

            string name = conditions[i].Text("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required(path.At(i).At("name"));
                continue;
            }

            SelectorRules.QualifiedName(name, path.At(i).At("name"), errors);
            if (!names.Add(name))
            {
                errors.Duplicate(path.At(i).At("name"), name);
            }
        }
    }
}
