using System.Text.Json;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Signals;
using Fairway.Workloads.Autoscaling;

namespace Fairway.Workloads.Tests.Autoscaling;

public sealed class MetricQueriesTests
{
    [Theory]
    [InlineData("""{"type":"External","external":{"metric":{"name":"queue","selector":{"matchLabels":{"q":"a\"b"},"matchExpressions":[{"key":"env","operator":"In","values":["x","y.z"]},{"key":"old","operator":"DoesNotExist"}]}},"target":{"type":"Value","value":"1"}}}""",
        """queue{cluster=~"dev|",q="a\"b",env=~"x|y\\.z",old=""}""")]
    [InlineData("""{"type":"External","external":{"metric":{"name":"sum(rate(orders[2m]))"},"target":{"type":"Value","value":"1"}}}""", "sum(rate(orders[2m]))")]
    [InlineData("""{"type":"Object","object":{"metric":{"name":"hits"},"describedObject":{"kind":"Service","name":"web"},"target":{"type":"Value","value":"1"}}}""",
        """sum(hits{cluster=~"dev|",namespace="shop",service="web"})""")]
    [InlineData("""{"type":"Pods","pods":{"metric":{"name":"qps"},"target":{"type":"AverageValue","averageValue":"1"}}}""",
        """sum by (pod) (qps{cluster=~"dev|",namespace="shop",pod!=""})""")]
    public async Task Metric_OfEachType_AsksItsQuery(string metric, string query)
    {
        var store = new Store(new SignalSeries(new Dictionary<string, string> { ["pod"] = "web-1" }, 2.5));
        MetricSpec spec = JsonSerializer.Deserialize(metric, KindsJson.Of<MetricSpec>())!;
        MetricAnswers answers = await MetricQueries.AskAsync(store, new HorizontalPodAutoscalerSpec { ScaleTargetRef = new() { Kind = "Deployment", Name = "web" }, MaxReplicas = 3, Metrics = [spec, spec] }, "dev", "shop", default);
        store.Asked.ShouldBe([query], "once");
        answers.Values(query).Values.Single().MilliValue.ShouldBe(2500);
        answers.OfPod(query, "web-1")!.Value.MilliValue.ShouldBe(2500);
        answers.OfPod(query, "web-2").ShouldBeNull();
    }

    [Fact]
    public async Task Metric_NobodyAnswers_SaysWhy()
    {
        MetricSpec spec = JsonSerializer.Deserialize("""{"type":"External","external":{"metric":{"name":"queue"},"target":{"type":"Value","value":"1"}}}""", KindsJson.Of<MetricSpec>())!;
        var autoscaler = new HorizontalPodAutoscalerSpec { ScaleTargetRef = new() { Kind = "Deployment", Name = "web" }, MaxReplicas = 3, Metrics = [spec] };
        string query = MetricQueries.OfExternal(spec.External!, "dev");
        (await MetricQueries.AskAsync(new Store(), autoscaler, "dev", "shop", default)).Values(query).Error.ShouldBe($"no series answers the query {query}");
        (await MetricQueries.AskAsync(null, autoscaler, "dev", "shop", default)).Values(query).Error.ShouldBe("no metrics store answers here");
    }

    private sealed class Store(params SignalSeries[] series) : ISignalQueries
    {
        public List<string> Asked { get; } = [];

        public Task<IReadOnlyList<double>> AskAsync(SignalQuestion question, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IReadOnlyList<SignalSeries>> AskSeriesAsync(string query, CancellationToken cancellation)
        {
            Asked.Add(query);
            return Task.FromResult<IReadOnlyList<SignalSeries>>(series);
        }
    }
}
