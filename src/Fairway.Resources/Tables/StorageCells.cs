using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The columns of volumes, claims, storage classes and priority classes.</summary>
internal static class StorageCells
{
    private const string Unset = "<unset>";

    private static readonly string[] Modes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

    private static readonly string[] Short = ["RWO", "ROX", "RWX", "RWOP"];

    public static TableColumn[] Volume { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Capacity", volume => Storage(volume["spec"].Object("capacity"))),
        TableColumn.Text("Access Modes", volume => AccessModes(volume["spec"].Array("accessModes"))),
        TableColumn.Text("Reclaim Policy", volume => volume["spec"].Text("persistentVolumeReclaimPolicy") ?? ""),
        TableColumn.Text("Status", volume => IsTerminating(volume) ? "Terminating" : volume["status"].Text("phase") ?? ""),
        TableColumn.Text("Claim", volume => volume["spec"].Object("claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
        TableColumn.Text("StorageClass", Class_),
        TableColumn.Text("VolumeAttributesClass", volume => volume["spec"].Text("volumeAttributesClassName") ?? Unset),
        TableColumn.Text("Reason", volume => volume["status"].Text("reason") ?? ""),
        TableColumn.Age,
        TableColumn.Text("VolumeMode", volume => volume["spec"].Text("volumeMode") ?? Unset, 1),
    ];

    public static TableColumn[] Claim { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Status", claim => IsTerminating(claim) ? "Terminating" : claim["status"].Text("phase") ?? ""),
        TableColumn.Text("Volume", claim => claim["spec"].Text("volumeName") ?? ""),
        TableColumn.Text("Capacity", claim => HasVolume(claim) ? Storage(claim["status"].Object("capacity")) : ""),
        TableColumn.Text("Access Modes", claim => HasVolume(claim) ? AccessModes(claim["status"].Array("accessModes")) : ""),
        TableColumn.Text("StorageClass", Class_),
        TableColumn.Text("VolumeAttributesClass", claim => claim["spec"].Text("volumeAttributesClassName") ?? Unset),
        TableColumn.Age,
        TableColumn.Text("VolumeMode", claim => claim["spec"].Text("volumeMode") ?? Unset, 1),
    ];

    public static TableColumn[] Class { get; } =
    [
        new TableColumn(
            "Name",
            "string",
            "name",
            0,
            "Name must be unique within a namespace. Is required when creating resources.",
            static (target, _) => (target["metadata"].Text("name") ?? "") + (IsDefault(target) ? " (default)" : "")),
        TableColumn.Text("Provisioner", @class => @class.Text("provisioner") ?? ""),
        TableColumn.Text("ReclaimPolicy", @class => @class.Text("reclaimPolicy") ?? "Delete"),
        TableColumn.Text("VolumeBindingMode", @class => @class.Text("volumeBindingMode") ?? "Immediate"),
        TableColumn.Text("AllowVolumeExpansion", @class => KubeJson.AsBool(@class["allowVolumeExpansion"]) == true ? "true" : "false"),
        TableColumn.Age,
    ];

    public static TableColumn[] Driver { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("AttachRequired", driver => Flag(driver, "attachRequired", "true")) with { Type = "boolean" },
        TableColumn.Text("PodInfoOnMount", driver => Flag(driver, "podInfoOnMount", "false")) with { Type = "boolean" },
        TableColumn.Text("StorageCapacity", driver => Flag(driver, "storageCapacity", "false")) with { Type = "boolean" },
        TableColumn.Text("TokenRequests", driver => driver["spec"].Array("tokenRequests") is { Count: > 0 } tokens ? string.Join(',', tokens.Select(token => token.Text("audience") ?? "")) : Unset),
        TableColumn.Text("RequiresRepublish", driver => Flag(driver, "requiresRepublish", "false")) with { Type = "boolean" },
        TableColumn.Text("Modes", driver => driver["spec"].Array("volumeLifecycleModes") is { Count: > 0 } modes ? string.Join(',', modes.Select(mode => KubeJson.AsString(mode))) : "<none>"),
        TableColumn.Age,
    ];

    public static TableColumn[] Attachment { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Attacher", attachment => attachment["spec"].Text("attacher") ?? "") with { Format = "name" },
        TableColumn.Text("PV", attachment => attachment["spec"]?["source"].Text("persistentVolumeName") ?? ""),
        TableColumn.Text("Node", attachment => attachment["spec"].Text("nodeName") ?? ""),
        TableColumn.Text("Attached", attachment => KubeJson.AsBool(attachment["status"]?["attached"]) == true ? "true" : "false") with { Type = "boolean" },
        TableColumn.Age,
    ];

    private static string Flag(JsonObject driver, string member, string otherwise) => KubeJson.AsBool(driver["spec"]?[member]) is { } flag ? flag ? "true" : "false" : otherwise;

    public static TableColumn[] Priority { get; } =
    [
        TableColumn.Name_,
        TableColumn.Number("Value", priority => priority.Long("value") ?? 0),
        new("Global-Default", "boolean", "", 0, "Whether pods without a class have this one.", static (priority, _) => KubeJson.AsBool(priority["globalDefault"]) == true),
        TableColumn.Age,
        TableColumn.Text("PreemptionPolicy", priority => priority.Text("preemptionPolicy") ?? ""),
    ];

    private static bool IsTerminating(JsonObject target) => target["metadata"].Text("deletionTimestamp") is not null;

    private static bool HasVolume(JsonObject claim) => claim["spec"].Text("volumeName") is { Length: > 0 };

    private static bool IsDefault(JsonObject @class)
        => @class["metadata"].Object("annotations") is { } annotations
            && (annotations.Text("storageclass.kubernetes.io/is-default-class") == "true" || annotations.Text("storageclass.beta.kubernetes.io/is-default-class") == "true");

    private static string Class_(JsonObject target)
        => target["metadata"].Object("annotations").Text("volume.beta.kubernetes.io/storage-class") ?? target["spec"].Text("storageClassName") ?? "";

    private static string Storage(JsonObject? amounts) => amounts?["storage"]?.ToString() ?? "0";

    private static string AccessModes(JsonArray? modes)
    {
        string[] there = [.. (modes ?? []).Select(mode => KubeJson.AsString(mode) ?? "")];
        return string.Join(',', Modes.Select((mode, i) => there.Contains(mode, StringComparer.Ordinal) ? Short[i] : null).Where(text => text is not null));
    }
}
