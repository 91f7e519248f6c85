using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// What a write of the status may change of the metadata. For most of Kubernetes' own kinds that is nearly everything, as with
/// kube-apiserver: the deployment controller notes its revision so. Custom kinds and some younger ones keep their metadata.
/// </summary>
internal static class StatusMetadata
{
    public static bool IsWritten(KindDefinition kind) => kind.Custom is null && kind.Type.Group switch
    {
        "admissionregistration.k8s.io" or "resource.k8s.io" or "flowcontrol.apiserver.k8s.io" or "apiextensions.k8s.io" or "apiregistration.k8s.io" or "storage.k8s.io" => false,
        "networking.k8s.io" => kind.Type.Kind == "Ingress",
        "" or "apps" or "batch" or "autoscaling" or "policy" or "certificates.k8s.io" => true,
        _ => false,
    };

    /// <summary>The metadata after a write of the status.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="before">As it is stored.</param>
    /// <param name="sent">As the writer wants it.</param>
    public static JsonObject Of(ResourceType type, JsonObject before, JsonObject sent)
    {
        var after = (JsonObject)sent.DeepClone();
        string? kept = type.Kind switch
        {
            "Deployment" => "labels",
            "Pod" => "ownerReferences",
            _ => null,
        };
        if (kept is not null)
        {
            after.Remove(kept);
            if (before[kept] is { } value)
            {
                after[kept] = value.DeepClone();
            }
        }

        return after;
    }
}
