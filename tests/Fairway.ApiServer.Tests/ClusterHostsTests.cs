using System.Text;
using Fairway.ApiServer.Testing;

namespace Fairway.ApiServer.Tests;

/// <summary>Which cluster a path at the server's root means.</summary>
public sealed class ClusterHostsTests
{
    [Theory]
    [InlineData("dev.clusters.fairway.internal", "dev")]
    [InlineData("DEV.Clusters.Fairway.Internal", "dev")]
    [InlineData("localhost", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Handshake_NamesACluster(string? host, string? cluster) => ClusterHosts.ClusterOf(host).ShouldBe(cluster);

    [Theory]
    [InlineData("""{"iss":"https://127.0.0.1:7443/clusters/stage"}""", "stage")]
    [InlineData("""{"iss":"https://accounts.example.com"}""", null)]
    [InlineData("""{"iss":7}""", null)]
    [InlineData("[]", null)]
    [InlineData("no json", null)]
    public void Token_ClaimsACluster(string claims, string? cluster)
        => ClusterHosts.ClusterOfToken($"Bearer e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(claims)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}.sig").ShouldBe(cluster);

    [Theory]
    [InlineData("")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer opaque")]
    [InlineData("Bearer a.!.c")]
    public void Header_WithoutAToken_ClaimsNone(string header) => ClusterHosts.ClusterOfToken(header).ShouldBeNull();

    [KubectlFact]
    public async Task RawPath_AtTheRoot_IsTheContextsCluster()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        foreach (string cluster in (string[])["dev", "prod"])
        {
            using var kubectl = new Kubectl(server.KubeconfigPath, cluster);
            (await kubectl.RunAsync("create", "configmap", $"of-{cluster}")).Text.ShouldContain("created");
            string answer = (await kubectl.RunAsync("get", "--raw", "/api/v1/namespaces/default/configmaps")).Text;
            answer.ShouldContain("ConfigMapList");
            answer.ShouldContain($"of-{cluster}");
            answer.ShouldNotContain(cluster == "dev" ? "of-prod" : "of-dev");
        }
    }
}
