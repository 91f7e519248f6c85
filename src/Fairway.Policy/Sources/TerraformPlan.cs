using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Sources;

/// <summary>
/// A Terraform or OpenTofu plan (<c>terraform show -json</c>, format 1.x) as policies see it: one TerraformChange for each resource
/// change, one TerraformPlan for the whole. Sensitive values are blacked out by the plan's own masks before anything else looks at
/// them; variables, configuration and prior state, where the masks are not complete, are left out. Values that are known only at
/// apply are listed as such.
/// </summary>
internal static class TerraformPlan
{
    private const string Blackout = "(sensitive)";

    public static bool IsPlan(JsonObject root) => root.Text("format_version") is { } version && version.StartsWith("1.", StringComparison.Ordinal)
        && (root.ContainsKey("resource_changes") || root.ContainsKey("planned_values"));

    public static IEnumerable<SourceObject> Read(string file, JsonObject root, YamlPlaces? places, int line)
    {
        var summaries = new JsonArray();
        JsonArray changes = root.Array("resource_changes") ?? [];
        for (int i = 0; i < changes.Count; i++)
        {
            if (changes[i] is not JsonObject change)
            {
                continue;
            }

            int index = i;
            (JsonObject @object, HashSet<string> unknown) = Change(change);
            summaries.Add(Summary((JsonObject)@object["spec"]!));
            yield return new SourceObject
            {
                File = file,
                Object = @object,
                Identity = KindNames.Of(@object),
                UnknownValues = unknown,
                Locate = path => SourceObject.By(places, $"/resource_changes/{index}/change", "spec", places?[$"/resource_changes/{index}"]?.Line ?? line)(path),
            };
        }

        JsonObject plan = Plan(file, root, summaries);
        yield return new SourceObject { File = file, Object = plan, Identity = KindNames.Of(plan), Locate = _ => (line, 1) };
    }

    private static (JsonObject Object, HashSet<string> Unknown) Change(JsonObject from)
    {
        JsonNode? change = from["change"];
        string[] actions = [.. (change.Array("actions") ?? []).Select(KubeJson.AsString).OfType<string>()];
        JsonNode? after = Redact(change?["after"]?.DeepClone(), change?["after_sensitive"]);
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        after = MarkUnknown(after, change?["after_unknown"], "/spec/after", unknown);
        var spec = new JsonObject
        {
            ["address"] = from.Text("address"),
            ["mode"] = from.Text("mode"),
            ["type"] = from.Text("type"),
            ["name"] = from.Text("name"),
            ["module"] = from.Text("module_address") ?? "",
            ["provider"] = from.Text("provider_name"),
            ["actions"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]),
            ["action"] = Action(actions),
            ["before"] = Redact(change?["before"]?.DeepClone(), change?["before_sensitive"]),
            ["after"] = after,
        };
        var @object = new JsonObject
        {
            ["apiVersion"] = $"{KindNames.SourceGroup}/v1",
            ["kind"] = "TerraformChange",
            ["metadata"] = new JsonObject { ["name"] = from.Text("address") },
            ["spec"] = spec,
        };
        return (@object, unknown);
    }

    private static string Action(string[] actions) => actions switch
    {
        ["delete", "create"] or ["create", "delete"] => "replace",
        [var only] => only,
        _ => "no-op",
    };

    private static JsonNode Summary(JsonObject spec) => new JsonObject
    {
        ["address"] = spec["address"]?.DeepClone(),
        ["type"] = spec["type"]?.DeepClone(),
        ["provider"] = spec["provider"]?.DeepClone(),
        ["action"] = spec["action"]?.DeepClone(),
    };

    private static JsonObject Plan(string file, JsonObject root, JsonArray summaries)
    {
        var counts = new JsonObject();
        foreach (string action in (ReadOnlySpan<string>)["create", "update", "delete", "replace", "no-op", "read"])
        {
            counts[action] = summaries.Count(one => one.Text("action") == action);
        }

        var outputs = new JsonObject();
        foreach ((string name, JsonNode? output) in root.Object("output_changes") ?? [])
        {
            outputs[name] = new JsonObject
            {
                ["actions"] = output?["actions"]?.DeepClone(),
                ["sensitive"] = output?["after_sensitive"] is JsonValue value && KubeJson.AsBool(value) == true,
            };
        }

        return new JsonObject
        {
            ["apiVersion"] = $"{KindNames.SourceGroup}/v1",
            ["kind"] = "TerraformPlan",
            ["metadata"] = new JsonObject { ["name"] = file },
            ["spec"] = new JsonObject
            {
                ["formatVersion"] = root.Text("format_version"),
                ["terraformVersion"] = root.Text("terraform_version") ?? "",
                ["complete"] = KubeJson.AsBool(root["complete"]) ?? true,
                ["applyable"] = KubeJson.AsBool(root["applyable"]) ?? true,
                ["errored"] = KubeJson.AsBool(root["errored"]) ?? false,
                ["driftCount"] = root.Array("resource_drift")?.Count ?? 0,
                ["counts"] = counts,
                ["changes"] = summaries,
                ["outputs"] = outputs,
            },
        };
    }

    /// <summary>Replaces what the mask covers. A mask is true, or mirrors the value's lists and objects.</summary>
    private static JsonNode? Redact(JsonNode? value, JsonNode? mask)
    {
        if (value is null)
        {
            return null;
        }

        switch (mask)
        {
            case JsonValue flag when flag.GetValueKind() == JsonValueKind.True:
                return Blackout;
            case JsonObject members when value is JsonObject target:
                foreach ((string name, JsonNode? below) in members)
                {
                    if (target[name] is { } member)
                    {
                        target[name] = null;
                        target[name] = Redact(member, below);
                    }
                }

                break;
            case JsonArray items when value is JsonArray list:
                for (int i = 0; i < Math.Min(items.Count, list.Count); i++)
                {
                    JsonNode? item = list[i];
                    list[i] = null;
                    list[i] = Redact(item, items[i]);
                }

                break;
        }

        return value;
    }

    private static JsonNode? MarkUnknown(JsonNode? value, JsonNode? mask, string pointer, HashSet<string> unknown)
    {
        switch (mask)
        {
            case JsonValue flag when flag.GetValueKind() == JsonValueKind.True:
                unknown.Add(pointer);
                return value;
            case JsonObject { Count: > 0 } members:
                JsonObject target = value as JsonObject ?? [];
                foreach ((string name, JsonNode? below) in members)
                {
                    JsonNode? member = target[name];
                    JsonNode? marked = MarkUnknown(member, below, $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}", unknown);
                    if (!ReferenceEquals(marked, member))
                    {
                        target[name] = marked;
                    }
                }

                return value is null && target.Count == 0 ? null : target;
            case JsonArray { Count: > 0 } items:
                JsonArray list = value as JsonArray ?? [];
                for (int i = 0; i < items.Count; i++)
                {
                    if (i >= list.Count)
                    {
                        list.Add(items[i] is JsonObject ? new JsonObject() : null);
                    }

                    JsonNode? item = list[i];
                    JsonNode? marked = MarkUnknown(item, items[i], $"{pointer}/{i}", unknown);
                    if (!ReferenceEquals(marked, item))
                    {
                        list[i] = marked;
                    }
                }

                return list;
            default:
                return value;
        }
    }
}
