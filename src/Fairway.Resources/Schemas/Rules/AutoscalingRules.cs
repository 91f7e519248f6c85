using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>HorizontalPodAutoscalers: sizes, metrics and behaviours.</summary>
internal static class AutoscalingRules
{
    private const int LongestWindow = 3600;
    private const int LongestPeriod = 1800;

    /// <summary>The kinds of metrics in the order in which they are looked at.</summary>
    private static readonly string[] Sources = ["object", "external", "pods", "resource", "containerResource"];

    private static readonly string[] Types = ["ContainerResource", "External", "Object", "Pods", "Resource"];

    public static void Validate(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        Sizes(spec, old?["spec"].Long("minReplicas") == 0 ? 0 : 1, path, errors);
        Reference(spec?["scaleTargetRef"], path.At("scaleTargetRef"), errors);
        JsonArray metrics = spec.Array("metrics") ?? [];
        for (int i = 0; i < metrics.Count; i++)
        {
            Metric(metrics[i], path.At("metrics").At(i), errors);
        }

        if (spec.Long("minReplicas") == 0 && !metrics.Any(metric => metric.Text("type") is "Object" or "External"))
        {
            errors.Forbidden(path.At("metrics"), "must specify at least one Object or External metric to support scaling to zero replicas");
        }

        foreach (string direction in (ReadOnlySpan<string>)["scaleUp", "scaleDown"])
        {
            if (spec?["behavior"]?[direction] is JsonObject rules)
            {
                Behavior(rules, path.At("behavior").At(direction), errors);
            }
        }
    }

    // Scaling to zero is a feature that is off by default.
    private static void Sizes(JsonNode? spec, int least, FieldPath path, FieldErrors errors)
    {
        long maximum = spec.Long("maxReplicas") ?? 0;
        long? minimum = spec.Long("minReplicas");
        if (minimum < least)
        {
            errors.Invalid(path.At("minReplicas"), minimum, $"must be greater than or equal to {least}");
        }

        if (maximum < 1)
        {
            errors.Invalid(path.At("maxReplicas"), maximum, "must be greater than 0");
        }

        if (maximum < minimum)
        {
            errors.Invalid(path.At("maxReplicas"), maximum, "must be greater than or equal to `minReplicas`");
        }
    }

    private static void Reference(JsonNode? reference, FieldPath path, FieldErrors errors)
    {
        foreach (string member in (ReadOnlySpan<string>)["kind", "name"])
        {
            Segment(reference.Text(member) ?? "", path.At(member), null, errors);
        }
    }

    private static void Segment(string value, FieldPath path, string? detail, FieldErrors errors)
    {
        if (value.Length == 0)
        {
            errors.Required(path, detail);
        }
        else
        {
            errors.InvalidEach(path, value, Names.PathSegmentProblems(value));
        }
    }

    private static void Metric(JsonNode? metric, FieldPath path, FieldErrors errors)
    {
        string type = metric.Text("type") ?? "";
        bool isKnown = Types.Contains(type, StringComparer.Ordinal);
        if (type.Length == 0)
        {
            errors.Required(path.At("type"), "must specify a metric source type");
        }

        if (!isKnown)
        {
            errors.NotSupported(path.At("type"), type, Types);
        }

        string[] present = [.. Sources.Where(source => metric?[source] is JsonObject)];
        if (present.Length > 0)
        {
            Source(metric![present[0]]!, present[0], path.At(present[0]), errors);
        }

        string expected = isKnown ? char.ToLowerInvariant(type[0]) + type[1..] : "";
        if (!isKnown)
        {
            errors.NotSupported(path.At("type"), type, Types);
        }
        else if (!present.Contains(expected, StringComparer.Ordinal))
        {
            errors.Required(path.At(expected), "must populate information for the given metric source");
        }

        foreach (string other in present.Where(source => present.Length != 1 && source != expected))
        {
            errors.Forbidden(path.At(other), "must populate the given metric source only");
        }
    }

    private static void Source(JsonNode source, string kind, FieldPath path, FieldErrors errors)
    {
        JsonNode? target = source["target"];
        FieldPath at = path.At("target");
        bool isMeasured = kind is "object" or "external" or "pods";
        if (kind == "object")
        {
            Reference(source["describedObject"], path.At("describedObject"), errors);
        }

        if (isMeasured)
        {
            Segment(source["metric"].Text("name") ?? "", path.At("metric").At("name"), "must specify a metric name", errors);
        }
        else
        {
            Resource(source, kind, path, errors);
        }

        Target(target, at, errors);
        bool hasValue = target?["value"] is not null;
        bool hasAverage = target?["averageValue"] is not null;
        bool hasUse = target?["averageUtilization"] is not null;
        switch (kind)
        {
            case "object" or "external" when !hasValue && !hasAverage:
                errors.Required(at.At("averageValue"), kind == "object" ? "must set either a target value or averageValue" : "must set either a target value for metric or a per-pod target");
                break;
            case "external" when hasValue && hasAverage:
                errors.Forbidden(at.At("value"), "may not set both a target value for metric and a per-pod target");
                break;
            case "pods" when !hasAverage:
                errors.Required(at.At("averageValue"), "must specify a positive target averageValue");
                break;
            case "resource" or "containerResource" when !hasUse && !hasAverage:
                errors.Required(at.At("averageUtilization"), "must set either a target raw value or a target utilization");
                break;
            case "resource" or "containerResource" when hasUse && hasAverage:
                errors.Forbidden(at.At("averageValue"), "may not set both a target raw value and a target utilization");
                break;
        }
    }

    private static void Resource(JsonNode source, string kind, FieldPath path, FieldErrors errors)
    {
        string name = source.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path.At("name"), "must specify a resource name");
        }
        else if (kind == "containerResource")
        {
            AmountRules.ContainerName(name, path.At("name"), errors);
        }

        if (kind == "containerResource")
        {
            string container = source.Text("container") ?? "";
            if (container.Length == 0)
            {
                errors.Required(path.At("container"), "must specify a container");
            }
            else
            {
                SelectorRules.Label(container, path.At("container"), errors);
            }
        }
    }

    private static void Target(JsonNode? target, FieldPath path, FieldErrors errors)
    {
        string type = target.Text("type") ?? "";
        if (type.Length == 0)
        {
            errors.Required(path.At("type"), "must specify a metric target type");
        }

        if (type is not ("Utilization" or "Value" or "AverageValue"))
        {
            errors.Invalid(path.At("type"), type, "must be either Utilization, Value, or AverageValue");
        }

        foreach (string member in (ReadOnlySpan<string>)["value", "averageValue"])
        {
            if (AmountRules.Of(target?[member]) is { Nanos.Sign: <= 0 } amount)
            {
                errors.InvalidShown(path.At(member), AmountRules.Shown(amount), "must be positive");
            }
        }

        if (target.Long("averageUtilization") is < 1 and var use)
        {
            errors.Invalid(path.At("averageUtilization"), use, "must be greater than 0");
        }
    }

    private static void Behavior(JsonObject rules, FieldPath path, FieldErrors errors)
    {
        if (rules.Long("stabilizationWindowSeconds") is { } window and (< 0 or > LongestWindow))
        {
            errors.Invalid(path.At("stabilizationWindowSeconds"), window, window < 0 ? "must be greater than or equal to zero" : $"must be less than or equal to {LongestWindow}");
        }

        SelectorRules.AnyOf(rules, "selectPolicy", path, errors, "Disabled", "Max", "Min");
        JsonArray policies = rules.Array("policies") ?? [];
        if (policies.Count == 0)
        {
            errors.Required(path.At("policies"), "must specify at least one Policy");
        }

        for (int i = 0; i < policies.Count; i++)
        {
            Policy(policies[i], path.At("policies").At(i), errors);
        }

        if (AmountRules.Of(rules["tolerance"]) is { Nanos.Sign: < 0 } tolerance)
        {
            errors.Invalid(path.At("tolerance"), AmountRules.Shown(tolerance), "must be greater than or equal to 0");
        }
    }

    private static void Policy(JsonNode? policy, FieldPath path, FieldErrors errors)
    {
        if (policy.Text("type") is not ("Pods" or "Percent"))
        {
            errors.NotSupported(path.At("type"), policy.Text("type") ?? "", ["Percent", "Pods"]);
        }

        foreach (string member in (ReadOnlySpan<string>)["value", "periodSeconds"])
        {
            if (policy.Long(member) is not > 0)
            {
                errors.Invalid(path.At(member), policy.Long(member) ?? 0, "must be greater than zero");
            }
        }

        if (policy.Long("periodSeconds") is > LongestPeriod and var period)
        {
            errors.Invalid(path.At("periodSeconds"), period, $"must be less than or equal to {LongestPeriod}");
        }
    }
}
