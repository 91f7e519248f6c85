using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.StatefulSets;

/// <summary>Makes the claims of a set's pods, and ties them to the set or the pod where they are to go with it.</summary>
internal sealed class StatefulClaims(IClusterApi api, EventRecorder events)
{
    private static readonly ResourceType Claims = new() { Group = "", Version = "v1", Kind = "PersistentVolumeClaim", Plural = "persistentvolumeclaims", Namespaced = true };

    /// <summary>Creates what is missing.</summary>
    public async Task EnsureAsync(StatefulSet set, int ordinal, CancellationToken cancellation)
    {
        string pod = StatefulPods.NameOf(set, ordinal);
        foreach ((string name, JsonObject claim) in StatefulPods.ClaimsOf(set, ordinal))
        {
            try
            {
                if (await FindAsync(set, name, cancellation) is null)
                {
                    await api.CreateAsync(Claims, set.Metadata.Namespace, Document.From(claim), WriteOptions.Default, cancellation);
                    events.Normal(set, "SuccessfulCreate", $"create Claim {name} Pod {pod} in StatefulSet {set.Metadata.Name} success");
                }
            }
            catch (StatusException refused) when (refused.IsAlreadyExists)
            {
                // Made in between: all that is wanted is that it is there.
            }
            catch (StatusException refused)
            {
                events.Warning(set, "FailedCreate", $"create Claim {name} for Pod {pod} in StatefulSet {set.Metadata.Name} failed error: {refused.Message}");
                throw;
            }
        }
    }

    /// <summary>Ties each claim to those with which it goes: the set (whenDeleted), a pod that goes for good (whenScaled).</summary>
    public async Task TieAsync(StatefulSet set, IReadOnlyList<Pod> pods, IReadOnlyList<Pod> condemned, CancellationToken cancellation)
    {
        if (set.Spec.VolumeClaimTemplates is not { Count: > 0 })
        {
            return;
        }

        bool withSet = set.Spec.PersistentVolumeClaimRetentionPolicy?.WhenDeleted == "Delete";
        bool withPod = set.Spec.PersistentVolumeClaimRetentionPolicy?.WhenScaled == "Delete";
        foreach (Pod pod in pods)
        {
            if (StatefulPods.OrdinalOf(set, pod) is not { } ordinal)
            {
                continue;
            }

            bool isCondemned = condemned.Any(each => each.Metadata.Uid == pod.Metadata.Uid);
            OwnerReference[] owners =
            [
                .. withSet && !(withPod && isCondemned) ? [Owners.ControllerReference(set)] : (OwnerReference[])[],
                .. withPod && isCondemned ? [Owners.ControllerReference(pod)] : (OwnerReference[])[],
            ];
            foreach ((string name, _) in StatefulPods.ClaimsOf(set, ordinal))
            {
                await TieAsync(set, pod, name, owners, cancellation);
            }
        }
    }

    private async Task TieAsync(StatefulSet set, Pod pod, string name, OwnerReference[] owners, CancellationToken cancellation)
    {
        if (await FindAsync(set, name, cancellation) is not { } claim)
        {
            return;
        }

        // What an earlier set or pod of these names left is the garbage collector's, and another controller's claim is not ours.
        IReadOnlyList<OwnerReference> before = claim.Header.OwnerReferences;
        if (before.Any(owner => IsNamed(owner, set, pod) && owner.Uid != set.Metadata.Uid && owner.Uid != pod.Metadata.Uid))
        {
            return;
        }

        OwnerReference[] others = [.. before.Where(owner => !IsNamed(owner, set, pod))];
        OwnerReference[] wanted = others.Any(owner => owner.Controller == true) ? others : [.. others, .. owners];
        if (before.SequenceEqual(wanted))
        {
            return;
        }

        var references = new JsonArray([.. wanted.Select(owner => JsonSerializer.SerializeToNode(owner, KindsJson.Of<OwnerReference>()))]);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["ownerReferences"] = wanted.Length > 0 ? references : null } };
        await api.PatchAsync(Claims, set.Metadata.Namespace, name, new PatchBody(PatchKind.Merge, patch), WriteOptions.Default, cancellation);
    }

    private static bool IsNamed(OwnerReference owner, StatefulSet set, Pod pod)
        => (owner.Kind == "StatefulSet" && owner.Name == set.Metadata.Name) || (owner.Kind == "Pod" && owner.Name == pod.Metadata.Name);

    private async Task<Document?> FindAsync(StatefulSet set, string name, CancellationToken cancellation)
    {
        try
        {
            return await api.GetAsync(Claims, set.Metadata.Namespace, name, cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }
}
