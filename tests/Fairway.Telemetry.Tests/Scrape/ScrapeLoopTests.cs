using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Scrape;
using Fairway.Telemetry.Tests.Metrics;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Tests.Scrape;

public sealed class ScrapeLoopTests
{
    private const string Text = "text/plain; version=0.0.4";

    [Fact]
    public async Task Page_OfText_BecomesSeriesWithTheTargetsLabels()
    {
        await using var scrape = await OneTarget.OpenAsync();
        await scrape.FetchAsync("# TYPE m counter\nm{job=\"own\",x=\"1\"} 5\n", Text);
        scrape.Newest("""m{exported_job="own",instance="h:1",job="j",x="1"}""").ShouldBe(5);
        scrape.Newest("""up{instance="h:1",job="j"}""").ShouldBe(1);
        scrape.Newest("""scrape_samples_scraped{instance="h:1",job="j"}""").ShouldBe(1);
        scrape.Newest("""scrape_samples_post_metric_relabeling{instance="h:1",job="j"}""").ShouldBe(1);
        scrape.Newest("""scrape_series_added{instance="h:1",job="j"}""").ShouldBe(1);
        scrape.Loop.Metadata["m"].Type.ShouldBe("counter");
        scrape.Handler.Accept.ShouldStartWith("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8");
    }

    [Fact]
    public async Task Page_WithHonoredLabels_KeepsItsOwn()
    {
        await using var scrape = await OneTarget.OpenAsync(target => target with { HonorLabels = true });
        await scrape.FetchAsync("m{job=\"own\"} 5\n", Text);
        scrape.Newest("""m{instance="h:1",job="own"}""").ShouldBe(5);
    }

    [Fact]
    public async Task Series_ThatIsOnThePageNoMore_EndsAtOnce()
    {
        await using var scrape = await OneTarget.OpenAsync();
        await scrape.FetchAsync("a 1\nb 2\n", Text);
        await scrape.FetchAsync("a 1\n", Text);
        scrape.IsStale("""b{instance="h:1",job="j"}""").ShouldBeTrue();
        scrape.IsStale("""a{instance="h:1",job="j"}""").ShouldBeFalse();
    }

    [Fact]
    public async Task Series_WithATimeOfItsOwn_DoesNotEnd()
    {
        await using var scrape = await OneTarget.OpenAsync();
        await scrape.FetchAsync($"a 1 {scrape.Store.Now}\n", Text);
        await scrape.FetchAsync("b 1\n", Text);
        scrape.IsStale("""a{instance="h:1",job="j"}""").ShouldBeFalse();
    }

    [Theory]
    [InlineData("a 1\nb }\n", "b")]
    [InlineData("a 1\nb 2\nc 3\n", "sample limit exceeded")]
    [InlineData("a{x=\"0123456789\"} 1\n", "label_value_length_limit exceeded (metric: a, label name: x, value: \"0123456789\", length: 10, limit: 8)")]
    [InlineData("a{w=\"1\",x=\"1\",y=\"1\"} 1\n", "label_limit exceeded (metric: a, number of labels: 6, limit: 5)")]
    public async Task Page_ThatIsBrokenOrOverALimit_IsNotTakenAtAll(string page, string problem)
    {
        await using var scrape = await OneTarget.OpenAsync(target => target with { Limits = new ScrapeLimits(2, 5, 0, 8) });
        await scrape.FetchAsync("a 1\n", Text);
        await scrape.FetchAsync(page, Text);
        scrape.Loop.State.Error.ShouldNotBeNull().ShouldContain(problem);
        scrape.Newest("""up{instance="h:1",job="j"}""").ShouldBe(0);
        scrape.IsStale("""a{instance="h:1",job="j"}""").ShouldBeTrue("what was there ends with a page that cannot be taken");
    }

    [Fact]
    public async Task Page_LargerThanItsLimit_IsRefused()
    {
        await using var scrape = await OneTarget.OpenAsync(target => target with { Limits = new ScrapeLimits(Body: 100) });
        await scrape.FetchAsync(new string('#', 101) + "\n", Text);
        scrape.Loop.State.Error.ShouldBe("body size limit exceeded");
    }

    [Fact]
    public async Task Rules_ForMetrics_DropAndRenameSeries()
    {
        await using var scrape = await OneTarget.OpenAsync(target => target with
        {
            MetricRules = [new RelabelRule(["__name__"], regex: "go_.*", action: "drop"), new RelabelRule(["path"], regex: "/(.*)", target: "path", replacement: "$1")],
        });
        await scrape.FetchAsync("go_threads 5\nm{path=\"/x\"} 1\n", Text);
        scrape.Newest("""m{instance="h:1",job="j",path="x"}""").ShouldBe(1);
        scrape.Newest("""scrape_samples_scraped{instance="h:1",job="j"}""").ShouldBe(2);
        scrape.Newest("""scrape_samples_post_metric_relabeling{instance="h:1",job="j"}""").ShouldBe(1);
    }

    [Fact]
    public async Task Bounds_OfTextPages_AreWrittenAsOpenMetricsWritesThem()
    {
        await using var scrape = await OneTarget.OpenAsync();
        await scrape.FetchAsync("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n# TYPE g gauge\ng{le=\"1\"} 3\n", Text);
        scrape.Newest("""h_bucket{instance="h:1",job="j",le="1.0"}""").ShouldBe(1);
        scrape.Newest("""g{instance="h:1",job="j",le="1"}""").ShouldBe(3);
    }

    [Fact]
    public async Task Page_OfOpenMetrics_BringsExemplars()
    {
        await using var scrape = await OneTarget.OpenAsync();
        await scrape.FetchAsync("# TYPE m counter\n# UNIT m seconds\nm_total 5 # {trace_id=\"abc\"} 0.5\n# EOF\n", "application/openmetrics-text; version=1.0.0; charset=utf-8");
        (Labels series, var exemplars) = scrape.Store.Store.Exemplars.Select([[new LabelMatcher(Fairway.PromQL.MatchType.Equal, "__name__", "m_total")]], long.MinValue, long.MaxValue).ShouldHaveSingleItem();
        exemplars.ShouldHaveSingleItem().Labels["trace_id"].ShouldBe("abc");
        series["job"].ShouldBe("j");
    }

    [Fact]
    public async Task Page_OfProtobuf_BringsNativeAndClassicHistograms()
    {
        await using var scrape = await OneTarget.OpenAsync();
        await scrape.FetchAsync(Family(), "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");
        scrape.Loop.State.Error.ShouldBeNull();
        SampleBuffer native = scrape.Store.Buffer(Labels.Of(("__name__", "h"), ("instance", "h:1"), ("job", "j"), ("path", "/x")));
        FloatHistogram histogram = native.HistogramAt(0).ShouldNotBeNull();
        histogram.Count.ShouldBe(3);
        histogram.Schema.ShouldBe(2);
        histogram.Positive.Indexes.ShouldBe([1, 2]);
        histogram.Positive.Counts.ShouldBe([1, 2]);
        scrape.Newest("""h_bucket{instance="h:1",job="j",le="1.0",path="/x"}""").ShouldBe(1);
        scrape.Newest("""h_bucket{instance="h:1",job="j",le="+Inf",path="/x"}""").ShouldBe(3);
        scrape.Newest("""h_count{instance="h:1",job="j",path="/x"}""").ShouldBe(3);
        scrape.Newest("""scrape_samples_scraped{instance="h:1",job="j"}""").ShouldBe(5);
    }

    [Fact]
    public async Task Page_OfCutOffProtobuf_IsRefused()
    {
        await using var scrape = await OneTarget.OpenAsync();
        await scrape.FetchAsync(Family()[..^3], "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");
        scrape.Loop.State.Error.ShouldNotBeNull().ShouldContain("cut off");
    }

    [Fact]
    public async Task Flood_OfOneTarget_IsLimitedWithTheReasonAndTheRestIsTaken()
    {
        await using var scrape = await OneTarget.OpenAsync(options: options => options with { SeriesPerService = 10 });
        await scrape.FetchAsync(string.Concat(Enumerable.Range(0, 50).Select(index => $"m{{id=\"{index}\"}} 1\n")), Text);
        scrape.Loop.State.Health.ShouldBe("up");
        scrape.Loop.State.Refusal.ShouldNotBeNull().ShouldContain("service \"j\" has 10 series in memory and may have 10");
        scrape.Store.Store.Limits.Refused["j"].ShouldBeGreaterThanOrEqualTo(40);
    }

    /// <summary>A histogram with two native buckets and one classic one.</summary>
    private static byte[] Family()
    {
        var label = new ProtoWriter();
        label.String(1, "path");
        label.String(2, "/x");
        var bucket = new ProtoWriter();
        bucket.UInt64(1, 1);
        bucket.Double(2, 1);
        var span = new ProtoWriter();
        span.SInt64(1, 1);
        span.UInt64(2, 2);
        var histogram = new ProtoWriter();
        histogram.UInt64(1, 3);
        histogram.Double(2, 4.5);
        histogram.Message(3, bucket);
        histogram.SInt64(5, 2);
        histogram.Double(6, 1e-128);
        histogram.Message(12, span);
        histogram.SInt64(13, 1);
        histogram.SInt64(13, 1);
        var metric = new ProtoWriter();
        metric.Message(1, label);
        metric.Message(7, histogram);
        var family = new ProtoWriter();
        family.String(1, "h");
        family.String(2, "Help.");
        family.Int64(3, 4);
        family.Message(4, metric);
        return [(byte)family.Written.Length, .. family.Written];
    }

    private sealed class OneTarget : IAsyncDisposable
    {
        private readonly HttpClient _http;

        private OneTarget(TemporaryStore store, ScrapeTarget target)
        {
            Store = store;
            _http = new HttpClient(Handler);
            Loop = new ScrapeLoop(target, store.Store, _http, store.Time);
        }

        public TemporaryStore Store { get; }

        public ScrapeLoop Loop { get; }

        public FakePage Handler { get; } = new();

        public static async Task<OneTarget> OpenAsync(
            Func<ScrapeTarget, ScrapeTarget>? change = null, Func<Fairway.Telemetry.Metrics.MetricStoreOptions, Fairway.Telemetry.Metrics.MetricStoreOptions>? options = null)
        {
            var target = new ScrapeTarget("pool", new Uri("http://h:1/metrics"), Labels.Of(("instance", "h:1"), ("job", "j")), Labels.Empty);
            return new OneTarget(await TemporaryStore.OpenAsync(options), change is null ? target : change(target));
        }

        public Task FetchAsync(string page, string type) => FetchAsync(Encoding.UTF8.GetBytes(page), type);

        public async Task FetchAsync(byte[] page, string type)
        {
            Store.Time.Advance(TimeSpan.FromSeconds(15));
            (Handler.Page, Handler.Type) = (page, type);
            await Loop.ScrapeAsync(CancellationToken.None);
        }

        public double Newest(string selector) => Store.Read(Parse(selector)).Last().Value;

        public bool IsStale(string selector) => StaleMarker.Is(Newest(selector));

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await Store.DisposeAsync();
        }

        private static Labels Parse(string selector)
            => Labels.From(PromQLParser.ParseSelector(selector, ParserOptions.Stable).Select(matcher => KeyValuePair.Create(matcher.Name, matcher.Value)));
    }

    private sealed class FakePage : HttpMessageHandler
    {
        public byte[] Page { get; set; } = [];

        public string Type { get; set; } = "";

        public string Accept { get; private set; } = "";

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Accept = string.Join(",", request.Headers.NonValidated["Accept"]);
            var content = new ByteArrayContent(Page);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(Type);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        }
    }
}
