using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>Storage outside the cluster, as volumes of pods and PersistentVolumes refer to it.</summary>
internal static partial class StorageSources
{
    /// <summary>Members that must be there and not empty.</summary>
    public static void Needs(JsonObject source, FieldPath path, FieldErrors errors, params ReadOnlySpan<string> members)
    {
        foreach (string member in members)
        {
            if (source[member] is JsonArray list ? list.Count == 0 : string.IsNullOrEmpty(source.Text(member)))
            {
                errors.Required(path.At(member));
            }
        }
    }

    /// <summary>The same, and a reference to a Secret that names it.</summary>
    public static void NeedsWithSecret(JsonObject source, FieldPath path, FieldErrors errors, bool isClusterWide, params ReadOnlySpan<string> members)
    {
        Needs(source, path, errors, members);
        if (source["secretRef"] is JsonObject secret)
        {
            Needs(secret, path.At("secretRef"), errors, isClusterWide ? ["name", "namespace"] : ["name"]);
        }
    }

    public static void GceDisk(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Needs(source, path, errors, "pdName");
        Partition(source, path, errors);
    }

    public static void AwsDisk(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Needs(source, path, errors, "volumeID");
        Partition(source, path, errors);
    }

    public static void Nfs(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Needs(source, path, errors, "server", "path");
        if (source.Text("path") is var place && !(place ?? "").StartsWith('/'))
        {
            errors.Invalid(path.At("path"), place ?? "", "must be an absolute path");
        }
    }

    public static void Iscsi(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Needs(source, path, errors, "targetPortal", "iqn");
        QualifiedIscsi(source.Text("iqn"), path.At("iqn"), errors);
        Lun(source, path, errors);
        bool wantsSecret = source.Flag("chapAuthDiscovery") == true || source.Flag("chapAuthSession") == true;
        if (wantsSecret && source["secretRef"] is null)
        {
            errors.Required(path.At("secretRef"));
        }

        QualifiedIscsi(source.Text("initiatorName"), path.At("initiatorname"), errors);
    }

    public static void Flocker(JsonObject source, FieldPath path, FieldErrors errors)
    {
        string name = source.Text("datasetName") ?? "";
        bool hasId = !string.IsNullOrEmpty(source.Text("datasetUUID"));
        if (name.Length == 0 && !hasId)
        {
            errors.Required(path, "one of datasetName and datasetUUID is required");
        }

        if (name.Length > 0 && hasId)
        {
            errors.Invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously");
        }

        if (name.Contains('/', StringComparison.Ordinal))
        {
            errors.Invalid(path.At("datasetName"), name, "must not contain '/'");
        }
    }

    public static void Quobyte(JsonObject source, FieldPath path, FieldErrors errors)
    {
        const string Pairs = "must be a host:port pair or multiple pairs separated by commas";
        string registry = source.Text("registry") ?? "";
        if (registry.Length == 0)
        {
            errors.Required(path.At("registry"), Pairs);
        }
        else if (source.Text("tenant") is { Length: >= 65 })
        {
            errors.Required(path.At("tenant"), "must be a UUID and may not exceed a length of 64 characters");
        }
        else
        {
            foreach (string _ in registry.Split(',').Where(pair => pair.Count(letter => letter == ':') != 1))
            {
                errors.Invalid(path.At("registry"), registry, Pairs);
            }
        }

        Needs(source, path, errors, "volume");
    }

    public static void FibreChannel(JsonObject source, FieldPath path, FieldErrors errors)
    {
        bool hasNames = source.Array("targetWWNs") is { Count: > 0 };
        bool hasIds = source.Array("wwids") is { Count: > 0 };
        if (!hasNames && !hasIds)
        {
            errors.Required(path.At("targetWWNs"), "must specify either targetWWNs or wwids, but not both");
        }

        if (hasNames && hasIds)
        {
            errors.InvalidShown(path.At("targetWWNs"), GoValue.Strings(source.Array("targetWWNs")), "targetWWNs and wwids can not be specified simultaneously");
        }

        if (hasNames && source.Long("lun") is null)
        {
            errors.Required(path.At("lun"), "lun is required if targetWWNs is specified");
        }
        else if (hasNames)
        {
            Lun(source, path, errors);
        }
    }

    public static void Flex(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Needs(source, path, errors, "driver");
        foreach (string key in (source.Object("options") ?? []).Select(option => option.Key))
        {
            string space = "." + key.Split('/')[0].ToLowerInvariant();
            if (key.Contains('/', StringComparison.Ordinal) && (space.EndsWith(".kubernetes.io", StringComparison.Ordinal) || space.EndsWith(".k8s.io", StringComparison.Ordinal)))
            {
                errors.Invalid(path.At("options").Key(key), key, "kubernetes.io and k8s.io namespaces are reserved");
            }
        }
    }

    public static void AzureDisk(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Needs(source, path, errors, "diskName", "diskURI");
        SelectorRules.AnyOf(source, "cachingMode", path, errors, "None", "ReadOnly", "ReadWrite");
        SelectorRules.AnyOf(source, "kind", path, errors, "Dedicated", "Managed", "Shared");
        string place = source.Text("diskURI") ?? "";
        string? kind = source.Text("kind");
        if (kind == "Managed" && !place.StartsWith("/subscriptions/", StringComparison.Ordinal))
        {
            errors.NotSupported(path.At("diskURI"), place, ["/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"]);
        }
        else if (kind is not (null or "Managed") && !place.StartsWith("https://", StringComparison.Ordinal))
        {
            errors.NotSupported(path.At("diskURI"), place, ["https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"]);
        }
    }

    public static void StorageOs(JsonObject source, FieldPath path, FieldErrors errors, bool isClusterWide)
    {
        NeedsWithSecret(source, path, errors, isClusterWide, "volumeName");
        foreach (string member in (ReadOnlySpan<string>)["volumeName", "volumeNamespace"])
        {
            if (source.Text(member) is { Length: > 0 } name)
            {
                SelectorRules.Label(name, path.At(member), errors);
            }
        }
    }

    /// <summary>A CSI volume that a pod describes itself.</summary>
    public static void InlineCsi(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Driver(source.Text("driver") ?? "", path.At("driver"), errors);
        if (source["nodePublishSecretRef"] is JsonObject secret)
        {
            Needs(secret, path.At("nodePublishSecretRef"), errors, "name");
            if (secret.Text("name") is { Length: > 0 } name)
            {
                SelectorRules.Subdomain(name, path.At("name"), errors);
            }
        }
    }

    /// <summary>A CSI volume that a PersistentVolume describes.</summary>
    public static void Csi(JsonObject source, FieldPath path, FieldErrors errors)
    {
        Driver(source.Text("driver") ?? "", path.At("driver"), errors);
        Needs(source, path, errors, "volumeHandle");
        foreach (string member in (ReadOnlySpan<string>)["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"])
        {
            if (source[member] is not JsonObject secret)
            {
                continue;
            }

            Needs(secret, path.At(member), errors, "name");
            if (secret.Text("name") is { Length: > 0 } name)
            {
                SelectorRules.Subdomain(name, path.At(member).At("name"), errors);
            }

            Needs(secret, path.At(member), errors, "namespace");
            if (secret.Text("namespace") is { Length: > 0 } space)
            {
                SelectorRules.Label(space, path.At(member).At("namespace"), errors);
            }
        }
    }

    private static void Driver(string name, FieldPath path, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(path);
        }

        if (name.Length > 63)
        {
            errors.TooLong(path, 63);
        }

        errors.InvalidEach(path, name, Names.SubdomainProblems(name.ToLowerInvariant()));
    }

    private static void Partition(JsonObject source, FieldPath path, FieldErrors errors)
    {
        if (source.Long("partition") is { } partition and (< 0 or > 255))
        {
            errors.Invalid(path.At("partition"), partition, "must be between 1 and 255, inclusive");
        }
    }

    private static void Lun(JsonObject source, FieldPath path, FieldErrors errors)
    {
        if (source.Long("lun") is { } number and (< 0 or > 255))
        {
            errors.Invalid(path.At("lun"), number, "must be between 0 and 255, inclusive");
        }
    }

    private static void QualifiedIscsi(string? name, FieldPath path, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(name))
        {
            return;
        }

        bool? good = name.StartsWith("iqn", StringComparison.Ordinal) ? Iqn().IsMatch(name)
            : name.StartsWith("eui", StringComparison.Ordinal) ? Eui().IsMatch(name)
            : name.StartsWith("naa", StringComparison.Ordinal) ? Naa().IsMatch(name)
            : null;
        if (good != true)
        {
            errors.Invalid(path, name, good is null ? "must be valid format starting with iqn, eui, or naa" : "must be valid format");
        }
    }

    [GeneratedRegex(@"iqn\.[0-9]{4}-[0-9]{2}\.([A-Za-z0-9.\-]+)(:[^,;*&$|\s]+)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Iqn();

    [GeneratedRegex(@"\Aeui.[A-Za-z0-9]{16}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Eui();

    [GeneratedRegex(@"\Anaa.[A-Za-z0-9]{32}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Naa();
}
