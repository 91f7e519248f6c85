using System.Net;
using Fairway.Node.Services;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Node.Tests.Services;

public sealed class ServicePlanTests
{
    private static readonly ServicePlaces Places = new() { Room = 77 };

    [Theory]
    [InlineData("10.96.3.7", "TCP", 8080, "127.77.3.7:8080")]
    [InlineData("10.96.3.7", "TCP", 80, "127.77.3.7:20080")]
    [InlineData("10.96.3.7", "UDP", 8080, "")]
    [InlineData("None", "TCP", 8080, "")]
    [InlineData("", "TCP", 8080, "")]
    public void Of_APort_IsTheLoopbackOfItsClusterIP(string clusterIP, string protocol, int port, string expected)
        => $"{Places.Of(Service(clusterIP), new ServicePort { Port = port, Protocol = protocol })}".ShouldBe(expected);

    [Fact]
    public void Of_RootListens_MovesNoPort()
        => (Places with { FirstFreePort = 0 }).Of(Service("10.96.0.9"), new ServicePort { Port = 80 }).ShouldBe(IPEndPoint.Parse("127.77.0.9:80"));

    [Fact]
    public void RoomOf_AnyText_IsNeverThatOfTheSystem()
        => Enumerable.Range(0, 2000).Select(number => ServicePlaces.RoomOf($"/data/{number}\nhub")).ShouldAllBe(room => room >= 16 && room <= 254);

    [Theory]
    [InlineData("ready", "127.0.0.1:15001")]
    [InlineData("ready,ending", "127.0.0.1:15001")]
    [InlineData("ending", "127.0.0.1:15001")]
    [InlineData("gone", "")]
    [InlineData("unready", "")]
    [InlineData("unready,ready", "127.0.0.1:15002")]
    public void Of_Endpoints_GoesToThoseThatTakeConnections(string endpoints, string expected)
    {
        var slice = new EndpointSlice
        {
            Metadata = new ObjectMeta { Name = "web-1", Namespace = "shop", Labels = new Dictionary<string, string> { [EndpointSlice.ServiceNameLabel] = "web" } },
            AddressType = "IPv4",
            Ports = [new EndpointPort { Name = "http", Port = 15001 }],
            Endpoints = [],
        };
        EndpointSlice[] slices = [.. endpoints.Split(',').Select((state, i) => slice with
        {
            Ports = [new EndpointPort { Name = "http", Port = 15001 + i }],
            Endpoints = [new Endpoint { Addresses = ["127.0.0.1"], Conditions = Conditions(state) }],
        })];
        Dictionary<IPEndPoint, IReadOnlyList<IPEndPoint>> plan = ServicePlan.Of(Places, [Service("10.96.3.7")], slices);
        string.Join(',', plan.Values.SelectMany(backends => backends)).ShouldBe(expected);
    }

    private static EndpointConditions Conditions(string state) => new()
    {
        Ready = state == "ready",
        Serving = state is "ready" or "ending",
        Terminating = state is "ending" or "gone",
    };

    private static Service Service(string clusterIP) => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
        Spec = new ServiceSpec { ClusterIP = clusterIP, Ports = [new ServicePort { Name = "http", Port = 8080 }] },
    };
}
