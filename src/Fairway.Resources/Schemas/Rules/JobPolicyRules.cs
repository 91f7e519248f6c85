using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>When a Job fails early, succeeds early, and replaces its pods.</summary>
internal static class JobPolicyRules
{
    private const int MostRules = 20;
    private const int MostPatterns = 20;
    private const int MostExitCodes = 255;
    private const int LongestIndexes = 64 * 1024;

    public static void Validate(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec["podFailurePolicy"] is JsonObject failure)
        {
            Failure(spec, failure.Array("rules") ?? [], path.At("podFailurePolicy").At("rules"), errors);
        }

        if (spec["successPolicy"] is JsonObject success)
        {
            Success(spec, success, path.At("successPolicy"), errors);
        }

        if (spec.Text("podReplacementPolicy") is { } replacement)
        {
            string[] known = spec["podFailurePolicy"] is null ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
            if (!known.Contains(replacement, StringComparer.Ordinal))
            {
                errors.NotSupported(path.At("podReplacementPolicy"), replacement, known);
            }
        }
    }

    private static void Failure(JsonObject spec, JsonArray rules, FieldPath path, FieldErrors errors)
    {
        if (rules.Count > MostRules)
        {
            errors.TooMany(path, rules.Count, MostRules);
        }

        JsonNode? pod = spec["template"]?["spec"];
        HashSet<string> containers = [.. (pod.Array("containers") ?? []).Concat(pod.Array("initContainers") ?? []).Select(each => each.Text("name") ?? "")];
        for (int i = 0; i < rules.Count; i++)
        {
            FailureRule(spec, rules[i], containers, path.At(i), errors);
        }
    }

    private static void FailureRule(JsonObject spec, JsonNode? rule, HashSet<string> containers, FieldPath path, FieldErrors errors)
    {
        string action = rule.Text("action") ?? "";
        if (action.Length == 0)
        {
            errors.Required(path.At("action"), "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
        }
        else if (action == "FailIndex")
        {
            if (spec["backoffLimitPerIndex"] is null)
            {
                errors.Invalid(path.At("action"), action, "requires the backoffLimitPerIndex to be set");
            }
        }
        else if (action is not ("Count" or "FailJob" or "Ignore"))
        {
            errors.NotSupported(path.At("action"), action, ["Count", "FailIndex", "FailJob", "Ignore"]);
        }

        JsonObject? codes = rule.Object("onExitCodes");
        JsonArray conditions = rule.Array("onPodConditions") ?? [];
        if (codes is not null)
        {
            ExitCodes(codes, containers, path.At("onExitCodes"), errors);
        }

        Conditions(conditions, path.At("onPodConditions"), errors);
        if (codes is not null && conditions.Count > 0)
        {
            errors.InvalidOmitted(path, "specifying both OnExitCodes and OnPodConditions is not supported");
        }

        if (codes is null && conditions.Count == 0)
        {
            errors.InvalidOmitted(path, "specifying one of OnExitCodes and OnPodConditions is required");
        }
    }

    private static void Conditions(JsonArray conditions, FieldPath path, FieldErrors errors)
    {
        if (conditions.Count > MostPatterns)
        {
            errors.TooMany(path, conditions.Count, MostPatterns);
        }

        for (int i = 0; i < conditions.Count; i++)
        {
            SelectorRules.QualifiedName(conditions[i].Text("type") ?? "", path.At(i).At("type"), errors);
            Closed(conditions[i], "status", ["False", "True", "Unknown"], path.At(i), errors);
        }
    }

    private static void ExitCodes(JsonObject codes, HashSet<string> containers, FieldPath path, FieldErrors errors)
    {
        Closed(codes, "operator", ["In", "NotIn"], path, errors);
        if (codes.Text("containerName") is { } container && !containers.Contains(container))
        {
            errors.Invalid(path.At("containerName"), container, "must be one of the container or initContainer names in the pod template");
        }

        JsonArray values = codes.Array("values") ?? [];
        if (values.Count == 0)
        {
            errors.InvalidShown(path.At("values"), GoValue.Numbers(codes.Array("values"), "int32"), "at least one value is required");
        }
        else if (values.Count > MostExitCodes)
        {
            errors.TooMany(path.At("values"), values.Count, MostExitCodes);
        }

        long[] numbers = [.. values.Select(value => KubeJson.AsLong(value) ?? 0)];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (codes.Text("operator") == "In" && numbers[i] == 0)
            {
                errors.Invalid(path.At("values").At(i), 0, "must not be 0 for the In operator");
            }

            if (Array.IndexOf(numbers, numbers[i]) < i)
            {
                errors.Duplicate(path.At("values").At(i), numbers[i]);
            }
        }

        if (numbers.Zip(numbers.Skip(1)).Any(pair => pair.First > pair.Second))
        {
            errors.InvalidShown(path.At("values"), GoValue.Numbers(values, "int32"), "must be ordered");
        }
    }

    private static void Success(JsonObject spec, JsonObject policy, FieldPath path, FieldErrors errors)
    {
        JsonArray rules = policy.Array("rules") ?? [];
        if (spec.Text("completionMode") != "Indexed")
        {
            string shown = string.Join(", ", rules.Select(rule
                => $"batch.SuccessPolicyRule{{SucceededIndexes:{GoValue.Pointer(rule?["succeededIndexes"], "*string")}, SucceededCount:{GoValue.Pointer(rule?["succeededCount"], "*int32")}}}"));
            errors.InvalidShown(path, $"batch.SuccessPolicy{{Rules:[]batch.SuccessPolicyRule{{{shown}}}}}", "requires indexed completion mode");
            return;
        }

        if (rules.Count == 0)
        {
            errors.Required(path.At("rules"), "at least one rules must be specified when the successPolicy is specified");
        }

        if (rules.Count > MostRules)
        {
            errors.TooMany(path.At("rules"), rules.Count, MostRules);
        }

        for (int i = 0; i < rules.Count; i++)
        {
            SuccessRule(rules[i], spec.Long("completions") ?? 0, path.At("rules").At(i), errors);
        }
    }

    private static void SuccessRule(JsonNode? rule, long completions, FieldPath path, FieldErrors errors)
    {
        string? indexes = rule.Text("succeededIndexes");
        if (rule?["succeededCount"] is null && indexes is null)
        {
            errors.Required(path, "at least one of succeededCount or succeededIndexes must be specified");
        }

        long total = 0;
        if (indexes is not null)
        {
            if (indexes.Length > LongestIndexes)
            {
                errors.TooLong(path.At("succeededIndexes"), LongestIndexes);
            }

            (total, string? problem) = Indexes(indexes, completions);
            if (problem is not null)
            {
                errors.Invalid(path.At("succeededIndexes"), indexes, $"error parsing succeededIndexes: {problem}");
            }
        }

        if (rule.Long("succeededCount") is not { } count)
        {
            return;
        }

        errors.Nonnegative(rule, "succeededCount", path);
        if (count > completions)
        {
            errors.Invalid(path.At("succeededCount"), count, $"must be less than or equal to {completions} (the number of specified completions)");
        }

        if (indexes is not null && count > total)
        {
            errors.Invalid(path.At("succeededCount"), count, $"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)");
        }
    }

    /// <summary>How many indexes a text such as <c>0,2-4</c> names.</summary>
    private static (long Total, string? Problem) Indexes(string text, long completions)
    {
        if (text.Length == 0)
        {
            return (0, null);
        }

        long total = 0;
        long last = -1;
        foreach (string interval in text.Split(','))
        {
            string[] limits = interval.Split('-');
            if (limits.Length > 2)
            {
                return (0, $"the fragment {KubeJson.Quote(interval)} violates the requirement that an index interval can have at most two parts separated by '-'");
            }

            if (!int.TryParse(limits[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(limits[^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int end))
            {
                string bad = int.TryParse(limits[0], CultureInfo.InvariantCulture, out _) ? limits[^1] : limits[0];
                return (0, $"cannot convert string to integer for index: {KubeJson.Quote(bad)}");
            }

            foreach (int limit in (ReadOnlySpan<int>)[first, end])
            {
                if (limit >= completions)
                {
                    return (0, $"too large index: {KubeJson.Quote(limit.ToString(CultureInfo.InvariantCulture))}");
                }
            }

            if (first <= last)
            {
                return (0, $"non-increasing order, previous: {last}, current: {first}");
            }

            if (limits.Length == 2 && first >= end)
            {
                return (0, $"non-increasing order, previous: {first}, current: {end}");
            }

            last = end;
            total += end - first + 1;
        }

        return (total, null);
    }

    private static void Closed(JsonNode? owner, string member, string[] values, FieldPath path, FieldErrors errors)
    {
        string value = owner.Text(member) ?? "";
        if (value.Length == 0)
        {
            errors.Required(path.At(member), $"valid values: [{string.Join(' ', values.Select(KubeJson.Quote))}]");
        }
        else if (!values.Contains(value, StringComparer.Ordinal))
        {
            errors.NotSupported(path.At(member), value, values);
        }
    }
}
