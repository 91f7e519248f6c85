using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Jobs and CronJobs.</summary>
internal static class BatchRules
{
    private const int LongestCronJobName = 52;
    private const int MostIndexes = 100_000;

    private static readonly string[] Fixed = ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy", "podReplacementPolicy"];

    public static void Job(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        Spec(spec, "spec", errors);
        if (old?["spec"] is JsonObject before)
        {
            Changes(before, spec, errors);
        }
    }

    public static void CronJob(JsonObject target, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        if ((target["metadata"].Text("name") ?? "").Length > LongestCronJobName)
        {
            errors.Invalid("metadata.name", target["metadata"]!["name"], $"must be no more than {LongestCronJobName} characters");
        }

        string schedule = spec.Text("schedule") ?? "";
        if (schedule.Length == 0)
        {
            errors.Required("spec.schedule");
        }
        else
        {
            if (schedule.Contains("TZ", StringComparison.Ordinal))
            {
                errors.Invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
            }
            else if (CronSchedule.Problem(schedule) is { } problem)
            {
                errors.Invalid("spec.schedule", schedule, problem);
            }
        }

        TimeZone(spec.Text("timeZone"), errors);
        if (spec?["jobTemplate"]?["spec"] is JsonObject job)
        {
            Spec(job, "spec.jobTemplate.spec", errors);
            if (job["manualSelector"] is not null && KubeJson.AsBool(job["manualSelector"]) == true)
            {
                errors.NotSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]);
            }
        }
    }

    private static void TimeZone(string? zone, FieldErrors errors)
    {
        if (zone is null)
        {
            return;
        }

        if (zone.Length == 0)
        {
            errors.Invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string");
        }
        else if (string.Equals(zone, "local", StringComparison.OrdinalIgnoreCase))
        {
            errors.Invalid("spec.timeZone", zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
        }
        else if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            errors.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
        }
    }

    private static void Spec(JsonObject spec, string path, FieldErrors errors)
    {
        if (spec["template"]?["spec"] is JsonObject pod)
        {
            MetadataValidation.CheckLabels(spec["template"]?["metadata"].Object("labels") ?? [], path + ".template.metadata.labels", errors);
            PodRules.Validate(pod, path + ".template.spec", errors);
            if (pod.Text("restartPolicy") is "Always" or null)
            {
                errors.Required(path + ".template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
            }
        }

        bool isIndexed = spec.Text("completionMode") == "Indexed";
        if (isIndexed && spec["completions"] is null)
        {
            errors.Required(path + ".completions", "when completion mode is Indexed");
        }
        else if (isIndexed && spec.Long("completions") > MostIndexes && spec.Long("parallelism") > MostIndexes)
        {
            errors.Invalid(path + ".parallelism", spec["parallelism"], $"must be less than or equal to {MostIndexes} when completion mode is Indexed");
        }

        if (spec["backoffLimitPerIndex"] is not null && !isIndexed)
        {
            errors.Invalid(path + ".backoffLimitPerIndex", spec["backoffLimitPerIndex"], "requires indexed completion mode");
        }

        if (spec.Long("maxFailedIndexes") is { } most)
        {
            if (spec["backoffLimitPerIndex"] is null)
            {
                errors.Required(path + ".backoffLimitPerIndex", "when maxFailedIndexes is specified");
            }
            else if (spec.Long("completions") is { } completions && most > completions)
            {
                errors.Invalid(path + ".maxFailedIndexes", most, "must be less than or equal to completions");
            }
        }

        FailurePolicy(spec, path, errors);
        SuccessPolicy(spec, path, isIndexed, errors);
    }

    private static void FailurePolicy(JsonObject spec, string path, FieldErrors errors)
    {
        if (spec["podFailurePolicy"] is not JsonObject policy)
        {
            return;
        }

        if (spec["template"]?["spec"].Text("restartPolicy") is not "Never")
        {
            errors.Invalid(path + ".template.spec.restartPolicy", spec["template"]?["spec"]?["restartPolicy"], "only \"Never\" is supported when podFailurePolicy is specified");
        }

        if (spec.Text("podReplacementPolicy") is { } replacement and not "Failed")
        {
            errors.NotSupported(path + ".podReplacementPolicy", replacement, ["Failed"]);
        }

        JsonArray rules = policy.Array("rules") ?? [];
        for (int i = 0; i < rules.Count; i++)
        {
            string at = $"{path}.podFailurePolicy.rules[{i}]";
            bool hasCodes = rules[i]?["onExitCodes"] is not null;
            bool hasConditions = rules[i].Array("onPodConditions") is { Count: > 0 };
            if (hasCodes && hasConditions)
            {
                errors.InvalidShown(at, KubeJson.Show(rules[i]), "specifying both OnExitCodes and OnPodConditions is not supported");
            }
            else if (!hasCodes && !hasConditions)
            {
                errors.InvalidShown(at, KubeJson.Show(rules[i]), "specifying one of OnExitCodes and OnPodConditions is required");
            }

            if (rules[i].Text("action") == "FailIndex" && spec["backoffLimitPerIndex"] is null)
            {
                errors.Invalid(at + ".action", "FailIndex", "requires the backoffLimitPerIndex to be set");
            }

            if (hasCodes)
            {
                ExitCodes(rules[i]!["onExitCodes"]!, at + ".onExitCodes", errors);
            }
        }
    }

    private static void ExitCodes(JsonNode codes, string at, FieldErrors errors)
    {
        JsonArray values = codes.Array("values") ?? [];
        if (values.Count == 0)
        {
            errors.Invalid(at + ".values", values.DeepClone(), "at least one value is required");
        }

        for (int i = 0; i < values.Count; i++)
        {
            if (codes.Text("operator") == "In" && KubeJson.AsLong(values[i]) == 0)
            {
                errors.Invalid($"{at}.values[{i}]", values[i], "must not be 0 for the In operator");
            }
        }
    }

    private static void SuccessPolicy(JsonObject spec, string path, bool isIndexed, FieldErrors errors)
    {
        if (spec["successPolicy"] is not JsonObject policy)
        {
            return;
        }

        if (!isIndexed)
        {
            errors.InvalidShown(path + ".successPolicy", KubeJson.Show(policy), "requires indexed completion mode");
            return;
        }

        JsonArray rules = policy.Array("rules") ?? [];
        if (rules.Count == 0)
        {
            errors.Required(path + ".successPolicy.rules", "at least one rules must be specified when the successPolicy is specified");
        }

        for (int i = 0; i < rules.Count; i++)
        {
            if (rules[i]?["succeededCount"] is null && rules[i]?["succeededIndexes"] is null)
            {
                errors.Required($"{path}.successPolicy.rules[{i}]", "at least one of succeededCount or succeededIndexes must be specified");
            }
        }
    }

    private static void Changes(JsonObject before, JsonObject after, FieldErrors errors)
    {
        foreach (string name in Fixed)
        {
            if (!JsonNode.DeepEquals(before[name], after[name]))
            {
                errors.Invalid("spec." + name, after[name], "field is immutable");
            }
        }

        if (!JsonNode.DeepEquals(before["completions"], after["completions"])
            && !(after.Text("completionMode") == "Indexed" && JsonNode.DeepEquals(after["completions"], after["parallelism"])))
        {
            errors.Invalid("spec.completions", after["completions"], "field is immutable");
        }

        // While a job is suspended, where its pods may run can still change.
        bool isSuspended = KubeJson.AsBool(before["suspend"]) == true;
        if (!JsonNode.DeepEquals(Template(before, isSuspended), Template(after, isSuspended)))
        {
            errors.InvalidShown("spec.template", KubeJson.Show(after["template"]), "field is immutable");
        }
    }

    private static JsonNode? Template(JsonObject spec, bool isSuspended)
    {
        JsonNode? template = spec["template"]?.DeepClone();
        if (isSuspended && template?["spec"] is JsonObject pod)
        {
            foreach (string name in (ReadOnlySpan<string>)["nodeSelector", "tolerations", "schedulingGates", "affinity"])
            {
                pod.Remove(name);
            }

            (template["metadata"] as JsonObject)?.Remove("labels");
            (template["metadata"] as JsonObject)?.Remove("annotations");
        }

        return template;
    }
}
