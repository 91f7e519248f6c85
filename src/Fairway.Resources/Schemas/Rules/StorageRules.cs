using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>PersistentVolumes and StorageClasses.</summary>
internal static class StorageRules
{
    private const int MostParameters = 512;
    private const int ParameterBytes = 256 * 1024;

    private delegate void SourceRule(JsonObject source, FieldPath path, FieldErrors errors);

    private static readonly (string Member, string Forbidden, string Path, SourceRule Rule)[] Sources =
    [
        ("hostPath", "hostPath", "hostPath", VolumeRules.HostPath),
        ("gcePersistentDisk", "gcePersistentDisk", "persistentDisk", StorageSources.GceDisk),
        ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", StorageSources.AwsDisk),
        ("glusterfs", "glusterfs", "glusterfs", static (source, path, errors) => StorageSources.Needs(source, path, errors, "endpoints", "path")),
        ("flocker", "flocker", "flocker", StorageSources.Flocker),
        ("nfs", "nfs", "nfs", StorageSources.Nfs),
        ("rbd", "rbd", "rbd", static (source, path, errors) => StorageSources.Needs(source, path, errors, "monitors", "image")),
        ("quobyte", "quobyte", "quobyte", StorageSources.Quobyte),
        ("cephfs", "cephFS", "cephfs", static (source, path, errors) => StorageSources.Needs(source, path, errors, "monitors")),
        ("iscsi", "iscsi", "iscsi", StorageSources.Iscsi),
        ("cinder", "cinder", "cinder", static (source, path, errors) => StorageSources.NeedsWithSecret(source, path, errors, isClusterWide: true, "volumeID")),
        ("fc", "fc", "fc", StorageSources.FibreChannel),
        ("flexVolume", "flexVolume", "flexVolume", StorageSources.Flex),
        ("azureFile", "azureFile", "azureFile", static (source, path, errors) => StorageSources.Needs(source, path, errors, "secretName", "shareName")),
        ("vsphereVolume", "vsphereVolume", "vsphereVolume", static (source, path, errors) => StorageSources.Needs(source, path, errors, "volumePath")),
        ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", static (source, path, errors) => StorageSources.Needs(source, path, errors, "pdID")),
        ("portworxVolume", "portworxVolume", "portworxVolume", static (source, path, errors) => StorageSources.Needs(source, path, errors, "volumeID")),
        ("azureDisk", "azureDisk", "azureDisk", StorageSources.AzureDisk),
        ("scaleIO", "scaleIO", "scaleIO", static (source, path, errors) => StorageSources.Needs(source, path, errors, "gateway", "system", "volumeName")),
        ("local", "local", "local", Local),
        ("storageos", "storageos", "storageos", static (source, path, errors) => StorageSources.StorageOs(source, path, errors, isClusterWide: true)),
        ("csi", "csi", "csi", StorageSources.Csi),
    ];

    public static void Volume(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        FieldPath path = FieldPath.Spec;
        JsonArray modes = spec.Array("accessModes") ?? [];
        if (modes.Count == 0)
        {
            errors.Required(path.At("accessModes"));
        }

        ClaimRules.AccessModes(modes, path, errors);
        Capacity(spec.Object("capacity"), path.At("capacity"), errors);
        if (spec.Text("persistentVolumeReclaimPolicy") is { Length: > 0 })
        {
            SelectorRules.AnyOf(spec, "persistentVolumeReclaimPolicy", path, errors, "Delete", "Recycle", "Retain");
        }

        if (spec["nodeAffinity"] is JsonObject affinity)
        {
            if (affinity["required"] is JsonObject required)
            {
                PlacementRules.NodeSelector(required, path.At("nodeAffinity").At("required"), errors);
            }
            else
            {
                errors.Required(path.At("nodeAffinity").At("required"), "must specify required node constraints");
            }
        }

        Source(spec, path, errors);
        if (spec.Object("hostPath").Text("path")?.TrimEnd('/') == "" && spec.Text("persistentVolumeReclaimPolicy") == "Recycle")
        {
            errors.Forbidden(path.At("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'");
        }

        if (spec.Text("storageClassName") is { Length: > 0 } name)
        {
            SelectorRules.Subdomain(name, path.At("storageClassName"), errors);
        }

        SelectorRules.AnyOf(spec, "volumeMode", path, errors, "Block", "Filesystem");
        if (old?["spec"] is JsonObject before)
        {
            if (Sources.Any(source => !Immutability.Same(before[source.Member], spec[source.Member])))
            {
                errors.Forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
            }

            Immutability.Field(before, spec, "volumeMode", "volumeMode", errors);
            if (before["nodeAffinity"] is not null && !Immutability.Same(before["nodeAffinity"], spec["nodeAffinity"]))
            {
                errors.Invalid("nodeAffinity", spec["nodeAffinity"], "field is immutable, except for updating from beta label to GA");
            }
        }
    }

    public static void Class(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (old is not null)
        {
            ChangeOfClass(target, old, errors);
            return;
        }

        string provisioner = target.Text("provisioner") ?? "";
        if (provisioner.Length == 0)
        {
            errors.Required("provisioner");
        }
        else
        {
            SelectorRules.QualifiedName(provisioner.ToLowerInvariant(), FieldPath.Root("provisioner"), errors);
        }

        Parameters(target.Object("parameters") ?? [], errors);
        if (target.Text("reclaimPolicy") is { Length: > 0 } policy and not ("Delete" or "Retain"))
        {
            errors.NotSupported("reclaimPolicy", policy, ["Delete", "Retain"]);
        }

        if (target.Text("volumeBindingMode") is not ("Immediate" or "WaitForFirstConsumer"))
        {
            if (target["volumeBindingMode"] is null)
            {
                errors.Required("volumeBindingMode");
            }
            else
            {
                errors.NotSupported("volumeBindingMode", target["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"]);
            }
        }

        Topologies(target.Array("allowedTopologies") ?? [], FieldPath.Root("allowedTopologies"), errors);
    }

    private static void ChangeOfClass(JsonObject target, JsonObject old, FieldErrors errors)
    {
        foreach (string member in (ReadOnlySpan<string>)["parameters", "provisioner", "reclaimPolicy"])
        {
            if (!Immutability.Same(old[member], target[member]))
            {
                errors.Forbidden(member, $"updates to {member} are forbidden.");
            }
        }

        Immutability.Field(old, target, "volumeBindingMode", "volumeBindingMode", errors);
    }

    private static void Parameters(JsonObject parameters, FieldErrors errors)
    {
        if (parameters.Count > MostParameters)
        {
            errors.TooLong("parameters", MostParameters);
            return;
        }

        if (parameters.ContainsKey(""))
        {
            errors.Invalid("parameters", "", "field can not be empty.");
        }

        if (parameters.Sum(pair => pair.Key.Length + (KubeJson.AsString(pair.Value)?.Length ?? 0)) > ParameterBytes)
        {
            errors.TooLong("parameters", ParameterBytes);
        }
    }

    private static void Topologies(JsonArray terms, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < terms.Count; i++)
        {
            JsonArray expressions = terms[i].Array("matchLabelExpressions") ?? [];
            var keys = new HashSet<string>(StringComparer.Ordinal);
            for (int j = 0; j < expressions.Count; j++)
            {
                FieldPath at = path.At(i).At("matchLabelExpressions").At(j);
                JsonArray values = expressions[j].Array("values") ?? [];
                if (values.Count == 0)
                {
                    errors.Required(at.At("values"));
                }

                var seen = new HashSet<string>(StringComparer.Ordinal);
                for (int k = 0; k < values.Count; k++)
                {
                    if (!seen.Add(KubeJson.AsString(values[k]) ?? ""))
                    {
                        errors.Duplicate(at.At("values").At(k), values[k]);
                    }
                }

                string key = expressions[j].Text("key") ?? "";
                SelectorRules.QualifiedName(key, at.At("key"), errors);
                if (!keys.Add(key))
                {
                    errors.Duplicate(at.At("key"), key);
                }
            }
        }
    }

    private static void Capacity(JsonObject? capacity, FieldPath path, FieldErrors errors)
    {
        if (capacity is not { Count: > 0 })
        {
            errors.Required(path);
        }

        if (capacity?.ContainsKey("storage") != true || capacity.Count > 1)
        {
            string shown = capacity is null ? "core.ResourceList(nil)" : $"core.ResourceList{{{string.Join(", ", capacity.Select(pair => $"{KubeJson.Quote(pair.Key)}:{AmountRules.Raw(AmountRules.Of(pair.Value) ?? default)}"))}}}";
            errors.Add("FieldValueNotSupported", path, $"Unsupported value: {shown}: supported values: \"storage\"");
        }

        foreach ((string name, JsonNode? value) in capacity ?? [])
        {
            if (AmountRules.Of(value) is not { Nanos.Sign: <= 0 } amount)
            {
                continue;
            }

            if (amount.Nanos.Sign < 0)
            {
                errors.Invalid(path.Key(name), amount.Value, "must be a valid resource quantity");
            }

            errors.Invalid(path.Key(name), AmountRules.Shown(amount), "must be greater than zero");
        }
    }

    private static void Source(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        bool found = false;
        foreach ((string member, string forbidden, string shown, SourceRule rule) in Sources)
        {
            if (spec[member] is not JsonObject source)
            {
                continue;
            }

            if (found)
            {
                errors.Forbidden(path.At(forbidden), "may not specify more than 1 volume type");
                continue;
            }

            found = true;
            rule(source, path.At(shown), errors);
            if (member == "local" && spec["nodeAffinity"] is null)
            {
                errors.Required(path.At("nodeAffinity"), "Local volume requires node affinity");
            }
        }

        if (!found)
        {
            errors.Required(path, "must specify a volume type");
        }
    }

    private static void Local(JsonObject source, FieldPath path, FieldErrors errors)
    {
        if (source.Text("path") is { Length: > 0 } place)
        {
            PathRules.NoBacksteps(place, path.At("path"), errors);
        }
        else
        {
            errors.Required(path.At("path"));
        }
    }
}
