using Fairway.Resources.Fields;

namespace Fairway.Resources.Tests.Labels;

public sealed class FieldSelectorTests
{
    private static readonly Document Pod = Document.From(Json.Object(
        "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'shop'},'spec':{'nodeName':'n1','containers':[]},'status':{'phase':'Running'}}"));

    [Theory]
    [InlineData("", true)]
    [InlineData("metadata.name=a", true)]
    [InlineData("metadata.name==a,metadata.namespace=shop", true)]
    [InlineData("metadata.name!=a", false)]
    [InlineData("spec.nodeName=n1,status.phase!=Failed", true)]
    [InlineData("spec.schedulerName=", true)]
    [InlineData("spec.nodeName=", false)]
    public void Matches_Table(string selector, bool expected)
        => FieldSelector.Parse(selector, Json.Kind("v1", "Pod")).Matches(Pod).ShouldBe(expected);

    [Fact]
    public void Parse_UndeclaredField_BadRequest()
        => Should.Throw<StatusException>(() => FieldSelector.Parse("spec.foo=1", Json.Kind("v1", "Pod"))).Message.ShouldBe("field label not supported: spec.foo");

    [Theory]
    [InlineData("abc")]
    [InlineData("a=b=c")]
    public void Parse_Malformed_BadRequest(string selector)
        => Should.Throw<StatusException>(() => FieldSelector.Parse(selector)).Code.ShouldBe(400);

    [Fact]
    public void Parse_Escaped_KeepsLetters()
        => FieldSelector.Parse(@"metadata.name=a\,b\=c\\d").Requirements[0].Value.ShouldBe(@"a,b=c\d");

    [Fact]
    public void ToString_OfEscaped_RoundTrips()
    {
        const string Text = @"metadata.name=a\,b,status.phase!=x\=y";
        FieldSelector.Parse(Text).ToString().ShouldBe(Text);
    }
}
