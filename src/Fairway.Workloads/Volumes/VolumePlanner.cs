using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Storage;

namespace Fairway.Workloads.Volumes;

/// <summary>What to do about a claim that has no volume yet.</summary>
internal abstract record ClaimStep
{
    private ClaimStep()
    {
    }

    /// <summary>Bring the two together.</summary>
    public sealed record Bind(PersistentVolume Volume) : ClaimStep;

    /// <summary>Ask this provisioner for a volume.</summary>
    public sealed record Provision(string Provisioner) : ClaimStep;

    /// <summary>Wait, and tell why.</summary>
    public sealed record Wait(string EventType, string Reason, string Message) : ClaimStep;

    /// <summary>Wait; there is nothing to tell.</summary>
    public sealed record Nothing : ClaimStep;
}

/// <summary>Decides about claims and volumes as Kubernetes' volume controller does. Pure.</summary>
internal static class VolumePlanner
{
    public const string ClaimProtection = "kubernetes.io/pvc-protection";
    public const string VolumeProtection = "kubernetes.io/pv-protection";

    /// <param name="volumes">All there are.</param>
    /// <param name="class">The claim's class, if it names one that exists.</param>
    public static ClaimStep Plan(PersistentVolumeClaim claim, IReadOnlyList<PersistentVolume> volumes, StorageClass? @class)
    {
        if (!string.IsNullOrEmpty(claim.Spec?.VolumeName))
        {
            return Wanted(claim, volumes.FirstOrDefault(volume => volume.Metadata.Name == claim.Spec.VolumeName));
        }

        if (volumes.FirstOrDefault(volume => VolumeMatch.IsFor(volume, claim) && volume.Metadata.DeletionTimestamp is null) is { } kept)
        {
            return new ClaimStep.Bind(kept);
        }

        bool isPlaced = claim.Metadata.Annotations?.ContainsKey(VolumeAnnotations.SelectedNode) == true;
        if (@class?.VolumeBindingMode == "WaitForFirstConsumer" && !isPlaced)
        {
            return new ClaimStep.Wait("Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
        }

        if (!isPlaced && VolumeMatch.Candidates(claim, volumes) is [var best, ..])
        {
            return new ClaimStep.Bind(best);
        }

        string name = VolumeMatch.ClassOf(claim) ?? "";
        if (name.Length == 0)
        {
            return new ClaimStep.Wait("Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
        }

        return @class is null ? new ClaimStep.Wait("Warning", "ProvisioningFailed", $"storageclass.storage.k8s.io \"{name}\" not found")
            : claim.Spec?.Selector is not null ? new ClaimStep.Wait("Warning", "ProvisioningFailed", "claim.Spec.Selector is not supported for dynamic provisioning on this volume")
            : @class.Provisioner.StartsWith("kubernetes.io/", StringComparison.Ordinal)
                ? new ClaimStep.Wait("Warning", "ProvisioningFailed", $"no volume plugin matched name: {@class.Provisioner}")
                : new ClaimStep.Provision(@class.Provisioner);
    }

    /// <summary>The volume as the claim's.</summary>
    public static PersistentVolume Reserved(PersistentVolume volume, PersistentVolumeClaim claim)
    {
        if (VolumeMatch.IsFor(volume, claim) && volume.Spec!.ClaimRef!.Uid == claim.Metadata.Uid)
        {
            return volume;
        }

        bool wasKept = volume.Spec!.ClaimRef is not null;
        return volume with
        {
            Metadata = wasKept ? volume.Metadata : volume.Metadata with { Annotations = With(volume.Metadata.Annotations, VolumeAnnotations.BoundByController) },
            Spec = volume.Spec with
            {
                ClaimRef = new ObjectReference
                {
                    ApiVersion = "v1",
                    Kind = "PersistentVolumeClaim",
                    Namespace = claim.Metadata.Namespace,
                    Name = claim.Metadata.Name,
                    Uid = claim.Metadata.Uid,
                    ResourceVersion = claim.Metadata.ResourceVersion,
                },
            },
        };
    }

    /// <summary>The claim with the volume; its status says so too.</summary>
    public static PersistentVolumeClaim Bound(PersistentVolumeClaim claim, PersistentVolume volume)
    {
        bool chosen = string.IsNullOrEmpty(claim.Spec!.VolumeName);
        IReadOnlyDictionary<string, string> annotations = With(claim.Metadata.Annotations, VolumeAnnotations.BindCompleted);
        return claim with
        {
            Metadata = claim.Metadata with { Annotations = chosen ? With(annotations, VolumeAnnotations.BoundByController) : annotations },
            Spec = claim.Spec with { VolumeName = volume.Metadata.Name },
            Status = BoundStatus(claim, volume),
        };
    }

    public static PersistentVolumeClaimStatus BoundStatus(PersistentVolumeClaim claim, PersistentVolume volume)
    {
        // A volume that is larger than what was asked for gives all of itself; one that grew has its growth shown by who made it grow.
        PersistentVolumeClaimStatus status = claim.Status ?? new PersistentVolumeClaimStatus();
        return status with
        {
            Phase = "Bound",
            AccessModes = volume.Spec?.AccessModes,
            Capacity = status is { Phase: "Bound", Capacity: { Count: > 0 } known } ? known : volume.Spec?.Capacity,
        };
    }

    /// <summary>Where a volume is in its life, given the claim that it is for, if that exists.</summary>
    public static string PhaseOf(PersistentVolume volume, PersistentVolumeClaim? claim)
    {
        if (volume.Spec?.ClaimRef is not { } reference)
        {
            return "Available";
        }

        if (string.IsNullOrEmpty(reference.Uid))
        {
            return "Available";
        }

        return claim is null || claim.Metadata.Uid != reference.Uid ? "Released"
            : claim.Spec?.VolumeName == volume.Metadata.Name ? "Bound"
            : volume.Status?.Phase is { } phase and not "Pending" ? phase : "Available";
    }

    private static ClaimStep Wanted(PersistentVolumeClaim claim, PersistentVolume? volume)
    {
        if (volume?.Spec is not { } spec)
        {
            return new ClaimStep.Nothing();
        }

        if (spec.ClaimRef is not null && !VolumeMatch.IsFor(volume, claim))
        {
            return new ClaimStep.Wait("Warning", "FailedBinding", $"volume \"{volume.Metadata.Name}\" already bound to a different claim.");
        }

        string? mismatch = VolumeMatch.Storage(spec.Capacity) < VolumeMatch.Storage(claim.Spec?.Resources?.Requests) ? "requested PV is too small"
            : (spec.VolumeMode ?? "Filesystem") != (claim.Spec?.VolumeMode ?? "Filesystem") ? "incompatible volumeMode"
            : (spec.StorageClassName ?? "") != (VolumeMatch.ClassOf(claim) ?? "") ? "storageClassName does not match"
            : !(claim.Spec?.AccessModes ?? []).All(mode => spec.AccessModes?.Contains(mode, StringComparer.Ordinal) == true) ? "incompatible accessMode"
            : null;
        return mismatch is null
            ? new ClaimStep.Bind(volume)
            : new ClaimStep.Wait("Warning", "VolumeMismatch", $"Cannot bind to requested volume \"{volume.Metadata.Name}\": {mismatch}");
    }

    private static IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string>? annotations, string name)
        => new Dictionary<string, string>(annotations ?? new Dictionary<string, string>()) { [name] = "yes" };
}
