using System.Text.Json.Nodes;
using Fairway.Resources.Yaml;

namespace Fairway.Delivery.Rendering;

/// <summary>Reads manifests: YAML with any number of documents, or JSON, which is YAML too.</summary>
internal static class ManifestYaml
{
    /// <summary>All documents with the line that each begins on; empty ones are left out.</summary>
    /// <exception cref="RenderException">The text cannot be read; the message says where.</exception>
    public static IReadOnlyList<(JsonNode Node, int Line)> Read(string file, string text)
    {
        try
        {
            return [.. YamlReader.Read(text, file).Where(document => document.Node is not null).Select(document => (document.Node!, document.Line))];
        }
        catch (YamlException bad)
        {
            throw new RenderException(bad.Message, bad);
        }
    }
}
