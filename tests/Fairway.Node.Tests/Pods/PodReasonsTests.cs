using Fairway.Node.Pods;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Tests.Pods;

/// <summary>The words by which users of Kubernetes know what happened to a pod.</summary>
public sealed class PodReasonsTests
{
    [Fact]
    public void Program_ThatCannotRun_IsARunErrorAndThenInBackOff()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();
        scene.CannotRun("no such program");
        scene.Container().RestartCount.ShouldBe(1, "the first restart is at once");
        scene.CannotRun("no such program");
        scene.Container().State!.Waiting!.Reason.ShouldBe("RunContainerError");
        scene.Container().State!.Waiting!.Message.ShouldBe("no such program");
        scene.Container().LastState!.Terminated!.Reason.ShouldBe("StartError");
        scene.Seconds(6);
        scene.Container().State!.Waiting!.Reason.ShouldBe("CrashLoopBackOff");
        scene.Container().State!.Waiting!.Message.ShouldBe("back-off 10s restarting failed container=web pod=web-1_shop(u1)");
    }

    [Fact]
    public void Pull_ThatFails_TellsOfItsBackOffOnceForEachTry()
    {
        var scene = new PodScene(PodScene.Of(PodScene.Web())) { Refuse = _ => new StartFailure(StartFailure.ImagePull, "not there", PodScene.Start, 1) };
        scene.Settle();
        scene.Container().State!.Waiting!.Reason.ShouldBe("ErrImagePull");
        scene.Seconds(5);
        scene.Container().State!.Waiting!.Reason.ShouldBe("ImagePullBackOff");
        scene.Container().State!.Waiting!.Message.ShouldBe("Back-off pulling image \"shop/web:1\": ErrImagePull: not there");
        Told(scene).ShouldBe(["Normal BackOff Back-off pulling image \"shop/web:1\"", "Warning Failed Error: ImagePullBackOff"]);
        scene.Seconds(10);
        Told(scene).Length.ShouldBe(4);
    }

    [Fact]
    public void LastState_OfAPodThatFinished_DoesNotRepeatItsState()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { RestartPolicy = "Never" }).Settle().Exit(3);
        ContainerStatus shown = scene.Container();
        ContainerStatus repeating = shown with { LastState = shown.State };
        scene.Pod = scene.Pod with { Status = scene.Status with { ContainerStatuses = [repeating] } };
        scene.Restart();
        scene.Container().State!.Terminated!.ExitCode.ShouldBe(3);
        scene.Container().LastState!.Terminated.ShouldBeNull();
    }

    [Theory]
    [InlineData(StartFailure.NeverPull)]
    [InlineData(StartFailure.InvalidName)]
    [InlineData(StartFailure.Config)]
    public void Start_ThatIsRefused_ShowsItsReason(string reason)
    {
        var scene = new PodScene(PodScene.Of(PodScene.Web())) { Refuse = _ => new StartFailure(reason, "why", PodScene.Start, 1) };
        scene.Settle();
        scene.Container().State!.Waiting.ShouldBe(new ContainerStateWaiting { Reason = reason, Message = "why" });
    }

    [Fact]
    public void Pod_ThatOutgrowsItsVolume_IsEvictedAtOnceAndStaysSo()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web())).Settle();
        scene.Evict("Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ");
        scene.Status.Phase.ShouldBe("Failed");
        scene.Status.Reason.ShouldBe("Evicted");
        scene.Restart().Seconds(60);
        scene.Status.Message.ShouldBe("Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ");
        scene.Done<PodAction.Tell>().Count(tell => tell.Reason == "Evicted").ShouldBe(1);
        scene.Done<PodAction.Start>().Count().ShouldBe(1);
    }

    [Fact]
    public void Deadline_WhenItIsOver_FailsThePodAndTells()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { ActiveDeadlineSeconds = 30 }).Settle().Seconds(31);
        scene.Status.Phase.ShouldBe("Failed");
        scene.Status.Reason.ShouldBe("DeadlineExceeded");
        scene.Done<PodAction.Tell>().Count(tell => tell is { Type: "Normal", Reason: "DeadlineExceeded" }).ShouldBe(1);
    }

    [Fact]
    public void EphemeralContainer_IsStartedOnceAndCountsForNothing()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { RestartPolicy = "Always" }).Settle();
        scene.Pod = scene.Pod with { Spec = scene.Pod.Spec with { EphemeralContainers = [new EphemeralContainer { Name = "debug", Image = "tools" }] } };
        scene.Settle();
        scene.Status.EphemeralContainerStatuses!.ShouldHaveSingleItem().State!.Running.ShouldNotBeNull();
        scene.Exit(1, "debug").Seconds(600);
        scene.Status.EphemeralContainerStatuses![0].State!.Terminated!.ExitCode.ShouldBe(1);
        scene.Status.EphemeralContainerStatuses[0].RestartCount.ShouldBe(0);
        scene.Condition("Ready").ShouldBe("True");
        scene.Status.Phase.ShouldBe("Running");
    }

    [Fact]
    public void Conditions_ComeInTheKubeletsOrder()
    {
        PodScene scene = new PodScene(PodScene.Of(PodScene.Web()) with { RestartPolicy = "Never" }).Settle();
        scene.Status.Conditions!.Select(condition => $"{condition.Type}={condition.Status}").ShouldBe(
            ["PodReadyToStartContainers=True", "Initialized=True", "Ready=True", "ContainersReady=True", "PodScheduled=True"]);
        scene.Exit(0);
        scene.Condition("PodReadyToStartContainers").ShouldBe("False");
    }

    [Fact]
    public void Quality_OfAmountsThatAreNothing_IsBestEffort()
    {
        var nothing = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = new("0") } };
        var same = new ResourceRequirements
        {
            Limits = new Dictionary<string, Quantity> { ["cpu"] = new("1"), ["memory"] = new("1Gi") },
            Requests = new Dictionary<string, Quantity> { ["cpu"] = new("1000m"), ["memory"] = new("1024Mi") },
        };
        Quality.Of(PodScene.Of(PodScene.Web(web => web with { Resources = nothing }))).ShouldBe("BestEffort");
        Quality.Of(PodScene.Of(PodScene.Web(web => web with { Resources = same }))).ShouldBe("Guaranteed");
    }

    private static string[] Told(PodScene scene)
        => [.. scene.Done<PodAction.Tell>().Where(tell => tell.Reason is "BackOff" or "Failed").Select(tell => $"{tell.Type} {tell.Reason} {tell.Message}")];
}
