using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Workloads.Endpoints;
using EndpointsObject = Fairway.Resources.Kinds.Core.Endpoints;

namespace Fairway.Workloads.Tests.Endpoints;

public sealed class SubsetPlannerTests
{
    [Fact]
    public void Plan_ReadyUnreadyAndEndingPods_KeepsThemApart()
    {
        Pod ending = Sample.Pod("ending");
        ending = ending with { Metadata = ending.Metadata with { DeletionTimestamp = Sample.Noon } };

        EndpointsObject made = SubsetPlanner.Plan(NewService(), [Sample.Pod("ready"), Sample.Pod("unready", isReady: false), ending], null);

        EndpointSubset subset = made.Subsets!.ShouldHaveSingleItem();
        Names(subset.Addresses).ShouldBe(["ready"]);
        Names(subset.NotReadyAddresses).ShouldBe(["unready"]);
        subset.Ports!.ShouldHaveSingleItem().ShouldBe(new EndpointSubsetPort { Port = 8080, Protocol = "TCP" });
        made.Metadata.Labels.ShouldBe(new Dictionary<string, string> { ["team"] = "shop" });
        made.Metadata.Annotations!.Keys.ShouldContain(SubsetPlanner.TriggerTime);
    }

    [Fact]
    public void Plan_ServiceThatPublishesUnready_HasAllAddressesReady()
    {
        Pod ending = Sample.Pod("ending");
        ending = ending with { Metadata = ending.Metadata with { DeletionTimestamp = Sample.Noon } };
        Service service = NewService();

        EndpointsObject made = SubsetPlanner.Plan(service with { Spec = service.Spec with { PublishNotReadyAddresses = true } }, [Sample.Pod("unready", isReady: false), ending], null);

        Names(made.Subsets!.Single().Addresses).ShouldBe(["unready", "ending"], ignoreOrder: true);
        made.Subsets!.Single().NotReadyAddresses.ShouldBeNull();
    }

    [Fact]
    public void Plan_HeadlessServiceWithoutPorts_HasAddressesAloneAndTheLabel()
    {
        Service service = NewService();
        service = service with { Spec = service.Spec with { ClusterIP = "None", Ports = null } };

        EndpointsObject made = SubsetPlanner.Plan(service, [Sample.Pod("a")], null);

        made.Metadata.Labels!["service.kubernetes.io/headless"].ShouldBe("");
        made.Subsets!.Single().Ports.ShouldBeNull();
        Names(made.Subsets!.Single().Addresses).ShouldBe(["a"]);
    }

    [Fact]
    public void Plan_PortsThatOnlySomePodsShare_AreSubsetsOfTheirOwn()
    {
        Service service = NewService();
        service = service with { Spec = service.Spec with { Ports = [new ServicePort { Name = "http", Port = 80, TargetPort = "http" }, new ServicePort { Name = "admin", Port = 81, TargetPort = 9090 }] } };
        Pod[] pods = [WithPort("a", 8080), WithPort("b", 8080), WithPort("c", 8081)];

        EndpointsObject made = SubsetPlanner.Plan(service, pods, null);

        made.Subsets!.Select(subset => $"{string.Join(',', Names(subset.Addresses))} {string.Join(',', subset.Ports!.Select(port => $"{port.Name}:{port.Port}"))}")
            .ShouldBe(["a,b,c admin:9090", "a,b http:8080", "c http:8081"]);
    }

    private static Pod WithPort(string name, int port)
    {
        Pod pod = Sample.Pod(name);
        return pod with { Spec = pod.Spec with { Containers = [pod.Spec.Containers[0] with { Ports = [new ContainerPort { Name = "http", Number = port }] }] } };
    }

    [Fact]
    public void Plan_ServiceWithoutPods_HasNoSubsets()
        => SubsetPlanner.Plan(NewService(), [], null).Subsets.ShouldBeNull();

    [Fact]
    public void Plan_ItsOwnResult_IsTheSameObject()
    {
        Pod[] pods = [Sample.Pod("a"), Sample.Pod("b", isReady: false)];
        EndpointsObject made = SubsetPlanner.Plan(NewService(), pods, null);

        SubsetPlanner.Plan(NewService(), [.. pods.Reverse()], made).ShouldBeSameAs(made);
    }

    [Fact]
    public void Plan_MoreThanAThousandAddresses_KeepsReadyOnesAndSaysSo()
    {
        Pod[] pods = [.. Enumerable.Range(0, 900).Select(i => Sample.Pod($"ready-{i}")), .. Enumerable.Range(0, 300).Select(i => Sample.Pod($"unready-{i}", isReady: false))];

        EndpointsObject made = SubsetPlanner.Plan(NewService(), pods, null);

        made.Subsets!.Sum(subset => subset.Addresses?.Count ?? 0).ShouldBe(900);
        made.Subsets!.Sum(subset => subset.NotReadyAddresses?.Count ?? 0).ShouldBe(100);
        made.Metadata.Annotations![SubsetPlanner.OverCapacity].ShouldBe("truncated");
        SubsetPlanner.Plan(NewService(), pods, made).ShouldBeSameAs(made);
    }

    [Fact]
    public void Mirror_OfHandMadeEndpoints_IsASliceForEachFamilyOfEachSubset()
    {
        var endpoints = new EndpointsObject
        {
            Metadata = new ObjectMeta
            {
                Name = "db",
                Namespace = "default",
                Uid = "u",
                Labels = new Dictionary<string, string> { ["a"] = "b" },
                Annotations = new Dictionary<string, string> { ["kept"] = "yes", ["kubectl.kubernetes.io/last-applied-configuration"] = "{}" },
            },
            Subsets =
            [
                new EndpointSubset
                {
                    Addresses = [new EndpointAddress { Ip = "10.0.0.1", Hostname = "one" }, new EndpointAddress { Ip = "fd00::1" }],
                    NotReadyAddresses = [new EndpointAddress { Ip = "10.0.0.2" }],
                    Ports = [new EndpointSubsetPort { Name = "pg", Port = 5432 }],
                },
            ],
        };

        EndpointSlice[] slices = [.. MirrorPlanner.Plan(endpoints).Values];

        slices.Select(slice => slice.AddressType).ShouldBe(["IPv4", "IPv6"], ignoreOrder: true);
        EndpointSlice v4 = slices.Single(slice => slice.AddressType == "IPv4");
        v4.Endpoints.Select(each => (each.Addresses.Single(), each.Conditions!.Ready)).ShouldBe([("10.0.0.1", true), ("10.0.0.2", false)]);
        v4.Ports!.Single().ShouldBe(new EndpointPort { Name = "pg", Port = 5432, Protocol = "TCP" });
        v4.Metadata.Labels![EndpointSlice.ManagedByLabel].ShouldBe("endpointslicemirroring-controller.k8s.io");
        v4.Metadata.Labels[EndpointSlice.ServiceNameLabel].ShouldBe("db");
        v4.Metadata.Annotations.ShouldBe(new Dictionary<string, string> { ["kept"] = "yes" });
        v4.Metadata.OwnerReferences!.Single().Kind.ShouldBe("Endpoints");
    }

    [Theory]
    [InlineData("label", false)]
    [InlineData("leader", false)]
    [InlineData("selector", false)]
    [InlineData("nothing", false)]
    [InlineData("", true)]
    public void Mirror_IsWanted_OnlyForServicesWithoutSelector(string why, bool expected)
    {
        Service service = NewService();
        service = why == "selector" ? service : service with { Spec = service.Spec with { Selector = null } };
        var endpoints = new EndpointsObject
        {
            Metadata = new ObjectMeta
            {
                Name = "web",
                Labels = why == "label" ? new Dictionary<string, string> { ["endpointslice.kubernetes.io/skip-mirror"] = "true" } : null,
                Annotations = why == "leader" ? new Dictionary<string, string> { [MirrorPlanner.LeaderAnnotation] = "{}" } : null,
            },
        };

        MirrorPlanner.IsMirrored(endpoints, why == "nothing" ? null : service).ShouldBe(expected);
    }

    private static IEnumerable<string> Names(IReadOnlyList<EndpointAddress>? addresses) => (addresses ?? []).Select(address => address.TargetRef!.Name!);

    private static Service NewService() => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "default", Uid = "service", Labels = new Dictionary<string, string> { ["team"] = "shop" }, CreationTimestamp = Sample.Noon },
        Spec = new ServiceSpec { Selector = new Dictionary<string, string> { ["app"] = "web" }, Ports = [new ServicePort { Port = 80, TargetPort = 8080 }] },
    };
}
