using System.Text.Json.Nodes;
using Fairway.Delivery.Sync;

namespace Fairway.Delivery.Tests.Sync;

public sealed class DroppedFieldsTests
{
    [Theory]
    [InlineData("""{"f:spec":{"f:a":{},"f:b":{}}}""", """{"spec":{"a":1}}""", """{"spec":{"a":1,"b":2}}""", "spec.b: 2")]
    [InlineData("""{"f:spec":{"f:a":{},"f:b":{}}}""", """{"spec":{"a":1}}""", """{"spec":{"a":1}}""", "")]
    [InlineData("""{"f:spec":{"f:a":{}}}""", """{"spec":{"a":1}}""", """{"spec":{"a":1,"other":2}}""", "")]
    [InlineData("""{"f:data":{".":{},"f:x.y":{}}}""", """{"data":{}}""", """{"data":{"x.y":"1"}}""", "data.[x.y]: 1")]
    [InlineData(
        """{"f:l":{"k:{\"name\":\"a\"}":{".":{},"f:name":{}},"k:{\"name\":\"b\"}":{".":{},"f:name":{}}}}""",
        """{"l":[{"name":"a"}]}""", """{"l":[{"name":"b"},{"name":"a"}]}""", """l[name=b]: {"name":"b"}""")]
    [InlineData(
        """{"f:p":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}}""",
        """{"p":[{"port":80}]}""", """{"p":[{"port":80,"protocol":"TCP"}]}""", "")]
    [InlineData("""{"f:s":{"v:\"x\"":{},"v:\"y\"":{}}}""", """{"s":["x"]}""", """{"s":["x","y"]}""", "s[=y]: y")]
    [InlineData("""{"f:spec":{"f:a":{}}}""", """{"spec":{"a":null}}""", """{"spec":{"a":1}}""", "")]
    public void Between_FieldsThatWereApplied_NamesThoseThatAreDesiredNoMore(string owned, string desired, string live, string expected)
    {
        JsonObject there = JsonNode.Parse(live)!.AsObject();
        there["metadata"] = new JsonObject
        {
            ["managedFields"] = new JsonArray(
                new JsonObject { ["manager"] = "other", ["operation"] = "Apply", ["apiVersion"] = "v1", ["fieldsV1"] = JsonNode.Parse("""{"f:z":{}}""") },
                new JsonObject { ["manager"] = "fairway-sync", ["operation"] = "Apply", ["apiVersion"] = "v1", ["fieldsV1"] = JsonNode.Parse(owned) }),
        };
        JsonObject wanted = JsonNode.Parse(desired)!.AsObject();
        wanted["apiVersion"] = "v1";
        string.Join("; ", DroppedFields.Between(wanted, there, "fairway-sync").Select(one => $"{one.Path}: {one.Live}")).ShouldBe(expected);
    }
}
