using System.Text;
using Fairway.Telemetry.Scrape;

namespace Fairway.Telemetry.Tests.Scrape;

public sealed class ExpositionParserTests
{
    [Theory]
    [InlineData("a 1", "__name__=a|1|")]
    [InlineData("a{b=\"c\"} 2 1000", "__name__=a b=c|2|1000")]
    [InlineData("a{ b = \"x\\\"y\\\\z\\n\" , } +Inf", "__name__=a b=x\"y\\z\n|Infinity|")]
    [InlineData("{\"my.metric\",\"l.x\"=\"1\"} NaN", "__name__=my.metric l.x=1|NaN|")]
    [InlineData("a{b=\"}\"}\t-1.5e3", "__name__=a b=}|-1500|")]
    public void Line_OfTheTextFormat_IsRead(string line, string expected) => Read(line, openMetrics: false).ShouldBe(expected);

    [Theory]
    [InlineData("a_total 1 1.5\n# EOF", "__name__=a_total|1|1500")]
    [InlineData("a_bucket{le=\"1\"} 4 # {trace_id=\"x\"} 0.7\n# EOF", "__name__=a_bucket le=1|4|")]
    public void Line_OfOpenMetrics_IsRead(string page, string expected) => Read(page, openMetrics: true).ShouldBe(expected);

    [Theory]
    [InlineData("a", false)]
    [InlineData("a{b=\"c} 1", false)]
    [InlineData("a x", false)]
    [InlineData("a 1 x", false)]
    [InlineData("a 1", true)]
    [InlineData("# EOF\na 1", true)]
    public void Page_ThatIsMalformed_IsRefused(string page, bool openMetrics) => Should.Throw<ExpositionException>(() => Read(page, openMetrics));

    private static string Read(string page, bool openMetrics)
    {
        var reader = new Recorder();
        ExpositionParser.Parse(Encoding.UTF8.GetBytes(page + "\n"), openMetrics, reader);
        return string.Join(';', reader.Samples);
    }

    private sealed class Recorder : IExpositionReader
    {
        public List<string> Samples { get; } = [];

        public void Sample(in ExpositionSample sample)
            => Samples.Add($"{string.Join(' ', ExpositionParser.Labels(sample.Metric).Select(label => $"{label.Name}={label.Value}"))}|{sample.Value}|{sample.Time}");

        public void Histogram(ReadOnlySpan<byte> metric, Fairway.PromQL.FloatHistogram histogram, long? time, IReadOnlyList<string> exemplars)
            => throw new NotSupportedException("text has no native histograms");

        public void Metadata(string family, string what, string text)
        {
        }
    }
}
