using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>What a HorizontalPodAutoscaler has when its writer leaves it out: a metric, and the rules of a behaviour.</summary>
internal static class AutoscalerDefaults
{
    public static void Apply(JsonObject target)
    {
        if (target["spec"] is not JsonObject spec)
        {
            return;
        }

        if (spec["metrics"] is not JsonArray { Count: > 0 })
        {
            spec["metrics"] = new JsonArray(JsonNode.Parse("""{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}"""));
        }

        if (spec["behavior"] is JsonObject behavior)
        {
            JsonObject up = Rules(behavior, "scaleUp");
            up["stabilizationWindowSeconds"] ??= 0;
            up["policies"] ??= JsonNode.Parse("""[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]""");
            JsonObject down = Rules(behavior, "scaleDown");
            down["policies"] ??= JsonNode.Parse("""[{"type":"Percent","value":100,"periodSeconds":15}]""");
        }
    }

    private static JsonObject Rules(JsonObject behavior, string direction)
    {
        JsonObject rules = behavior[direction] as JsonObject ?? [];
        behavior[direction] ??= rules;
        rules["selectPolicy"] ??= "Max";
        return rules;
    }
}
