using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Claims, volumes, storage classes and priority classes.</summary>
internal static class StorageRules
{
    private const int HighestUserPriority = 1_000_000_000;

    private static readonly string[] AccessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static void Claim(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        Modes(spec.Array("accessModes"), "spec.accessModes", errors);
        JsonNode? wanted = spec?["resources"].Object("requests")?["storage"];
        if (wanted is null)
        {
            errors.Required("spec.resources[storage]");
        }
        else if (Amount(wanted) is not { Nanos.Sign: > 0 })
        {
            errors.Invalid("spec.resources[storage]", wanted, "must be greater than zero");
        }

        if (old?["spec"] is JsonObject before && spec is JsonObject after)
        {
            ChangeOfClaim(before, after, old, errors);
        }
    }

    public static void Volume(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        Modes(spec.Array("accessModes"), "spec.accessModes", errors);
        JsonNode? capacity = spec.Object("capacity")?["storage"];
        if (spec.Object("capacity") is not { Count: > 0 })
        {
            errors.Required("spec.capacity");
        }
        else if (capacity is null || spec.Object("capacity")!.Count != 1)
        {
            errors.NotSupported("spec.capacity", spec.Object("capacity")!.First().Key, ["storage"]);
        }
        else if (Amount(capacity) is not { Nanos.Sign: > 0 })
        {
            errors.Invalid("spec.capacity[storage]", capacity, "must be greater than zero");
        }

        int sources = (spec.Object("hostPath") is null ? 0 : 1) + (spec.Object("local") is null ? 0 : 1);
        if (sources == 0)
        {
            errors.Required("spec", "must specify a volume type");
        }
        else if (sources > 1)
        {
            errors.Forbidden("spec.local", "may not specify more than 1 volume type");
        }

        if (spec.Object("local") is not null && spec?["nodeAffinity"].Object("required") is null)
        {
            errors.Required("spec.nodeAffinity", "Local volume requires node affinity");
        }

        if (spec.Object("hostPath").Text("path") is { } path && path.Split('/').Contains("..", StringComparer.Ordinal))
        {
            errors.Invalid("spec.hostPath.path", path, "must not contain '..'");
        }

        if (old?["spec"] is { } before && (!Same(before["hostPath"], spec?["hostPath"]) || !Same(before["local"], spec?["local"])))
        {
            errors.Forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
        }
    }

    public static void Class(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(target.Text("provisioner")))
        {
            errors.Required("provisioner");
        }

        if (old is null)
        {
            return;
        }

        foreach ((string member, string text) in new[]
        {
            ("parameters", "updates to parameters are forbidden."),
            ("provisioner", "updates to provisioner are forbidden."),
            ("reclaimPolicy", "updates to reclaimPolicy are forbidden."),
        })
        {
            if (!Same(old[member], target[member]))
            {
                errors.Forbidden(member, text);
            }
        }

        if (!Same(old["volumeBindingMode"], target["volumeBindingMode"]))
        {
            errors.Invalid("volumeBindingMode", target["volumeBindingMode"], "field is immutable");
        }
    }

    public static void Priority(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        string name = target["metadata"].Text("name") ?? "";
        bool isSystem = name is "system-cluster-critical" or "system-node-critical";
        if (name.StartsWith("system-", StringComparison.Ordinal) && !isSystem)
        {
            errors.Forbidden("metadata.name", "priority class names with 'system-' prefix are reserved for system use only. error: '" + name + "' is not a known system priority class");
        }
        else if (!isSystem && target.Long("value") > HighestUserPriority)
        {
            errors.Forbidden("value", $"maximum allowed value of a user defined priority is {HighestUserPriority}");
        }

        if (old is not null && old.Long("value") != target.Long("value"))
        {
            errors.Invalid("value", target["value"], "may not be changed in an update.");
        }

        if (old is not null && old.Text("preemptionPolicy") != target.Text("preemptionPolicy"))
        {
            errors.Invalid("preemptionPolicy", target["preemptionPolicy"], "field is immutable");
        }
    }

    private static void ChangeOfClaim(JsonObject before, JsonObject after, JsonObject old, FieldErrors errors)
    {
        JsonObject fixedBefore = Fixed(before);
        JsonObject fixedAfter = Fixed(after);
        // A volume is chosen once; what is not given at first is filled in later.
        if (before.Text("volumeName") is null or "")
        {
            fixedBefore.Remove("volumeName");
            fixedAfter.Remove("volumeName");
        }

        if (before["storageClassName"] is null)
        {
            fixedAfter.Remove("storageClassName");
        }

        bool isBound = old["status"].Text("phase") == "Bound";
        bool sameAmounts = Same(before["resources"], after["resources"]);
        if (!JsonNode.DeepEquals(fixedBefore, fixedAfter) || (!isBound && !sameAmounts))
        {
            errors.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }
        else if (Amount(after["resources"].Object("requests")?["storage"]) is { } wanted
            && Amount(old["status"].Object("capacity")?["storage"] ?? before["resources"].Object("requests")?["storage"]) is { } had
            && wanted < had && !sameAmounts)
        {
            errors.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
        }
    }

    private static JsonObject Fixed(JsonObject spec)
    {
        var rest = (JsonObject)spec.DeepClone();
        rest.Remove("resources");
        rest.Remove("volumeAttributesClassName");
        return rest;
    }

    private static void Modes(JsonArray? modes, string path, FieldErrors errors)
    {
        if (modes is not { Count: > 0 })
        {
            errors.Required(path, "at least 1 access mode is required");
            return;
        }

        for (int i = 0; i < modes.Count; i++)
        {
            if (!AccessModes.Contains(KubeJson.AsString(modes[i]), StringComparer.Ordinal))
            {
                errors.NotSupported(path, modes[i], AccessModes);
            }
        }

        if (modes.Count > 1 && modes.Any(mode => KubeJson.AsString(mode) == "ReadWriteOncePod"))
        {
            errors.Forbidden(path, "may not use ReadWriteOncePod with other access modes");
        }
    }

    private static bool Same(JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(one, other);

    private static Quantity? Amount(JsonNode? node)
        => node is JsonValue && Quantity.TryParse(KubeJson.AsString(node) ?? node.ToJsonString(), out Quantity amount) ? amount : null;
}
