using System.Text.Json.Nodes;

namespace Fairway.ApiServer.Tests.Conversations;

/// <summary>
/// Compares an answer with what is expected. Expected members must be there; others may be, unless the match is exact. Lists have
/// the same length. <c>"&lt;any&gt;"</c> matches any value, <c>"&lt;absent&gt;"</c> only a missing one, and <c>"&lt;name&gt;"</c> matches any
/// text and keeps it for later requests.
/// </summary>
internal sealed class JsonMatch(bool isExact, Dictionary<string, string> kept)
{
    private readonly List<string> _differences = [];

    public IReadOnlyList<string> Differences => _differences;

    public void Compare(JsonNode? expected, JsonNode? actual, string path)
    {
        if (expected is JsonValue value && value.TryGetValue(out string? text) && text.StartsWith('<') && text.EndsWith('>') && !text.Contains(' ') && text != "<nil>" && text != "<none>" && text != "<unknown>")
        {
            Keep(text[1..^1], actual, path);
            return;
        }

        switch (expected, actual)
        {
            case (JsonObject wanted, JsonObject given):
                Members(wanted, given, path);
                break;
            case (JsonArray wanted, JsonArray given):
                if (wanted.Count != given.Count)
                {
                    _differences.Add($"{path}: expected {wanted.Count} items, got {given.Count}: {given.ToJsonString()}");
                    return;
                }

                for (int i = 0; i < wanted.Count; i++)
                {
                    Compare(wanted[i], given[i], $"{path}[{i}]");
                }

                break;
            default:
                if (!JsonNode.DeepEquals(expected, actual))
                {
                    _differences.Add($"{path}: expected {Show(expected)}, got {Show(actual)}");
                }

                break;
        }
    }

    private void Members(JsonObject wanted, JsonObject given, string path)
    {
        foreach ((string name, JsonNode? value) in wanted)
        {
            bool isThere = given.TryGetPropertyValue(name, out JsonNode? actual);
            if (value is JsonValue marker && marker.TryGetValue(out string? text) && text == "<absent>")
            {
                if (isThere)
                {
                    _differences.Add($"{path}.{name}: expected nothing, got {Show(actual)}");
                }
            }
            else if (!isThere)
            {
                _differences.Add($"{path}.{name}: missing, expected {Show(value)}");
            }
            else
            {
                Compare(value, actual, $"{path}.{name}");
            }
        }

        if (isExact)
        {
            foreach ((string name, JsonNode? value) in given)
            {
                if (!wanted.ContainsKey(name))
                {
                    _differences.Add($"{path}.{name}: not expected: {Show(value)}");
                }
            }
        }
    }

    private void Keep(string name, JsonNode? actual, string path)
    {
        if (actual is null)
        {
            _differences.Add($"{path}: missing");
        }
        else if (name != "any")
        {
            kept[name] = actual is JsonValue value && value.TryGetValue(out string? text) ? text : actual.ToJsonString();
        }
    }

    private static string Show(JsonNode? node) => node?.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) ?? "null";
}
