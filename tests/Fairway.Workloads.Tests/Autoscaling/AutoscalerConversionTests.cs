using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.AutoscalingV1;

namespace Fairway.Workloads.Tests.Autoscaling;

public sealed class AutoscalerConversionTests
{
    [Theory]
    [InlineData("""{"apiVersion":"autoscaling/v2","metadata":{"name":"a"},"spec":{"maxReplicas":3,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":70}}}]}}""")]
    [InlineData("""{"apiVersion":"autoscaling/v2","metadata":{"name":"a"},"spec":{"maxReplicas":3,"metrics":[{"type":"Pods","pods":{"metric":{"name":"q"},"target":{"type":"AverageValue","averageValue":"5"}}}],"behavior":{"scaleDown":{"selectPolicy":"Disabled"}}},"status":{"desiredReplicas":2,"conditions":[{"type":"AbleToScale","status":"True"}]}}""")]
    public void ThereAndBack_LosesNothing(string second)
    {
        JsonNode original = JsonNode.Parse(second)!;
        JsonObject back = AutoscalerConversion.ToSecond(AutoscalerConversion.ToFirst(original.AsObject()));
        JsonNode.DeepEquals(back, original).ShouldBeTrue(back.ToJsonString());
    }

    [Fact]
    public void First_HasThePercentage()
    {
        JsonObject first = AutoscalerConversion.ToFirst(JsonNode.Parse("""{"spec":{"maxReplicas":3,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":70}}}]},"status":{"currentMetrics":[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":31,"averageValue":"31m"}}}]}}""")!.AsObject());
        ((int?)first["spec"]!["targetCPUUtilizationPercentage"], (int?)first["status"]!["currentCPUUtilizationPercentage"]).ShouldBe((70, 31));
        first["spec"]!["metrics"].ShouldBeNull();
    }
}
