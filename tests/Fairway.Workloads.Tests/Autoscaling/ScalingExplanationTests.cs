using System.Text.Json.Nodes;
using Fairway.Workloads.Autoscaling;

namespace Fairway.Workloads.Tests.Autoscaling;

public sealed class ScalingExplanationTests
{
    private const string Ok = "AbleToScale=True/SucceededRescale ScalingActive=True/ValidMetricFound ScalingLimited=False/DesiredWithinRange";
    private const string Still = "AbleToScale=True/ReadyForNewScale ScalingActive=True/ValidMetricFound ScalingLimited=False/DesiredWithinRange";
    private const string NoResource = "AbleToScale=True/SucceededGetScale ScalingActive=False/FailedGetResourceMetric";

    [Theory]
    [InlineData(3, 30, 5, Ok, 300, 500, 700)] // 50 % of 30 %: ceil(1.67 * 3)
    [InlineData(5, 50, 3, Ok, 100, 300, 500, 250, 250)] // 28 % of 50 %
    [InlineData(3, 100, 3, Still, 1010, 1030, 1020)] // within a tenth
    [InlineData(3, 50, 3, Still, 550, 550, 550)] // exactly a tenth above
    [InlineData(3, 50, 4, Ok, 560, 560, 560)]
    [InlineData(2, 10, 4, "AbleToScale=True/SucceededRescale ScalingActive=True/ValidMetricFound ScalingLimited=True/ScaleUpLimit", 900, 900)]
    [InlineData(6, 10, 10, "AbleToScale=True/SucceededRescale ScalingActive=True/ValidMetricFound ScalingLimited=True/TooManyReplicas", 900, 900, 900, 900, 900, 900)]
    [InlineData(3, 100, 1, "AbleToScale=True/SucceededRescale ScalingActive=True/ValidMetricFound ScalingLimited=True/TooFewReplicas", 0, 0, 0)]
    public void Utilization_OfReadyPods_ScalesByRatio(int replicas, int target, int expected, string conditions, params int[] usage)
        => Situation.Cpu(replicas, target, usage).Decide().ShouldBe((expected, conditions));

    [Theory]
    [InlineData(4, 100, 3, 100, 500, 500, -1)] // down: the missing pod counts as at its request
    [InlineData(4, 50, 5, 800, 800, 800, -1)] // up: as idle: (800*3)/4 = 60 % of 50 %
    [InlineData(4, 55, 4, 750, 750, 750, -1)] // as idle nothing is left of the reason
    [InlineData(2, 100, 2, 100, -1)]
    [InlineData(4, 150, 4, 1100, 1100, 1100, -1)] // a target above 100 %: at the target
    public void Utilization_WithMissingMetrics_CountsThemAgainstTheChange(int replicas, int target, int expected, params int[] usage)
        => Situation.Cpu(replicas, target, usage).Decide().Replicas.ShouldBe(expected);

    [Fact]
    public void Utilization_OfStartingPods_IsSetAside()
    {
        JsonObject up = Situation.Cpu(3, 30, 300, 500, 700);
        up.PodAt(0)["ready"] = false;
        up.PodAt(0)["start"] = -60;
        up.PodAt(0)["readySince"] = -60;
        up.Decide().Replicas.ShouldBe(4); // (0+500+700)/3 = 40 % of 30 %

        // After the initialization period an unready pod counts if it was ready once.
        up.PodAt(0)["start"] = -3600;
        up.PodAt(0)["readySince"] = -600;
        up.Decide().Replicas.ShouldBe(5);

        // It was not: unready since within 30 s of its start.
        up.PodAt(0)["readySince"] = -3580;
        up.Decide().Replicas.ShouldBe(4);
    }

    [Fact]
    public void Utilization_OfFreshlyReadyPod_WaitsForAWholeWindow()
    {
        JsonObject up = Situation.Cpu(3, 30, 300, 500, 700);
        up.PodAt(2)["start"] = -100;
        up.PodAt(2)["readySince"] = -50; // the sample's minute began before
        up.Decide().Replicas.ShouldBe(3); // (300+500)/2 = 40 % -> with it idle 26 %: turned around
        up.PodAt(2)["readySince"] = -80;
        up.Decide().Replicas.ShouldBe(5);
    }

    [Theory]
    [InlineData("phase", "Pending", 4)]
    [InlineData("phase", "Failed", 4)]
    [InlineData("deleting", true, 4)]
    [InlineData("start", null, 4)]
    [InlineData("ready", null, 4)]
    public void Utilization_OfPodsThatDoNotRun_IsSetAside(string member, object? value, int expected)
    {
        JsonObject up = Situation.Cpu(3, 30, 300, 500, 700);
        up.PodAt(0)[member] = value is bool truth ? JsonValue.Create(truth) : value is string text ? JsonValue.Create(text) : null;
        up.Decide().Replicas.ShouldBe(expected);
    }

    [Fact]
    public void Metrics_Nowhere_NothingIsDecided()
    {
        Situation.Cpu(4, 50, -1, -1, -1, -1).Decide().ShouldBe((4, NoResource));
        Situation.Cpu(4, 50, 100, 100).With(it => it["pods"]![0]!["containers"]![0]!["requests"] = new JsonObject()).Decide().ShouldBe((4, NoResource));
        Situation.Of(4, """{"maxReplicas":6,"metrics":[{"type":"Resource","resource":{"name":"cpu"}}]}""").Decide().ShouldBe((4, NoResource));
        Situation.Cpu(4, 50, 100).With(it => it["scale"]!["selector"] = "").Decide()
            .ShouldBe((4, "AbleToScale=True/SucceededGetScale ScalingActive=False/InvalidSelector"));
        Situation.Cpu(4, 50, 100).With(it => it["scale"]!["selector"] = "a in (").Decide()
            .ShouldBe((4, "AbleToScale=True/SucceededGetScale ScalingActive=False/InvalidSelector"));
        Situation.Of(4, """{"maxReplicas":6,"metrics":[{"type":"Nonsense"}]}""").Decide()
            .ShouldBe((4, "AbleToScale=True/SucceededGetScale ScalingActive=False/InvalidMetricSourceType"));
    }

    [Fact]
    public void Size_OutsideTheLimitsOrZero_NeedsNoMetrics()
    {
        Situation.Of(0, """{"minReplicas":1,"maxReplicas":6}""").Decide()
            .ShouldBe((0, "AbleToScale=True/SucceededGetScale ScalingActive=False/ScalingDisabled"));
        Situation.Of(9, """{"minReplicas":1,"maxReplicas":6}""").Decide().ShouldBe((6, "AbleToScale=True/SucceededRescale"));
        Situation.Of(1, """{"minReplicas":2,"maxReplicas":6}""").Decide().ShouldBe((2, "AbleToScale=True/SucceededRescale"));
    }

    [Fact]
    public void ObjectMetric_ByValueAndAverage_AndFromZero()
    {
        const string Value = """{"minReplicas":0,"maxReplicas":10,"metrics":[{"type":"Object","object":{"metric":{"name":"qps"},"describedObject":{"kind":"Service","name":"s"},"target":{"type":"Value","value":"15"}}}]}""";
        const string Average = """{"minReplicas":0,"maxReplicas":10,"metrics":[{"type":"Object","object":{"metric":{"name":"qps"},"describedObject":{"kind":"Service","name":"s"},"target":{"type":"AverageValue","averageValue":"10"}}}]}""";
        JsonObject Seen(int replicas, string spec, string value) => Situation.Of(replicas, spec).With(it => it["objectMetrics"] = new JsonObject { ["qps"] = value });
        Seen(3, Value, "20").Decide().ShouldBe((4, Ok));
        Seen(3, Value, "16").Decide().ShouldBe((3, Still));
        Seen(3, Average, "40").Decide().ShouldBe((4, Ok));
        Seen(0, Value, "20").Decide().ShouldBe((2, Ok));
        Seen(3, Value, "0").Decide().ShouldBe((0, Ok));
        Situation.Of(3, Value).Decide().ShouldBe((3, "AbleToScale=True/SucceededGetScale ScalingActive=False/FailedGetObjectMetric"));
    }

    [Fact]
    public void ExternalMetric_SumsItsSeries()
    {
        const string Average = """{"maxReplicas":10,"metrics":[{"type":"External","external":{"metric":{"name":"queue"},"target":{"type":"AverageValue","averageValue":"2222m"}}}]}""";
        Situation.Of(3, Average).With(it => it["externalMetrics"] = new JsonObject { ["queue"] = new JsonArray("4", "4.6") }).Decide().ShouldBe((4, Ok));
        Situation.Of(3, Average).Decide().ShouldBe((3, "AbleToScale=True/SucceededGetScale ScalingActive=False/FailedGetExternalMetric"));
    }

    [Fact]
    public void PodsMetric_AveragesPods()
    {
        const string Pods = """{"maxReplicas":10,"metrics":[{"type":"Pods","pods":{"metric":{"name":"qps"},"target":{"type":"AverageValue","averageValue":"15"}}}]}""";
        JsonObject up = Situation.Of(3, Pods);
        foreach ((int index, string value) in new[] { (0, "20"), (1, "10"), (2, "30") })
        {
            up.PodAt(index)["podMetrics"] = new JsonObject { ["qps"] = value };
        }

        up.Decide().ShouldBe((4, Ok));
        Situation.Of(3, Pods).Decide().ShouldBe((3, "AbleToScale=True/SucceededGetScale ScalingActive=False/FailedGetPodsMetric"));
    }

    [Fact]
    public void ContainerResource_LooksAtOneContainer()
    {
        const string Spec = """{"maxReplicas":10,"metrics":[{"type":"ContainerResource","containerResource":{"name":"cpu","container":"NAME","target":{"type":"Utilization","averageUtilization":50}}}]}""";
        JsonArray Pods() => [.. Enumerable.Range(0, 2).Select(i => Situation.Pod($"web-{i}", 1000).With(pod =>
        {
            pod["usage"]!["side"] = new JsonObject { ["cpu"] = "1m" };
            pod["initContainers"] = JsonNode.Parse("""[{"name":"side","requests":{"cpu":"100m"},"restartPolicy":"Always"},{"name":"once","requests":{}}]""");
        }))];
        Situation.Of(2, Spec.Replace("NAME", "app", StringComparison.Ordinal), Pods()).Decide().ShouldBe((4, Ok));
        Situation.Of(2, Spec.Replace("NAME", "side", StringComparison.Ordinal), Pods()).Decide().Replicas.ShouldBe(1);
        Situation.Of(2, Spec.Replace("NAME", "nobody", StringComparison.Ordinal), Pods()).Decide()
            .ShouldBe((2, "AbleToScale=True/SucceededGetScale ScalingActive=False/FailedGetContainerResourceMetric"));
    }

    [Fact]
    public void SeveralMetrics_HighestWins_AndAnUnknownOneForbidsGoingDown()
    {
        const string Both = """{"maxReplicas":10,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}},{"type":"External","external":{"metric":{"name":"queue"},"target":{"type":"Value","value":"10"}}}]}""";
        JsonObject Used(int cpu, string? queue) => Situation.Of(2, Both, [Situation.Pod("web-0", cpu), Situation.Pod("web-1", cpu)])
            .With(it => it["externalMetrics"] = queue is null ? null : new JsonObject { ["queue"] = new JsonArray(queue) });
        Used(600, "20").Decide().ShouldBe((4, Ok));
        Used(600, null).Decide().ShouldBe((3, Ok));
        Used(100, null).Decide().ShouldBe((2, "AbleToScale=True/SucceededGetScale ScalingActive=False/FailedGetExternalMetric"));
    }

    [Fact]
    public void Past_HoldsGoingDown_AsLongAsTheWindow()
    {
        JsonObject down = Situation.Cpu(5, 50, 100, 100, 100, 100, 100);
        down.Decide().Replicas.ShouldBe(1);
        down["history"] = JsonNode.Parse("""{"recommendations":[[-250,4],[-310,9]]}""");
        down.Decide().ShouldBe((4, "AbleToScale=True/SucceededRescale ScalingActive=True/ValidMetricFound ScalingLimited=False/DesiredWithinRange"));

        // The first look counts the present size.
        down.Remove("history");
        down.Decide().ShouldBe((5, "AbleToScale=True/ScaleDownStabilized ScalingActive=True/ValidMetricFound ScalingLimited=False/DesiredWithinRange"));
    }

    [Theory]
    [InlineData("""{"scaleUp":{"policies":[{"type":"Pods","value":2,"periodSeconds":60}]}}""", 500, 6, "True/ScaleUpLimit")]
    [InlineData("""{"scaleUp":{"policies":[{"type":"Pods","value":2,"periodSeconds":60},{"type":"Percent","value":200,"periodSeconds":60}]}}""", 1000, 10, "True/TooManyReplicas")]
    [InlineData("""{"scaleUp":{"selectPolicy":"Min","policies":[{"type":"Pods","value":1,"periodSeconds":60},{"type":"Percent","value":200,"periodSeconds":60}]}}""", 1000, 5, "True/ScaleUpLimit")]
    [InlineData("""{"scaleUp":{"selectPolicy":"Disabled"}}""", 1000, 4, "True/ScaleUpLimit")]
    [InlineData("""{"scaleDown":{"policies":[{"type":"Pods","value":1,"periodSeconds":60}]}}""", 10, 3, "True/ScaleDownLimit")]
    [InlineData("""{"scaleDown":{"selectPolicy":"Disabled"}}""", 10, 4, "True/ScaleDownLimit")]
    [InlineData("""{"scaleDown":{"policies":[{"type":"Percent","value":30,"periodSeconds":60}]}}""", 10, 2, "True/ScaleDownLimit")]
    [InlineData("{}", 10, 1, "False/DesiredWithinRange")]
    public void Behavior_LimitsTheRate(string behavior, int cpu, int expected, string limited)
    {
        JsonObject four = Situation.Cpu(4, 20, cpu, cpu, cpu, cpu).With(it => it["spec"]!["behavior"] = JsonNode.Parse(behavior));
        (int replicas, string conditions) = four.Decide();
        replicas.ShouldBe(expected);
        conditions.ShouldEndWith($"ScalingLimited={limited}");
    }

    [Fact]
    public void Behavior_CountsWhatWasChangedInThePeriod()
    {
        JsonObject four = Situation.Cpu(4, 20, 900, 900, 900, 900).With(it =>
        {
            it["spec"]!["behavior"] = JsonNode.Parse("""{"scaleUp":{"policies":[{"type":"Pods","value":4,"periodSeconds":60}]}}""");
            it["history"] = JsonNode.Parse("""{"recommendations":[],"scaleUps":[[-10,2],[-60,7]],"scaleDowns":[[-5,1]]}""");
        });
        four.Decide().Replicas.ShouldBe(7); // started the minute at 3
    }

    [Fact]
    public void Behavior_StabilizesBothWays()
    {
        JsonObject up = Situation.Cpu(4, 20, 100, 100, 300, 900).With(it =>
        {
            it["spec"]!["behavior"] = JsonNode.Parse("""{"scaleUp":{"stabilizationWindowSeconds":120}}""");
            it["history"] = JsonNode.Parse("""{"recommendations":[[-119,5],[-121,3]]}""");
        });
        up.Decide().ShouldBe((5, "AbleToScale=True/SucceededRescale ScalingActive=True/ValidMetricFound ScalingLimited=False/DesiredWithinRange"));
        up["history"] = JsonNode.Parse("""{"recommendations":[[-10,3]]}""");
        up.Decide().ShouldBe((4, "AbleToScale=True/ScaleUpStabilized ScalingActive=True/ValidMetricFound ScalingLimited=False/DesiredWithinRange"));
    }

    [Fact]
    public void Tolerance_OfTheBehavior_HoldsForItsDirection()
    {
        JsonObject slightly = Situation.Cpu(3, 50, 520, 520, 520);
        slightly.Decide().Replicas.ShouldBe(3);
        slightly["spec"]!["behavior"] = JsonNode.Parse("""{"scaleUp":{"tolerance":"30m"}}""");
        slightly.Decide().Replicas.ShouldBe(4);
        slightly["spec"]!["behavior"] = JsonNode.Parse("""{"scaleDown":{"tolerance":"30m"}}""");
        slightly.Decide().Replicas.ShouldBe(3);
        slightly["controller"] = JsonNode.Parse("""{"tolerance":0.01}""");
        slightly.Decide().Replicas.ShouldBe(4);
    }

    [Theory]
    [InlineData("nonsense", "not JSON")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("""{"name":"a","name":"b"}""", "name")]
    [InlineData("""{"name":"a","spec":{},"scale":{"specReplicas":1}}""", "spec.maxReplicas")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1,"metrics":"x"},"scale":{"specReplicas":1}}""", "spec.metrics: expected a list")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1,"metrics":[null]},"scale":{"specReplicas":1}}""", "spec.metrics[0]")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1,"behavior":{"scaleUp":{"policies":[1]}}},"scale":{"specReplicas":1}}""", "spec.behavior.scaleUp.policies[0]")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1,"behavior":{"scaleUp":{"stabilizationWindowSeconds":"x"}}},"scale":{"specReplicas":1}}""", "spec.behavior.scaleUp.stabilizationWindowSeconds: \"x\"")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1},"scale":{"specReplicas":1},"pods":[null]}""", "pods[0]")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1},"scale":{"specReplicas":1,"selector":[]}}""", "scale.selector")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1},"scale":{"specReplicas":1},"history":{"recommendations":[["x",1]]}}""", "history.recommendations[0][0]")]
    [InlineData("""{"name":"a"}""", "spec")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":"many"},"scale":{"specReplicas":1}}""", "maxReplicas")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1},"scale":{"specReplicas":1.5}}""", "scale.specReplicas")]
    [InlineData("""{"name":"a","spec":{"maxReplicas":1},"scale":{"specReplicas":1},"pods":[{"name":"p","usage":{"c":{"cpu":"lots"}}}]}""", "pods[0].usage.c.cpu")]
    public void Line_ThatMakesNoSense_NamesTheField(string line, string named)
    {
        JsonObject answer = ScalingExplanation.Explain(line, out bool explained);
        explained.ShouldBeFalse();
        answer["error"]!.ToString().ShouldContain(named);
    }
}
