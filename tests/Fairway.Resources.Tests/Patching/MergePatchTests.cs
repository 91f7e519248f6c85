using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Resources.Tests.Patching;

public sealed class MergePatchTests
{
    /// <summary>Trees without nulls: merge patch cannot say them.</summary>
    internal static Gen<JsonNode?> Trees(int depth)
    {
        Gen<JsonNode?> leaf = Gen.Elements("1", "'a'", "true", "[]", "{}", "[1,{'x':2}]").Select(text => Json.Node(text));
        if (depth == 0)
        {
            return leaf;
        }

        Gen<JsonNode?> nested = Gen.Zip(Gen.Elements("a", "b", "c", "d").ListOf(), Trees(depth - 1).ListOf(4)).Select(JsonNode? (pair) =>
            new JsonObject(pair.Item1.Distinct().Zip(pair.Item2, (key, value) => KeyValuePair.Create(key, value?.DeepClone()))));
        return Gen.OneOf(leaf, nested, nested);
    }

    [Fact]
    public void BetweenThenApply_GivesTheOther()
        => Prop.ForAll(Gen.Zip(Trees(3), Trees(3)).ToArbitrary(), pair =>
        {
            JsonNode? patch = MergePatch.Between(pair.Item1, pair.Item2);
            JsonNode? result = patch is null ? pair.Item1 : MergePatch.Apply(pair.Item1?.DeepClone(), patch);
            return JsonNode.DeepEquals(result, pair.Item2);
        }).ShouldHold();

    [Theory]
    [InlineData("{'a':'b'}", "{'a':'c'}", "{'a':'c'}")]
    [InlineData("{'a':'b'}", "{'a':null}", "{}")]
    [InlineData("{'a':[1]}", "{'a':{'b':null,'c':1}}", "{'a':{'c':1}}")]
    [InlineData("{'e':null}", "{'a':1}", "{'e':null,'a':1}")]
    [InlineData("['a']", "{'a':'b','c':null}", "{'a':'b'}")]
    [InlineData("{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}")]
    public void Apply_TableOfTheRfc(string target, string patch, string expected)
        => MergePatch.Apply(Json.Node(target), Json.Node(patch)).ShouldBeJson(expected);
}
