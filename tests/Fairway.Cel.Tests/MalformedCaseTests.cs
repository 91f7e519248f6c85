using System.Text.Json.Nodes;
using Fairway.Cel.Cases;

namespace Fairway.Cel.Tests;

public sealed class MalformedCaseTests
{
    private static readonly CelCases Cases = new(CelEnvironment.All, strongEnums: false, CelLimits.None);

    [Theory]
    [InlineData("""{"expr":"1","type_env":[{"name":"y","ident":"in"}]}""", "type_env[0].ident: \"in\": expected a type")]
    [InlineData("""{"expr":"1","type_env":[{"name":"y","ident":"map(string, strin)"}]}""", "type_env[0].ident: \"map(string, strin)\": expected a type")]
    [InlineData("""{"expr":"1","type_env":[{"name":"y","ident":5}]}""", "type_env[0].ident: 5: expected a type")]
    [InlineData("""{"expr":"1","type_env":[{"name":"f","function":[{"params":["int"]},{"params":["int","nope"]}]}]}""", "type_env[0].function[1].params[1]: \"nope\"")]
    [InlineData("""{"expr":"1","type_env":[{"name":"y"}]}""", "type_env[0]: a declaration needs 'ident'")]
    [InlineData("""{"expr":"1","type_env":{}}""", "type_env: {}: expected a list")]
    [InlineData("""{"expr":"1","bindings":[]}""", "bindings: []: expected an object")]
    [InlineData("""{"expr":"1","check_only":"yes"}""", "check_only: \"yes\": expected true or false")]
    [InlineData("""{"expr":5}""", "expr: 5: expected a string")]
    [InlineData("""{"expr":"1","expr":"2"}""", "Duplicate property 'expr'")]
    [InlineData("[]", "a case is a JSON object")]
    [InlineData("{", "malformed case")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"int","value":"99999999999999999999"}}}""", "bindings.x: \"99999999999999999999\" is no value of type int")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"uint","value":-1}}}""", "bindings.x: -1 is no value of type uint")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"double","value":"1e999"}}}""", "is no value of type double")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"bool","value":"yes"}}}""", "is no value of type bool")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"bytes","value":"a*b"}}}""", "is no value of type bytes")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"timestamp","value":"2020-13-01T00:00:00Z"}}}""", "is no value of type timestamp")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"duration","value":"1 day"}}}""", "is no value of type duration")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"map","value":[["a",1],["a",2]]}}}""", "the key \"a\" is in the map twice")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"map","value":[["a"]]}}}""", "expected [KEY, VALUE]")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"list","value":{}}}}""", "{} is no value of type list")]
    [InlineData("""{"expr":"x","bindings":{"x":{"type":"optional","value":{"type":"cel.expr.conformance.proto3.TestAllTypes","value":{"nope":1}}}}}""", "no such field 'nope'")]
    public void Answer_ToAMalformedLine_NamesWhatIsWrong(string line, string expected)
    {
        string error = ErrorOf(line);
        error.ShouldStartWith("malformed case: ");
        error.ShouldContain(expected);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    public void Answer_ToADoubleThatJsonLacks_WritesItAsText(string number)
        => Answer($$"""{"expr":"x","bindings":{"x":{"type":"double","value":"{{number}}"} } }""")["result"]!["value"]!.ToString().ShouldBe(number);

    [Fact]
    public void Answer_ToAnErrorBound_IsThatError() => ErrorOf("""{"expr":"x","bindings":{"x":{"type":"error","value":"boom"}}}""").ShouldBe("boom");

    [Theory]
    [InlineData(500, "the result nests deeper than 200 levels")]
    [InlineData(600, "maximum configured depth")]
    public void Answer_ToDeepJson_IsAnError(int levels, string expected)
        => ErrorOf($$"""{"expr":"x","bindings":{"x":{{new string('[', levels)}}{{new string(']', levels)}} } }""").ShouldContain(expected);

    [Fact]
    public void Answer_ToANameThatIsNoText_IsAnErrorWithoutIt() => ErrorOf("""{"name":"\ud800","expr":"1"}""").ShouldStartWith("the answer cannot be written");

    [Fact]
    public void Answer_WhenTimeIsUp_IsAnError()
        => Parsed(Cases.Answer("""{"expr":"lists.range(1000000).map(i, i * 2).size()"}""", new CancellationToken(canceled: true)))["error"]!.ToString().ShouldBe("operation interrupted");

    private static string ErrorOf(string line) => Answer(line)["error"]!.ToString();

    private static JsonObject Answer(string line) => Parsed(Cases.Answer(line, CancellationToken.None));

    private static JsonObject Parsed(string answer) => (JsonObject)JsonNode.Parse(answer, documentOptions: new() { MaxDepth = 1024 })!;
}
