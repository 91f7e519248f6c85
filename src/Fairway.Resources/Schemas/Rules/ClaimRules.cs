using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Claims on storage, as objects and as templates of ephemeral volumes.</summary>
internal static class ClaimRules
{
    private static readonly string[] Modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static void Claim(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        Spec(target["spec"], FieldPath.Spec, errors);
        if (old is not null)
        {
            Changes(old, target, errors);
        }
    }

    public static void Spec(JsonNode? spec, FieldPath path, FieldErrors errors)
    {
        JsonArray modes = spec.Array("accessModes") ?? [];
        if (modes.Count == 0)
        {
            errors.Required(path.At("accessModes"), "at least 1 access mode is required");
        }

        SelectorRules.LabelSelector(spec?["selector"], path.At("selector"), errors);
        AccessModes(modes, path, errors);
        FieldPath storage = path.At("resources").Key("storage");
        JsonNode? wanted = spec?["resources"].Object("requests")?["storage"];
        if (wanted is null)
        {
            errors.Required(storage);
        }
        else if (AmountRules.Of(wanted) is { Nanos.Sign: <= 0 } amount)
        {
            errors.Invalid(storage, AmountRules.Shown(amount), "must be greater than zero");
        }

        if (spec.Text("storageClassName") is { Length: > 0 } name)
        {
            SelectorRules.Subdomain(name, path.At("storageClassName"), errors);
        }

        SelectorRules.AnyOf(spec, "volumeMode", path, errors, "Block", "Filesystem");
        Source(spec.Object("dataSource"), path.At("dataSource"), errors);
        Source(spec.Object("dataSourceRef"), path.At("dataSourceRef"), errors);
        if (spec.Object("dataSource") is { } one && spec.Object("dataSourceRef") is { } other
            && ((string[])["apiGroup", "kind", "name"]).Any(member => one.Text(member) != other.Text(member)))
        {
            errors.InvalidShown(path, path.At("dataSource"), "must match dataSourceRef");
        }
    }

    /// <summary>The modes of a claim or a volume.</summary>
    public static void AccessModes(JsonArray modes, FieldPath path, FieldErrors errors)
    {
        foreach (JsonNode? mode in modes)
        {
            if (!Modes.Contains(KubeJson.AsString(mode), StringComparer.Ordinal))
            {
                errors.NotSupported(path.At("accessModes"), mode, Modes);
            }
        }

        bool hasOnePod = modes.Any(mode => KubeJson.AsString(mode) == "ReadWriteOncePod");
        if (hasOnePod && modes.Any(mode => KubeJson.AsString(mode) is "ReadOnlyMany" or "ReadWriteMany" or "ReadWriteOnce"))
        {
            errors.Forbidden(path.At("accessModes"), "may not use ReadWriteOncePod with other access modes");
        }
    }

    private static void Source(JsonObject? source, FieldPath path, FieldErrors errors)
    {
        if (source is null)
        {
            return;
        }

        StorageSources.Needs(source, path, errors, "name", "kind");
        string group = source.Text("apiGroup") ?? "";
        if (group.Length > 0)
        {
            SelectorRules.Subdomain(group, path.At("apiGroup"), errors);
        }
        else if (source.Text("kind") is not "PersistentVolumeClaim")
        {
            errors.Invalid(path, source.Text("kind") ?? "", "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
        }

        if (source.Text("namespace") is { Length: > 0 } space)
        {
            SelectorRules.Label(space, path.At("namespace"), errors);
        }
    }

    private static void Changes(JsonObject old, JsonObject target, FieldErrors errors)
    {
        if (old["spec"] is not JsonObject before || target["spec"]?.DeepClone() is not JsonObject after)
        {
            return;
        }

        // A volume is chosen once, a class is filled in later, and what a bound claim asks for may grow.
        var was = (JsonObject)before.DeepClone();
        if (string.IsNullOrEmpty(was.Text("volumeName")))
        {
            was.Remove("volumeName");
            after.Remove("volumeName");
        }

        if (was["storageClassName"] is null)
        {
            after.Remove("storageClassName");
        }

        if (target["status"].Text("phase") == "Bound" && after["resources"].Object("requests") is { } requests)
        {
            requests["storage"] = was["resources"].Object("requests")?["storage"]?.DeepClone();
        }

        if (!Immutability.Same(was, after))
        {
            errors.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }

        if (AmountRules.Of(target["spec"]?["resources"].Object("requests")?["storage"]) is { } now
            && AmountRules.Of(before["resources"].Object("requests")?["storage"]) is { } then && now < then
            && now <= (AmountRules.Of(old["status"].Object("capacity")?["storage"]) ?? default))
        {
            errors.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
        }

        Immutability.Field(before, target["spec"], "volumeMode", "volumeMode", errors);
    }
}
