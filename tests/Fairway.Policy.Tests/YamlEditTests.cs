using System.Text.Json.Nodes;
using Fairway.Policy.Mending;
using Fairway.Resources;
using Fairway.Resources.Yaml;

namespace Fairway.Policy.Tests;

/// <summary>Patches of a file's text change what they name and nothing else.</summary>
public sealed class YamlEditTests
{
    [Theory]
    [InlineData("a: 1 # one\nb: 2\n", """[{"op":"replace","path":"/a","value":3}]""", "a: 3 # one\nb: 2\n")]
    [InlineData("a: 1\n# end\n", """[{"op":"add","path":"/b","value":{"c":true}}]""", "a: 1\nb:\n  c: true\n# end\n")]
    [InlineData("a:\n  x: 1\nb: 2\n", """[{"op":"add","path":"/a/w","value":"2"}]""", "a:\n  x: 1\n  w: \"2\"\nb: 2\n")]
    [InlineData("a: {x: true}\nb: 2\n", """[{"op":"add","path":"/a/w","value":false}]""", "a: {x: true, w: false}\nb: 2\n")]
    [InlineData("a: {}\n", """[{"op":"add","path":"/a/w","value":false}]""", "a: {w: false}\n")]
    [InlineData("a: {x: 1, w: 2}\n", """[{"op":"remove","path":"/a/x"}]""", "a: {w: 2}\n")]
    [InlineData("a: {x: 1, w: 2}\n", """[{"op":"remove","path":"/a/w"}]""", "a: {x: 1}\n")]
    [InlineData("a:\n  x: 1\n  w: 2 # two\nb: 1\n", """[{"op":"remove","path":"/a/w"}]""", "a:\n  x: 1\nb: 1\n")]
    [InlineData("a:\n  x: 1\nb: 1\n", """[{"op":"remove","path":"/a/x"}]""", "a: {}\nb: 1\n")]
    [InlineData("l:\n  - a: 1\n    b: 2\n  - a: 3\n", """[{"op":"remove","path":"/l/0/a"}]""", "l:\n  - b: 2\n  - a: 3\n")]
    [InlineData("l:\n- a\n- b\n", """[{"op":"remove","path":"/l/0"}]""", "l:\n- b\n")]
    [InlineData("l:\n  - a\n  - b # last\nz: 1\n", """[{"op":"add","path":"/l/-","value":"c"}]""", "l:\n  - a\n  - b # last\n  - c\nz: 1\n")]
    [InlineData("a: {x: {z: [1]}}\nb: 1\n", """[{"op":"add","path":"/a/w","value":false},{"op":"add","path":"/a/x/q","value":1},{"op":"add","path":"/a/x/z/-","value":2}]""", "a: {x: {z: [1, 2], q: 1}, w: false}\nb: 1\n")]
    [InlineData("l: [a]\n", """[{"op":"add","path":"/l/-","value":"c"}]""", "l: [a, \"c\"]\n")]
    [InlineData("{\n  \"a\": {\n    \"x\": 1\n  }\n}\n", """[{"op":"add","path":"/a/w","value":2}]""", "{\n  \"a\": {\n    \"x\": 1,\n    \"w\": 2\n  }\n}\n")]
    [InlineData("a:\n  t: |\n    one\n    two\nb: 1\n", """[{"op":"add","path":"/a/w","value":2}]""", "a:\n  t: |\n    one\n    two\n  w: 2\nb: 1\n")]
    public void Apply_ChangesOnlyWhatThePatchNames(string text, string patch, string expected)
    {
        string? edited = YamlEdit.Apply(text, 0, JsonNode.Parse(patch)!.AsArray());
        edited.ShouldBe(expected);
        JsonNode? direct = JsonPatch.Apply(YamlReader.Read(text)[0].Node, JsonNode.Parse(patch)!);
        JsonNode.DeepEquals(YamlReader.Read(edited!)[0].Node, direct).ShouldBeTrue();
    }

    [Fact]
    public void Apply_OnTheSecondDocument_LeavesTheFirst()
        => YamlEdit.Apply("a: 1\n---\na: 1\n", 1, JsonNode.Parse("""[{"op":"replace","path":"/a","value":2}]""")!.AsArray()).ShouldBe("a: 1\n---\na: 2\n");

    [Fact]
    public void Apply_BelowAnAlias_IsLeftToPeople()
        => YamlEdit.Apply("b: &x {c: 1}\na: *x\n", 0, JsonNode.Parse("""[{"op":"add","path":"/a/d","value":2}]""")!.AsArray()).ShouldBeNull();
}
