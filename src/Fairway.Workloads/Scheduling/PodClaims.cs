using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>A claim that a volume of a pod stands for.</summary>
/// <param name="Name">The claim's name, in the pod's namespace.</param>
/// <param name="Ephemeral">It is made with the pod and goes with it.</param>
internal readonly record struct PodClaim(string Name, Volume Volume, bool Ephemeral);

/// <summary>The claims of pods.</summary>
internal static class PodClaims
{
    public static IEnumerable<PodClaim> Of(Pod pod)
    {
        foreach (Volume volume in pod.Spec.Volumes ?? [])
        {
            if (volume.PersistentVolumeClaim is { } claim)
            {
                yield return new PodClaim(claim.ClaimName, volume, Ephemeral: false);
            }
            else if (volume.Ephemeral is not null)
            {
                yield return new PodClaim($"{pod.Metadata.Name}-{volume.Name}", volume, Ephemeral: true);
            }
        }
    }
}
