using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Scheduling;

namespace Fairway.Workloads.Volumes;

/// <summary>Makes the claims of pods' ephemeral volumes; they go with the pod, which owns them.</summary>
internal sealed class EphemeralClaimReconciler(IClusterApi api, InformerSet informers, EventRecorder events)
{
    private readonly Informer<Pod> _pods = informers.Of<Pod>();
    private readonly Informer<PersistentVolumeClaim> _claims = informers.Of<PersistentVolumeClaim>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_pods.Get(key) is not { } pod || !pod.IsActive())
        {
            return ReconcileResult.Done;
        }

        foreach (PodClaim wanted in PodClaims.Of(pod))
        {
            if (wanted is { Ephemeral: true, Volume.Ephemeral.VolumeClaimTemplate: { } template })
            {
                await EnsureAsync(pod, wanted.Name, template, cancellation);
            }
        }

        return ReconcileResult.Done;
    }

    private async Task EnsureAsync(Pod pod, string name, PersistentVolumeClaimTemplate template, CancellationToken cancellation)
    {
        if (_claims.Get(pod.Metadata.Namespace, name) is { } there)
        {
            if (there.Metadata.OwnerReferences?.Any(owner => owner.Uid == pod.Metadata.Uid) != true)
            {
                events.Warning(
                    pod,
                    "EphemeralVolumeConflict",
                    $"PVC {pod.Metadata.Namespace}/{name} was not created for pod {pod.Metadata.Namespace}/{pod.Metadata.Name} (pod is not owner)");
            }

            return;
        }

        var claim = new PersistentVolumeClaim
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = pod.Metadata.Namespace,
                Labels = template.Metadata?.Labels,
                Annotations = template.Metadata?.Annotations,
                OwnerReferences =
                [
                    new OwnerReference
                    {
                        ApiVersion = "v1", Kind = "Pod", Name = pod.Metadata.Name, Uid = pod.Metadata.Uid!, Controller = true, BlockOwnerDeletion = true,
                    },
                ],
            },
            Spec = template.Spec,
        };
        try
        {
            await api.CreateAsync(claim, cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // The cache was behind.
        }
    }
}
