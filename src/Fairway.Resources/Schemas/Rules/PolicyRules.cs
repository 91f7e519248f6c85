using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>PodDisruptionBudgets, Leases and PriorityClasses: small kinds with small rules.</summary>
internal static class PolicyRules
{
    private const long HighestUserPriority = 1_000_000_000;

    public static void DisruptionBudget(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        if (spec?["minAvailable"] is not null && spec["maxUnavailable"] is not null)
        {
            string shown = $"policy.PodDisruptionBudgetSpec{{MinAvailable:{GoValue.Pointer(spec["minAvailable"], "*intstr.IntOrString")}, Selector:{GoValue.Pointer(spec["selector"], "*v1.LabelSelector")}, "
                + $"MaxUnavailable:{GoValue.Pointer(spec["maxUnavailable"], "*intstr.IntOrString")}, UnhealthyPodEvictionPolicy:{GoValue.Pointer(spec["unhealthyPodEvictionPolicy"], "*policy.UnhealthyPodEvictionPolicyType")}}}";
            errors.InvalidShown(path, shown, "minAvailable and maxUnavailable cannot be both set");
        }

        foreach (string member in (ReadOnlySpan<string>)["minAvailable", "maxUnavailable"])
        {
            WorkloadRules.Share(spec?[member], path.At(member), errors);
            WorkloadRules.AtMostAll(spec?[member], path.At(member), errors);
        }

        SelectorRules.LabelSelector(spec?["selector"], path.At("selector"), errors);
        SelectorRules.AnyOf(spec, "unhealthyPodEvictionPolicy", path, errors, "AlwaysAllow", "IfHealthyBudget");
    }

    public static void Lease(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        JsonNode? spec = target["spec"];
        if (spec.Long("leaseDurationSeconds") is <= 0 and var duration)
        {
            errors.Invalid("spec.leaseDurationSeconds", duration, "must be greater than 0");
        }

        errors.Nonnegative(spec, "leaseTransitions", FieldPath.Spec);
    }

    public static void PriorityClass(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        string name = target["metadata"].Text("name") ?? "";
        long value = target.Long("value") ?? 0;
        if (old is not null)
        {
            if (value != (old.Long("value") ?? 0))
            {
                errors.Forbidden("value", "may not be changed in an update.");
            }

            Immutability.Field(old, target, "preemptionPolicy", "preemptionPolicy", errors);
            return;
        }

        if (name.StartsWith("system-", StringComparison.Ordinal))
        {
            if (SystemProblem(name, value, target.Flag("globalDefault") == true) is { } problem)
            {
                errors.Forbidden("metadata.name", $"priority class names with 'system-' prefix are reserved for system use only. error: {problem}");
            }
        }
        else if (value > HighestUserPriority)
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {HighestUserPriority}");
        }

        if (target["preemptionPolicy"] is not null)
        {
            string policy = target.Text("preemptionPolicy") ?? "";
            if (policy.Length == 0)
            {
                errors.Required("preemptionPolicy");
            }
            else if (policy is not ("PreemptLowerPriority" or "Never"))
            {
                errors.NotSupportedInOrder("preemptionPolicy", policy, ["PreemptLowerPriority", "Never"]);
            }
        }
    }

    private static string? SystemProblem(string name, long value, bool isDefault)
    {
        long? known = name switch { "system-node-critical" => 2_000_001_000, "system-cluster-critical" => 2_000_000_000, _ => null };
        return known is null ? $"{name} is not a known system priority class"
            : value != known ? $"value of {name} PriorityClass must be {known}"
            : isDefault ? $"globalDefault of {name} PriorityClass must be false"
            : null;
    }
}
