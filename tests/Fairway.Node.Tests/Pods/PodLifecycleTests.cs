using Fairway.Node.Pods;
using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Node.Tests.Pods;

public sealed class PodLifecycleTests
{
    private static readonly Probe Http = new() { HttpGet = new HttpGetAction { Port = 8080 }, PeriodSeconds = 10, FailureThreshold = 3 };

    [Fact]
    public void Pod_OfOneContainer_StartsRunsAndIsReady()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();

        scene.Done<PodAction.Start>().ShouldBe([new PodAction.Start("web", 0)]);
        scene.Status.Phase.ShouldBe("Running");
        scene.Status.PodIP.ShouldBe("127.0.0.1");
        scene.Condition("Ready").ShouldBe("True");
        scene.Condition("Initialized").ShouldBe("True");
        scene.Container().State!.Running.ShouldNotBeNull();
        scene.Container().ContainerID.ShouldBe("process://u1_web_0");
        scene.Container().Started.ShouldBe(true);
    }

    [Fact]
    public void Container_ThatCrashes_RestartsAtOnceThenBacksOffTwiceAsLongEachTime()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();

        scene.Exit(1);
        scene.Done<PodAction.Start>().Count().ShouldBe(2, "the first restart is at once");
        foreach (int delay in (int[])[10, 20, 40, 80, 160, 300, 300])
        {
            int before = scene.Done<PodAction.Start>().Count();
            scene.Exit(1);
            scene.Container().State!.Waiting!.Reason.ShouldBe("CrashLoopBackOff");
            scene.Container().LastState!.Terminated!.ExitCode.ShouldBe(1);
            scene.Condition("Ready").ShouldBe("False");
            scene.Status.Phase.ShouldBe("Running");
            scene.Seconds(delay - 1);
            scene.Done<PodAction.Start>().Count().ShouldBe(before);
            scene.Seconds(1);
            scene.Done<PodAction.Start>().Count().ShouldBe(before + 1, $"after {delay} s");
        }

        scene.Container().RestartCount.ShouldBe(8);
        scene.Container().State!.Running.ShouldNotBeNull();
    }

    [Fact]
    public void Backoff_AfterTenMinutesOfRunning_BeginsAnew()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();
        scene.Exit(1).Exit(1).Seconds(10).Exit(1).Seconds(20);

        scene.Seconds(601);
        int before = scene.Done<PodAction.Start>().Count();
        scene.Exit(1);

        scene.Done<PodAction.Start>().Count().ShouldBe(before + 1);
    }

    [Fact]
    public void Backoff_Message_IsTheKubelets()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();
        scene.Exit(1).Exit(1);

        scene.Container().State!.Waiting!.Message.ShouldBe("back-off 10s restarting failed container=web pod=web-1_shop(u1)");
        scene.Done<PodAction.Tell>().Count(tell => tell.Reason == "BackOff").ShouldBe(1);
    }

    [Theory]
    [InlineData("Always", 0, true, "Running")]
    [InlineData("Always", 1, true, "Running")]
    [InlineData("OnFailure", 0, false, "Succeeded")]
    [InlineData("OnFailure", 1, true, "Running")]
    [InlineData("Never", 0, false, "Succeeded")]
    [InlineData("Never", 1, false, "Failed")]
    public void RestartPolicy_DecidesWhatFollowsAnExit(string policy, int code, bool restarts, string phase)
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { RestartPolicy = policy }).Settle();

        scene.Exit(code);

        scene.Done<PodAction.Start>().Count().ShouldBe(restarts ? 2 : 1);
        scene.Status.Phase.ShouldBe(phase);
        if (!restarts)
        {
            scene.Container().State!.Terminated!.Reason.ShouldBe(code == 0 ? "Completed" : "Error");
            scene.Condition("Ready").ShouldBe("False");
        }
    }

    [Fact]
    public void Container_OutOfMemory_SaysSo()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { RestartPolicy = "Never" }).Settle();

        scene.Exit(137, outOfMemory: true);

        scene.Container().State!.Terminated!.Reason.ShouldBe("OOMKilled");
    }

    [Fact]
    public void Readiness_HoldsThePodBackUntilItSucceeds()
    {
        bool ready = false;
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web(web => web with { ReadinessProbe = Http }))) { Answer = _ => ready };

        scene.Settle().Seconds(1);
        scene.Condition("Ready").ShouldBe("False");
        scene.Container().Started.ShouldBe(true);

        ready = true;
        scene.Seconds(1);
        scene.Condition("Ready").ShouldBe("True", "until the first success it is asked twice a second, not every ten");

        ready = false;
        scene.Seconds(25);
        scene.Condition("Ready").ShouldBe("True", "two failures are below the threshold");
        scene.Seconds(10);
        scene.Condition("Ready").ShouldBe("False");
        scene.Done<PodAction.Start>().Count().ShouldBe(1, "readiness restarts nothing");
    }

    [Fact]
    public void Liveness_AfterItsThreshold_TerminatesAndRestarts()
    {
        bool alive = true;
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web(web => web with { LivenessProbe = Http }))) { Answer = _ => alive };
        scene.Settle().Seconds(15);

        alive = false;
        scene.Seconds(31);

        scene.Done<PodAction.Signal>().First().With.ShouldBe(ContainerSignal.Terminate);
        scene.Done<PodAction.Start>().Count().ShouldBe(2);
        scene.Container().RestartCount.ShouldBe(1);
        scene.Container().LastState!.Terminated!.ExitCode.ShouldBe(143);
    }

    [Fact]
    public void Startup_UntilItSucceeds_KeepsTheOtherProbesWaiting()
    {
        bool started = false;
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web(web => web with { StartupProbe = Http, LivenessProbe = Http, ReadinessProbe = Http })))
        {
            Answer = ask => ask.Kind != ProbeKind.Startup || started,
        };

        scene.Settle().Seconds(5);
        scene.Done<PodAction.AskProbe>().ShouldAllBe(ask => ask.Kind == ProbeKind.Startup);
        scene.Container().Started.ShouldBe(false);

        started = true;
        scene.Seconds(1);
        scene.Container().Started.ShouldBe(true);
        scene.Condition("Ready").ShouldBe("True");
    }

    [Fact]
    public void Startup_ThatNeverSucceeds_RestartsOnlyAfterThresholdTimesPeriod()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web(web => web with { StartupProbe = Http }))) { Answer = _ => false };

        scene.Settle().Seconds(19);
        scene.Done<PodAction.Signal>().ShouldBeEmpty("eager asking does not count");
        scene.Seconds(3);
        scene.Done<PodAction.Signal>().ShouldNotBeEmpty();
    }

    [Fact]
    public void InitContainers_RunInOrderBeforeTheOthers()
    {
        PodSpec spec = PodScene.Of(PodScene.Web()) with { InitContainers = [new Container { Name = "a" }, new Container { Name = "b" }] };
        PodScene scene = new PodScene(spec).Settle();

        scene.Done<PodAction.Start>().Select(start => start.Container).ShouldBe(["a"]);
        scene.Status.Phase.ShouldBe("Pending");
        scene.Condition("Initialized").ShouldBe("False");
        scene.Container().State!.Waiting!.Reason.ShouldBe("PodInitializing");
        scene.Exit(0, "a");
        scene.Done<PodAction.Start>().Select(start => start.Container).ShouldBe(["a", "b"]);
        scene.Exit(0, "b");
        scene.Done<PodAction.Start>().Select(start => start.Container).ShouldBe(["a", "b", "web"]);
        scene.Status.Phase.ShouldBe("Running");
        scene.Condition("Initialized").ShouldBe("True");
    }

    [Theory]
    [InlineData("Never", "Failed")]
    [InlineData("Always", "Pending")]
    public void InitContainer_ThatFails_FailsThePodOrIsTriedAgain(string policy, string phase)
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { RestartPolicy = policy, InitContainers = [new Container { Name = "a" }] }).Settle();

        scene.Exit(1, "a");

        scene.Status.Phase.ShouldBe(phase);
        scene.Done<PodAction.Start>().ShouldAllBe(start => start.Container == "a");
        scene.Done<PodAction.Start>().Count().ShouldBe(policy == "Never" ? 1 : 2);
    }

    [Fact]
    public void Sidecar_StartsFirstAndEndsLast()
    {
        PodSpec spec = PodScene.Of(PodScene.Web()) with { RestartPolicy = "Never", InitContainers = [new Container { Name = "proxy", RestartPolicy = "Always" }] };
        PodScene scene = new PodScene(spec).Settle();

        scene.Done<PodAction.Start>().Select(start => start.Container).ShouldBe(["proxy", "web"]);
        scene.Exit(0);

        scene.Done<PodAction.Signal>().Single().Container.Container.ShouldBe("proxy");
        scene.Status.Phase.ShouldBe("Succeeded");
    }

    [Fact]
    public void Sidecar_ThatEnds_IsRestartedWhateverThePolicy()
    {
        PodSpec spec = PodScene.Of(PodScene.Web()) with { RestartPolicy = "Never", InitContainers = [new Container { Name = "proxy", RestartPolicy = "Always" }] };
        PodScene scene = new PodScene(spec).Settle();

        scene.Exit(0, "proxy");

        scene.Done<PodAction.Start>().Select(start => start.Container).ShouldBe(["proxy", "web", "proxy"]);
    }

    [Fact]
    public void Image_ThatIsMissing_ShowsTheErrorThenBacksOffThenRecovers()
    {
        bool missing = true;
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()))
        {
            Refuse = _ => missing ? new StartFailure(StartFailure.ImagePull, "image \"shop/web:1\" is not in the store", default, 1) : null,
        };

        scene.Settle();
        scene.Container().State!.Waiting!.Reason.ShouldBe("ErrImagePull");
        scene.Container().State!.Waiting!.Message!.ShouldContain("shop/web:1");
        scene.Seconds(3);
        scene.Container().State!.Waiting!.Reason.ShouldBe("ImagePullBackOff");
        scene.Container().State!.Waiting!.Message!.ShouldContain("is not in the store");
        scene.Status.Phase.ShouldBe("Pending");
        missing = false;
        scene.Seconds(8);
        scene.Status.Phase.ShouldBe("Running");
        scene.Container().RestartCount.ShouldBe(0);
    }

    [Fact]
    public void Configuration_ThatIsMissing_IsShownAndTriedAgainSoon()
    {
        bool missing = true;
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()))
        {
            Refuse = _ => missing ? new StartFailure(StartFailure.Config, "configmap \"app\" not found", default, 1) : null,
        };

        scene.Settle();
        scene.Container().State!.Waiting!.ShouldBe(new ContainerStateWaiting { Reason = "CreateContainerConfigError", Message = "configmap \"app\" not found" });
        missing = false;
        scene.Seconds(3);
        scene.Status.Phase.ShouldBe("Running");
    }

    [Fact]
    public void Deletion_ShowsThePodTerminatingAndDrainsBeforeTheSignal()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();

        scene.Delete();
        scene.Condition("Ready").ShouldBe("False");
        scene.Container().Ready.ShouldBeFalse();
        scene.Done<PodAction.Signal>().ShouldBeEmpty();

        scene.Pass(TimeSpan.FromMilliseconds(249));
        scene.Done<PodAction.Signal>().ShouldBeEmpty();
        scene.Pass(TimeSpan.FromMilliseconds(1));
        scene.Done<PodAction.Signal>().Single().With.ShouldBe(ContainerSignal.Terminate);
        scene.Done<PodAction.FinishDeletion>().ShouldNotBeEmpty();
        scene.Container().State!.Terminated!.ExitCode.ShouldBe(143);
    }

    [Fact]
    public void Deletion_OfAContainerThatDoesNotListen_KillsAfterTheGracePeriod()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())) { EndsOnTerminate = false };
        scene.Settle().Delete(grace: 5).Seconds(4.9);

        scene.Done<PodAction.Signal>().Select(signal => signal.With).ShouldBe([ContainerSignal.Terminate]);
        scene.Seconds(0.2);
        scene.Done<PodAction.Signal>().Select(signal => signal.With).ShouldBe([ContainerSignal.Terminate, ContainerSignal.Kill]);
        scene.Done<PodAction.FinishDeletion>().ShouldNotBeEmpty();
    }

    [Fact]
    public void Deletion_WithoutGrace_KillsAtOnce()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle().Delete(grace: 0);

        scene.Done<PodAction.Signal>().Single().With.ShouldBe(ContainerSignal.Kill);
        scene.Done<PodAction.FinishDeletion>().ShouldNotBeEmpty();
    }

    [Fact]
    public void Deletion_AskedAgainWithLessGrace_Hurries()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())) { EndsOnTerminate = false };
        scene.Settle().Delete(grace: 60).Seconds(3);

        scene.Delete(grace: 2);

        scene.Done<PodAction.Signal>().Last().With.ShouldBe(ContainerSignal.Kill);
    }

    [Fact]
    public void PreStop_RunsBeforeTheSignalAndWithinTheGracePeriod()
    {
        Container web = PodScene.Web(web => web with { Lifecycle = new Lifecycle { PreStop = new LifecycleHandler { Sleep = new SleepAction { Seconds = 5 } } } });
        PodScene scene = new PodScene(PodScene.Of(web)).Settle().Delete(grace: 20).Seconds(5);

        scene.Done<PodAction.RunPreStop>().Count().ShouldBe(1);
        scene.Done<PodAction.Signal>().ShouldBeEmpty();
        scene.PreStopDone();
        scene.Done<PodAction.Signal>().Single().With.ShouldBe(ContainerSignal.Terminate);
    }

    [Fact]
    public void PreStop_ThatHangs_GivesWayToTheSignalAtTheDeadline()
    {
        Container web = PodScene.Web(web => web with { Lifecycle = new Lifecycle { PreStop = new LifecycleHandler { Exec = new ExecAction { Command = ["x"] } } } });
        PodScene scene = new PodScene(PodScene.Of(web)) { EndsOnTerminate = false };
        scene.Settle().Delete(grace: 5).Seconds(5);

        scene.Done<PodAction.Signal>().Select(signal => signal.With).ShouldBe([ContainerSignal.Terminate]);
        scene.Seconds(2);
        scene.Done<PodAction.Signal>().Select(signal => signal.With).ShouldBe([ContainerSignal.Terminate, ContainerSignal.Kill]);
    }

    [Fact]
    public void Deadline_OfThePod_EndsAndFailsIt()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { ActiveDeadlineSeconds = 60 }).Settle().Seconds(61);

        scene.Status.Phase.ShouldBe("Failed");
        scene.Status.Reason.ShouldBe("DeadlineExceeded");
        scene.Done<PodAction.Start>().Count().ShouldBe(1);
    }

    [Fact]
    public void Platform_Restarted_LeavesRunningContainersAlone()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web(web => web with { ReadinessProbe = Http }))).Settle().Seconds(60);

        scene.Restart().Seconds(60);

        scene.Done<PodAction.Start>().Count().ShouldBe(1);
        scene.Done<PodAction.Signal>().ShouldBeEmpty();
        scene.Condition("Ready").ShouldBe("True");
    }

    [Theory]
    [InlineData("Always", 2, "Running")]
    [InlineData("Never", 1, "Failed")]
    public void Containers_LostByTheRuntime_CountAsEndedForReasonsUnknown(string policy, int starts, string phase)
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { RestartPolicy = policy }).Settle();

        scene.LoseContainers();

        scene.Done<PodAction.Start>().Count().ShouldBe(starts);
        scene.Status.Phase.ShouldBe(phase);
        if (starts == 1)
        {
            scene.Container().State!.Terminated!.Reason.ShouldBe("ContainerStatusUnknown");
        }
        else
        {
            scene.Done<PodAction.Start>().Last().Attempt.ShouldBe(1, "an attempt's number is never used twice");
        }
    }

    [Fact]
    public void Attempts_OfTheLastTwoStarts_AreKeptForTheirLogs()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();
        for (int i = 0; i < 4; i++)
        {
            scene.Exit(1).Seconds(300);
        }

        scene.Done<PodAction.Remove>().Select(remove => remove.Container.Attempt).ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void Conditions_OfOthers_AreKept()
    {
        var scene = new PodScene(PodScene.Of(PodScene.Web()) with { ReadinessGates = [new PodReadinessGate { ConditionType = "example.com/lb" }] });
        scene.Settle();
        scene.Condition("Ready").ShouldBe("False");
        scene.Condition("ContainersReady").ShouldBe("True");

        scene.Pod = scene.Pod with
        {
            Status = scene.Status with { Conditions = [.. scene.Status.Conditions!, new PodCondition { Type = "example.com/lb", Status = "True" }] },
        };
        scene.Settle();

        scene.Condition("example.com/lb").ShouldBe("True");
        scene.Condition("Ready").ShouldBe("True");
    }

    /// <summary>Whatever happens in whatever order: never two live attempts of one container, never an attempt number used twice,
    /// and a deleted pod always comes to its end.</summary>
    [Fact]
    public void Pod_UnderRandomEvents_NeverRunsTwiceAndAlwaysEnds()
    {
        Gen<int[]> events = Gen.Choose(0, 5).ArrayOf(30);
        Prop.ForAll(events.ToArbitrary(), script =>
        {
            bool healthy = true;
            var scene = new PodScene(PodScene.Of(
                PodScene.Web(web => web with { LivenessProbe = Http, ReadinessProbe = Http }), new Container { Name = "helper" }))
            {
                Answer = _ => healthy,
            };
            scene.Settle();
            foreach (int step in script)
            {
                switch (step)
                {
                    case 0 when scene.Container().State!.Running is not null:
                        scene.Exit(1);
                        break;
                    case 1 when scene.Container("helper").State!.Running is not null:
                        scene.Exit(0, "helper");
                        break;
                    case 2:
                        healthy = !healthy;
                        break;
                    case 3:
                        scene.Restart();
                        break;
                    default:
                        scene.Seconds(step * 7);
                        break;
                }
            }

            scene.Delete().Seconds(60);
            List<PodAction.Start> starts = [.. scene.Done<PodAction.Start>()];
            return starts.Distinct().Count() == starts.Count && scene.Done<PodAction.FinishDeletion>().Any();
        }).ShouldHold();
    }
}
