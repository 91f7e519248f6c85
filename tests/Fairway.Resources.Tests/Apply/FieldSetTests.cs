using System.Text.Json.Nodes;
using Fairway.Resources.Apply;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Resources.Tests.Apply;

public sealed class FieldSetTests
{
    private static Arbitrary<FieldSet> Sets()
    {
        Gen<string> element = Gen.Elements("f:a", "f:b", "f:c", "k:{\"name\":\"x\"}", "v:1", "i:0");
        Gen<IReadOnlyList<string>> path = element.NonEmptyListOf().Select(IReadOnlyList<string> (steps) => [.. steps.Take(3)]);
        return path.ListOf().Select(paths => Of(paths)).ToArbitrary();
    }

    private static FieldSet Of(IEnumerable<IReadOnlyList<string>> paths)
    {
        var set = new FieldSet();
        foreach (IReadOnlyList<string> path in paths)
        {
            set.Insert(path);
        }

        return set;
    }

    private static HashSet<string> Texts(FieldSet set) => [.. set.Paths().Select(path => string.Join('|', path))];

    [Fact]
    public void FromJson_OfToJson_IsTheSame()
        => Prop.ForAll(Sets(), set => FieldSet.FromJson(JsonNode.Parse(set.ToJson().ToJsonString())).Equals(set)).ShouldHold();

    [Fact]
    public void SetOperations_AgreeWithPlainSets()
        => Prop.ForAll(Sets(), Sets(), (left, right) =>
            Texts(left.Union(right)).SetEquals(Texts(left).Union(Texts(right)))
            && Texts(left.Intersection(right)).SetEquals(Texts(left).Intersect(Texts(right)))
            && Texts(left.Difference(right)).SetEquals(Texts(left).Except(Texts(right)))
            && left.Union(right).Equals(right.Union(left))
            && left.Difference(left).IsEmpty).ShouldHold();

    [Fact]
    public void FromJson_ForeignSpelling_IsTheSameElement()
        => FieldSet.FromJson(Json.Node("""{"f:a":{"k:{\"protocol\":\"TCP\", \"containerPort\":80}":{}}}"""))
            .Equals(FieldSet.FromJson(Json.Node("""{"f:a":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{}}}"""))).ShouldBeTrue();

    [Fact]
    public void ToString_ShowsPathsAsConflictsDo()
        => FieldSet.FromJson(Json.Node("""{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{}}},"f:list":{"v:\"x\"":{}}}}""")).ToString()
            .ShouldBe(".spec.list[=\"x\"] .spec.ports[port=80,protocol=\"TCP\"]");
}
