using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Namespaces and nodes.</summary>
internal static class ClusterRules
{
    public static void Namespace(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (old is not null)
        {
            return;
        }

        foreach (JsonNode? finalizer in target["spec"].Array("finalizers") ?? [])
        {
            Finalizer(KubeJson.AsString(finalizer) ?? "", FieldPath.Spec.At("finalizers"), errors);
        }
    }

    public static void Node(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        if (old is null)
        {
            Taints(spec.Array("taints") ?? [], FieldPath.Metadata.At("taints"), errors);
        }

        foreach (string member in (ReadOnlySpan<string>)["capacity", "allocatable"])
        {
            foreach ((string name, JsonNode? amount) in target["status"].Object(member) ?? [])
            {
                AmountRules.Value(name, amount, FieldPath.Status.At(member).At(name), errors);
            }
        }

        JsonArray ranges = spec.Array("podCIDRs") ?? [];
        if (old is null)
        {
            for (int i = 0; i < ranges.Count; i++)
            {
                ServiceRules.Range(KubeJson.AsString(ranges[i]) ?? "", FieldPath.Spec.At("podCIDRs").At(i), errors);
            }

            return;
        }

        Changes(old["spec"], spec, ranges, errors);
        Taints(spec.Array("taints") ?? [], FieldPath.Metadata.At("taints"), errors);
    }

    private static void Changes(JsonNode? before, JsonNode? spec, JsonArray ranges, FieldErrors errors)
    {
        if (before.Array("podCIDRs") is { Count: > 0 } had && !JsonNode.DeepEquals(had, ranges))
        {
            errors.Forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
        }

        if (before.Text("providerID") is { Length: > 0 } provider && spec.Text("providerID") != provider)
        {
            errors.Forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid");
        }
    }

    private static void Taints(JsonArray taints, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < taints.Count; i++)
        {
            FieldPath at = path.At(i);
            string key = taints[i].Text("key") ?? "";
            string value = taints[i].Text("value") ?? "";
            string effect = taints[i].Text("effect") ?? "";
            SelectorRules.QualifiedName(key, at.At("key"), errors);
            if (Names.LabelValueProblems(value) is { Count: > 0 } problems)
            {
                errors.Invalid(at.At("value"), value, string.Join(';', problems));
            }

            PlacementRules.Effect(effect, canBeEmpty: false, at.At("effect"), errors);
            if (!seen.Add($"{effect}/{key}"))
            {
                errors.DuplicateShown(at, $"core.Taint{{Key:{KubeJson.Quote(key)}, Value:{KubeJson.Quote(value)}, Effect:{KubeJson.Quote(effect)}, TimeAdded:<nil>}}", "taints must be unique by key and effect pair");
            }
        }
    }

    private static void Finalizer(string name, FieldPath path, FieldErrors errors)
    {
        SelectorRules.QualifiedName(name, path, errors);
        if (!name.Contains('/', StringComparison.Ordinal) && name is not ("kubernetes" or "orphan" or "foregroundDeletion"))
        {
            errors.Invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}
