using System.Text.Json.Nodes;
using Fairway.Delivery.Sync;

namespace Fairway.Delivery.Tests.Sync;

public sealed class FieldDiffTests
{
    [Theory]
    [InlineData("""{"spec":{"replicas":2}}""", """{"spec":{"replicas":2,"other":1}}""", "")]
    [InlineData("""{"spec":{"replicas":2}}""", """{"spec":{"replicas":5}}""", "spec.replicas: 2 -> 5")]
    [InlineData("""{"spec":{"replicas":2}}""", """{"spec":{}}""", "spec.replicas: 2 -> ")]
    [InlineData("""{"spec":{"paused":false,"x":"","l":[],"m":{}}}""", """{"spec":{}}""", "")]
    [InlineData("""{"spec":{"cpu":"500m","mem":"1Gi","port":"80"}}""", """{"spec":{"cpu":"0.5","mem":"1024Mi","port":80}}""", "")]
    [InlineData("""{"spec":{"c":[{"name":"a","image":"x"}]}}""", """{"spec":{"c":[{"name":"side"},{"name":"a","image":"y","extra":1}]}}""", "spec.c[name=a].image: x -> y")]
    [InlineData("""{"spec":{"args":["a","b"]}}""", """{"spec":{"args":["a"]}}""", """spec.args: ["a","b"] -> ["a"]""")]
    [InlineData("""{"spec":{"ports":[{"port":80,"name":"http"}]}}""", """{"spec":{"ports":[{"port":80,"name":"http","protocol":"TCP"}]}}""", "")]
    [InlineData("""{"metadata":{"labels":{"a.b/c":"1"}}}""", """{"metadata":{"labels":{"a.b/c":"2"}}}""", "metadata.labels.[a.b/c]: 1 -> 2")]
    [InlineData("""{"apiVersion":"a","kind":"b","status":{"x":1}}""", "{}", "")]
    public void Between_DesiredAndLive_NamesTheFieldsThatDiffer(string desired, string live, string expected)
        => string.Join("; ", FieldDiff.Between(JsonNode.Parse(desired)!.AsObject(), JsonNode.Parse(live)!.AsObject())
            .Select(difference => $"{difference.Path}: {difference.Desired} -> {difference.Live}")).ShouldBe(expected);
}
