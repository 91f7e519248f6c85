using System.Globalization;

namespace Fairway.Delivery.Rendering;

/// <summary>The order in which objects are applied: by wave, then what others need before what needs it.</summary>
internal static class ApplyOrder
{
    private static readonly string[] Kinds =
    [
        "Namespace", "CustomResourceDefinition", "ResourceQuota", "LimitRange", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolumeClaim", "Role", "RoleBinding",
        "Service", "DaemonSet", "Pod", "ReplicaSet", "Deployment", "StatefulSet", "Job", "CronJob",
    ];

    /// <summary>Sorts first by wave, then by kind; routes go last, since they send traffic to what must be there.</summary>
    public static (int Wave, int Kind) Of(Manifest manifest) => (Wave(manifest), Rank(manifest.Kind));

    /// <summary>The wave that the object's annotation names; 0 without one.</summary>
    public static int Wave(Manifest manifest)
        => int.TryParse(
            manifest.Annotation("fairway.dev/sync-wave") ?? manifest.Annotation("argocd.argoproj.io/sync-wave"),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out int wave)
            ? wave
            : 0;

    private static int Rank(string kind)
    {
        int known = Array.IndexOf(Kinds, kind);
        return kind is "HTTPRoute" or "Ingress" or "GRPCRoute" ? Kinds.Length + 1 : known < 0 ? Kinds.Length : known;
    }
}
