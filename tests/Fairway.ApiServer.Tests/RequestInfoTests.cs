namespace Fairway.ApiServer.Tests;

public sealed class RequestInfoTests
{
    [Theory]
    [InlineData("GET", "/api/v1/pods", "list||v1||pods||")]
    [InlineData("GET", "/api/v1/namespaces", "list||v1||namespaces||")]
    [InlineData("GET", "/api/v1/namespaces/shop", "get||v1|shop|namespaces|shop|")]
    [InlineData("PUT", "/api/v1/namespaces/shop/finalize", "update||v1|shop|namespaces|shop|finalize")]
    [InlineData("PATCH", "/api/v1/namespaces/shop/status", "patch||v1|shop|namespaces|shop|status")]
    [InlineData("GET", "/api/v1/namespaces/shop/pods/", "list||v1|shop|pods||")]
    [InlineData("POST", "/api/v1/namespaces/shop/pods", "create||v1|shop|pods||")]
    [InlineData("DELETE", "/api/v1/namespaces/shop/pods", "deletecollection||v1|shop|pods||")]
    [InlineData("DELETE", "/api/v1/namespaces/shop/pods/web", "delete||v1|shop|pods|web|")]
    [InlineData("POST", "/api/v1/namespaces/shop/pods/web/eviction", "create||v1|shop|pods|web|eviction")]
    [InlineData("GET", "/apis/apps/v1/namespaces/shop/deployments/web/scale", "get|apps|v1|shop|deployments|web|scale")]
    [InlineData("PATCH", "/apis/fairway.dev/v1/namespaces/shop/rollouts/r/status", "patch|fairway.dev|v1|shop|rollouts|r|status")]
    [InlineData("GET", "/api/v1/watch/namespaces/shop/pods", "watch||v1|shop|pods||")]
    [InlineData("HEAD", "/api/v1/nodes/n1", "get||v1||nodes|n1|")]
    public void Parse_ResourcePath_GivesVerbAndPlace(string method, string path, string expected)
    {
        RequestInfo info = RequestInfo.Parse(method, path, isWatch: false, null);

        info.IsResource.ShouldBeTrue();
        $"{info.Verb}|{info.Group}|{info.Version}|{info.Namespace}|{info.Resource}|{info.Name}|{info.Subresource}".ShouldBe(expected);
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/v1")]
    [InlineData("/apis/apps/v1")]
    [InlineData("/healthz")]
    [InlineData("/")]
    public void Parse_OtherPath_IsNoResource(string path) => RequestInfo.Parse("GET", path, isWatch: false, null).IsResource.ShouldBeFalse();

    [Fact]
    public void Parse_WatchWithNameSelector_IsAuthorizedByName()
    {
        RequestInfo info = RequestInfo.Parse("GET", "/api/v1/namespaces/shop/pods", isWatch: true, "web");

        info.Verb.ShouldBe("watch");
        info.Name.ShouldBe("web");
    }
}
