using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Tests.Metrics;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Tests.Otlp;

public sealed class MetricTranslationTests
{
    private const string Resource = """
        "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"service.instance.id","value":{"stringValue":"i1"}},{"key":"service.version","value":{"stringValue":"1.2"}}]}
        """;

    [Fact]
    public async Task Gauge_FromJson_BecomesASeriesWithJobInstanceAndIdentity()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        TranslationOutcome outcome = await SendAsync(store, $$$"""{"name":"mem.used","unit":"By","gauge":{"dataPoints":[{"timeUnixNano":"{{{store.Now}}}000000","asInt":"42","attributes":[{"key":"k.x","value":{"intValue":7}}]}]}}""");
        outcome.Rejected.ShouldBe(0, outcome.Message);
        store.Read(Labels.Of((Labels.MetricName, "mem_used_bytes"), ("job", "shop"), ("instance", "i1"), ("k_x", "7"), ("service", "shop"), ("release", "1.2")))
            .ShouldBe([(store.Now, 42)]);
        store.Read(Labels.Of((Labels.MetricName, "target_info"), ("job", "shop"), ("instance", "i1"), ("service_version", "1.2"), ("service", "shop"), ("release", "1.2"))).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Deltas_AreAddedUpFromZero_AlsoAcrossARestart()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        long start = store.Now;
        Labels series = Labels.Of((Labels.MetricName, "hits_total"), ("job", "shop"), ("instance", "i1"), ("service", "shop"), ("release", "1.2"));
        await SendAsync(store, Delta(start, start + 1000, 3));
        await store.ReopenAsync();
        await SendAsync(store, Delta(start + 1000, start + 2000, 4));
        store.Read(series).ShouldBe([(start, 0), (start + 1000, 3), (start + 2000, 7)]);
        (await SendAsync(store, Delta(start + 1000, start + 2000, 4))).Rejected.ShouldBe(1, "what came twice counts once");

        static string Delta(long from, long to, int value)
            => $$$"""{"name":"hits","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"startTimeUnixNano":"{{{from}}}000000","timeUnixNano":"{{{to}}}000000","asDouble":{{{value}}}}]}}""";
    }

    [Fact]
    public async Task ExponentialHistogram_BecomesANativeOne()
    {
        await using TemporaryStore store = await TemporaryStore.OpenAsync();
        await SendAsync(store, $$$"""{"name":"lat","unit":"s","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"{{{store.Now}}}000000","count":"6","sum":3.5,"scale":0,"zeroCount":"1","positive":{"offset":-1,"bucketCounts":["2","0","3"]}}]}}""");
        SampleBuffer buffer = store.Buffer(Labels.Of((Labels.MetricName, "lat_seconds"), ("job", "shop"), ("instance", "i1"), ("service", "shop"), ("release", "1.2")));
        FloatHistogram histogram = buffer.HistogramAt(0)!;
        histogram.Count.ShouldBe(6);
        histogram.Positive.Indexes.ShouldBe([0, 2]);
        histogram.Positive.Counts.ShouldBe([2, 3]);
    }

    [Theory]
    [InlineData("""{"resourceMetrics":{}}""", "resourceMetrics: {} is not an array")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":5}]}]}]}""", "resourceMetrics[0].scopeMetrics[0].metrics[0].name: 5 is not a string")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}}]}]}]}""", "is not the number of an enum value")]
    [InlineData("{", "malformed JSON")]
    public void Json_ThatDoesNotFit_NamesTheField(string json, string expected)
        => Should.Throw<ProtoException>(() => OtlpJson.ToProto(Encoding.UTF8.GetBytes(json), OtlpSchema.MetricsRequest)).Message.ShouldContain(expected);

    [Fact]
    public void Json_OfASpan_ComesBackWithHexadecimalIds()
    {
        byte[] proto = OtlpJson.ToProto(Encoding.UTF8.GetBytes("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","name":"n","startTimeUnixNano":1,"unknown":1}]}]}]}"""), OtlpSchema.TracesRequest);
        using var stream = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(stream))
        {
            OtlpJson.FromProto(json, proto, OtlpSchema.TracesRequest);
        }

        Encoding.UTF8.GetString(stream.ToArray()).ShouldBe("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"n","startTimeUnixNano":"1"}]}]}]}""");
    }

    private static async Task<TranslationOutcome> SendAsync(TemporaryStore store, string metric)
    {
        byte[] request = OtlpJson.ToProto(Encoding.UTF8.GetBytes("{\"resourceMetrics\":[{" + Resource + ",\"scopeMetrics\":[{\"metrics\":[" + metric + "]}]}]}"), OtlpSchema.MetricsRequest);
        MetricBatch batch = store.Store.NewBatch();
        TranslationOutcome outcome = new MetricTranslation(store.Store, new MetricTranslationOptions { AddDeltas = true, Identity = true }).Apply(request, batch);
        await batch.CommitAsync();
        return outcome;
    }
}
