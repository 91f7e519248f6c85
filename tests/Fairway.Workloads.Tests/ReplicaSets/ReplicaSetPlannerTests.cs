using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.ReplicaSets;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Workloads.Tests.ReplicaSets;

public sealed class ReplicaSetPlannerTests
{
    /// <summary>For any pods and any size the plan ends exactly at the size, and never takes a ready pod while an unready one stays.</summary>
    [Fact]
    public void Plan_AnyPods_EndsAtTheSizeAndSparesReadyPods()
    {
        var cases =
            from replicas in Gen.Choose(0, 8)
            from pods in Gen.Elements("ready", "unready", "pending", "failed", "going").ListOf()
            select (replicas, pods);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            Pod[] pods = [.. given.pods.Select((kind, number) => Of(kind, number))];
            ReplicaSetDecision decision = Plan(given.replicas, pods);
            Pod[] active = [.. pods.Where(PodStates.IsActive)];
            Pod[] left = [.. active.Except(decision.Delete)];
            bool spares = !decision.Delete.Any(PodStates.IsReady) || left.All(PodStates.IsReady);
            return left.Length + decision.Create == given.replicas && decision.Delete.All(active.Contains) && (decision.Create == 0 || decision.Delete.Count == 0) && spares
                && decision.Status.Replicas == active.Length && (decision.Status.ReadyReplicas ?? 0) == active.Count(PodStates.IsReady);
        }).ShouldHold();
    }

    public static TheoryData<string, Pod, Pod> Order => new()
    {
        { "without a node", Sample.Pod("first", node: null), Sample.Pod("second", isReady: false) },
        { "pending", Sample.Pod("first", phase: "Pending"), Sample.Pod("second", isReady: false) },
        { "not ready", Sample.Pod("first", isReady: false), Sample.Pod("second") },
        { "cheap", Costing(Sample.Pod("first", readyMinutes: 1000), "-5"), Sample.Pod("second", readyMinutes: 1) },
        { "crowded node", Sample.Pod("first", node: "crowded", readyMinutes: 1000), Sample.Pod("second", readyMinutes: 1) },
        { "younger", Sample.Pod("first", readyMinutes: 1), Sample.Pod("second", readyMinutes: 60) },
        { "restarting", Restarted(Sample.Pod("first"), 3), Sample.Pod("second") },
    };

    [Theory]
    [MemberData(nameof(Order))]
    public void Deletion_OfTwo_TakesTheOneWhoseLossMattersLess(string why, Pod first, Pod second)
    {
        var order = new PodDeletionOrder(new Dictionary<string, int> { ["crowded"] = 3, ["n1"] = 1 }, Sample.Noon);
        order.Compare(first, second).ShouldBeLessThan(0, why);
        order.Compare(second, first).ShouldBeGreaterThan(0, why);
    }

    [Fact]
    public void Plan_MinReadySeconds_CountsAsAvailableLaterAndSaysWhen()
    {
        ReplicaSet set = Sample.Set(1);
        set = set with { Spec = set.Spec with { MinReadySeconds = 30 } };
        ReplicaSetDecision decision = Plan(set, [Sample.Pod("young", readyMinutes: 0.25)]);
        decision.Status.ReadyReplicas.ShouldBe(1);
        decision.Status.AvailableReplicas.ShouldBeNull();
        decision.RequeueAfter.ShouldBe(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public void Plan_SetBeingDeleted_CreatesAndDeletesNothing()
    {
        ReplicaSet set = Sample.Set(5);
        set = set with { Metadata = set.Metadata with { DeletionTimestamp = Sample.Noon } };
        ReplicaSetDecision decision = Plan(set, [Sample.Pod("one")]);
        decision.Create.ShouldBe(0);
        decision.Delete.ShouldBeEmpty();
    }

    private static ReplicaSetDecision Plan(int replicas, IReadOnlyList<Pod> pods) => Plan(Sample.Set(replicas), pods);

    private static ReplicaSetDecision Plan(ReplicaSet set, IReadOnlyList<Pod> pods)
        => ReplicaSetPlanner.Plan(new ReplicaSetObservation { Set = set, Pods = pods, PodsOnNode = new Dictionary<string, int>(), Now = Sample.Noon });

    private static Pod Of(string kind, int number)
    {
        string name = $"p{number}";
        Pod pod = kind switch
        {
            "unready" => Sample.Pod(name, isReady: false),
            "pending" => Sample.Pod(name, isReady: false, node: null, phase: "Pending"),
            "failed" => Sample.Pod(name, isReady: false, phase: "Failed"),
            _ => Sample.Pod(name),
        };
        return kind == "going" ? pod with { Metadata = pod.Metadata with { DeletionTimestamp = Sample.Noon } } : pod;
    }

    private static Pod Costing(Pod pod, string cost)
        => pod with { Metadata = pod.Metadata with { Annotations = new Dictionary<string, string> { ["controller.kubernetes.io/pod-deletion-cost"] = cost } } };

    private static Pod Restarted(Pod pod, int times)
        => pod with { Status = pod.Status! with { ContainerStatuses = [new ContainerStatus { Name = "web", RestartCount = times }] } };
}
