using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Volumes and claims in use are not deleted under their users: they get the finalizers that their controllers take away.</summary>
internal sealed class StorageProtection : IMutatingPlugin
{
    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation == AdmissionOperation.Create && request.Object is { } target)
        {
            if (request.Is("persistentvolumeclaims"))
            {
                Protect(target, "kubernetes.io/pvc-protection");
            }
            else if (request.Is("persistentvolumes"))
            {
                Protect(target, "kubernetes.io/pv-protection");
            }
        }

        return ValueTask.CompletedTask;
    }

    private static void Protect(JsonObject target, string finalizer)
    {
        JsonObject metadata = SystemMetadata.Of(target);
        JsonArray finalizers = metadata["finalizers"] as JsonArray ?? [];
        if (!finalizers.Any(each => (string?)each == finalizer))
        {
            finalizers.Add(finalizer);
        }

        metadata["finalizers"] ??= finalizers;
    }
}

/// <summary>A claim may ask for more only if it is bound and its class says that volumes can grow.</summary>
internal sealed class ClaimResize(ObjectStore store) : IValidatingPlugin
{
    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation != AdmissionOperation.Update || !request.Is("persistentvolumeclaims")
            || Requested(request.Object) is not { } wanted || Requested(request.OldObject) is not { } before || wanted <= before)
        {
            return ValueTask.CompletedTask;
        }

        if ((string?)request.OldObject?["status"]?["phase"] != "Bound")
        {
            throw request.Forbidden("Only bound persistent volume claims can be expanded");
        }

        string @class = (string?)request.Object?["spec"]?["storageClassName"] ?? "";
        if (@class.Length == 0 || store.Find("storageclasses.storage.k8s.io", "", @class)?.ToNode()["allowVolumeExpansion"]?.GetValue<bool>() != true)
        {
            throw request.Forbidden(
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
        }

        return ValueTask.CompletedTask;
    }

    private static Quantity? Requested(JsonObject? claim)
        => claim?["spec"]?["resources"]?["requests"]?["storage"] is JsonValue value && Quantity.TryParse(value.ToString(), out Quantity amount) ? amount : null;
}

/// <summary>A new node takes no pods until its conditions have been seen to be good: the node controller takes the taint away.</summary>
internal sealed class NewNodeTaint : IMutatingPlugin
{
    private const string NotReady = "node.kubernetes.io/not-ready";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation == AdmissionOperation.Create && request.Is("nodes") && request.Object is { } node)
        {
            JsonObject spec = node["spec"] as JsonObject ?? [];
            node["spec"] ??= spec;
            JsonArray taints = spec["taints"] as JsonArray ?? [];
            if (!taints.Any(taint => (string?)taint?["key"] == NotReady && (string?)taint?["effect"] == "NoSchedule"))
            {
                taints.Add(new JsonObject { ["key"] = NotReady, ["effect"] = "NoSchedule" });
            }

            spec["taints"] ??= taints;
        }

        return ValueTask.CompletedTask;
    }
}
