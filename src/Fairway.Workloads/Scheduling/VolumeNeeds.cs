using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>A claim of the pod that gets its volume when the pod is placed.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Volumes">Volumes that exist and would do, the smallest first.</param>
/// <param name="CanProvision">One can be made.</param>
/// <param name="AllowedTopologies">Where it can be made; null for anywhere.</param>
internal sealed record WaitingClaim(
    PersistentVolumeClaim Claim, IReadOnlyList<PersistentVolume> Volumes, bool CanProvision, NodeSelector? AllowedTopologies);

/// <summary>What a pod's claims ask of its node.</summary>
internal sealed record VolumeNeeds
{
    public static VolumeNeeds None { get; } = new();

    /// <summary>No node can take the pod as long as this is so.</summary>
    public string? Problem { get; init; }

    /// <summary>From where the volumes that the pod has can be reached.</summary>
    public IReadOnlyList<NodeSelector> Reach { get; init; } = [];

    /// <summary>A volume that a claim has does not exist.</summary>
    public bool IsVolumeLost { get; init; }

    public IReadOnlyList<WaitingClaim> Waiting { get; init; } = [];

    /// <summary>Claims that only one pod may use at a time, as <c>namespace/name</c>.</summary>
    public IReadOnlyList<string> Exclusive { get; init; } = [];
}
