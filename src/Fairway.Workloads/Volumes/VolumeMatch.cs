using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Storage;

namespace Fairway.Workloads.Volumes;

/// <summary>Names that Kubernetes' volume controllers leave on claims and volumes.</summary>
internal static class VolumeAnnotations
{
    public const string BindCompleted = "pv.kubernetes.io/bind-completed";
    public const string BoundByController = "pv.kubernetes.io/bound-by-controller";
    public const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";
    public const string Provisioner = "volume.kubernetes.io/storage-provisioner";
    public const string OlderProvisioner = "volume.beta.kubernetes.io/storage-provisioner";
    public const string SelectedNode = "volume.kubernetes.io/selected-node";
    public const string OlderClass = "volume.beta.kubernetes.io/storage-class";
}

/// <summary>Which volumes would do for a claim. Pure.</summary>
internal static class VolumeMatch
{
    /// <summary>A class whose volumes nobody makes.</summary>
    public const string NoProvisioner = "kubernetes.io/no-provisioner";

    /// <summary>The claim's class; null when it has none (yet), empty when it wants none.</summary>
    public static string? ClassOf(PersistentVolumeClaim claim)
        => claim.Metadata.Annotations?.GetValueOrDefault(VolumeAnnotations.OlderClass) ?? claim.Spec?.StorageClassName;

    public static bool IsBound(PersistentVolumeClaim claim)
        => !string.IsNullOrEmpty(claim.Spec?.VolumeName) && claim.Metadata.Annotations?.ContainsKey(VolumeAnnotations.BindCompleted) == true;

    /// <summary>The volume says that it is this claim's.</summary>
    public static bool IsFor(PersistentVolume volume, PersistentVolumeClaim claim)
        => volume.Spec?.ClaimRef is { } reference
            && reference.Namespace == claim.Metadata.Namespace
            && reference.Name == claim.Metadata.Name
            && (string.IsNullOrEmpty(reference.Uid) || reference.Uid == claim.Metadata.Uid);

    public static bool CanProvision(StorageClass? @class) => @class is not null && @class.Provisioner != NoProvisioner;

    /// <summary>The volumes that the claim could have, those kept for it first, then the smallest.</summary>
    public static IReadOnlyList<PersistentVolume> Candidates(PersistentVolumeClaim claim, IEnumerable<PersistentVolume> volumes)
        =>
        [
            .. volumes.Where(volume => Fits(claim, volume))
                .OrderByDescending(volume => volume.Spec!.ClaimRef is not null)
                .ThenBy(volume => Storage(volume.Spec!.Capacity))
                .ThenBy(volume => volume.Metadata.Name, StringComparer.Ordinal),
        ];

    public static Quantity Storage(IReadOnlyDictionary<string, Quantity>? amounts)
        => amounts is not null && amounts.TryGetValue("storage", out Quantity amount) ? amount : new Quantity("0");

    private static bool Fits(PersistentVolumeClaim claim, PersistentVolume volume)
    {
        if (volume.Spec is not { } spec || volume.Metadata.DeletionTimestamp is not null)
        {
            return false;
        }

        if (spec.ClaimRef is not null)
        {
            return IsFor(volume, claim) && Storage(spec.Capacity) >= Storage(claim.Spec?.Resources?.Requests);
        }

        return volume.Status?.Phase is null or "Pending" or "Available"
            && (spec.StorageClassName ?? "") == (ClassOf(claim) ?? "")
            && (spec.VolumeMode ?? "Filesystem") == (claim.Spec?.VolumeMode ?? "Filesystem")
            && (claim.Spec?.AccessModes ?? []).All(mode => spec.AccessModes?.Contains(mode, StringComparer.Ordinal) == true)
            && Storage(spec.Capacity) >= Storage(claim.Spec?.Resources?.Requests)
            && (claim.Spec?.Selector is not { } selector || selector.Matches(volume.Metadata.Labels));
    }
}
