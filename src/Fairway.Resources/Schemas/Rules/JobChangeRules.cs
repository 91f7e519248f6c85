using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>What of a Job can change.</summary>
internal static class JobChangeRules
{
    private static readonly string[] Fixed = ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"];

    public static void Validate(JsonObject old, JsonObject before, JsonObject after, FieldErrors errors)
    {
        Completions(before, after, errors);
        Immutability.Field(before, after, "selector", "spec.selector", errors, GoValue.Selector(after["selector"]));

        // While a Job is suspended and has not begun, where its pods may run can still change.
        bool isSuspended = before.Flag("suspend") == true && old["status"]?["startTime"] is null;
        if (!Immutability.Same(Template(before, after, isSuspended), after["template"]))
        {
            errors.InvalidShown("spec.template", GoTemplate(after["template"]), "field is immutable");
        }

        foreach (string member in Fixed)
        {
            Immutability.Field(before, after, member, $"spec.{member}", errors);
        }
    }

    private static void Completions(JsonObject before, JsonObject after, FieldErrors errors)
    {
        if (after.Text("completionMode") != "Indexed")
        {
            Immutability.Field(before, after, "completions", "spec.completions", errors);
        }
        else if (after.Long("completions") is { } completions && completions != before.Long("completions") && completions != after.Long("parallelism"))
        {
            errors.Invalid("spec.completions", completions, "can only be modified in tandem with spec.parallelism");
        }
    }

    private static JsonNode? Template(JsonObject before, JsonObject after, bool isSuspended)
    {
        JsonNode? template = before["template"]?.DeepClone();
        if (!isSuspended || template?["spec"] is not JsonObject pod || after["template"] is not JsonObject wanted)
        {
            return template;
        }

        foreach (string member in (ReadOnlySpan<string>)["nodeSelector", "tolerations", "schedulingGates"])
        {
            pod[member] = wanted["spec"]?[member]?.DeepClone();
        }

        Affinity(pod, wanted["spec"]?["affinity"] as JsonObject);
        JsonObject metadata = template["metadata"] as JsonObject ?? [];
        template["metadata"] ??= metadata;
        foreach (string member in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            metadata[member] = wanted["metadata"]?[member]?.DeepClone();
        }

        return template;
    }

    /// <summary>The affinity to nodes can change; that to other pods cannot.</summary>
    private static void Affinity(JsonObject pod, JsonObject? wanted)
    {
        JsonObject affinity = pod["affinity"] as JsonObject ?? [];
        affinity.Remove("nodeAffinity");
        if (wanted?["nodeAffinity"] is { } nodes)
        {
            affinity["nodeAffinity"] = nodes.DeepClone();
        }

        pod.Remove("affinity");
        if (affinity.Count > 0 || wanted is not null)
        {
            pod["affinity"] = affinity.DeepClone();
        }
    }

    private static string GoTemplate(JsonNode? template)
        => $"core.PodTemplateSpec{{ObjectMeta:v1.ObjectMeta{{Labels:{GoValue.StringMap(template?["metadata"].Object("labels"))}}}, Spec:core.PodSpec{KubeJson.Show(template?["spec"])}}}";
}
