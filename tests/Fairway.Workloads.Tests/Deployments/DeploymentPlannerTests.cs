using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Workloads.Deployments;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Workloads.Tests.Deployments;

public sealed class DeploymentPlannerTests
{
    /// <summary>
    /// Whatever the order in which set controllers act, statuses arrive and pods start: a rolling update never has fewer ready
    /// pods than it promises, never more pods than it may, and arrives.
    /// </summary>
    [Fact]
    public void RollingUpdate_InAnyOrderOfEvents_KeepsItsPromisesAndArrives()
    {
        var cases =
            from replicas in Gen.Choose(0, 12)
            from surge in Limits
            from unavailable in Limits
            from steps in Gen.Choose(0, 10_000).ListOf(120)
            select (replicas, surge, unavailable, steps);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            Deployment deployment = Sample.Deployment(given.replicas, given.surge, given.unavailable);
            var world = new DeploymentWorld(deployment, Sample.Noon);
            world.Settle();
            RollingLimits limits = RollingLimits.Of(deployment);
            world.Release("web:2");
            foreach (int step in given.steps)
            {
                if (step % 19 == 0)
                {
                    world.Release($"web:{2 + (step / 19 % 3)}");
                }

                Step(world, step);
                if (world.ReadyPods < given.replicas - limits.Unavailable || world.Pods > given.replicas + limits.Surge)
                {
                    return false;
                }
            }

            world.Settle();
            return IsDone(world, world.Deployment.Spec.Template.Spec.Containers[0].Image!, given.replicas);
        }).ShouldHold();
    }

    /// <summary>The same with new templates and sizes in the middle: it always arrives at the last one.</summary>
    [Fact]
    public void Deployment_ChangedInTheMiddle_ArrivesAtTheLastTemplateAndSize()
    {
        var cases =
            from type in Gen.Elements("RollingUpdate", "Recreate")
            from steps in Gen.Choose(0, 10_000).ListOf(80)
            select (type, steps);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var world = new DeploymentWorld(Sample.Deployment(4, type: given.type), Sample.Noon);
            string image = "web:1";
            int replicas = 4;
            foreach (int step in given.steps)
            {
                switch (step % 17)
                {
                    case 0:
                        image = $"web:{1 + (step / 17 % 3)}";
                        world.Release(image);
                        break;
                    case 1:
                        replicas = step / 17 % 8;
                        world.Change(spec => spec with { Replicas = replicas });
                        break;
                    default:
                        Step(world, step);
                        break;
                }
            }

            world.Settle();
            return IsDone(world, image, replicas);
        }).ShouldHold();
    }

    [Fact]
    public void Recreate_NewTemplate_NeverRunsTwoVersionsAtOnce()
    {
        Prop.ForAll(Gen.Choose(0, 10_000).ListOf(100).ToArbitrary(), steps =>
        {
            var world = new DeploymentWorld(Sample.Deployment(3, type: "Recreate"), Sample.Noon);
            world.Settle();
            world.Release("web:2");
            foreach (int step in steps)
            {
                Step(world, step);
                if (world.PodsOf("web:1") > 0 && world.PodsOf("web:2") > 0)
                {
                    return false;
                }
            }

            world.Settle();
            return IsDone(world, "web:2", 3);
        }).ShouldHold();
    }

    [Theory]
    [InlineData(10, "25%", "25%", 3, 2)]
    [InlineData(4, "25%", "25%", 1, 1)]
    [InlineData(1, "25%", "25%", 1, 0)]
    [InlineData(3, "0", "0", 0, 1)] // would stand still
    [InlineData(2, "0%", "20%", 0, 1)]
    [InlineData(0, "25%", "25%", 0, 0)]
    [InlineData(2, "100%", "5", 2, 2)]
    public void RollingLimits_Percentages_RoundAsKubernetesDoes(int replicas, string surge, string unavailable, int expectedSurge, int expectedUnavailable)
        => RollingLimits.Of(Sample.Deployment(replicas, Value(surge), Value(unavailable))).ShouldBe(new RollingLimits(expectedSurge, expectedUnavailable));

    [Fact]
    public void FirstRelease_NewDeployment_IsRevisionOneAndComplete()
    {
        var world = new DeploymentWorld(Sample.Deployment(2), Sample.Noon);
        world.Settle();
        DeploymentStatus status = world.Deployment.Status!;
        status.ObservedGeneration.ShouldBe(1);
        (status.Replicas, status.UpdatedReplicas, status.AvailableReplicas, status.UnavailableReplicas).ShouldBe((2, 2, 2, null));
        Condition(status, "Progressing").Reason.ShouldBe("NewReplicaSetAvailable");
        Condition(status, "Available").Status.ShouldBe("True");
        world.Deployment.Metadata.Annotations!["deployment.kubernetes.io/revision"].ShouldBe("1");
        ReplicaSet only = world.Sets.Single();
        only.Metadata.Annotations!["deployment.kubernetes.io/desired-replicas"].ShouldBe("2");
        only.Metadata.Annotations!["deployment.kubernetes.io/max-replicas"].ShouldBe("3");
        only.Metadata.Labels!["pod-template-hash"].ShouldBe(only.Spec.Selector.MatchLabels!["pod-template-hash"]);
    }

    [Fact]
    public void GoingBack_ToAnEarlierTemplate_ReusesItsSetUnderTheHighestRevision()
    {
        var world = new DeploymentWorld(Sample.Deployment(2), Sample.Noon);
        world.Settle();
        world.Release("web:2");
        world.Settle();
        world.Release("web:1");
        world.Settle();
        world.SetCount.ShouldBe(2);
        ReplicaSet first = world.Sets.First();
        first.Spec.Replicas.ShouldBe(2);
        first.Metadata.Annotations!["deployment.kubernetes.io/revision"].ShouldBe("3");
        first.Metadata.Annotations!["deployment.kubernetes.io/revision-history"].ShouldBe("1");
        world.Deployment.Metadata.Annotations!["deployment.kubernetes.io/revision"].ShouldBe("3");
    }

    [Fact]
    public void History_BeyondTheLimit_GoesOldestFirst()
    {
        var world = new DeploymentWorld(Sample.Deployment(1), Sample.Noon);
        world.Change(spec => spec with { RevisionHistoryLimit = 2 });
        for (int version = 1; version <= 6; version++)
        {
            world.Release($"web:{version}");
            world.Settle();
        }

        world.Sets.Select(set => set.Spec.Template!.Spec.Containers[0].Image).ShouldBe(["web:4", "web:5", "web:6"]);
    }

    [Fact]
    public void Paused_NewTemplate_WaitsUntilResumed()
    {
        var world = new DeploymentWorld(Sample.Deployment(2), Sample.Noon);
        world.Settle();
        world.Change(spec => spec with { Paused = true, Template = Sample.Template("web:2") });
        world.Settle();
        world.SetCount.ShouldBe(1);
        Condition(world.Deployment.Status!, "Progressing").Reason.ShouldBe("DeploymentPaused");
        world.Change(spec => spec with { Paused = null, Replicas = 3 });
        world.Settle();
        IsDone(world, "web:2", 3).ShouldBeTrue();
        Condition(world.Deployment.Status!, "Progressing").Reason.ShouldBe("NewReplicaSetAvailable");
    }

    [Fact]
    public void BrokenTemplate_NoProgressWithinTheDeadline_IsReportedAndOldPodsStay()
    {
        var world = new DeploymentWorld(Sample.Deployment(4), Sample.Noon);
        world.Broken.Add("web:2");
        world.Settle();
        world.Release("web:2");
        world.Settle();
        world.ReadyPods.ShouldBe(3);
        DeploymentDecision waiting = world.Reconcile();
        waiting.RequeueAfter.ShouldNotBeNull();
        world.Wait(waiting.RequeueAfter!.Value);
        world.Reconcile();
        DeploymentCondition progress = Condition(world.Deployment.Status!, "Progressing");
        (progress.Status, progress.Reason).ShouldBe(("False", "ProgressDeadlineExceeded"));
        world.Release("web:1");
        world.Settle();
        Condition(world.Deployment.Status!, "Progressing").Reason.ShouldBe("NewReplicaSetAvailable");
    }

    [Fact]
    public void Resize_InTheMiddleOfARollout_KeepsTheProportions()
    {
        var world = new DeploymentWorld(Sample.Deployment(10, 3, 2), Sample.Noon);
        world.Settle();
        world.Broken.Add("web:2");
        world.Release("web:2");
        world.Settle();
        world.Sets.Select(set => set.Spec.Replicas).ShouldBe([8, 5]);
        world.Change(spec => spec with { Replicas = 15 });
        world.Reconcile();
        world.Sets.Select(set => set.Spec.Replicas).ShouldBe([11, 7]);
    }

    [Fact]
    public void Reconcile_NothingToDo_ChangesNothing()
    {
        var world = new DeploymentWorld(Sample.Deployment(3), Sample.Noon);
        world.Settle();
        world.Wait(TimeSpan.FromHours(1));
        DeploymentStatus before = world.Deployment.Status!;
        DeploymentDecision decision = world.Reconcile();
        decision.Create.ShouldBeNull();
        decision.Changes.ShouldBeEmpty();
        decision.Revision.ShouldBeNull();
        decision.RequeueAfter.ShouldBeNull();
        (decision.Status with { Conditions = null }).ShouldBe(before with { Conditions = null });
        decision.Status.Conditions.ShouldBe(before.Conditions);
    }

    private static Gen<IntOrString> Limits
        => Gen.OneOf(Gen.Choose(0, 5).Select(count => (IntOrString)count), Gen.Choose(0, 10).Select(tenth => (IntOrString)$"{tenth * 10}%"));

    private static IntOrString Value(string text) => int.TryParse(text, out int number) ? number : text;

    private static void Step(DeploymentWorld world, int step)
    {
        if (step % 4 == 0 || world.SetCount == 0)
        {
            world.Reconcile();
            return;
        }

        int which = step / 4;
        switch (step % 4)
        {
            case 1:
                world.ActSet(which);
                break;
            case 2:
                world.ReportSet(which);
                break;
            default:
                world.StartPod(which);
                break;
        }
    }

    private static bool IsDone(DeploymentWorld world, string image, int replicas)
        => world.Pods == replicas && world.PodsOf(image) == replicas && world.ReadyPods == replicas
            && Condition(world.Deployment.Status!, "Progressing").Reason == "NewReplicaSetAvailable";

    private static DeploymentCondition Condition(DeploymentStatus status, string type) => status.Conditions!.Single(condition => condition.Type == type);
}
