using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>The volumes of a pod: one source each, names that can be told apart.</summary>
internal static class VolumeRules
{
    private delegate void SourceRule(JsonObject source, FieldPath path, FieldErrors errors);

    /// <summary>Every kind of source, in the order in which they are looked at; the path is the one that errors within name.</summary>
    private static readonly (string Member, string Forbidden, string Path, SourceRule Rule)[] Sources =
    [
        ("emptyDir", "emptyDir", "emptyDir", EmptyDir),
        ("hostPath", "hostPath", "hostPath", HostPath),
        ("gitRepo", "gitRepo", "gitRepo", GitRepo),
        ("gcePersistentDisk", "gcePersistentDisk", "persistentDisk", StorageSources.GceDisk),
        ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", StorageSources.AwsDisk),
        ("secret", "secret", "secret", Secret),
        ("nfs", "nfs", "nfs", StorageSources.Nfs),
        ("iscsi", "iscsi", "iscsi", StorageSources.Iscsi),
        ("glusterfs", "glusterfs", "glusterfs", static (source, path, errors) => StorageSources.Needs(source, path, errors, "endpoints", "path")),
        ("flocker", "flocker", "flocker", StorageSources.Flocker),
        ("persistentVolumeClaim", "persistentVolumeClaim", "persistentVolumeClaim", static (source, path, errors) => StorageSources.Needs(source, path, errors, "claimName")),
        ("rbd", "rbd", "rbd", static (source, path, errors) => StorageSources.Needs(source, path, errors, "monitors", "image")),
        ("cinder", "cinder", "cinder", static (source, path, errors) => StorageSources.NeedsWithSecret(source, path, errors, isClusterWide: false, "volumeID")),
        ("cephfs", "cephFS", "cephfs", static (source, path, errors) => StorageSources.Needs(source, path, errors, "monitors")),
        ("quobyte", "quobyte", "quobyte", StorageSources.Quobyte),
        ("downwardAPI", "downwarAPI", "downwardAPI", DownwardApi),
        ("fc", "fc", "fc", StorageSources.FibreChannel),
        ("flexVolume", "flexVolume", "flexVolume", StorageSources.Flex),
        ("configMap", "configMap", "configMap", ConfigMap),
        ("azureFile", "azureFile", "azureFile", static (source, path, errors) => StorageSources.Needs(source, path, errors, "secretName", "shareName")),
        ("vsphereVolume", "vsphereVolume", "vsphereVolume", static (source, path, errors) => StorageSources.Needs(source, path, errors, "volumePath")),
        ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", static (source, path, errors) => StorageSources.Needs(source, path, errors, "pdID")),
        ("portworxVolume", "portworxVolume", "portworxVolume", static (source, path, errors) => StorageSources.Needs(source, path, errors, "volumeID")),
        ("azureDisk", "azureDisk", "azureDisk", StorageSources.AzureDisk),
        ("storageos", "storageos", "storageos", static (source, path, errors) => StorageSources.StorageOs(source, path, errors, isClusterWide: false)),
        ("projected", "projected", "projected", ProjectionRules.Validate),
        ("scaleIO", "scaleIO", "scaleIO", static (source, path, errors) => StorageSources.Needs(source, path, errors, "gateway", "system", "volumeName")),
        ("csi", "csi", "csi", StorageSources.InlineCsi),
        ("ephemeral", "ephemeral", "ephemeral", Ephemeral),
    ];

    /// <summary>Checks the volumes and gives the good ones by name.</summary>
    /// <param name="pod">The name of the pod; null for a template.</param>
    public static Dictionary<string, JsonObject> Validate(JsonArray? volumes, string? pod, FieldPath path, FieldErrors errors)
    {
        var good = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        HashSet<string> made = string.IsNullOrEmpty(pod) ? [] : [.. (volumes ?? []).Where(volume => volume?["ephemeral"] is JsonObject).Select(volume => $"{pod}-{volume.Text("name")}")];
        for (int i = 0; i < (volumes?.Count ?? 0); i++)
        {
            if (volumes![i] is not JsonObject volume)
            {
                continue;
            }

            int before = errors.Count;
            FieldPath at = path.At(i);
            string name = volume.Text("name") ?? "";
            Source(volume, name, pod, at, errors);
            if (name.Length == 0)
            {
                errors.Required(at.At("name"));
            }
            else
            {
                SelectorRules.Label(name, at.At("name"), errors);
            }

            if (good.ContainsKey(name))
            {
                errors.Duplicate(at.At("name"), name);
            }

            if (errors.Count == before)
            {
                good[name] = volume;
            }

            if (volume.Object("persistentVolumeClaim").Text("claimName") is { } claim && made.Contains(claim))
            {
                errors.Invalid(at.At("persistentVolumeClaim").At("claimName"), claim, "must not reference a PVC that gets created for an ephemeral volume");
            }
        }

        return good;
    }

    private static void Source(JsonObject volume, string name, string? pod, FieldPath path, FieldErrors errors)
    {
        bool found = false;
        foreach ((string member, string forbidden, string shown, SourceRule rule) in Sources)
        {
            if (volume[member] is not JsonObject source)
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
            if (member == "iscsi" && source.Text("initiatorName") is not null && $"{name}:{source.Text("targetPortal")}".Length > 64)
            {
                errors.Invalid(path.At("name"), name, "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.");
            }

            if (member == "ephemeral" && !string.IsNullOrEmpty(pod) && name.Length > 0)
            {
                foreach (string problem in Names.SubdomainProblems($"{pod}-{name}"))
                {
                    errors.Invalid(path.At("name"), name, $"PVC name {KubeJson.Quote($"{pod}-{name}")}: {problem}");
                }
            }
        }

        if (!found)
        {
            errors.Required(path, "must specify a volume type");
        }
    }

    private static void EmptyDir(JsonObject source, FieldPath path, FieldErrors errors)
    {
        if (AmountRules.Of(source["sizeLimit"]) is { Nanos.Sign: < 0 })
        {
            errors.Forbidden(path.At("sizeLimit"), "SizeLimit field must be a valid resource quantity");
        }
    }

    /// <summary>A path of the node, in a pod or a PersistentVolume.</summary>
    public static void HostPath(JsonObject source, FieldPath path, FieldErrors errors)
    {
        if (source.Text("path") is not { Length: > 0 } place)
        {
            errors.Required(path.At("path"));
            return;
        }

        PathRules.NoBacksteps(place, path.At("path"), errors);
        string[] types = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
        SelectorRules.AnyOf(source, "type", path, errors, types);
    }

    private static void GitRepo(JsonObject source, FieldPath path, FieldErrors errors)
    {
        StorageSources.Needs(source, path, errors, "repository");
        PathRules.Descending(source.Text("directory") ?? "", path.At("directory"), errors);
    }

    private static void Secret(JsonObject source, FieldPath path, FieldErrors errors)
    {
        StorageSources.Needs(source, path, errors, "secretName");
        PathRules.Mode(source, "defaultMode", path, errors);
        PathRules.Keys(source.Array("items"), path.At("items"), errors);
    }

    private static void ConfigMap(JsonObject source, FieldPath path, FieldErrors errors)
    {
        StorageSources.Needs(source, path, errors, "name");
        PathRules.Mode(source, "defaultMode", path, errors);
        PathRules.Keys(source.Array("items"), path.At("items"), errors);
    }

    private static void DownwardApi(JsonObject source, FieldPath path, FieldErrors errors)
    {
        PathRules.Mode(source, "defaultMode", path, errors);
        foreach (JsonNode? file in source.Array("items") ?? [])
        {
            ProjectionRules.DownwardFile(file, path, errors);
        }
    }

    private static void Ephemeral(JsonObject source, FieldPath path, FieldErrors errors)
    {
        FieldPath at = path.At("volumeClaimTemplate");
        if (source["volumeClaimTemplate"] is not JsonObject template)
        {
            errors.Required(at);
            return;
        }

        JsonNode? metadata = template["metadata"];
        MetadataValidation.CheckAnnotations(metadata.Object("annotations"), at.At("metadata").At("annotations"), errors);
        MetadataValidation.CheckLabels(metadata.Object("labels"), at.At("metadata").At("labels"), errors);
        foreach ((string member, JsonNode? value) in metadata as JsonObject ?? [])
        {
            if (member is not ("annotations" or "labels") && value is not null)
            {
                errors.Forbidden(at.At("metadata").At(member), "cannot be set");
            }
        }

        ClaimRules.Spec(template["spec"], at.At("spec"), errors);
    }
}
