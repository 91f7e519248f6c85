using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Sources;

/// <summary>
/// A workflow file as policies see it: kind Workflow, its content below <c>spec</c>, with <c>on</c> always a mapping from event to
/// filters and <c>needs</c> always a list.
/// </summary>
internal static class WorkflowShape
{
    public static bool IsWorkflowPath(string file)
    {
        string path = file.Replace('\\', '/');
        return path.Contains(".github/workflows/", StringComparison.Ordinal) || path.Contains(".fairway/workflows/", StringComparison.Ordinal)
            || path.Contains(".gitea/workflows/", StringComparison.Ordinal) || path.Contains(".forgejo/workflows/", StringComparison.Ordinal);
    }

    // Read with the old booleans, the key "on" has become "true".
    public static bool IsWorkflow(JsonObject root) => root["jobs"] is JsonObject && (root.ContainsKey("on") || root.ContainsKey("true"));

    public static SourceObject Read(string file, JsonObject root, int document, YamlPlaces? places, int line)
    {
        JsonObject spec = root.DeepClone().AsObject();
        JsonNode? on = spec["on"] ?? spec["true"];
        spec.Remove("true");
        spec["on"] = Triggers(on);
        foreach ((string _, JsonNode? job) in (JsonObject)spec["jobs"]!)
        {
            if (job is JsonObject members && members["needs"] is JsonValue single)
            {
                members["needs"] = new JsonArray(single.DeepClone());
            }
        }

        var @object = new JsonObject
        {
            ["apiVersion"] = $"{KindNames.SourceGroup}/v1",
            ["kind"] = "Workflow",
            ["metadata"] = new JsonObject { ["name"] = file },
            ["spec"] = spec,
        };
        return new SourceObject
        {
            File = file,
            Object = @object,
            Identity = KindNames.Of(@object),
            Document = document,
            Locate = SourceObject.By(places, "", "spec", line),
        };
    }

    private static JsonObject Triggers(JsonNode? on) => on switch
    {
        // An event without filters has an empty mapping: members that are null count as absent.
        JsonObject events => new JsonObject(events.Select(one => KeyValuePair.Create(one.Key, one.Value?.DeepClone() ?? new JsonObject()))!),
        JsonArray list => new JsonObject(list.Select(one => KubeJson.AsString(one)).OfType<string>().Distinct().Select(one => KeyValuePair.Create<string, JsonNode?>(one, new JsonObject()))),
        JsonValue value when KubeJson.AsString(value) is { } one => new JsonObject { [one] = new JsonObject() },
        _ => [],
    };
}
