using Fairway.ControllerRuntime;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Storage;
using Fairway.Workloads.Volumes;

namespace Fairway.Workloads.Scheduling;

/// <summary>Finds out from the cache what pods' claims ask of their node.</summary>
internal sealed class VolumeLookup(InformerSet informers)
{
    private readonly Informer<PersistentVolumeClaim> _claims = informers.Of<PersistentVolumeClaim>();
    private readonly Informer<PersistentVolume> _volumes = informers.Of<PersistentVolume>();
    private readonly Informer<StorageClass> _classes = informers.Of<StorageClass>();

    public VolumeNeeds Of(PodNeeds pod)
    {
        if (pod.Claims.Count == 0)
        {
            return VolumeNeeds.None;
        }

        var reach = new List<NodeSelector>();
        var waiting = new List<WaitingClaim>();
        var exclusive = new List<string>();
        bool isLost = false;
        foreach (PodClaim wanted in PodClaims.Of(pod.Pod))
        {
            PersistentVolumeClaim? claim = _claims.Get(pod.Namespace, wanted.Name);
            if (Problem(pod, wanted, claim) is { } problem)
            {
                return new VolumeNeeds { Problem = problem };
            }

            if (claim!.Spec?.AccessModes?.Contains("ReadWriteOncePod", StringComparer.Ordinal) == true)
            {
                exclusive.Add($"{pod.Namespace}/{wanted.Name}");
            }

            if (VolumeMatch.IsBound(claim))
            {
                PersistentVolume? volume = _volumes.Get(null, claim.Spec!.VolumeName!);
                isLost |= volume is null;
                if (volume?.Spec?.NodeAffinity?.Required is { } required)
                {
                    reach.Add(required);
                }

                continue;
            }

            StorageClass? @class = VolumeMatch.ClassOf(claim) is { Length: > 0 } name ? _classes.Get(null, name) : null;
            if (@class?.VolumeBindingMode != "WaitForFirstConsumer" || !string.IsNullOrEmpty(claim.Spec?.VolumeName))
            {
                return new VolumeNeeds { Problem = "pod has unbound immediate PersistentVolumeClaims" };
            }

            bool canProvision = VolumeMatch.CanProvision(@class) && claim.Spec?.Selector is null;
            waiting.Add(new WaitingClaim(claim, VolumeMatch.Candidates(claim, _volumes.List()), canProvision, Topologies(@class)));
        }

        return new VolumeNeeds { Reach = reach, Waiting = waiting, Exclusive = exclusive, IsVolumeLost = isLost };
    }

    /// <summary>Whether all claims of a pod have their volumes by now.</summary>
    public bool AreBound(PodNeeds pod)
        => PodClaims.Of(pod.Pod).All(wanted => _claims.Get(pod.Namespace, wanted.Name) is { } claim && VolumeMatch.IsBound(claim));

    private static string? Problem(PodNeeds pod, PodClaim wanted, PersistentVolumeClaim? claim)
    {
        if (claim is null)
        {
            return wanted.Ephemeral
                ? $"waiting for ephemeral volume controller to create the persistentvolumeclaim \"{wanted.Name}\""
                : $"persistentvolumeclaim \"{wanted.Name}\" not found";
        }

        if (wanted.Ephemeral && claim.Metadata.OwnerReferences?.Any(owner => owner.Uid == pod.Uid) != true)
        {
            return $"PVC {pod.Namespace}/{wanted.Name} was not created for pod {pod.Namespace}/{pod.Pod.Metadata.Name} (pod is not owner)";
        }

        if (claim.Metadata.DeletionTimestamp is not null)
        {
            return $"persistentvolumeclaim \"{wanted.Name}\" is being deleted";
        }

        return claim.Status?.Phase == "Lost"
            ? $"persistentvolumeclaim \"{wanted.Name}\" bound to non-existent persistentvolume \"{claim.Spec?.VolumeName}\""
            : null;
    }

    private static NodeSelector? Topologies(StorageClass @class)
        => @class.AllowedTopologies is not { Count: > 0 } terms
            ? null
            : new NodeSelector
            {
                NodeSelectorTerms =
                [
                    .. terms.Select(term => new NodeSelectorTerm
                    {
                        MatchExpressions =
                        [
                            .. (term.MatchLabelExpressions ?? []).Select(each => new NodeSelectorRequirement { Key = each.Key, Operator = "In", Values = each.Values }),
                        ],
                    }),
                ],
            };
}
