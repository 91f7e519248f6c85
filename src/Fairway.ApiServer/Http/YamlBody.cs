using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Yaml;

namespace Fairway.ApiServer;

/// <summary>YAML in and out of the API. Members come in the order of their names, as kube-apiserver writes them.</summary>
internal static class YamlBody
{
    /// <exception cref="StatusException">400, naming line and column.</exception>
    public static JsonObject ReadObject(ReadOnlySpan<byte> bytes) => YamlReader.ReadObject(bytes, out _);

    public static byte[] Write(JsonNode node) => Encoding.UTF8.GetBytes(YamlWriter.Write(Ordered(node)));

    private static JsonNode? Ordered(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Ordered(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Ordered)]),
        _ => node?.DeepClone(),
    };
}
