using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;

namespace Fairway.Node.Tests.Configuration;

public sealed class ConfigurationTests
{
    private static readonly Dictionary<string, string> Variables = new() { ["A"] = "1", ["B"] = "two", ["E"] = "" };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$(A)-$(B)", "1-two")]
    [InlineData("$(E)", "")]
    [InlineData("$(MISSING)", "$(MISSING)")]
    [InlineData("$$(A)", "$(A)")]
    [InlineData("$$$(A)", "$1")]
    [InlineData("$A ${A} $", "$A ${A} $")]
    [InlineData("$(A", "$(A")]
    [InlineData("$($(A))", "$($(A))")]
    public void Expansion_FollowsKubernetes(string text, string expected)
        => VariableExpansion.Expand(text, Variables).ShouldBe(expected);

    [Theory]
    [InlineData("metadata.name", "web-1")]
    [InlineData("metadata.namespace", "shop")]
    [InlineData("metadata.labels['app.kubernetes.io/name']", "web")]
    [InlineData("metadata.labels['absent']", "")]
    [InlineData("metadata.labels", "app.kubernetes.io/name=\"web\"\ntier=\"a\\\"b\"")]
    [InlineData("spec.nodeName", "n1")]
    [InlineData("status.podIP", "127.0.0.1")]
    public void Field_OfThePod_IsFound(string path, string expected) => DownwardFields.Field(ThePod(), path, "127.0.0.1").ShouldBe(expected);

    [Fact]
    public void Field_ThatDoesNotExist_IsNamed()
        => Should.Throw<ConfigurationException>(() => DownwardFields.Field(ThePod(), "status.phase", "")).Message.ShouldBe("unsupported fieldPath: status.phase");

    [Theory]
    [InlineData("limits.memory", null, "67108864")]
    [InlineData("limits.memory", "1Mi", "64")]
    [InlineData("requests.cpu", null, "1")]
    [InlineData("requests.cpu", "1m", "250")]
    [InlineData("limits.cpu", null, "2")]
    public void Resource_IsCountedInUnitsOfTheDivisor(string resource, string? divisor, string expected)
        => DownwardFields.Resource(
            ThePod(),
            new ResourceFieldSelector { Resource = resource, Divisor = divisor is null ? null : new Quantity(divisor) },
            "web",
            new Dictionary<string, Quantity> { ["cpu"] = new("2") }).ShouldBe(expected);

    [Fact]
    public async Task Environment_LaterSourcesWinAndMayReferToEarlierOnes()
    {
        var cluster = new MemoryCluster("dev", new ManualTime());
        cluster.Seed(new ConfigMap { Metadata = Meta("app"), Data = new Dictionary<string, string> { ["COLOR"] = "red", ["SIZE"] = "1" } });
        cluster.Seed(new Secret { Metadata = Meta("keys"), Data = new Dictionary<string, string> { ["SIZE"] = "Mg==", ["token"] = "czNjcjN0" } });
        Container web = PodWeb() with
        {
            EnvFrom = [new EnvFromSource { ConfigMapRef = new EnvSource { Name = "app" } }, new EnvFromSource { SecretRef = new EnvSource { Name = "keys" } }],
            Env =
            [
                new EnvVar { Name = "TOKEN", ValueFrom = new EnvVarSource { SecretKeyRef = new KeySelector { Name = "keys", Key = "token" } } },
                new EnvVar { Name = "ALL", Value = "$(COLOR)/$(SIZE)/$(TOKEN)/$(PORT)" },
                new EnvVar { Name = "NONE", ValueFrom = new EnvVarSource { ConfigMapKeyRef = new KeySelector { Name = "app", Key = "x", Optional = true } } },
            ],
        };

        Dictionary<string, string> result = await Resolver(cluster).ResolveAsync(ThePod(), web, [KeyValuePair.Create("PORT", "17000")], _ => { }, CancellationToken.None);

        result["ALL"].ShouldBe("red/2/s3cr3t/17000");
        result.ShouldNotContainKey("NONE");
    }

    [Theory]
    [InlineData("absent", "k", "configmap \"absent\" not found")]
    [InlineData("app", "absent", "couldn't find key absent in ConfigMap shop/app")]
    public async Task Environment_WhatIsMissing_IsNamed(string name, string key, string message)
    {
        var cluster = new MemoryCluster("dev", new ManualTime());
        cluster.Seed(new ConfigMap { Metadata = Meta("app") });
        Container web = PodWeb() with
        {
            Env = [new EnvVar { Name = "X", ValueFrom = new EnvVarSource { ConfigMapKeyRef = new KeySelector { Name = name, Key = key } } }],
        };

        ConfigurationException missing = await Should.ThrowAsync<ConfigurationException>(
            () => Resolver(cluster).ResolveAsync(ThePod(), web, [], _ => { }, CancellationToken.None));
        missing.Message.ShouldBe(message);
    }

    [Fact]
    public void Ports_OfAContainer_AreDeclaredOrTheImagesOrOneToBeTold()
    {
        PodPorts.Of(PodWeb(), [9000], sharesHostPorts: true).Select(port => port.Number).ShouldBe([8081, 9090]);
        PodPorts.Of(new Container { Name = "x" }, [9000], sharesHostPorts: true).Select(port => port.Number).ShouldBe([9000]);
        PodPorts.Of(new Container { Name = "x" }, [], sharesHostPorts: true).Select(port => port.Number).ShouldBe([8080]);
        PodPorts.Of(new Container { Name = "x" }, [], sharesHostPorts: false).ShouldBeEmpty();
    }

    [Fact]
    public void Ports_InTheAnnotation_AreReadBack()
    {
        string text = PodPorts.Write(new Dictionary<int, int> { [9090] = 2, [8081] = 1 });
        text.ShouldBe("{\"8081\":1,\"9090\":2}");
        Pod pod = ThePod();
        Pod Annotated(string value) => pod with { Metadata = pod.Metadata with { Annotations = new Dictionary<string, string> { [PodPorts.Annotation] = value } } };
        PodPorts.Read(Annotated(text)).ShouldBe(new Dictionary<int, int> { [8081] = 1, [9090] = 2 }, ignoreOrder: true);
        PodPorts.Read(Annotated("nonsense")).ShouldBeEmpty();
        PodPorts.Read(Annotated("{\"a\":1,\"1\":\"b\",\"2\":99999}")).ShouldBeEmpty();
    }

    [Fact]
    public void Allocator_NeverGivesAPortTwiceOrOneInUse()
    {
        var allocator = new PortAllocator(seed: Environment.ProcessId);
        int[] ports = [.. Enumerable.Range(0, 50).Select(_ => allocator.Take())];
        ports.Distinct().Count().ShouldBe(50);

        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, ports[0]);
        other.Start();
        allocator.Release(ports[0]);
        allocator.Claim(ports[0], inUse: false).ShouldBeFalse();
        allocator.Claim(ports[0], inUse: true).ShouldBeTrue();
        allocator.Claim(ports[0], inUse: true).ShouldBeFalse("it is taken now");
    }

    [Fact]
    public void PortVariables_PointEverySettingAtTheAssignedPorts()
    {
        var environment = new Dictionary<string, string>
        {
            ["PORT"] = "8080",
            ["ASPNETCORE_URLS"] = "http://+:8080;http://*:9090/;http://localhost:5000",
            ["OTHER"] = "8080",
        };

        PortVariables.Rewrite(environment, [new PortMapping(8080, 17001, "http"), new PortMapping(9090, 17002, "grpc-api")]);

        environment["PORT"].ShouldBe("17001");
        environment["ASPNETCORE_HTTP_PORTS"].ShouldBe("17001");
        environment["PORT_GRPC_API"].ShouldBe("17002");
        environment["ASPNETCORE_URLS"].ShouldBe("http://+:17001;http://*:17002;http://localhost:5000");
        environment["OTHER"].ShouldBe("8080");
    }

    private static EnvironmentResolver Resolver(MemoryCluster cluster)
        => new(new ObjectSource(cluster), "127.0.0.1", new Dictionary<string, Quantity>());

    private static ObjectMeta Meta(string name) => new() { Name = name, Namespace = "shop" };

    private static Container PodWeb() => new()
    {
        Name = "web",
        Ports = [new ContainerPort { Number = 8081, Name = "http" }, new ContainerPort { Number = 9090 }],
        Resources = new ResourceRequirements
        {
            Limits = new Dictionary<string, Quantity> { ["memory"] = new("64Mi") },
            Requests = new Dictionary<string, Quantity> { ["cpu"] = new("250m") },
        },
    };

    private static Pod ThePod() => new()
    {
        Metadata = new ObjectMeta
        {
            Name = "web-1",
            Namespace = "shop",
            Uid = "u1",
            Labels = new Dictionary<string, string> { ["tier"] = "a\"b", ["app.kubernetes.io/name"] = "web" },
        },
        Spec = new PodSpec { NodeName = "n1", Containers = [PodWeb()] },
    };
}
