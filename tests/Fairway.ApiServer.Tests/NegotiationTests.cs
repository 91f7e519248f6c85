using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer.Tests;

public sealed class NegotiationTests
{
    [Theory]
    [InlineData("", "Json Full v1")]
    [InlineData("*/*", "Json Full v1")]
    [InlineData("application/*", "Json Full v1")]
    [InlineData("application/yaml", "Yaml Full v1")]
    [InlineData("application/vnd.kubernetes.protobuf,application/json", "Json Full v1")]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "Json Table v1")]
    [InlineData("application/json;as=Table;v=v1beta1;g=meta.k8s.io", "Json Table v1beta1")]
    [InlineData("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "Json MetadataList v1")]
    [InlineData("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", "Json Full v1")]
    [InlineData("application/json; as=Table ; g=meta.k8s.io; v=v1", "Json Table v1")]
    [InlineData("application/json;AS=Table;V=v1;G=meta.k8s.io", "Json Full v1")]
    [InlineData("application/yaml;q=0.5,application/json", "Json Full v1")]
    [InlineData("text/html,application/yaml;q=0.9,*/*;q=0.8", "Yaml Full v1")]
    [InlineData("garbage,application/json", "Json Full v1")]
    public void Choose_Known_TakesTheBest(string accept, string expected)
    {
        Negotiated chosen = Negotiation.Choose(Asking(accept), allowShapes: true);

        $"{chosen.Format} {chosen.Shape} {chosen.ShapeVersion}".ShouldBe(expected);
    }

    [Theory]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData("text/html")]
    [InlineData("garbage")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/json;as=Table")]
    [InlineData("application/json;v=v1")]
    [InlineData("application/json;stream=other")]
    [InlineData("application/json;as=Table;v=v2;g=meta.k8s.io")]
    public void Choose_OnlyUnknown_IsRefused(string accept)
        => Should.Throw<StatusException>(() => Negotiation.Choose(Asking(accept), allowShapes: true)).Code.ShouldBe(406);

    [Theory]
    [InlineData("", true)]
    [InlineData("*/*", true)]
    [InlineData("text/html, application/json;q=0.1", true)]
    [InlineData("application/json;as=Table", true)]
    [InlineData("application/*", false)]
    [InlineData("text/html", false)]
    public void RequireProduced_Route_LooksAtMediaTypesAlone(string accept, bool isTaken)
    {
        void Require() => Negotiation.RequireProduced(Asking(accept), Produced.Object);

        if (isTaken)
        {
            Should.NotThrow(Require);
        }
        else
        {
            Should.Throw<StatusException>(Require).Message.ShouldStartWith("406: Not Acceptable\n\nAvailable representations: application/json");
        }
    }

    private static HttpRequest Asking(string accept)
    {
        var context = new DefaultHttpContext();
        if (accept.Length > 0)
        {
            context.Request.Headers.Accept = accept;
        }

        return context.Request;
    }
}
