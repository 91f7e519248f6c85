using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tests.CustomResources;

/// <summary>The validator of custom resources, in kube-apiserver's words.</summary>
public sealed class CustomSchemaTests
{
    [Theory]
    [InlineData("{'type':'string','maxLength':2}", "'abc'", "f: Too long: may not be more than 2 bytes")]
    [InlineData("{'type':'string','pattern':'^a$'}", "'a\\n'", "f: Invalid value: \"a\\n\": f in body should match '^a$'")]
    [InlineData("{'type':'integer'}", "1.5", "f: Invalid value: \"number\": f in body must be of type integer: \"number\"")]
    [InlineData("{'type':'integer'}", "2.0", null)]
    [InlineData("{'type':'number','maximum':1000000}", "2000000", "f: Invalid value: 2000000: f in body should be less than or equal to 1000000")]
    [InlineData("{'type':'number','maximum':1000000}", "2000000.5", "f: Invalid value: 2.0000005e+06: f in body should be less than or equal to 1e+06")]
    [InlineData("{'type':'number','minimum':0.1,'exclusiveMinimum':true}", "0.1", "f: Invalid value: 0.1: f in body should be greater than 0.1")]
    [InlineData("{'type':'string','enum':['a','b']}", "'c'", "f: Unsupported value: \"c\": supported values: \"a\", \"b\"")]
    [InlineData("{'type':'string','nullable':true}", "null", null)]
    [InlineData("{'type':'string'}", "null", "f: Invalid value: \"null\": f in body must be of type string: \"null\"")]
    [InlineData("{'type':'string','format':'date-time'}", "'2026-01-01'", "f: Invalid value: \"2026-01-01\": f in body must be of type date-time: \"2026-01-01\"")]
    [InlineData("{'type':'string','format':'ipv4'}", "'10.0.0.256'", "f: Invalid value: \"10.0.0.256\": f in body must be of type ipv4: \"10.0.0.256\"")]
    [InlineData("{'type':'string','format':'nonsense'}", "'x'", null)]
    [InlineData("{'x-kubernetes-int-or-string':true}", "true", "f: Invalid value: \"boolean\": f in body must be of type integer,string: \"boolean\"")]
    [InlineData("{'type':'array','minItems':2,'items':{'type':'string'}}", "['a']", "f: Invalid value: 1: f in body should have at least 2 items")]
    [InlineData("{'type':'object','minProperties':1}", "{}", "f: Invalid value: 0: f in body should have at least 1 properties")]
    [InlineData("{'type':'object','not':{'required':['a']}}", "{'a':1}", "<nil>: Invalid value: \"\": \"f\" must not validate the schema (not)")]
    public void Value_AgainstItsSchema_IsJudgedInKubernetesWords(string schema, string value, string? expected)
    {
        JsonSchema read = JsonSchema.Read(JsonNode.Parse("{'type':'object','properties':{'f':".Replace('\'', '"') + schema.Replace('\'', '"') + "}}")!.AsObject());
        var errors = new FieldErrors();
        SchemaValidator.Validate(JsonNode.Parse("{\"f\":" + value.Replace('\'', '"') + "}"), read, "", errors);
        errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}").FirstOrDefault().ShouldBe(expected);
    }

    [Fact]
    public void Change_ThatLeavesAnInvalidPartAlone_IsNotHeldAgainstIt()
    {
        JsonSchema schema = JsonSchema.Read(JsonNode.Parse("""{"type":"object","properties":{"a":{"type":"string","maxLength":1},"b":{"type":"string"}}}""")!.AsObject());
        var errors = new FieldErrors();
        SchemaValidator.ValidateUpdate(JsonNode.Parse("""{"a":"long","b":"2"}"""), JsonNode.Parse("""{"a":"long","b":"1"}"""), schema, "", errors);
        errors.IsEmpty.ShouldBeTrue();
        SchemaValidator.ValidateUpdate(JsonNode.Parse("""{"a":"longer","b":"2"}"""), JsonNode.Parse("""{"a":"long","b":"1"}"""), schema, "", errors);
        errors.Causes.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("v1", "v1beta1")]
    [InlineData("v2", "v1")]
    [InlineData("v1beta2", "v1beta1")]
    [InlineData("v1beta1", "v2alpha1")]
    [InlineData("v1alpha1", "foo1")]
    public void Versions_MoreStable_ComeFirst(string first, string second)
        => KubeVersions.MostStableFirst.Compare(first, second).ShouldBeLessThan(0);

    [Theory]
    [InlineData(@"^\d+$", "12", true)]
    [InlineData(@"^\d+$", "١", false)]
    [InlineData(@"^a$", "a\n", false)]
    [InlineData(@"(?P<x>a)[[:digit:]]\z", "a1", true)]
    [InlineData(@"\Qa.b\E", "a.b", true)]
    [InlineData(@"\Qa.b\E", "axb", false)]
    public void Pattern_InRe2_MatchesAsInGo(string pattern, string text, bool expected)
    {
        Re2.Problem(pattern).ShouldBeNull();
        Re2.IsMatch(pattern, text).ShouldBe(expected);
    }

    [Theory]
    [InlineData("(?=a)")]
    [InlineData(@"(a)\1")]
    [InlineData("[a")]
    public void Pattern_ThatRe2DoesNotKnow_IsRefused(string pattern) => Re2.Problem(pattern).ShouldNotBeNull();
}
