using Fairway.Platform;

namespace Fairway.Tests;

public sealed class ClusterSpecTests
{
    [Theory]
    [InlineData("dev=process", "dev=process")]
    [InlineData("hub=none", "hub=none")]
    [InlineData("prod=podman", "prod=podman")]
    [InlineData("prod=docker", "prod=podman")]
    [InlineData("scale=simulated", "scale=simulated:1")]
    [InlineData("scale=simulated:200", "scale=simulated:200")]
    [InlineData("dev=process:3", "dev=process:3")]
    [InlineData("dev=process:3,zones=3,cpu=500m,memory=4Gi,pods=20", "dev=process:3,zones=3,cpu=500m,memory=4Gi,pods=20")]
    [InlineData("dev=podman,label=example.com/disk=ssd,label=a=,taint=gpu=yes:NoSchedule,taint=old:NoExecute", "dev=podman,label=example.com/disk=ssd,label=a=,taint=gpu=yes:NoSchedule,taint=old:NoExecute")]
    [InlineData("dev=process,host-path=/srv,host-path=/tmp", "dev=process,host-path=/srv,host-path=/tmp")]
    public void Parse_OfAKnownRuntime_IsReadBack(string text, string written)
    {
        (ClusterSpec? spec, string? error) = ClusterSpec.Parse(text);
        error.ShouldBeNull();
        spec!.ToString().ShouldBe(written);
        ClusterSpec.Parse(spec.ToString()).Spec.ShouldBe(spec);
    }

    [Theory]
    [InlineData("dev", "is no runtime")]
    [InlineData("dev=", "is no runtime")]
    [InlineData("dev=vm", "expected process, podman, simulated or none")]
    [InlineData("Dev=process", "is no cluster name")]
    [InlineData("-a=process", "is no cluster name")]
    [InlineData("=process", "is no cluster name")]
    [InlineData("s=simulated:0", "is no number of nodes")]
    [InlineData("s=simulated:-1", "is no number of nodes")]
    [InlineData("s=simulated:", "is no number of nodes")]
    [InlineData("s=simulated:5001", "expected 1 to 5000")]
    [InlineData("s=process:51", "expected 1 to 50")]
    [InlineData("s=process,color=red", "is no option of nodes; expected cpu=AMOUNT")]
    [InlineData("s=process,cpu=0", "is not a quantity above zero")]
    [InlineData("s=process,cpu=many", "is not a quantity above zero")]
    [InlineData("s=process,taint=gpu", "NoExecute")]
    [InlineData("s=process,label=a", "is not KEY=VALUE")]
    [InlineData("s=process,host-path=srv", "is not an absolute path")]
    public void Parse_OfAnythingElse_NamesTheValueAndWhatWasExpected(string text, string expected)
    {
        (ClusterSpec? spec, string? error) = ClusterSpec.Parse(text);
        spec.ShouldBeNull();
        error!.ShouldContain(expected);
        error!.ShouldContain(text);
    }

    [Fact]
    public void LabelsOf_Zones_AreTakenInTurn()
    {
        NodeSettings settings = ClusterSpec.Parse("dev=process:3,zones=2,label=a=b").Spec!.Options!;
        settings.LabelsOf(1).ShouldBe(new Dictionary<string, string> { ["a"] = "b", ["topology.kubernetes.io/zone"] = "zone-1" });
        settings.LabelsOf(3)["topology.kubernetes.io/zone"].ShouldBe("zone-1");
        settings.LabelsOf(2)["topology.kubernetes.io/zone"].ShouldBe("zone-2");
    }

    [Fact]
    public void Hub_IsTheClusterOfThatName_OrTheFirst()
    {
        var data = new DirectoryInfo("/nowhere");
        new PlatformOptions(data, 0, ClusterSpec.Default).Hub.ShouldBe("hub");
        new PlatformOptions(data, 0, [new("a", ClusterRuntime.None), new("b", ClusterRuntime.Process)]).Hub.ShouldBe("a");
    }
}
