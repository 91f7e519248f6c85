using Fairway.Delivery.Rollouts;
using Fairway.Resources.Kinds.Delivery;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Delivery.Tests.Rollouts;

public sealed class RolloutPlannerTests
{
    private static readonly CanaryStep Judge = new() { Analysis = new CanaryAnalysis { Templates = [new AnalysisTemplateRef { TemplateName = "t" }] } };

    [Fact]
    public void Rollout_AllGoesWell_ShiftsStepByStepAndHandsBack()
    {
        RolloutWorld world = World(4, Weight(25), Pause("30s"), Weight(50), Judge);
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Succeeded);
        string.Join(", ", world.Trace).ShouldBe("canary 1, weight 25, canary 2, weight 50, analysis, canary 4, weight 100, weight 0, remove");
        world.StableRelease.ShouldBe("r2");
        world.CanaryDesired.ShouldBeNull();
    }

    [Fact]
    public void Rollout_CanaryNeverComesUp_IsAbortedAtTheDeadlineWithoutTraffic()
    {
        RolloutWorld world = World(2, Weight(10));
        world.CanaryCanStart = false;
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Aborted);
        world.Status.AbortReason.ShouldNotBeNull().ShouldContain("canary of Deployment web");
        world.Trace.ShouldBe(["canary 1", "remove"]);
    }

    [Theory]
    [InlineData("Failed")]
    [InlineData("Error")]
    public void Rollout_AnalysisEndsBadly_ReturnsToStable(string verdict)
    {
        RolloutWorld world = World(2, Weight(50), Judge);
        world.AnalysisVerdict = verdict;
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Aborted);
        string.Join(", ", world.Trace).ShouldBe("canary 1, weight 50, analysis, weight 0, remove");
        world.StableRelease.ShouldBe("r1");
    }

    [Fact]
    public void Rollout_AnalysisInconclusive_WaitsForAPersonAndThenGivesUp()
    {
        RolloutWorld world = World(2, Weight(50), Judge);
        world.AnalysisVerdict = "Inconclusive";
        Run(world, 20);
        world.Status.Phase.ShouldBe(RolloutPhases.Paused);
        world.Status.WaitingFor.ShouldNotBeNull().What.ShouldContain("a person to judge");
        world.Now += TimeSpan.FromHours(1);
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Aborted);
    }

    [Fact]
    public void Rollout_InconclusiveIsResumedByAPerson_GoesOn()
    {
        RolloutWorld world = World(2, Weight(50), Judge);
        world.AnalysisVerdict = "Inconclusive";
        Run(world, 20);
        world.Spec = world.Spec with { ResumedStep = 1 };
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Succeeded);
    }

    [Fact]
    public void Rollout_PauseWithoutDuration_WaitsForAPerson()
    {
        RolloutWorld world = World(2, Weight(50), new CanaryStep { Pause = new CanaryPause() });
        Run(world, 300);
        world.Status.Phase.ShouldBe(RolloutPhases.Paused);
        world.Status.WaitingFor.ShouldNotBeNull().Deadline.ShouldBeNull();
        world.Spec = world.Spec with { ResumedStep = 1 };
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Succeeded);
    }

    [Fact]
    public void Rollout_PromoteFull_SkipsTheRemainingStepsButNotTheReplicas()
    {
        RolloutWorld world = World(4, Weight(25), new CanaryStep { Pause = new CanaryPause() }, Weight(50));
        Run(world, 20);
        world.Spec = world.Spec with { PromoteFull = true };
        world.RunToEnd();
        string.Join(", ", world.Trace).ShouldBe("canary 1, weight 25, canary 4, weight 100, weight 0, remove");
    }

    [Fact]
    public void Rollout_CanaryLosesItsPods_LosesItsTrafficUntilItIsBack()
    {
        RolloutWorld world = World(2, Weight(50), Pause("10m"));
        Run(world, 10);
        world.Weight.ShouldBe(50);
        world.CanaryCanStart = false;
        world.CanaryReady = 0;
        world.Turn();
        world.Weight.ShouldBe(0);
        world.CanaryCanStart = true;
        Run(world, 6);
        world.Weight.ShouldBe(50);
        world.Status.Phase.ShouldBe(RolloutPhases.Paused);
    }

    [Fact]
    public void Rollout_CanaryIsBeingScaledAndItsCountsLag_KeepsItsTraffic()
    {
        RolloutWorld world = World(4, Weight(25), Pause("10m"));
        Run(world, 10);
        RolloutObservation seen = world.Observe();
        TargetObservation lagging = seen.Targets[0] with { Canary = seen.Targets[0].Canary! with { Available = 0 } };
        RolloutPlanner.Plan(seen with { Targets = [lagging] }, world.Now).Action.ShouldBeOfType<RolloutAction.None>();
    }

    [Fact]
    public void Rollout_NewerReleaseArrives_GivesWay()
    {
        RolloutWorld world = World(2, Weight(50), Pause("10m"));
        Run(world, 10);
        world.Spec = world.Spec with { SupersededBy = "shop-3-prod" };
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Aborted);
        world.Status.AbortReason.ShouldBe("superseded by shop-3-prod");
        world.Weight.ShouldBe(0);
    }

    [Fact]
    public void Rollout_NewerReleaseArrivesWhileFinishing_FinishesFirst()
    {
        RolloutWorld world = World(2, Weight(50));
        Run(world, 200, () => world.Status.Phase == RolloutPhases.Finishing);
        world.Spec = world.Spec with { SupersededBy = "shop-3-prod" };
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Succeeded);
    }

    [Fact]
    public void Rollout_StableCannotFollow_KeepsTrafficOnTheCanaryUntilStableIsBack()
    {
        RolloutWorld world = World(3, Weight(50));
        world.StableCanFollow = false;
        Run(world, 400, () => world.Status.Phase == RolloutPhases.Aborting);
        world.Weight.ShouldBe(100);
        world.Turn();
        world.Weight.ShouldBe(100);
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Aborted);
        world.StableRelease.ShouldBe("r1");
        world.StableReady.ShouldBe(3);
        world.Weight.ShouldBe(0);
    }

    [Fact]
    public void Rollout_AnotherIsUnderWay_WaitsAndTouchesNothingWhenAborted()
    {
        RolloutWorld world = World(2, Weight(50));
        world.Blocker = "shop-1-prod";
        world.CanaryDesired = 1;
        Run(world, 5);
        world.Status.Phase.ShouldBe(RolloutPhases.Pending);
        world.Spec = world.Spec with { Abort = true };
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Aborted);
        world.Trace.ShouldBeEmpty();
    }

    [Fact]
    public void Rollout_SomebodyEditsTheWeight_PutsItBack()
    {
        RolloutWorld world = World(2, Weight(50), Pause("10m"));
        Run(world, 10);
        world.Weight = 90;
        Run(world, 3);
        world.Weight.ShouldBe(50);
    }

    [Fact]
    public void Rollout_IsHeldByAPerson_StaysWhereItIs()
    {
        RolloutWorld world = World(2, Weight(50), Pause("10s"));
        Run(world, 4);
        world.Spec = world.Spec with { Paused = true };
        Run(world, 100);
        world.Status.Phase.ShouldBe(RolloutPhases.Paused);
        world.Weight.ShouldBe(50);
        world.Spec = world.Spec with { Paused = false };
        world.RunToEnd();
        world.Status.Phase.ShouldBe(RolloutPhases.Succeeded);
    }

    [Fact]
    public void Rollout_Weights_AreEventsInOrder()
    {
        RolloutWorld world = World(4, Weight(25), Weight(75));
        world.RunToEnd();
        world.Status.History!.Where(happened => happened.What.Contains("of the traffic on the canary", StringComparison.Ordinal))
            .Select(happened => happened.Weight).ShouldBe([25, 75, 100, 0]);
    }

    /// <summary>
    /// Any sequence of failures, recoveries, crashes, human acts and time: no weight for an unready canary (checked in the world), it
    /// ends, and an ended rollout has all traffic on the stable side with the release that the ending promises.
    /// </summary>
    [Fact]
    public void Rollout_AnySequenceOfEvents_EndsOnTheReleaseItReports()
    {
        Gen<int[]> runs = Gen.Choose(0, 15).ListOf(120).Select(events => events.ToArray());
        Prop.ForAll(runs.ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (events, replicas) =>
        {
            RolloutWorld world = World(replicas, Weight(20), Pause("20s"), Weight(60), Judge, Weight(40), Judge);
            foreach (int happening in events)
            {
                Disturb(world, happening);
            }

            world.Blocker = null;
            world.RouteMissing = false;
            world.RunToEnd(2500);
            world.Weight.ShouldBe(0);
            world.CanaryDesired.ShouldBeNull();
            if (world.Status.Phase == RolloutPhases.Succeeded)
            {
                world.Settle();
                world.StableRelease.ShouldBe("r2");
            }
            else
            {
                world.Status.Phase.ShouldBe(RolloutPhases.Aborted);
                world.Settle();
                world.StableRelease.ShouldBe("r1");
            }

            return true;
        }).ShouldHold();
    }

    private static void Disturb(RolloutWorld world, int happening)
    {
        switch (happening)
        {
            case 0: world.CanaryReady = 0; break;
            case 1: world.CanaryReady = Math.Max(0, world.CanaryReady - 1); break;
            case 2: world.CanaryCanStart = !world.CanaryCanStart; break;
            case 3: world.StableReady = 0; break;
            case 4: world.StableCanFollow = !world.StableCanFollow; break;
            case 5: world.Turn(crash: true); break;
            case 6: world.Now += TimeSpan.FromMinutes(3); break;
            case 7: world.AnalysisVerdict = (world.Now.Minute % 4) switch { 0 => "Failed", 1 => "Inconclusive", _ => "Successful" }; break;
            case 8 when world.Now.Second % 20 == 0: world.Spec = world.Spec with { Abort = true }; break;
            case 9 when world.Now.Second % 20 == 0: world.Spec = world.Spec with { SupersededBy = "r3" }; break;
            case 10: world.RouteMissing = !world.RouteMissing; break;
            case 11: world.Weight = world.Weight == 0 && world.CanaryDesired is null ? 0 : 33; break;
            default:
                world.Settle();
                world.Turn();
                world.Now += TimeSpan.FromSeconds(5);
                break;
        }

        // Somebody's edit may outlive the rollout; then it is sync that puts it back.
        if (RolloutPhases.HasEnded(world.Status.Phase))
        {
            world.Weight = 0;
        }
    }

    private static void Run(RolloutWorld world, int turns, Func<bool>? until = null)
    {
        for (int i = 0; i < turns && until?.Invoke() != true; i++)
        {
            world.Settle();
            world.Turn();
            world.Now += TimeSpan.FromSeconds(5);
        }
    }

    private static CanaryStep Weight(int weight) => new() { SetWeight = weight };

    private static CanaryStep Pause(string duration) => new() { Pause = new CanaryPause { Duration = duration } };

    private static RolloutWorld World(int replicas, params CanaryStep[] steps) => new(
        new RolloutSpec
        {
            Application = "shop",
            Environment = "prod",
            Cluster = "prod",
            TargetNamespace = "shop",
            Promotion = "shop-2-prod",
            Release = "r2",
            StableRelease = "r1",
            Revision = "b",
            StableRevision = "a",
            Canary = new CanaryStrategy { Steps = steps },
        },
        replicas);
}
