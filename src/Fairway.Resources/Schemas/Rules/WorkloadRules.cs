using System.Text.Json.Nodes;
using Fairway.Resources.Labels;

namespace Fairway.Resources.Schemas;

/// <summary>Deployments, ReplicaSets and pods.</summary>
internal static class WorkloadRules
{
    /// <summary>What may change in the spec of a pod that exists.</summary>
    private static readonly string[] MutablePodFields = ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates", "nodeName", "ephemeralContainers"];

    public static void Deployment(JsonObject target, FieldErrors errors)
    {
        Templated(target, errors);
        JsonNode? strategy = target["spec"]?["strategy"];
        if (strategy.Text("type") == "Recreate" && strategy?["rollingUpdate"] is not null)
        {
            errors.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
        }

        JsonNode? rolling = strategy?["rollingUpdate"];
        CheckShare(rolling?["maxUnavailable"], "spec.strategy.rollingUpdate.maxUnavailable", errors);
        CheckShare(rolling?["maxSurge"], "spec.strategy.rollingUpdate.maxSurge", errors);
        if (IsZero(rolling?["maxUnavailable"]) && IsZero(rolling?["maxSurge"]))
        {
            errors.Invalid("spec.strategy.rollingUpdate.maxUnavailable", rolling!["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
        }
    }

    /// <summary>What may change in the spec of a StatefulSet that exists.</summary>
    private static readonly string[] MutableStatefulSetFields =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public static void StatefulSet(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        Templated(WithClaims(target), errors);
        JsonNode? strategy = target["spec"]?["updateStrategy"];
        if (strategy.Text("type") == "OnDelete" && strategy?["rollingUpdate"] is not null)
        {
            errors.InvalidShown("spec.updateStrategy.rollingUpdate", "{}", "only allowed for updateStrategy 'RollingUpdate'");
        }

        CheckShare(strategy?["rollingUpdate"]?["maxUnavailable"], "spec.updateStrategy.rollingUpdate.maxUnavailable", errors);
        if (IsZero(strategy?["rollingUpdate"]?["maxUnavailable"]))
        {
            errors.Invalid("spec.updateStrategy.rollingUpdate.maxUnavailable", strategy!["rollingUpdate"]!["maxUnavailable"], "cannot be 0");
        }

        if (old?["spec"] is JsonObject before && target["spec"] is JsonObject after && !JsonNode.DeepEquals(Without(before, MutableStatefulSetFields), Without(after, MutableStatefulSetFields)))
        {
            errors.Forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        }
    }

    /// <summary>Containers may mount what the claim templates will bring.</summary>
    private static JsonObject WithClaims(JsonObject target)
    {
        if (target["spec"].Array("volumeClaimTemplates") is not { Count: > 0 } claims || target["spec"]?["template"]?["spec"] is not JsonObject)
        {
            return target;
        }

        var whole = (JsonObject)target.DeepClone();
        var pod = (JsonObject)whole["spec"]!["template"]!["spec"]!;
        JsonArray volumes = pod.Array("volumes") ?? [];
        pod["volumes"] ??= volumes;
        foreach (string name in claims.Select(claim => claim?["metadata"].Text("name") ?? ""))
        {
            if (!volumes.Any(volume => volume.Text("name") == name))
            {
                volumes.Add(new JsonObject { ["name"] = name, ["emptyDir"] = new JsonObject() });
            }
        }

        return whole;
    }

    public static void DaemonSet(JsonObject target, FieldErrors errors)
    {
        Templated(target, errors);
        JsonNode? rolling = target["spec"]?["updateStrategy"]?["rollingUpdate"];
        CheckShare(rolling?["maxUnavailable"], "spec.updateStrategy.rollingUpdate.maxUnavailable", errors);
        CheckShare(rolling?["maxSurge"], "spec.updateStrategy.rollingUpdate.maxSurge", errors);
        if (rolling is not null && IsZero(rolling["maxUnavailable"]) && IsZero(rolling["maxSurge"]))
        {
            errors.Required("spec.updateStrategy.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0");
        }
        else if (rolling is not null && !IsZero(rolling["maxUnavailable"]) && !IsZero(rolling["maxSurge"]))
        {
            errors.Invalid("spec.updateStrategy.rollingUpdate.maxSurge", rolling["maxSurge"], "may not be set when maxUnavailable is non-zero");
        }
    }

    public static void ControllerRevision(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (target.Long("revision") is < 0 and var revision)
        {
            errors.Invalid("revision", revision, "must be greater than or equal to 0");
        }

        if (old is not null && !JsonNode.DeepEquals(old["data"], target["data"]))
        {
            errors.Invalid("data", target["data"], "field is immutable");
        }
    }

    public static void DisruptionBudget(JsonObject target, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        if (spec?["minAvailable"] is not null && spec["maxUnavailable"] is not null)
        {
            errors.InvalidShown("spec", spec.ToJsonString(KubeJson.Options), "minAvailable and maxUnavailable cannot be both set");
        }

        CheckShare(spec?["minAvailable"], "spec.minAvailable", errors, atMostAll: true);
        CheckShare(spec?["maxUnavailable"], "spec.maxUnavailable", errors, atMostAll: true);
        CheckExpressions(spec?["selector"], "spec.selector", errors);
    }

    /// <summary>A selector and a template that belong together.</summary>
    public static void Templated(JsonObject target, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        CheckSelector(spec?["selector"], errors);
        JsonNode? template = spec?["template"];
        JsonObject labels = template?["metadata"].Object("labels") ?? [];
        MetadataValidation.CheckLabels(labels, "spec.template.metadata.labels", errors);
        MetadataValidation.CheckAnnotations(template?["metadata"].Object("annotations"), "spec.template.metadata.annotations", errors);
        var values = labels.ToDictionary(pair => pair.Key, pair => KubeJson.AsString(pair.Value) ?? "", StringComparer.Ordinal);
        if (errors.IsEmpty && !LabelSelector.FromObject(spec?["selector"]).Matches(values))
        {
            string shown = string.Join(", ", values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{KubeJson.Quote(pair.Key)}:{KubeJson.Quote(pair.Value)}"));
            errors.InvalidShown("spec.template.metadata.labels", $"map[string]string{{{shown}}}", "`selector` does not match template `labels`");
        }

        if (template?["spec"] is JsonObject pod)
        {
            PodRules.Validate(pod, "spec.template.spec", errors);
            if (pod.Text("restartPolicy") is { } policy and not "Always")
            {
                errors.NotSupported("spec.template.spec.restartPolicy", policy, ["Always"]);
            }
        }
    }

    /// <summary>The selector is a plain map, and may be left out where the template has labels.</summary>
    public static void ReplicationController(JsonObject target, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        if (spec.Object("selector") is null or { Count: 0 })
        {
            errors.Required("spec.selector");
        }

        if (spec?["template"] is null)
        {
            errors.Required("spec.template");
            return;
        }

        var like = (JsonObject)target.DeepClone();
        like["spec"]!["selector"] = new JsonObject { ["matchLabels"] = spec["selector"]?.DeepClone() };
        if (errors.IsEmpty)
        {
            Templated(like, errors);
        }
    }

    public static void Pod(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (target["spec"] is not JsonObject spec)
        {
            return;
        }

        PodRules.Validate(spec, "spec", errors);
        if (old?["spec"] is JsonObject before && !JsonNode.DeepEquals(Fixed(before), Fixed(spec)))
        {
            errors.Forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
                + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
        }
    }

    private static JsonObject Without(JsonObject spec, string[] names)
    {
        var rest = (JsonObject)spec.DeepClone();
        foreach (string name in names)
        {
            rest.Remove(name);
        }

        return rest;
    }

    private static JsonObject Fixed(JsonObject spec)
    {
        JsonObject rest = Without(spec, MutablePodFields);
        foreach (string list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (JsonNode? container in rest.Array(list) ?? [])
            {
                (container as JsonObject)?.Remove("image");
            }
        }

        return rest;
    }

    private static void CheckSelector(JsonNode? selector, FieldErrors errors)
    {
        JsonObject labels = selector.Object("matchLabels") ?? [];
        JsonArray expressions = selector.Array("matchExpressions") ?? [];
        if (labels.Count == 0 && expressions.Count == 0)
        {
            errors.InvalidShown("spec.selector", "{}", "empty selector is invalid for deployment");
        }

        CheckExpressions(selector, "spec.selector", errors);
    }

    private static void CheckExpressions(JsonNode? selector, string at, FieldErrors errors)
    {
        MetadataValidation.CheckLabels(selector.Object("matchLabels") ?? [], at + ".matchLabels", errors);
        JsonArray expressions = selector.Array("matchExpressions") ?? [];
        for (int i = 0; i < expressions.Count; i++)
        {
            string path = $"{at}.matchExpressions[{i}]";
            int values = expressions[i].Array("values")?.Count ?? 0;
            bool needs = expressions[i].Text("operator") is "In" or "NotIn";
            if (needs && values == 0)
            {
                errors.Required(path + ".values", "must be specified when `operator` is 'In' or 'NotIn'");
            }
            else if (!needs && values > 0)
            {
                errors.Forbidden(path + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }

            if (Names.QualifiedNameProblem(expressions[i].Text("key") ?? "") is { } problem)
            {
                errors.Invalid(path + ".key", expressions[i].Text("key") ?? "", problem);
            }
        }
    }

    private static void CheckShare(JsonNode? value, string path, FieldErrors errors, bool atMostAll = false)
    {
        if (KubeJson.AsString(value) is { } text)
        {
            if (!text.EndsWith('%') || !int.TryParse(text.AsSpan(0, text.Length - 1), System.Globalization.NumberStyles.None, null, out int percent))
            {
                errors.Invalid(path, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
            }
            else if (percent > 100 && (atMostAll || path.EndsWith("maxUnavailable", StringComparison.Ordinal)))
            {
                errors.Invalid(path, value, "must not be greater than 100%");
            }
        }
        else if (KubeJson.AsLong(value) is < 0)
        {
            errors.Invalid(path, value, "must be greater than or equal to 0");
        }
    }

    private static bool IsZero(JsonNode? value) => KubeJson.AsLong(value) == 0 || KubeJson.AsString(value) == "0%";
}
