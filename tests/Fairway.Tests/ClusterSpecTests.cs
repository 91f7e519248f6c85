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
    [InlineData("dev=vm", "expected process, podman, simulated[:NODES] or none")]
    [InlineData("Dev=process", "is no cluster name")]
    [InlineData("-a=process", "is no cluster name")]
    [InlineData("=process", "is no cluster name")]
    [InlineData("s=simulated:0", "is no number of nodes")]
    [InlineData("s=simulated:-1", "is no number of nodes")]
    [InlineData("s=simulated:", "is no number of nodes")]
    [InlineData("s=simulated:5001", "expected 1 to 5000")]
    public void Parse_OfAnythingElse_NamesTheValueAndWhatWasExpected(string text, string expected)
    {
        (ClusterSpec? spec, string? error) = ClusterSpec.Parse(text);
        spec.ShouldBeNull();
        error!.ShouldContain(expected);
        error!.ShouldContain(text);
    }

    [Fact]
    public void Hub_IsTheClusterOfThatName_OrTheFirst()
    {
        var data = new DirectoryInfo("/nowhere");
        new PlatformOptions(data, 0, ClusterSpec.Default).Hub.ShouldBe("hub");
        new PlatformOptions(data, 0, [new("a", ClusterRuntime.None), new("b", ClusterRuntime.Process)]).Hub.ShouldBe("a");
    }
}
