using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Revisions;

namespace Fairway.Workloads.DaemonSets;

/// <summary>What is known of a set.</summary>
internal sealed record DaemonSetObservation
{
    public required DaemonSet Set { get; init; }

    public required IReadOnlyList<Node> Nodes { get; init; }

    /// <summary>The pods that it controls; those whose deletion was just asked for count as being deleted.</summary>
    public required IReadOnlyList<Pod> Pods { get; init; }

    /// <summary>The hash of the present template's revision.</summary>
    public required string Hash { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>What to do about it.</summary>
/// <param name="Create">Nodes that get a pod.</param>
/// <param name="Delete">Pods that go.</param>
/// <param name="Failed">Those of them that had failed, which is told.</param>
/// <param name="Status">The status before that is done.</param>
/// <param name="RequeueAfter">When a ready pod becomes available.</param>
internal sealed record DaemonSetDecision(IReadOnlyList<string> Create, IReadOnlyList<Pod> Delete, IReadOnlyList<Pod> Failed, DaemonSetStatus Status, TimeSpan? RequeueAfter);

/// <summary>One pod on every node that should have one; new ones in place of old ones, a few nodes at a time. Pure.</summary>
internal static class DaemonSetPlanner
{
    public static DaemonSetDecision Plan(DaemonSetObservation observed)
    {
        DaemonSet set = observed.Set;
        DaemonSpot[] spots = Spots(observed);
        var create = new List<string>();
        var delete = new List<Pod>();
        var failed = new List<Pod>();
        foreach (DaemonSpot spot in spots)
        {
            Place(spot, observed, create, delete, failed);
        }

        // Pods of nodes that are gone.
        var known = spots.Select(spot => spot.Node.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        delete.AddRange(observed.Pods.Where(pod => NodeOf(pod) is { } node && !known.Contains(node) && pod.Metadata.DeletionTimestamp is null));
        bool isRolling = set.Spec.UpdateStrategy?.Type != "OnDelete";
        if (isRolling && set.Metadata.DeletionTimestamp is null)
        {
            DaemonRolling.Plan(observed, spots, create, delete);
        }

        DaemonSetStatus status = StatusOf(observed, spots);
        bool isGoing = set.Metadata.DeletionTimestamp is not null;
        return new DaemonSetDecision(isGoing ? [] : create, isGoing ? [] : [.. delete.Distinct()], failed, status, NextAvailable(observed));
    }

    /// <summary>The pod for a node: like the template, tied to the node by its affinity.</summary>
    public static Pod PodFor(DaemonSet set, string node, string hash)
    {
        PodTemplateSpec template = set.Spec.Template;
        var labels = new Dictionary<string, string>(template.Metadata?.Labels ?? new Dictionary<string, string>())
        {
            [RevisionPlanner.HashLabel] = hash,
            ["pod-template-generation"] = set.Metadata.Annotations?.GetValueOrDefault("deprecated.daemonset.template.generation") ?? "1",
        };
        var onNode = new NodeSelectorRequirement { Key = "metadata.name", Operator = "In", Values = [node] };
        NodeSelectorTerm[] terms =
        [
            .. template.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms.Select(term => term with { MatchFields = [onNode] })
                ?? [new NodeSelectorTerm { MatchFields = [onNode] }],
        ];
        Affinity affinity = template.Spec.Affinity ?? new Affinity();
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                GenerateName = $"{set.Metadata.Name}-",
                Namespace = set.Metadata.Namespace,
                Labels = labels,
                Annotations = template.Metadata?.Annotations,
                Finalizers = template.Metadata?.Finalizers,
                OwnerReferences = [Owners.ControllerReference(set)],
            },
            Spec = template.Spec with
            {
                Tolerations = DaemonNodes.TolerationsOf(template.Spec),
                Affinity = affinity with
                {
                    NodeAffinity = (affinity.NodeAffinity ?? new NodeAffinity()) with
                    {
                        RequiredDuringSchedulingIgnoredDuringExecution = new NodeSelector { NodeSelectorTerms = terms },
                    },
                },
            },
        };
    }

    /// <summary>The node a pod is on, or is meant for while it waits to be scheduled.</summary>
    public static string? NodeOf(Pod pod)
        => !string.IsNullOrEmpty(pod.Spec.NodeName) ? pod.Spec.NodeName
            : pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms
                .SelectMany(term => term.MatchFields ?? []).FirstOrDefault(field => field is { Key: "metadata.name", Values.Count: 1 })?.Values![0];

    private static DaemonSpot[] Spots(DaemonSetObservation observed)
    {
        ILookup<string?, Pod> pods = observed.Pods.ToLookup(NodeOf);
        return
        [
            .. observed.Nodes.OrderBy(node => node.Metadata.Name, StringComparer.Ordinal).Select(node =>
            {
                (bool shouldRun, bool mayContinue) = DaemonNodes.Judge(observed.Set, node);
                return new DaemonSpot(node, shouldRun, mayContinue, [.. pods[node.Metadata.Name].OrderBy(pod => pod.Metadata.CreationTimestamp).ThenBy(pod => pod.Metadata.Name, StringComparer.Ordinal)]);
            }),
        ];
    }

    private static void Place(DaemonSpot spot, DaemonSetObservation observed, List<string> create, List<Pod> delete, List<Pod> failed)
    {
        if (!spot.MayContinue)
        {
            delete.AddRange(spot.Pods.Where(pod => pod.Metadata.DeletionTimestamp is null));
            return;
        }

        Pod[] ended = [.. spot.Pods.Where(pod => pod.HasEnded() && pod.Metadata.DeletionTimestamp is null)];
        delete.AddRange(ended);
        failed.AddRange(ended);
        Pod[] running = [.. spot.Pods.Where(pod => pod.IsActive())];
        if (spot.ShouldRun && spot.Pods.Count == 0)
        {
            create.Add(spot.Node.Metadata.Name);
        }

        // Two at a time only while a new one starts beside the old one.
        bool isSurge = running.Length == 2 && DaemonRolling.Surge(observed, 1) > 0 && running.Count(pod => IsNew(pod, observed.Hash)) == 1;
        if (running.Length > 1 && !isSurge)
        {
            delete.AddRange(running.Skip(1));
        }
    }

    public static bool IsNew(Pod pod, string hash) => pod.Metadata.Labels?.GetValueOrDefault(RevisionPlanner.HashLabel) == hash;

    private static DaemonSetStatus StatusOf(DaemonSetObservation observed, DaemonSpot[] spots)
    {
        DaemonSet set = observed.Set;
        int minReady = set.Spec.MinReadySeconds ?? 0;
        DaemonSpot[] wanted = [.. spots.Where(spot => spot.ShouldRun)];
        Pod[] oldest = [.. wanted.Where(spot => spot.Pods.Count > 0).Select(spot => spot.Pods.FirstOrDefault(pod => pod.IsActive()) ?? spot.Pods[0])];
        int available = oldest.Count(pod => pod.Metadata.DeletionTimestamp is null && pod.IsAvailable(minReady, observed.Now));
        return new DaemonSetStatus
        {
            CurrentNumberScheduled = oldest.Length,
            NumberMisscheduled = spots.Count(spot => !spot.ShouldRun && spot.Pods.Count > 0),
            DesiredNumberScheduled = wanted.Length,
            NumberReady = oldest.Count(pod => pod.IsReady()),
            ObservedGeneration = set.Metadata.Generation,
            UpdatedNumberScheduled = OrNull(oldest.Count(pod => IsNew(pod, observed.Hash))),
            NumberAvailable = OrNull(available),
            NumberUnavailable = OrNull(wanted.Length - available),
            CollisionCount = set.Status?.CollisionCount,
            Conditions = set.Status?.Conditions,
        };
    }

    private static TimeSpan? NextAvailable(DaemonSetObservation observed)
    {
        int minReady = observed.Set.Spec.MinReadySeconds ?? 0;
        return minReady == 0 ? null : observed.Pods
            .Where(pod => pod.IsReady() && !pod.IsAvailable(minReady, observed.Now))
            .Select(pod => pod.AvailableIn(minReady, observed.Now))
            .Where(wait => wait > TimeSpan.Zero)
            .Min();
    }

    private static int? OrNull(int count) => count == 0 ? null : count;
}

/// <summary>A node as a daemon sees it.</summary>
/// <param name="Node">The node.</param>
/// <param name="ShouldRun">A pod should start there.</param>
/// <param name="MayContinue">A pod that is there may stay.</param>
/// <param name="Pods">Its pods there, the oldest first.</param>
internal sealed record DaemonSpot(Node Node, bool ShouldRun, bool MayContinue, IReadOnlyList<Pod> Pods);

/// <summary>The next step of a rolling update: deletes first (maxUnavailable), or creates first (maxSurge).</summary>
internal static class DaemonRolling
{
    public static int Surge(DaemonSetObservation observed, int nodes)
        => observed.Set.Spec.UpdateStrategy is { Type: not "OnDelete", RollingUpdate.MaxSurge: { } surge } ? surge.Of(nodes, roundUp: true) ?? 0 : 0;

    public static void Plan(DaemonSetObservation observed, DaemonSpot[] spots, List<string> create, List<Pod> delete)
    {
        DaemonSpot[] wanted = [.. spots.Where(spot => spot.ShouldRun)];
        int surge = Surge(observed, wanted.Length);
        if (surge > 0)
        {
            CreateFirst(observed, wanted, surge, create, delete);
            return;
        }

        int unavailable = observed.Set.Spec.UpdateStrategy?.RollingUpdate?.MaxUnavailable?.Of(wanted.Length, roundUp: true) ?? 1;
        DeleteFirst(observed, wanted, Math.Max(1, unavailable), delete);
    }

    private static void DeleteFirst(DaemonSetObservation observed, DaemonSpot[] wanted, int most, List<Pod> delete)
    {
        int missing = 0;
        var candidates = new List<Pod>();
        foreach (DaemonSpot spot in wanted)
        {
            Pod? fresh = Find(spot, observed, isNew: true);
            Pod? old = Find(spot, observed, isNew: false);
            if (old is null)
            {
                missing += fresh is not null && IsAvailable(fresh, observed) ? 0 : 1;
            }
            else if (fresh is not null || delete.Contains(old))
            {
                missing++;
            }
            else if (!IsAvailable(old, observed))
            {
                // It serves nobody: nothing is lost with it.
                missing++;
                delete.Add(old);
            }
            else
            {
                candidates.Add(old);
            }
        }

        delete.AddRange(candidates.Take(Math.Max(0, most - missing)));
    }

    private static void CreateFirst(DaemonSetObservation observed, DaemonSpot[] wanted, int most, List<string> create, List<Pod> delete)
    {
        int surging = 0;
        var candidates = new List<string>();
        foreach (DaemonSpot spot in wanted)
        {
            Pod? fresh = Find(spot, observed, isNew: true);
            Pod? old = Find(spot, observed, isNew: false);
            switch (old, fresh)
            {
                case (null, _):
                    break;
                case ({ } one, null) when !IsAvailable(one, observed):
                    create.Add(spot.Node.Metadata.Name);
                    break;
                case (_, null):
                    candidates.Add(spot.Node.Metadata.Name);
                    break;
                case ({ } one, { } other) when IsAvailable(other, observed):
                    delete.Add(one);
                    break;
                default:
                    surging++;
                    break;
            }
        }

        create.AddRange(candidates.Take(Math.Max(0, most - surging)));
    }

    private static Pod? Find(DaemonSpot spot, DaemonSetObservation observed, bool isNew)
        => spot.Pods.FirstOrDefault(pod => pod.IsActive() && DaemonSetPlanner.IsNew(pod, observed.Hash) == isNew);

    private static bool IsAvailable(Pod pod, DaemonSetObservation observed) => pod.IsAvailable(observed.Set.Spec.MinReadySeconds ?? 0, observed.Now);
}
