namespace Fairway.ApiServer.Tests;

public sealed class NegotiationTests
{
    [Theory]
    [InlineData("", "Json Full")]
    [InlineData("*/*", "Json Full")]
    [InlineData("application/yaml", "Yaml Full")]
    [InlineData("application/vnd.kubernetes.protobuf,application/json", "Json Full")]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "Json Table")]
    [InlineData("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "Json Metadata")]
    [InlineData("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", "Json Full")]
    [InlineData("application/yaml;q=0.5,application/json", "Json Full")]
    public void Choose_Known_TakesTheBest(string accept, string expected)
    {
        Negotiated chosen = Negotiation.Choose([accept], allowShapes: true, pretty: false).ShouldNotBeNull();

        $"{chosen.Format} {chosen.Shape}".ShouldBe(expected);
    }

    [Theory]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData("text/html")]
    [InlineData("application/json;as=Table;v=v2;g=meta.k8s.io")]
    public void Choose_OnlyUnknown_GivesNothing(string accept)
        => Negotiation.Choose([accept], allowShapes: true, pretty: false).ShouldBeNull();
}
