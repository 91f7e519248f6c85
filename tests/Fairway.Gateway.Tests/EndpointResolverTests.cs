using Fairway.Gateway.Backends;
using Fairway.Gateway.Forwarding;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Gateway.Tests;

public sealed class EndpointResolverTests
{
    private static readonly EndpointConditions Ready = new() { Ready = true, Serving = true, Terminating = false };
    private static readonly EndpointConditions Starting = new() { Ready = false, Serving = false, Terminating = false };
    private static readonly EndpointConditions Leaving = new() { Ready = false, Serving = true, Terminating = true };
    private static readonly EndpointConditions Gone = new() { Ready = false, Serving = false, Terminating = true };

    public static TheoryData<string, EndpointConditions?[], int[]> Cases => new()
    {
        { "conditions that say nothing mean ready", [null], [1] },
        { "only ready ones", [Ready, Starting, Gone], [1] },
        { "those that leave take nothing new while others are ready", [Leaving, Ready], [2] },
        { "those that leave serve when nobody else does", [Leaving, Starting, Gone], [1] },
        { "nobody", [Starting, Gone], [] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Resolve_ByConditions_GivesThoseThatTakeRequests(string name, EndpointConditions?[] conditions, int[] ports)
    {
        var slices = conditions.Select((one, index) => Slice("", index + 1, one));
        (bool resolved, BackendEndpoint[] ready) = EndpointResolver.Resolve(Service(new ServicePort { Port = 80 }), 80, slices, _ => "");
        resolved.ShouldBeTrue();
        ready.Select(endpoint => endpoint.Port).ShouldBe(ports, name);
    }

    [Fact]
    public void Resolve_ServicePort_IsMatchedByItsName()
    {
        Service service = Service(new ServicePort { Name = "http", Port = 80 }, new ServicePort { Name = "admin", Port = 81 });
        EndpointSlice[] slices = [Slice("http", 8080, Ready), Slice("admin", 9090, Ready)];
        EndpointResolver.Resolve(service, 81, slices, _ => "").Ready.Single().Port.ShouldBe(9090);
        EndpointResolver.Resolve(service, 0, slices, _ => "").Resolved.ShouldBeFalse();
        EndpointResolver.Resolve(service, 82, slices, _ => "").Resolved.ShouldBeFalse();
        EndpointResolver.Resolve(null, 80, slices, _ => "").Resolved.ShouldBeFalse();
    }

    [Fact]
    public void Resolve_PodBehindTheEndpoint_GivesItsRelease()
    {
        EndpointSlice slice = Slice("", 1, Ready);
        slice = slice with { Endpoints = [slice.Endpoints[0] with { TargetRef = new ObjectReference { Kind = "Pod", Name = "web-1" } }] };
        EndpointResolver.Resolve(Service(new ServicePort { Port = 80 }), 80, [slice], pod => pod + "-release").Ready.Single().Release.ShouldBe("web-1-release");
    }

    [Theory]
    [InlineData("Connection", "", true)]
    [InlineData("transfer-encoding", "", true)]
    [InlineData("X-Custom", "", false)]
    [InlineData("X-Custom", "keep-alive, x-custom", true)]
    [InlineData("X-Custom", "x-customer", false)]
    public void HopByHop_NamedByConnection_IsNotPassedOn(string name, string connection, bool expected)
        => HopByHop.Contains(name, connection).ShouldBe(expected);

    private static Service Service(params ServicePort[] ports)
        => new() { Metadata = new ObjectMeta { Name = "web" }, Spec = new ServiceSpec { Ports = ports } };

    private static EndpointSlice Slice(string portName, int port, EndpointConditions? conditions) => new()
    {
        Metadata = new ObjectMeta { Name = "web-1" },
        AddressType = "IPv4",
        Endpoints = [new Endpoint { Addresses = ["127.0.0.1"], Conditions = conditions }],
        Ports = [new EndpointPort { Name = portName, Port = port }],
    };
}
