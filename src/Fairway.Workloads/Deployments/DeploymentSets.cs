using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>
/// A deployment's ReplicaSets while a decision is made about them: the one of the present template, the others, and the changes
/// decided so far. Counts take those changes into account.
/// </summary>
internal sealed class DeploymentSets
{
    private readonly Deployment _deployment;
    private readonly Dictionary<string, ReplicaSet> _wanted = [];

    public DeploymentSets(Deployment deployment, IReadOnlyList<ReplicaSet> sets)
    {
        _deployment = deployment;
        All = [.. sets.OrderBy(set => set.Metadata.CreationTimestamp).ThenBy(set => set.Metadata.Name, StringComparer.Ordinal)];

        // Of several with the same template the oldest counts, so that everyone agrees which.
        New = All.FirstOrDefault(set => TemplateHash.AreEqual(set.Spec.Template, deployment.Spec.Template));
        Old = [.. All.Where(set => set != New)];
    }

    /// <summary>Oldest first, as observed.</summary>
    public IReadOnlyList<ReplicaSet> All { get; }

    /// <summary>The set of the present template.</summary>
    public ReplicaSet? New { get; }

    public IReadOnlyList<ReplicaSet> Old { get; }

    /// <summary>A set to create, with the size that was decided.</summary>
    public ReplicaSet? Created { get; private set; }

    public int Desired => _deployment.Spec.Replicas ?? 1;

    public IReadOnlyList<SetChange> Changes
        => [.. _wanted.Select(wanted => new SetChange(All.First(set => set.Metadata.Uid == wanted.Key), wanted.Value)).Where(IsChange)];

    /// <summary>The size that the set is asked to have, changes included.</summary>
    public int Size(ReplicaSet set) => Wanted(set).Spec.Replicas ?? 1;

    public int SizeOfNew => Created is not null ? Created.Spec.Replicas ?? 1 : New is null ? 0 : Size(New);

    public int SizeOfOld => Old.Sum(Size);

    public int SizeOfAll => SizeOfNew + SizeOfOld;

    /// <summary>Pods of the set that stay available: never more than it should have, since a status may tell of pods that are about to go.</summary>
    public int Available(ReplicaSet set) => Math.Min(set.Status?.AvailableReplicas ?? 0, Size(set));

    public int AvailableOfAll => All.Sum(Available);

    /// <summary>Pods that are or may be there: a set that was made smaller counts in full until its status says otherwise.</summary>
    public int Occupied => SizeOfAll + All.Sum(set => Math.Max(0, (set.Status?.Replicas ?? 0) - Size(set)));

    /// <summary>
    /// Every set's status belongs to its present size. Until then nobody can say how many pods are there and serve: the next step
    /// waits for the sets' controller, whose report brings us back.
    /// </summary>
    public bool AreReported => All.All(set => (set.Status?.ObservedGeneration ?? 0) >= (set.Metadata.Generation ?? 0));

    public IReadOnlyList<ReplicaSet> ActiveOld => [.. Old.Where(set => Size(set) > 0)];

    /// <summary>Changes a set's size and notes what the deployment asks for on it.</summary>
    public void Scale(ReplicaSet set, int size)
    {
        ReplicaSet wanted = Wanted(set);
        _wanted[set.Metadata.Uid!] = wanted with
        {
            Metadata = wanted.Metadata with { Annotations = Sized(wanted.Metadata.Annotations) },
            Spec = wanted.Spec with { Replicas = size },
        };
    }

    /// <summary>Brings revision, copied annotations and minReadySeconds of the new set up to date.</summary>
    public void Refresh(long revision)
    {
        if (New is null)
        {
            return;
        }

        ReplicaSet wanted = Wanted(New);
        _wanted[New.Metadata.Uid!] = wanted with
        {
            Metadata = wanted.Metadata with { Annotations = RevisionAnnotations.OfNewSet(_deployment, wanted, revision) },
            Spec = wanted.Spec with { MinReadySeconds = _deployment.Spec.MinReadySeconds },
        };
    }

    /// <summary>Decides to create the set of the present template.</summary>
    public void Create(long revision, int size)
    {
        string hash = TemplateHash.Of(_deployment.Spec.Template, _deployment.Status?.CollisionCount ?? 0);
        Created = new ReplicaSet
        {
            Metadata = new ObjectMeta
            {
                Name = $"{_deployment.Metadata.Name}-{hash}",
                Namespace = _deployment.Metadata.Namespace,
                Labels = TemplateHash.WithLabel(_deployment.Spec.Template.Metadata?.Labels, hash),
                Annotations = Sized(RevisionAnnotations.OfNewSet(_deployment, null, revision)),
                OwnerReferences = [Owners.ControllerReference(_deployment)],
            },
            Spec = new ReplicaSetSpec
            {
                Replicas = size,
                MinReadySeconds = _deployment.Spec.MinReadySeconds,
                Selector = SelectorWith(hash),
                Template = TemplateHash.With(_deployment.Spec.Template, hash),
            },
        };
    }

    private LabelSelectorSpec SelectorWith(string hash)
        => _deployment.Spec.Selector with { MatchLabels = TemplateHash.WithLabel(_deployment.Spec.Selector.MatchLabels, hash) };

    private ReplicaSet Wanted(ReplicaSet set) => _wanted.GetValueOrDefault(set.Metadata.Uid!, set);

    private IReadOnlyDictionary<string, string> Sized(IReadOnlyDictionary<string, string>? annotations)
        => RevisionAnnotations.WithSize(annotations, Desired, Desired + RollingLimits.Of(_deployment).Surge);

    private static bool IsChange(SetChange change)
        => change.IsScaling
            || (change.From.Spec.MinReadySeconds ?? 0) != (change.To.Spec.MinReadySeconds ?? 0)
            || !AreEqual(change.From.Metadata.Annotations, change.To.Metadata.Annotations);

    private static bool AreEqual(IReadOnlyDictionary<string, string>? left, IReadOnlyDictionary<string, string>? right)
        => (left?.Count ?? 0) == (right?.Count ?? 0)
            && (left is null || left.All(pair => right!.TryGetValue(pair.Key, out string? value) && value == pair.Value));
}
