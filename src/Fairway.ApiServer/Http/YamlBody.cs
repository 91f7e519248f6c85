using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>YAML in and out of the API.</summary>
internal static class YamlBody
{
    public static JsonObject ReadObject(ReadOnlySpan<byte> bytes) => throw Refusals.UnsupportedMediaType("application/json");

    public static byte[] Write(JsonNode node) => throw Refusals.NotAcceptable("application/json");
}
