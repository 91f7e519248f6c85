using System.Text.Json.Nodes;

namespace Fairway.Resources.Kinds.AutoscalingV1;

/// <summary>
/// Between the two forms of a HorizontalPodAutoscaler. What the first form cannot say is kept in its annotations, as Kubernetes does,
/// so that there and back again nothing is lost.
/// </summary>
public static class AutoscalerConversion
{
    private const string Metrics = "autoscaling.alpha.kubernetes.io/metrics";
    private const string CurrentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics";
    private const string Conditions = "autoscaling.alpha.kubernetes.io/conditions";
    private const string Behavior = "autoscaling.alpha.kubernetes.io/behavior";

    /// <summary>From v2 to v1.</summary>
    public static JsonObject ToFirst(JsonObject second)
    {
        ArgumentNullException.ThrowIfNull(second);
        var first = (JsonObject)second.DeepClone();
        first["apiVersion"] = "autoscaling/v1";
        if (first["spec"] is JsonObject spec)
        {
            if (Take(spec, "metrics") is JsonArray metrics)
            {
                JsonNode[] others = [.. metrics.Where(metric => CpuPercent(metric, "averageUtilization", "target") is null).Select(metric => metric!.DeepClone())];
                spec["targetCPUUtilizationPercentage"] = metrics.Select(metric => CpuPercent(metric, "averageUtilization", "target")).FirstOrDefault(percent => percent is not null)?.DeepClone();
                Drop(spec, "targetCPUUtilizationPercentage");
                Annotate(first, Metrics, others.Length > 0 ? new JsonArray(others) : null);
            }

            Annotate(first, Behavior, Take(spec, "behavior"));
        }

        if (first["status"] is JsonObject status)
        {
            JsonArray? current = Take(status, "currentMetrics") as JsonArray;
            JsonNode? percent = current?.Select(metric => CpuPercent(metric, "averageUtilization", "current")).FirstOrDefault(each => each is not null);
            if (percent is not null)
            {
                status["currentCPUUtilizationPercentage"] = percent.DeepClone();
            }

            Annotate(first, CurrentMetrics, current);
            Annotate(first, Conditions, Take(status, "conditions"));
        }

        return first;
    }

    /// <summary>From v1 to v2.</summary>
    public static JsonObject ToSecond(JsonObject first)
    {
        ArgumentNullException.ThrowIfNull(first);
        var second = (JsonObject)first.DeepClone();
        second["apiVersion"] = "autoscaling/v2";
        JsonNode? others = Unannotate(second, Metrics);
        JsonNode? behavior = Unannotate(second, Behavior);
        JsonNode? current = Unannotate(second, CurrentMetrics);
        JsonNode? conditions = Unannotate(second, Conditions);
        if (second["spec"] is JsonObject spec)
        {
            JsonArray metrics = others as JsonArray ?? [];
            if (Take(spec, "targetCPUUtilizationPercentage") is { } percent)
            {
                var target = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = percent };
                metrics.Insert(0, new JsonObject { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = target } });
            }

            if (metrics.Count > 0)
            {
                spec["metrics"] = metrics;
            }

            if (behavior is not null)
            {
                spec["behavior"] = behavior;
            }
        }

        if (second["status"] is JsonObject status)
        {
            status.Remove("currentCPUUtilizationPercentage");
            if (current is not null)
            {
                status["currentMetrics"] = current;
            }

            if (conditions is not null)
            {
                status["conditions"] = conditions;
            }
        }

        return second;
    }

    private static JsonNode? CpuPercent(JsonNode? metric, string member, string of)
        => (string?)metric?["type"] == "Resource" && (string?)metric["resource"]?["name"] == "cpu" ? metric["resource"]?[of]?[member] : null;

    private static JsonNode? Take(JsonObject from, string member)
    {
        JsonNode? value = from[member];
        from.Remove(member);
        return value;
    }

    private static void Drop(JsonObject from, string member)
    {
        if (from[member] is null)
        {
            from.Remove(member);
        }
    }

    private static void Annotate(JsonObject target, string name, JsonNode? value)
    {
        if (value is null or JsonArray { Count: 0 })
        {
            return;
        }

        JsonObject metadata = target["metadata"] as JsonObject ?? [];
        target["metadata"] ??= metadata;
        JsonObject annotations = metadata["annotations"] as JsonObject ?? [];
        metadata["annotations"] ??= annotations;
        annotations[name] = value.ToJsonString();
    }

    private static JsonNode? Unannotate(JsonObject target, string name)
    {
        if (target["metadata"]?["annotations"] is not JsonObject annotations || annotations[name] is not JsonValue text)
        {
            return null;
        }

        annotations.Remove(name);
        if (annotations.Count == 0)
        {
            ((JsonObject)target["metadata"]!).Remove("annotations");
        }

        try
        {
            return JsonNode.Parse(text.ToString());
        }
        catch (System.Text.Json.JsonException)
        {
            return null; // not ours, or damaged: as if it were not there
        }
    }
}
