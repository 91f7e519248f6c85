using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Pods as objects: what is right of a new one, and the little of a pod that can change.</summary>
internal static class PodChangeRules
{
    private const string Mutable = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    public static void Validate(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        JsonNode? metadata = target["metadata"];
        PodAnnotationRules.Validate(metadata.Object("annotations"), spec, FieldPath.Metadata.At("annotations"), errors);
        PodRules.Spec(spec, metadata.Text("name") ?? "", FieldPath.Spec, errors);
        PodRules.OnlyPods(spec, errors);
        if (old is null)
        {
            Create(spec, errors);
        }
        else
        {
            PodAnnotationRules.Changes(old["metadata"].Object("annotations"), metadata.Object("annotations"), FieldPath.Metadata.At("annotations"), errors);
            Update(old["spec"] as JsonObject ?? [], spec, errors);
            EphemeralContainers(old["spec"], spec, errors);
        }
    }

    // Containers that were added to look into a pod stay as they are.
    private static void EphemeralContainers(JsonNode? old, JsonObject spec, FieldErrors errors)
    {
        foreach (JsonNode? before in old.Array("ephemeralContainers") ?? [])
        {
            string name = before.Text("name") ?? "";
            JsonNode? now = (spec.Array("ephemeralContainers") ?? []).FirstOrDefault(each => each.Text("name") == name);
            if (now is null)
            {
                errors.Forbidden("spec.ephemeralContainers", $"existing ephemeral containers {KubeJson.Quote(name)} may not be removed\n");
            }
            else if (!Immutability.Same(before, now))
            {
                errors.Forbidden("spec.ephemeralContainers", $"existing ephemeral containers {KubeJson.Quote(name)} may not be changed\n");
            }
        }
    }

    private static void Create(JsonObject spec, FieldErrors errors)
    {
        if (spec.Array("ephemeralContainers") is { Count: > 0 })
        {
            errors.Forbidden("spec.ephemeralContainers", "cannot be set on create");
        }

        if (!string.IsNullOrEmpty(spec.Text("nodeName")) && spec.Array("schedulingGates") is { Count: > 0 })
        {
            errors.Forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
        }
    }

    private static void Update(JsonObject old, JsonObject spec, FieldErrors errors)
    {
        if (!SameContainers(old, spec, "containers", errors) || !SameContainers(old, spec, "initContainers", errors) || !Deadline(old, spec, errors))
        {
            return;
        }

        Tolerations(old, spec, errors);
        Gates(old, spec, errors);
        var was = (JsonObject)old.DeepClone();
        var now = (JsonObject)spec.DeepClone();
        if (old.Array("schedulingGates") is { Count: > 0 })
        {
            Placement(was, now, errors);
        }

        foreach (JsonObject each in (ReadOnlySpan<JsonObject>)[was, now])
        {
            Forget(each);
        }

        if (old.Long("terminationGracePeriodSeconds") is < 0 && spec.Long("terminationGracePeriodSeconds") == 1)
        {
            now["terminationGracePeriodSeconds"] = old["terminationGracePeriodSeconds"]?.DeepClone();
        }

        // A pod that is bound is written without going through the binding by nodes of this program.
        if (string.IsNullOrEmpty(was.Text("nodeName")))
        {
            was.Remove("nodeName");
            now.Remove("nodeName");
        }

        if (!Immutability.Same(was, now))
        {
            errors.Forbidden("spec", Mutable + "\n" + Difference(was, now));
        }
    }

    private static void Forget(JsonObject spec)
    {
        foreach (string member in (ReadOnlySpan<string>)["activeDeadlineSeconds", "schedulingGates", "tolerations", "ephemeralContainers"])
        {
            spec.Remove(member);
        }

        foreach (JsonNode? container in (spec.Array("containers") ?? []).Concat(spec.Array("initContainers") ?? []))
        {
            (container as JsonObject)?.Remove("image");
        }
    }

    private static bool SameContainers(JsonObject old, JsonObject spec, string list, FieldErrors errors)
    {
        JsonArray containers = spec.Array(list) ?? [];
        if (containers.Count != (old.Array(list)?.Count ?? 0))
        {
            errors.Forbidden($"spec.{list}", "pod updates may not add or remove containers");
            return false;
        }

        for (int i = 0; i < containers.Count; i++)
        {
            if (string.IsNullOrEmpty(containers[i].Text("image")))
            {
                errors.Required($"spec.{list}[{i}].image");
            }

            ContainerRules.Trimmed(containers[i], FieldPath.Spec.At(list).At(i), errors);
        }

        return true;
    }

    private static bool Deadline(JsonObject old, JsonObject spec, FieldErrors errors)
    {
        const string Path = "spec.activeDeadlineSeconds";
        long? before = old.Long("activeDeadlineSeconds");
        if (spec.Long("activeDeadlineSeconds") is not { } now)
        {
            if (before is not null)
            {
                errors.Invalid(Path, null, "must not update from a positive integer to nil value");
            }

            return true;
        }

        if (now is < 0 or > int.MaxValue)
        {
            errors.Invalid(Path, now, "must be between 0 and 2147483647, inclusive");
            return false;
        }

        if (before < now)
        {
            errors.Invalid(Path, now, "must be less than or equal to previous value");
            return false;
        }

        return true;
    }

    private static void Tolerations(JsonObject old, JsonObject spec, FieldErrors errors)
    {
        JsonArray now = spec.Array("tolerations") ?? [];
        foreach (JsonNode? toleration in old.Array("tolerations") ?? [])
        {
            if (!now.Any(each => Immutability.Same(Timeless(toleration), Timeless(each))))
            {
                errors.Forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
                return;
            }
        }

        PlacementRules.Tolerations(now, FieldPath.Spec.At("tolerations"), errors);
    }

    private static JsonNode? Timeless(JsonNode? toleration)
    {
        JsonNode? clone = toleration?.DeepClone();
        (clone as JsonObject)?.Remove("tolerationSeconds");
        return clone;
    }

    private static void Gates(JsonObject old, JsonObject spec, FieldErrors errors)
    {
        HashSet<string> before = [.. (old.Array("schedulingGates") ?? []).Select(gate => gate.Text("name") ?? "")];
        JsonArray now = spec.Array("schedulingGates") ?? [];
        for (int i = 0; i < now.Count; i++)
        {
            string name = now[i].Text("name") ?? "";
            if (!before.Contains(name))
            {
                errors.Forbidden($"spec.schedulingGates[{i}].name", $"only deletion is allowed, but found new scheduling gate '{name}'");
            }
        }
    }

    // While a pod is held back, what it asks of nodes may become more.
    private static void Placement(JsonObject was, JsonObject now, FieldErrors errors)
    {
        JsonObject selector = now.Object("nodeSelector") ?? [];
        if ((was.Object("nodeSelector") ?? []).Any(pair => !JsonNode.DeepEquals(selector[pair.Key], pair.Value)))
        {
            errors.InvalidShown("spec.nodeSelector", GoValue.StringMap(now.Object("nodeSelector")), "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
        }

        was.Remove("nodeSelector");
        now.Remove("nodeSelector");
        NodeTerms(was, now, errors);
        (was["affinity"] as JsonObject)?.Remove("nodeAffinity");
        (now["affinity"] as JsonObject)?.Remove("nodeAffinity");
    }

    private static void NodeTerms(JsonObject was, JsonObject now, FieldErrors errors)
    {
        const string Path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        JsonArray before = Terms(was);
        JsonArray after = Terms(now);
        if (before.Count > 0 && before.Count != after.Count)
        {
            errors.InvalidShown(Path, KubeJson.Show(after), "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
            return;
        }

        for (int i = 0; i < before.Count; i++)
        {
            bool wasEmpty = Count(before[i], "matchExpressions") + Count(before[i], "matchFields") == 0;
            bool grew = wasEmpty && Count(after[i], "matchExpressions") + Count(after[i], "matchFields") > 0;
            if (grew || !Starts(before[i], after[i], "matchExpressions") || !Starts(before[i], after[i], "matchFields"))
            {
                errors.InvalidShown($"{Path}[{i}]", KubeJson.Show(after[i]), "only additions are allowed (no mutations or deletions)");
            }
        }
    }

    private static JsonArray Terms(JsonObject spec)
        => spec["affinity"].Object("nodeAffinity").Object("requiredDuringSchedulingIgnoredDuringExecution").Array("nodeSelectorTerms") ?? [];

    private static int Count(JsonNode? term, string list) => term.Array(list)?.Count ?? 0;

    private static bool Starts(JsonNode? before, JsonNode? after, string list)
        => Count(after, list) >= Count(before, list) && (before.Array(list) ?? []).Zip(after.Array(list) ?? []).All(pair => JsonNode.DeepEquals(pair.First, pair.Second));

    private static string Difference(JsonObject was, JsonObject now)
    {
        IEnumerable<string> members = was.Select(pair => pair.Key).Union(now.Select(pair => pair.Key)).Where(member => !Immutability.Same(was[member], now[member]));
        return "  core.PodSpec{\n" + string.Concat(members.Select(member => $"- \t{member}: {KubeJson.Show(was[member])},\n+ \t{member}: {KubeJson.Show(now[member])},\n")) + "  }\n";
    }
}
