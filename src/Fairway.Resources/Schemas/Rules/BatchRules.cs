using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>Jobs and CronJobs.</summary>
internal static partial class BatchRules
{
    private const int LongestCronJobName = 52;
    private const int MostIndexes = 100_000;
    private const int ManyCompletions = 100_000;
    private const int ParallelWithMany = 10_000;

    public static void Job(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        if (old is null)
        {
            Generated(target, spec, errors);
        }

        Spec(spec, FieldPath.Spec, errors);
        Selector(spec, errors);
        if (old?["spec"] is JsonObject before)
        {
            JobChangeRules.Validate(old, before, spec, errors);
        }
        else if (spec.Text("completionMode") == "Indexed" && spec.Long("completions") is > 0 and var completions)
        {
            string name = target["metadata"].Text("name") ?? "";
            string last = $"{name}-{completions - 1}";
            if (Names.LabelProblems(last).Count > 0)
            {
                errors.Invalid("metadata.name", name, $"will not able to create pod with invalid DNS label: {last}");
            }
        }
    }

    public static void CronJob(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        Schedule(spec, old?["spec"], path.At("schedule"), errors);
        errors.Nonnegative(spec, "startingDeadlineSeconds", path);
        if (old is null || old["spec"].Text("timeZone") != spec.Text("timeZone"))
        {
            TimeZone(spec.Text("timeZone"), path.At("timeZone"), errors);
        }

        SelectorRules.OneOf(spec, "concurrencyPolicy", path, errors, "Allow", "Forbid", "Replace");
        JobTemplate(spec?["jobTemplate"].Object("spec") ?? [], path.At("jobTemplate").At("spec"), errors);
        errors.Nonnegative(spec, "successfulJobsHistoryLimit", path);
        errors.Nonnegative(spec, "failedJobsHistoryLimit", path);
        string name = target["metadata"].Text("name") ?? "";
        if (old is null && name.Length > LongestCronJobName)
        {
            errors.Invalid("metadata.name", name, $"must be no more than {LongestCronJobName} characters");
        }
    }

    private static void JobTemplate(JsonObject job, FieldPath path, FieldErrors errors)
    {
        Spec(job, path, errors);
        if (job["selector"] is JsonObject selector)
        {
            errors.InvalidShown(path.At("selector"), GoValue.Selector(selector), "`selector` will be auto-generated");
        }

        if (job.Flag("manualSelector") == true)
        {
            errors.NotSupportedInOrder(path.At("manualSelector"), true, ["nil", "false"]);
        }
    }

    private static void Schedule(JsonNode? spec, JsonNode? old, FieldPath path, FieldErrors errors)
    {
        string schedule = spec.Text("schedule") ?? "";
        if (schedule.Length == 0)
        {
            errors.Required(path);
            return;
        }

        bool startsWithZone = schedule.StartsWith("TZ=", StringComparison.Ordinal) || schedule.StartsWith("CRON_TZ=", StringComparison.Ordinal);
        if (CronSchedule.Problem(startsWithZone ? schedule[(schedule.IndexOf(' ', StringComparison.Ordinal) + 1)..] : schedule) is { } problem)
        {
            errors.Invalid(path, schedule, problem);
        }

        bool hadZone = old.Text("schedule")?.Contains("TZ", StringComparison.Ordinal) == true;
        if (schedule.Contains("TZ", StringComparison.Ordinal) && (!hadZone || spec.Text("timeZone") is not null))
        {
            errors.Invalid(path, schedule, hadZone ? "cannot use both timeZone field and TZ or CRON_TZ in schedule" : "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        }
    }

    private static void TimeZone(string? zone, FieldPath path, FieldErrors errors)
    {
        if (zone is null)
        {
            return;
        }

        if (zone.Length == 0)
        {
            errors.Invalid(path, zone, "timeZone must be nil or non-empty string");
            return;
        }

        if (zone.Split('/').Any(part => part is "." or ".." || part.StartsWith('-') || !ZonePart().IsMatch(part)))
        {
            errors.Invalid(path, zone, $"unknown time zone {zone}");
            return;
        }

        if (string.Equals(zone, "Local", StringComparison.OrdinalIgnoreCase))
        {
            errors.Invalid(path, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
        }

        if (zone != "Local" && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            errors.Invalid(path, zone, $"unknown time zone {zone}");
        }
    }

    /// <summary>Labels that the server gave the template, and the selector for them.</summary>
    private static void Generated(JsonObject target, JsonObject spec, FieldErrors errors)
    {
        if (spec.Flag("manualSelector") == true || spec["selector"] is not JsonObject selector)
        {
            return;
        }

        string uid = target["metadata"].Text("uid") ?? "";
        string name = target["metadata"].Text("name") ?? "";
        (string Key, string Value)[] expected =
            [("controller-uid", uid), ("job-name", name), ("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name)];
        JsonObject? labels = spec["template"]?["metadata"].Object("labels");
        foreach ((string key, string value) in expected)
        {
            FieldPath path = FieldPath.Spec.At("template").At("metadata").At("labels").Key(key);
            if (labels?.ContainsKey(key) != true)
            {
                errors.Required(path, $"must be '{value}'");
            }
            else if (labels.Text(key) != value)
            {
                errors.InvalidShown(path, GoValue.StringMap(labels), $"must be '{value}'");
            }
        }

        if (TemplateRules.Parse(selector)?.Matches(expected.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal)) == false)
        {
            errors.InvalidShown("spec.selector", GoValue.Selector(selector), "`selector` not auto-generated");
        }
    }

    private static void Selector(JsonObject spec, FieldErrors errors)
    {
        FieldPath path = FieldPath.Spec;
        if (spec["selector"] is JsonObject)
        {
            SelectorRules.LabelSelector(spec["selector"], path.At("selector"), errors);
        }
        else
        {
            errors.Required(path.At("selector"));
        }

        if (TemplateRules.Parse(spec["selector"]) is { } selector)
        {
            TemplateRules.Match(selector, spec["template"], path.At("template"), errors);
        }
    }

    private static void Spec(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        foreach (string member in (ReadOnlySpan<string>)["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"])
        {
            errors.Nonnegative(spec, member, path);
        }

        if (spec["maxFailedIndexes"] is not null && spec["backoffLimitPerIndex"] is null)
        {
            errors.Required(path.At("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
        }

        ManagedBy(spec, path.At("managedBy"), errors);
        SelectorRules.AnyOf(spec, "completionMode", path, errors, "NonIndexed", "Indexed");
        if (spec.Text("completionMode") == "Indexed")
        {
            Indexed(spec, path, errors);
        }
        else if (spec.Text("completionMode") is null or "NonIndexed")
        {
            foreach (string member in (ReadOnlySpan<string>)["backoffLimitPerIndex", "maxFailedIndexes"])
            {
                if (spec.Long(member) is { } number)
                {
                    errors.Invalid(path.At(member), number, "requires indexed completion mode");
                }
            }
        }

        JobPolicyRules.Validate(spec, path, errors);
        TemplateRules.Template(spec["template"], path.At("template"), errors);
        Restarting(spec, path.At("template").At("spec").At("restartPolicy"), errors);
    }

    private static void Indexed(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        long? completions = spec.Long("completions");
        long? failed = spec.Long("maxFailedIndexes");
        if (completions is null)
        {
            errors.Required(path.At("completions"), "when completion mode is Indexed");
        }

        if (spec.Long("parallelism") is > MostIndexes and var parallelism)
        {
            errors.Invalid(path.At("parallelism"), parallelism, $"must be less than or equal to {MostIndexes} when completion mode is Indexed");
        }

        if (failed > completions)
        {
            errors.Invalid(path.At("maxFailedIndexes"), failed, "must be less than or equal to completions");
        }

        if (failed > MostIndexes)
        {
            errors.Invalid(path.At("maxFailedIndexes"), failed, $"must be less than or equal to {MostIndexes}");
        }

        if (completions > ManyCompletions && spec["backoffLimitPerIndex"] is not null)
        {
            Many(spec, failed, path, errors);
        }
    }

    private static void Many(JsonObject spec, long? failed, FieldPath path, FieldErrors errors)
    {
        if (failed is null)
        {
            errors.Required(path.At("maxFailedIndexes"), $"must be specified when completions is above {ManyCompletions}");
        }

        foreach (string member in (ReadOnlySpan<string>)["parallelism", "maxFailedIndexes"])
        {
            if (spec.Long(member) is > ParallelWithMany and var number)
            {
                errors.Invalid(path.At(member), number, $"must be less than or equal to {ParallelWithMany} when completions are above {ManyCompletions} and used with backoff limit per index");
            }
        }
    }

    private static void ManagedBy(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec.Text("managedBy") is { } manager)
        {
            NetworkRules.DomainPrefixedPath(manager, path, errors);
            if (manager.Length > 63)
            {
                errors.TooLong(path, 63);
            }
        }
    }

    private static void Restarting(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        string policy = spec["template"]?["spec"].Text("restartPolicy") ?? "";
        if (policy is "Always" or "")
        {
            errors.Required(path, "valid values: \"OnFailure\", \"Never\"");
        }
        else if (policy is not ("OnFailure" or "Never"))
        {
            errors.NotSupportedInOrder(path, policy, ["OnFailure", "Never"]);
        }
        else if (spec["podFailurePolicy"] is not null && policy != "Never")
        {
            errors.Invalid(path, policy, "only \"Never\" is supported when podFailurePolicy is specified");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z\.\-_0-9+]{1,14}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ZonePart();
}
