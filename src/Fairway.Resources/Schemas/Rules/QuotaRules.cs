using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>ResourceQuotas and LimitRanges.</summary>
internal static class QuotaRules
{
    private static readonly string[] Scopes = ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating"];
    private static readonly (string One, string Other)[] Exclusive = [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")];

    public static void Quota(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        Amounts(spec.Object("hard"), FieldPath.Spec.At("hard"), errors);
        ScopeList(spec, errors);
        Selector(spec, errors);
        foreach (string member in (ReadOnlySpan<string>)["hard", "used"])
        {
            if (old is null)
            {
                Amounts(target["status"].Object(member), FieldPath.Status.At(member), errors);
            }
        }

        if (old is not null && !Set(old["spec"]).SetEquals(Set(spec)))
        {
            errors.InvalidShown("spec.scopes", GoValue.Strings(spec.Array("scopes"), "core.ResourceQuotaScope"), "field is immutable");
        }
    }

    public static void LimitRange(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        JsonArray limits = target["spec"].Array("limits") ?? [];
        var types = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < limits.Count; i++)
        {
            Limit(limits[i] ?? new JsonObject(), types, FieldPath.Spec.At("limits").At(i), errors);
        }
    }

    private static void Amounts(JsonObject? amounts, FieldPath path, FieldErrors errors)
    {
        foreach ((string name, JsonNode? amount) in amounts ?? [])
        {
            AmountRules.QuotaName(name, path.Key(name), errors);
            AmountRules.Value(name, amount, path.Key(name), errors);
        }
    }

    private static HashSet<string> Set(JsonNode? spec) => [.. (spec.Array("scopes") ?? []).Select(scope => KubeJson.AsString(scope) ?? "")];

    private static IEnumerable<string> Counted(JsonObject spec)
        => (spec.Object("hard") ?? []).Select(pair => pair.Key).Order(StringComparer.Ordinal).Where(AmountRules.IsQuotaName);

    private static void ScopeList(JsonObject spec, FieldErrors errors)
    {
        JsonArray scopes = spec.Array("scopes") ?? [];
        string shown = GoValue.Strings(scopes, "core.ResourceQuotaScope");
        foreach (string scope in scopes.Select(scope => KubeJson.AsString(scope) ?? ""))
        {
            if (!Scopes.Contains(scope, StringComparer.Ordinal))
            {
                errors.InvalidShown("spec.scopes", shown, "unsupported scope");
            }

            foreach (string _ in Counted(spec).Where(name => !AmountRules.IsInScope(scope, name)))
            {
                errors.InvalidShown("spec.scopes", shown, "unsupported scope applied to resource");
            }
        }

        Conflicts(Set(spec), "spec.scopes", shown, errors);
    }

    private static void Conflicts(HashSet<string> scopes, string path, string shown, FieldErrors errors)
    {
        foreach ((string one, string other) in Exclusive)
        {
            if (scopes.Contains(one) && scopes.Contains(other))
            {
                errors.InvalidShown(path, shown, "conflicting scopes");
            }
        }
    }

    private static void Selector(JsonObject spec, FieldErrors errors)
    {
        JsonArray expressions = spec.Object("scopeSelector").Array("matchExpressions") ?? [];
        FieldPath path = FieldPath.Spec.At("scopeSelector").At("matchExpressions");
        foreach (JsonNode? expression in expressions)
        {
            string scope = expression.Text("scopeName") ?? "";
            if (!Scopes.Contains(scope, StringComparer.Ordinal))
            {
                errors.Invalid(path.At("scopeName"), scope, "unsupported scope");
            }

            foreach (string _ in Counted(spec).Where(name => !AmountRules.IsInScope(scope, name)))
            {
                errors.InvalidShown(path, $"core.ScopeSelector{KubeJson.Show(spec["scopeSelector"])}", "unsupported scope applied to resource");
            }

            Operator(expression, scope, path, errors);
        }

        Conflicts([.. expressions.Select(each => each.Text("scopeName") ?? "")], path, GoValue.Strings(spec.Array("scopes"), "core.ResourceQuotaScope"), errors);
    }

    private static void Operator(JsonNode? expression, string scope, FieldPath path, FieldErrors errors)
    {
        string word = expression.Text("operator") ?? "";
        JsonArray values = expression.Array("values") ?? [];
        if (scope is "BestEffort" or "NotBestEffort" or "Terminating" or "NotTerminating" or "CrossNamespacePodAffinity" && word != "Exists")
        {
            errors.Invalid(
                path.At("operator"),
                word,
                "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
        }

        if (word is "In" or "NotIn")
        {
            if (values.Count == 0)
            {
                errors.Required(path.At("values"), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
            }
        }
        else if (word is not ("Exists" or "DoesNotExist"))
        {
            errors.Invalid(path.At("operator"), word, "not a valid selector operator");
        }
        else if (values.Count > 0)
        {
            errors.InvalidShown(path.At("values"), GoValue.Strings(values), "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
        }
    }

    private static void Limit(JsonNode limit, HashSet<string> types, FieldPath path, FieldErrors errors)
    {
        string type = limit.Text("type") ?? "";
        IReadOnlyList<string> problems = Names.QualifiedNameProblems(type);
        errors.InvalidEach(path.At("type"), type, problems);
        if (problems.Count == 0 && !type.Contains('/', StringComparison.Ordinal) && type is not ("Pod" or "Container" or "PersistentVolumeClaim"))
        {
            errors.Invalid(path.At("type"), type, "must be a standard limit type or fully qualified");
        }

        if (!types.Add(type))
        {
            errors.Duplicate(path.At("type"), type);
        }

        foreach (string member in (ReadOnlySpan<string>)["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"])
        {
            if (type == "Pod" && member.StartsWith("default", StringComparison.Ordinal) && limit.Object(member) is { Count: > 0 })
            {
                errors.Forbidden(path.At(member), "may not be specified when `type` is 'Pod'");
                continue;
            }

            if (member == "maxLimitRequestRatio" && type == "PersistentVolumeClaim" && limit.Object("min")?["storage"] is null && limit.Object("max")?["storage"] is null)
            {
                errors.Required(path.At("limits"), "either minimum or maximum storage value is required, but neither was provided");
            }

            ResourceNames(limit.Object(member), type, path.At(member), errors);
        }

        foreach (string name in ((string[])["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"]).SelectMany(member => (limit.Object(member) ?? []).Select(pair => pair.Key)).Distinct().Order(StringComparer.Ordinal))
        {
            Compare(limit, name, type, path, errors);
        }
    }

    private static void ResourceNames(JsonObject? amounts, string type, FieldPath path, FieldErrors errors)
    {
        foreach (string name in (amounts ?? []).Select(pair => pair.Key))
        {
            if (type is "Pod" or "Container")
            {
                AmountRules.ContainerName(name, path.Key(name), errors);
            }
            else
            {
                AmountRules.Name(name, path.Key(name), errors);
            }
        }
    }

    private static void Compare(JsonNode limit, string name, string type, FieldPath path, FieldErrors errors)
    {
        Quantity? least = AmountRules.Of(limit.Object("min")?[name]);
        Quantity? most = AmountRules.Of(limit.Object("max")?[name]);
        Quantity? standard = type == "Pod" ? null : AmountRules.Of(limit.Object("default")?[name]);
        Quantity? request = type == "Pod" ? null : AmountRules.Of(limit.Object("defaultRequest")?[name]);
        Quantity? ratio = AmountRules.Of(limit.Object("maxLimitRequestRatio")?[name]);
        Order(least, most, "min", least, ("min value", "max value"), name, path, errors);
        Order(least, request, "defaultRequest", request, ("min value", "default request value"), name, path, errors);
        Order(request, most, "defaultRequest", request, ("default request value", "max value"), name, path, errors);
        Order(request, standard, "defaultRequest", request, ("default request value", "default limit value"), name, path, errors);
        Order(least, standard, "default", least, ("min value", "default value"), name, path, errors);
        Order(standard, most, "default", most, ("default value", "max value"), name, path, errors);
        FieldPath at = path.At("maxLimitRequestRatio").Key(name);
        if (ratio is { } share && share < new Quantity("1"))
        {
            errors.InvalidShown(at, AmountRules.Raw(share), $"ratio {AmountRules.Shown(share)} is less than 1");
        }

        if (ratio is { } wanted && least is { } small && most is { } large)
        {
            double possible = (double)large.Nanos / (double)small.Nanos;
            if ((double)wanted.Nanos / 1e9 > possible)
            {
                errors.InvalidShown(at, AmountRules.Raw(wanted), string.Create(CultureInfo.InvariantCulture, $"ratio {AmountRules.Shown(wanted)} is greater than max/min = {possible:F6}"));
            }
        }

        if (!AmountRules.IsOvercommitAllowed(name) && standard is { } given && request is { } asked && given.CompareTo(asked) != 0)
        {
            errors.InvalidShown(
                path.At("defaultRequest").Key(name),
                AmountRules.Raw(asked),
                $"default value {AmountRules.Shown(given)} must equal to defaultRequest value {AmountRules.Shown(asked)} in {name}");
        }
    }

    private static void Order(Quantity? small, Quantity? large, string member, Quantity? shown, (string Small, string Large) words, string name, FieldPath path, FieldErrors errors)
    {
        if (small is { } one && large is { } other && one > other)
        {
            errors.InvalidShown(path.At(member).Key(name), AmountRules.Raw(shown!.Value), $"{words.Small} {AmountRules.Shown(one)} is greater than {words.Large} {AmountRules.Shown(other)}");
        }
    }
}
