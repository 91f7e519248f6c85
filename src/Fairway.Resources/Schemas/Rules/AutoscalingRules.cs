using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>HorizontalPodAutoscalers: sizes, metrics and behaviours.</summary>
internal static class AutoscalingRules
{
    private const int LongestWindow = 3600;
    private const int LongestPeriod = 1800;

    public static void Validate(JsonObject target, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        Sizes(spec, errors);
        foreach (string member in (ReadOnlySpan<string>)["kind", "name"])
        {
            if (spec?["scaleTargetRef"].Text(member) is null or "")
            {
                errors.Required($"spec.scaleTargetRef.{member}");
            }
        }

        JsonArray metrics = spec.Array("metrics") ?? [];
        for (int i = 0; i < metrics.Count; i++)
        {
            Metric(metrics[i], $"spec.metrics[{i}]", errors);
        }

        foreach (string direction in (ReadOnlySpan<string>)["scaleUp", "scaleDown"])
        {
            if (spec?["behavior"]?[direction] is JsonObject rules)
            {
                Behavior(rules, $"spec.behavior.{direction}", errors);
            }
        }
    }

    private static void Sizes(JsonNode? spec, FieldErrors errors)
    {
        long maximum = spec.Long("maxReplicas") ?? 0;
        long minimum = spec.Long("minReplicas") ?? 1;
        if (minimum < 0)
        {
            errors.Invalid("spec.minReplicas", minimum, "must be greater than or equal to 0");
        }

        if (maximum < 1)
        {
            errors.Invalid("spec.maxReplicas", maximum, "must be greater than 0");
        }

        if (maximum < minimum)
        {
            errors.Invalid("spec.maxReplicas", maximum, "must be greater than or equal to `minReplicas`");
        }

        bool canWake = (spec.Array("metrics") ?? []).Any(metric => metric.Text("type") is "Object" or "External");
        if (minimum == 0 && !canWake)
        {
            errors.Forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas");
        }
    }

    private static void Metric(JsonNode? metric, string path, FieldErrors errors)
    {
        (string member, string[] targets) = metric.Text("type") switch
        {
            "Object" => ("object", ["value", "averageValue"]),
            "Pods" => ("pods", ["averageValue"]),
            "Resource" => ("resource", ["averageUtilization", "averageValue"]),
            "ContainerResource" => ("containerResource", ["averageUtilization", "averageValue"]),
            "External" => ("external", ["value", "averageValue"]),
            _ => ("", (string[])[]),
        };
        if (member.Length == 0)
        {
            return;
        }

        if (metric?[member] is not JsonObject source)
        {
            errors.Required($"{path}.{member}", "must populate information for the given metric source");
            return;
        }

        foreach (string other in (ReadOnlySpan<string>)["object", "pods", "resource", "containerResource", "external"])
        {
            if (other != member && metric[other] is not null)
            {
                errors.Forbidden($"{path}.{other}", "must populate the given metric source only");
            }
        }

        string[] given = [.. targets.Where(each => source["target"]?[each] is not null)];
        if (given.Length == 0)
        {
            errors.Required($"{path}.{member}.target.{targets[0]}", targets.Length == 1 ? "must specify a positive target averageValue" : $"must set either a target {(targets[0] == "value" ? "value" : "utilization")} or a target average value");
        }
        else if (given.Length > 1)
        {
            errors.Forbidden($"{path}.{member}.target.averageValue", $"may not set both a target {(targets[0] == "value" ? "value" : "utilization")} and a target average value");
        }

        foreach (string each in given)
        {
            JsonNode value = source["target"]![each]!;
            bool isPositive = each == "averageUtilization" ? KubeJson.AsLong(value) > 0 : Quantity.TryParse(value.ToString(), out Quantity amount) && amount.Nanos.Sign > 0;
            if (!isPositive)
            {
                errors.Invalid($"{path}.{member}.target.{each}", value, each == "averageUtilization" ? "must be greater than 0" : "must be positive");
            }
        }
    }

    private static void Behavior(JsonObject rules, string path, FieldErrors errors)
    {
        if (rules.Long("stabilizationWindowSeconds") is { } window && window is < 0 or > LongestWindow)
        {
            errors.Invalid(path + ".stabilizationWindowSeconds", rules["stabilizationWindowSeconds"], window < 0 ? "must be greater than or equal to zero" : $"must be less than or equal to {LongestWindow}");
        }

        JsonArray policies = rules.Array("policies") ?? [];
        if (rules["policies"] is not null && policies.Count == 0)
        {
            errors.Required(path + ".policies", "must specify at least one Policy");
        }

        for (int i = 0; i < policies.Count; i++)
        {
            if (policies[i].Long("value") is not > 0)
            {
                errors.Invalid($"{path}.policies[{i}].value", policies[i]?["value"], "must be greater than zero");
            }

            if (policies[i].Long("periodSeconds") is not > 0)
            {
                errors.Invalid($"{path}.policies[{i}].periodSeconds", policies[i]?["periodSeconds"], "must be greater than zero");
            }
            else if (policies[i].Long("periodSeconds") > LongestPeriod)
            {
                errors.Invalid($"{path}.policies[{i}].periodSeconds", policies[i]?["periodSeconds"], $"must be less than or equal to {LongestPeriod}");
            }
        }

        if (Quantity.TryParse(KubeJson.AsString(rules["tolerance"]), out Quantity tolerance) && tolerance.Nanos.Sign < 0)
        {
            errors.Invalid(path + ".tolerance", rules["tolerance"], "must be greater than or equal to 0");
        }
    }
}
