using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Yaml;

namespace Fairway.ApiServer;

/// <summary>YAML in and out of the API.</summary>
internal static class YamlBody
{
    /// <exception cref="StatusException">400, naming line and column.</exception>
    public static JsonObject ReadObject(ReadOnlySpan<byte> bytes) => YamlReader.ReadObject(bytes, out _);

    public static byte[] Write(JsonNode node) => Encoding.UTF8.GetBytes(YamlWriter.Write(node));
}
