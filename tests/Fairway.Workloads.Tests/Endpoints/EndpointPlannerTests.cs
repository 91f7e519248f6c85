using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Workloads.Endpoints;

namespace Fairway.Workloads.Tests.Endpoints;

public sealed class EndpointPlannerTests
{
    [Fact]
    public void Plan_ReadyUnreadyAndEndingPods_SaysWhichServe()
    {
        Pod ending = Sample.Pod("ending");
        ending = ending with { Metadata = ending.Metadata with { DeletionTimestamp = Sample.Noon } };
        EndpointSlice slice = EndpointPlanner.Plan(NewService(), [Sample.Pod("ready"), Sample.Pod("unready", isReady: false), ending], []).Create.Single();
        slice.Ports.ShouldBe([new EndpointPort { Name = "", Protocol = "TCP", Port = 8080 }]);
        Conditions(slice, "ready").ShouldBe(new EndpointConditions { Ready = true, Serving = true, Terminating = false });
        Conditions(slice, "unready").ShouldBe(new EndpointConditions { Ready = false, Serving = false, Terminating = false });
        Conditions(slice, "ending").ShouldBe(new EndpointConditions { Ready = false, Serving = true, Terminating = true });
        slice.Metadata.Labels![EndpointSlice.ServiceNameLabel].ShouldBe("web");
    }

    [Fact]
    public void Plan_ProcessPods_UseTheirHostPortsInSlicesOfTheirOwn()
    {
        EndpointDecision decision = EndpointPlanner.Plan(NewService(), [OnHost("a", "{\"8080\":17001}"), OnHost("b", "{\"8080\":17002}")], []);
        decision.Create.Select(slice => slice.Ports!.Single().Port).Order().ShouldBe([17001, 17002]);
    }

    [Theory]
    [InlineData("{\"9999\":17001}")] // another port
    [InlineData("{}")]
    [InlineData("not json")]
    public void Plan_ProcessPodWithoutTheMappedPort_IsNeverSentToAGuessedPort(string annotation)
        => EndpointPlanner.Plan(NewService(), [OnHost("a", annotation)], []).Create.Single().Endpoints.ShouldBeEmpty();

    [Fact]
    public void Plan_EndedPodsAndPodsWithoutAddress_AreLeftOut()
        => EndpointPlanner.Plan(NewService(), [Sample.Pod("done", phase: "Succeeded"), Sample.Pod("new", node: null)], []).Create.Single().Endpoints.ShouldBeEmpty();

    [Fact]
    public void Plan_NamedTargetPort_IsFoundInEachPod()
    {
        Service service = NewService("http");
        Pod named = Sample.Pod("named");
        named = named with { Spec = named.Spec with { Containers = [named.Spec.Containers[0] with { Ports = [new ContainerPort { Name = "http", Number = 5000 }] }] } };
        EndpointSlice slice = EndpointPlanner.Plan(service, [named, Sample.Pod("nameless")], []).Create.Single();
        slice.Ports!.Single().Port.ShouldBe(5000);
        slice.Endpoints.Single().TargetRef!.Name.ShouldBe("named");
    }

    [Fact]
    public void Plan_ItsOwnResult_ChangesNothing()
    {
        Pod[] pods = [Sample.Pod("a"), Sample.Pod("b"), OnHost("c", "{\"8080\":17001}")];
        EndpointDecision again = EndpointPlanner.Plan(NewService(), [.. pods.Reverse()], EndpointPlanner.Plan(NewService(), pods, []).Create);
        again.Create.ShouldBeEmpty();
        again.Update.ShouldBeEmpty();
        again.Delete.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_PodGone_UpdatesItsSliceOrDeletesTheLastOfItsPorts()
    {
        IReadOnlyList<EndpointSlice> before = EndpointPlanner.Plan(NewService(), [Sample.Pod("a"), Sample.Pod("b"), OnHost("c", "{\"8080\":17001}")], []).Create;
        EndpointDecision decision = EndpointPlanner.Plan(NewService(), [Sample.Pod("a")], before);
        decision.Create.ShouldBeEmpty();
        decision.Update.Single().To.Endpoints.Single().TargetRef!.Name.ShouldBe("a");
        decision.Delete.Single().Ports!.Single().Port.ShouldBe(17001);
    }

    [Fact]
    public void Plan_ManyPods_SplitsSlicesAtAHundred()
        => EndpointPlanner.Plan(NewService(), [.. Enumerable.Range(0, 250).Select(number => Sample.Pod($"p{number}"))], [])
            .Create.Select(slice => slice.Endpoints.Count).ShouldBe([100, 100, 50]);

    private static Service NewService(IntOrString? target = null) => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "shop", Uid = "service-uid" },
        Spec = new ServiceSpec { Selector = Sample.Labels, Ports = [new ServicePort { Port = 80, TargetPort = target ?? 8080 }] },
    };

    private static Pod OnHost(string name, string annotation)
    {
        Pod pod = Sample.Pod(name);
        return pod with { Metadata = pod.Metadata with { Annotations = new Dictionary<string, string> { ["fairway.dev/ports"] = annotation } } };
    }

    private static EndpointConditions? Conditions(EndpointSlice slice, string pod) => slice.Endpoints.Single(endpoint => endpoint.TargetRef!.Name == pod).Conditions;
}
