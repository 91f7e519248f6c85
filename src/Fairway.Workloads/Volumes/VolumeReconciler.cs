using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Volumes;

/// <summary>Keeps volumes' phases, and lets a volume that is deleted go when no claim has it.</summary>
internal sealed class VolumeReconciler(IClusterApi api, InformerSet informers, EventRecorder events, TimeProvider time)
{
    private readonly Informer<PersistentVolume> _volumes = informers.Of<PersistentVolume>();

    /// <summary>The volume that a claim has or wants.</summary>
    public static IEnumerable<ObjectKey> VolumeOf(PersistentVolumeClaim claim)
        => string.IsNullOrEmpty(claim.Spec?.VolumeName) ? [] : [new ObjectKey("", claim.Spec.VolumeName)];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_volumes.Get(key) is not { } volume)
        {
            return ReconcileResult.Done;
        }

        PersistentVolumeClaim? claim = volume.Spec?.ClaimRef is { Name: { } name } reference
            ? await api.FindAsync<PersistentVolumeClaim>(reference.Namespace, name, cancellation)
            : null;
        string phase = VolumePlanner.PhaseOf(volume, claim);
        if (phase == "Released" && volume.Spec?.PersistentVolumeReclaimPolicy == "Delete"
            && volume.Metadata.Annotations?.ContainsKey(VolumeAnnotations.ProvisionedBy) != true)
        {
            phase = "Failed";
        }

        if (volume.Status?.Phase != phase && !(volume.Status?.Phase == "Failed" && phase == "Released"))
        {
            string? why = phase == "Failed" ? $"error getting deleter volume plugin for volume \"{volume.Metadata.Name}\": no deletable volume plugin matched" : null;
            if (why is not null)
            {
                events.Warning(volume, "VolumeFailedDelete", why);
            }

            volume = await api.WriteStatusAsync(
                volume,
                volume with { Status = (volume.Status ?? new()) with { Phase = phase, Message = why, LastPhaseTransitionTime = time.GetUtcNow() } },
                cancellation);
        }

        if (volume.Metadata.DeletionTimestamp is not null
            && phase != "Bound"
            && volume.Metadata.Finalizers?.Contains(VolumePlanner.VolumeProtection, StringComparer.Ordinal) == true)
        {
            await api.WriteAsync(
                volume,
                volume with { Metadata = volume.Metadata with { Finalizers = [.. volume.Metadata.Finalizers.Where(each => each != VolumePlanner.VolumeProtection)] } },
                cancellation);
        }

        return ReconcileResult.Done;
    }
}
