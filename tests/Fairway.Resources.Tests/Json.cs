using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Kinds;

namespace Fairway.Resources.Tests;

/// <summary>JSON in tests is written as YAML-ish text without noise: single quotes stand for double quotes.</summary>
internal static class Json
{
    public static JsonNode? Node(string text) => JsonNode.Parse(text.Replace('\'', '"'));

    public static JsonObject Object(string text) => Node(text)!.AsObject();

    public static KindDefinition Kind(string apiVersion, string kind) => AllKinds.Catalog.Find(apiVersion, kind).ShouldNotBeNull();

    public static void ShouldBeJson(this JsonNode? actual, string expected)
    {
        JsonNode? node = Node(expected);
        if (!JsonNode.DeepEquals(actual, node))
        {
            (actual?.ToJsonString() ?? "null").ShouldBe(node?.ToJsonString() ?? "null");
        }
    }

    public static string Compact(this JsonNode? node) => node?.ToJsonString(Relaxed) ?? "null";

    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
