using System.Text.Json.Nodes;
using Fairway.Workloads.Autoscaling;

namespace Fairway.Workloads.Tests.Autoscaling;

/// <summary>Writes lines for the explanation in few words.</summary>
internal static class Situation
{
    /// <summary>Pods of one container <c>app</c> that request 1 CPU each, long ready, using these thousandths; -1 has no metrics.</summary>
    public static JsonObject Cpu(int replicas, int target, params int[] usage)
    {
        var pods = new JsonArray();
        for (int i = 0; i < usage.Length; i++)
        {
            pods.Add(Pod($"web-{i}", usage[i]));
        }

        return Of(replicas, """{"minReplicas":1,"maxReplicas":10,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":TARGET}}}]}"""
            .Replace("TARGET", target.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal), pods);
    }

    public static JsonObject Of(int replicas, string spec, JsonArray? pods = null) => new()
    {
        ["name"] = "case",
        ["spec"] = JsonNode.Parse(spec),
        ["scale"] = new JsonObject { ["specReplicas"] = replicas, ["statusReplicas"] = replicas, ["selector"] = "app=web" },
        ["pods"] = pods ?? [.. Enumerable.Range(0, replicas).Select(i => Pod($"web-{i}", -1))],
        ["history"] = new JsonObject { ["recommendations"] = new JsonArray() },
    };

    public static JsonObject Pod(string name, int cpu) => new()
    {
        ["name"] = name,
        ["labels"] = new JsonObject { ["app"] = "web" },
        ["phase"] = "Running",
        ["ready"] = true,
        ["readySince"] = -3600,
        ["start"] = -3600,
        ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["requests"] = new JsonObject { ["cpu"] = "1", ["memory"] = "1Gi" } }),
        ["usage"] = cpu < 0 ? null : new JsonObject { ["app"] = new JsonObject { ["cpu"] = $"{cpu}m", ["memory"] = "512Mi" } },
        ["metricAge"] = 10,
        ["metricWindow"] = 60,
    };

    public static JsonObject With(this JsonObject situation, Action<JsonObject> change)
    {
        change(situation);
        return situation;
    }

    public static JsonObject PodAt(this JsonObject situation, int index) => (JsonObject)situation["pods"]!.AsArray()[index]!;

    public static (int Replicas, string Conditions) Decide(this JsonObject situation)
    {
        JsonObject answer = ScalingExplanation.Explain(situation.ToJsonString(), out bool explained);
        explained.ShouldBeTrue(answer.ToJsonString());
        return ((int)answer["replicas"]!, string.Join(' ', answer["conditions"]!.AsObject().Select(pair => $"{pair.Key}={pair.Value}")));
    }
}
