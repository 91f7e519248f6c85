using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;

namespace Fairway.Delivery.Sync;

/// <summary>
/// Fields that sync applied once and that git asks for no more, by the object's managedFields: an apply gives them up, and the
/// cluster removes those that nobody else owns.
/// </summary>
internal static class DroppedFields
{
    /// <summary>The fields of one manager's apply that are not desired and still there.</summary>
    public static IReadOnlyList<FieldDifference> Between(JsonObject desired, JsonObject live, string manager)
    {
        List<FieldDifference> found = [];
        JsonObject? entry = (live["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(candidate =>
            Manifest.Text(candidate["manager"]) == manager
            && Manifest.Text(candidate["operation"]) == "Apply"
            && candidate["subresource"] is null
            && Manifest.Text(candidate["apiVersion"]) == Manifest.Text(desired["apiVersion"]));
        Walk(entry?["fieldsV1"] as JsonObject, desired, live, "", found);
        return found;
    }

    private static void Walk(JsonObject? fields, JsonNode? desired, JsonNode? live, string path, List<FieldDifference> found)
    {
        foreach ((string element, JsonNode? below) in fields ?? [])
        {
            if (element.Length < 3 || found.Count >= FieldDiff.MaxDifferences)
            {
                continue;
            }

            (string name, JsonNode? wanted, JsonNode? there) = Step(element, desired, live, path);
            if (there is not null && wanted is null)
            {
                found.Add(new FieldDifference(name, null, FieldDiff.Shown(there)));
            }
            else if (there is not null)
            {
                Walk(below as JsonObject, wanted, there, name, found);
            }
        }
    }

    private static (string Path, JsonNode? Desired, JsonNode? Live) Step(string element, JsonNode? desired, JsonNode? live, string path)
    {
        string rest = element[2..];
        switch (element[..2])
        {
            case "f:":
                string shown = FieldDiff.Escaped(rest);
                return (path.Length == 0 ? shown : $"{path}.{shown}", Member(desired, rest), Member(live, rest));
            case "k:" when Read(rest) is JsonObject keys:
                string id = string.Join(',', keys.Select(key => $"{key.Key}={FieldDiff.Shown(key.Value)}"));
                return ($"{path}[{id}]", Item(desired, keys), Item(live, keys));
            case "v:" when Read(rest) is { } value:
                return ($"{path}[={FieldDiff.Shown(value)}]", Value(desired, value), Value(live, value));
            default:
                return (path, null, null);
        }
    }

    // A field that is null in git is there: it says that nothing shall be.
    private static JsonNode? Member(JsonNode? node, string name)
        => node is JsonObject members && members.TryGetPropertyValue(name, out JsonNode? value) ? value ?? JsonValue.Create("") : null;

    // A key that an item leaves out has its default in managedFields (protocol: TCP).
    private static JsonNode? Item(JsonNode? list, JsonObject keys)
        => (list as JsonArray)?.OfType<JsonObject>().FirstOrDefault(item =>
            keys.Any(key => item.ContainsKey(key.Key)) && keys.All(key => !item.ContainsKey(key.Key) || JsonNode.DeepEquals(item[key.Key], key.Value)));

    private static JsonNode? Value(JsonNode? list, JsonNode value) => (list as JsonArray)?.FirstOrDefault(item => JsonNode.DeepEquals(item, value));

    private static JsonNode? Read(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
