using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.StatefulSets;

namespace Fairway.Workloads.Tests.StatefulSets;

public sealed class StatefulSetPlannerTests
{
    /// <summary>Pods by a letter each: r ready, u unready, f failed, d being deleted, . missing; capitals are of the old revision.</summary>
    [Theory]
    [InlineData(3, "...", "OrderedReady", "+0", "")]
    [InlineData(3, "u..", "OrderedReady", "", "")]
    [InlineData(3, "r..", "OrderedReady", "+1", "")]
    [InlineData(3, "...", "Parallel", "+0 +1 +2", "")]
    [InlineData(3, "rf.", "OrderedReady", "", "1")]
    [InlineData(3, "rdr", "OrderedReady", "", "")]
    [InlineData(1, "rrr", "OrderedReady", "", "2")]
    [InlineData(1, "rrd", "OrderedReady", "", "")]
    [InlineData(1, "rrr", "Parallel", "", "2 1")]
    [InlineData(3, "RRR", "OrderedReady", "", "2")]
    [InlineData(3, "RRu", "OrderedReady", "", "")]
    [InlineData(3, "RRr", "OrderedReady", "", "1")]
    [InlineData(3, "RRd", "OrderedReady", "", "")]
    [InlineData(3, "RRU", "Parallel", "", "2")]
    [InlineData(3, "rrr", "OrderedReady", "", "")]
    public void Step_FromTheState_IsTheNextSafeOne(int replicas, string pods, string policy, string created, string deleted)
    {
        StatefulSetDecision decision = Plan(Set(replicas, policy), pods);
        string.Join(' ', decision.Create.Select(pod => $"+{pod.Ordinal}")).ShouldBe(created);
        string.Join(' ', decision.Delete.Select(pod => pod.Metadata.Name["web-".Length..])).ShouldBe(deleted);
    }

    [Theory]
    [InlineData("RRR", 2, "2")]
    [InlineData("RRr", 2, "")]
    [InlineData("RRr", 1, "1")]
    public void Update_StopsAtThePartition(string pods, int partition, string deleted)
    {
        StatefulSet set = Set(3, "OrderedReady");
        set = set with { Spec = set.Spec with { UpdateStrategy = new StatefulSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = new RollingUpdateStatefulSetStrategy { Partition = partition } } } };
        string.Join(' ', Plan(set, pods).Delete.Select(pod => pod.Metadata.Name["web-".Length..])).ShouldBe(deleted);
    }

    [Fact]
    public void MissingPod_BelowThePartition_ComesBackAsItWas()
    {
        StatefulSet set = Set(3, "OrderedReady");
        set = set with { Spec = set.Spec with { UpdateStrategy = new StatefulSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = new RollingUpdateStatefulSetStrategy { Partition = 2 } } } };
        Plan(set, "R.r").Create.ShouldBe([new NewStatefulPod(1, IsCurrent: true)]);
        Plan(set, "RR.").Create.ShouldBe([new NewStatefulPod(2, IsCurrent: false)]);
    }

    [Fact]
    public void OnDelete_ReplacesNothingByItself()
    {
        StatefulSet set = Set(3, "OrderedReady");
        set = set with { Spec = set.Spec with { UpdateStrategy = new StatefulSetUpdateStrategy { Type = "OnDelete" } } };
        Plan(set, "RRR").Delete.ShouldBeEmpty();
    }

    [Fact]
    public void MaxUnavailable_LetsSeveralGoAtATime()
    {
        StatefulSet set = Set(4, "Parallel");
        set = set with { Spec = set.Spec with { UpdateStrategy = new StatefulSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = new RollingUpdateStatefulSetStrategy { MaxUnavailable = 2 } } } };
        string.Join(' ', Plan(set, "RRRR").Delete.Select(pod => pod.Metadata.Name["web-".Length..])).ShouldBe("3 2");
        string.Join(' ', Plan(set, "RRRu").Delete.Select(pod => pod.Metadata.Name["web-".Length..])).ShouldBe("2");
    }

    [Fact]
    public void Ordinals_StartWhereTheSpecSays()
    {
        StatefulSet set = Set(2, "Parallel");
        set = set with { Spec = set.Spec with { Ordinals = new StatefulSetOrdinals { Start = 5 } } };
        Plan(set, "").Create.Select(pod => pod.Ordinal).ShouldBe([5, 6]);
        Plan(set, "r").Delete.Single().Metadata.Name.ShouldBe("web-0");
    }

    [Fact]
    public void Status_OfACompleteUpdate_TakesItsRevisionOver()
    {
        StatefulSetStatus during = Plan(Set(3, "OrderedReady"), "RRr").Status;
        (during.CurrentRevision, during.CurrentReplicas, during.UpdatedReplicas, during.ReadyReplicas).ShouldBe(("web-old", 2, 1, 3));
        StatefulSetStatus after = Plan(Set(3, "OrderedReady"), "rrr").Status;
        (after.CurrentRevision, after.CurrentReplicas, after.UpdatedReplicas).ShouldBe(("web-new", 3, 3));
    }

    [Fact]
    public void Pod_HasItsNumberItsHostAndItsClaims()
    {
        StatefulSet set = Set(1, "OrderedReady");
        set = set with { Spec = set.Spec with { VolumeClaimTemplates = [new PersistentVolumeClaim { Metadata = new ObjectMeta { Name = "data" }, Spec = new PersistentVolumeClaimSpec { AccessModes = ["ReadWriteOnce"] } }] } };
        Pod pod = StatefulPods.New(set, set.Spec.Template, "web-new", 3);
        pod.Metadata.Name.ShouldBe("web-3");
        pod.Metadata.Labels!["apps.kubernetes.io/pod-index"].ShouldBe("3");
        (pod.Spec.Hostname, pod.Spec.Subdomain).ShouldBe(("web-3", "web"));
        pod.Spec.Volumes!.Single().PersistentVolumeClaim!.ClaimName.ShouldBe("data-web-3");
        StatefulPods.ClaimsOf(set, 3).Single().Claim["metadata"]!["labels"]!["app"]!.ToString().ShouldBe("web");
    }

    private static StatefulSet Set(int replicas, string policy) => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "shop", Uid = "sts", Generation = 1 },
        Spec = new StatefulSetSpec
        {
            Replicas = replicas,
            ServiceName = "web",
            PodManagementPolicy = policy,
            Selector = new LabelSelectorSpec { MatchLabels = Sample.Labels },
            Template = Sample.Template("web:1"),
        },
    };

    private static StatefulSetDecision Plan(StatefulSet set, string pods) => StatefulSetPlanner.Plan(new StatefulSetObservation
    {
        Set = set,
        Pods = [.. pods.Select((state, ordinal) => (state, ordinal)).Where(each => each.state != '.').Select(each => PodOf(each.ordinal, each.state))],
        CurrentRevision = "web-old",
        UpdateRevision = "web-new",
        Now = Sample.Noon,
    });

    private static Pod PodOf(int ordinal, char state)
    {
        bool isReady = char.ToLowerInvariant(state) == 'r';
        Pod pod = Sample.Pod($"web-{ordinal}", isReady, phase: state == 'f' ? "Failed" : "Running");
        return pod with
        {
            Metadata = pod.Metadata with
            {
                Labels = new Dictionary<string, string>(Sample.Labels) { ["controller-revision-hash"] = char.IsUpper(state) ? "web-old" : "web-new" },
                DeletionTimestamp = state == 'd' ? Sample.Noon : null,
            },
        };
    }
}
