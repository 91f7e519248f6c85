using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>What drivers of storage say about themselves: CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment.</summary>
internal static class AttachmentRules
{
    private const int MaxDriverName = 63;
    private const int MaxNodeId = 192;
    private const long LeastToken = 600;
    private const long MostToken = 1L << 32;

    public static void Driver(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        foreach ((string member, string shown) in (ReadOnlySpan<(string, string)>)[("attachRequired", "attachedRequired"), ("podInfoOnMount", "podInfoOnMount"), ("storageCapacity", "storageCapacity")])
        {
            if (spec.Flag(member) is null)
            {
                errors.Required(path.At(shown));
            }
        }

        if (spec.Text("fsGroupPolicy") is { } policy && policy is not ("File" or "None" or "ReadWriteOnceWithFSType"))
        {
            errors.NotSupported(path.At("fsGroupPolicy"), policy, ["File", "None", "ReadWriteOnceWithFSType"]);
        }

        Tokens(spec.Array("tokenRequests") ?? [], path.At("tokenRequests"), errors);
        foreach (string mode in (spec.Array("volumeLifecycleModes") ?? []).Select(each => KubeJson.AsString(each) ?? "").Where(each => each is not ("Persistent" or "Ephemeral")))
        {
            errors.NotSupportedInOrder(path.At("volumeLifecycleModes"), mode, ["Persistent", "Ephemeral"]);
        }

        if (spec.Flag("seLinuxMount") is null)
        {
            errors.Required(path.At("seLinuxMount"));
        }

        if (old is null)
        {
            return;
        }

        Unchanged(old["spec"], spec, "attachRequired", path.At("attachedRequired"), errors);
        if (!JsonNode.DeepEquals(old["spec"]?["volumeLifecycleModes"], spec?["volumeLifecycleModes"]))
        {
            errors.InvalidShown(path.At("volumeLifecycleModes"), GoValue.Strings(spec.Array("volumeLifecycleModes"), "storage.VolumeLifecycleMode"), "field is immutable");
        }
    }

    public static void Node(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonArray drivers = target["spec"].Array("drivers") ?? [];
        var names = new HashSet<string>(StringComparer.Ordinal);
        FieldPath path = FieldPath.Spec.At("drivers");
        for (int i = 0; i < drivers.Count; i++)
        {
            NodeDriver(drivers[i], names, path.At(i), errors);
        }

        foreach (JsonNode? before in old?["spec"].Array("drivers") ?? [])
        {
            foreach (JsonNode? driver in drivers.Where(each => each.Text("name") == before.Text("name") && !JsonNode.DeepEquals(each, before)))
            {
                errors.InvalidShown("CSINodeDriver", $"storage.CSINodeDriver{KubeJson.Show(driver)}", "field is immutable");
            }
        }
    }

    public static void Capacity(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        SelectorRules.LabelSelector(target["nodeTopology"], FieldPath.Root("nodeTopology"), errors);
        SelectorRules.Subdomain(target.Text("storageClassName") ?? "", FieldPath.Root("storageClassName"), errors);
        if (AmountRules.Of(target["capacity"]) is { } amount && amount.Nanos.Sign < 0)
        {
            errors.Invalid("capacity", AmountRules.Shown(amount), "must be greater than or equal to 0");
        }

        if (old is not null)
        {
            if (!JsonNode.DeepEquals(old["nodeTopology"], target["nodeTopology"]))
            {
                errors.InvalidShown("nodeTopology", GoValue.Selector(target["nodeTopology"]), "field is immutable");
            }

            Unchanged(old, target, "storageClassName", FieldPath.Root("storageClassName"), errors);
        }
    }

    public static void Attachment(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        string attacher = spec.Text("attacher") ?? "";
        if (attacher.Length == 0)
        {
            errors.Required(path.At("attacher"));
        }

        JsonObject source = spec.Object("source") ?? [];
        FieldPath from = path.At("source");
        string? volume = source.Text("persistentVolumeName");
        bool isInline = source.Object("inlineVolumeSpec") is not null;
        if (!isInline && volume is null)
        {
            errors.Required(from, "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
        }
        else if (isInline && volume is not null)
        {
            errors.Forbidden(from, "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
        }
        else if (volume is { Length: 0 })
        {
            errors.Required(from.At("persistentVolumeName"), "must specify non empty persistentVolumeName");
        }

        SelectorRules.Subdomain(spec.Text("nodeName") ?? "", path.At("nodeName"), errors);
        if (old is not null)
        {
            if (!JsonNode.DeepEquals(old["spec"], spec))
            {
                errors.InvalidShown("spec", $"storage.VolumeAttachmentSpec{KubeJson.Show(spec)}", "field is immutable");
            }

            return;
        }

        DriverName(attacher, path.At("attacher"), errors);
        if (volume is not null)
        {
            SelectorRules.Subdomain(volume, from.At("persistentVolumeName"), errors);
        }
    }

    private static void NodeDriver(JsonNode? driver, HashSet<string> names, FieldPath path, FieldErrors errors)
    {
        string name = driver.Text("name") ?? "";
        string id = driver.Text("nodeID") ?? "";
        DriverName(name, path.At("name"), errors);
        if (id.Length == 0)
        {
            errors.Required(path.At("nodeID"));
        }
        else if (id.Length > MaxNodeId)
        {
            errors.Invalid(path.At("nodeID"), id, $"must be {MaxNodeId} characters or less");
        }

        errors.Nonnegative(driver?["allocatable"], "count", path.At("allocatable"));
        if (!names.Add(name))
        {
            errors.Duplicate(path.At("name"), name);
        }

        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (string key in (driver.Array("topologyKeys") ?? []).Select(each => KubeJson.AsString(each) ?? ""))
        {
            if (key.Length == 0)
            {
                errors.Required(path);
            }

            if (!keys.Add(key))
            {
                errors.Duplicate(path, key);
            }

            SelectorRules.QualifiedName(key, path, errors);
        }
    }

    private static void DriverName(string name, FieldPath path, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(path);
        }

        if (name.Length > MaxDriverName)
        {
            errors.TooLong(path, MaxDriverName);
        }

        SelectorRules.Subdomain(name.ToLowerInvariant(), path, errors);
    }

    private static void Tokens(JsonArray requests, FieldPath path, FieldErrors errors)
    {
        var audiences = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < requests.Count; i++)
        {
            string audience = requests[i].Text("audience") ?? "";
            if (!audiences.Add(audience))
            {
                errors.Duplicate(path.At(i).At("audience"), audience);
            }
            else if (requests[i].Long("expirationSeconds") is { } seconds && seconds is < LeastToken or > MostToken)
            {
                errors.Invalid(
                    path.At(i).At("expirationSeconds"),
                    seconds,
                    seconds < LeastToken ? "may not specify a duration less than 10 minutes" : "may not specify a duration larger than 2^32 seconds");
            }
        }
    }

    private static void Unchanged(JsonNode? before, JsonNode? after, string member, FieldPath path, FieldErrors errors)
    {
        if (!JsonNode.DeepEquals((before as JsonObject)?[member], (after as JsonObject)?[member]))
        {
            errors.Invalid(path, (after as JsonObject)?[member]?.DeepClone(), "field is immutable");
        }
    }
}
