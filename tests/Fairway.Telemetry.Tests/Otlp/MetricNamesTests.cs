using Fairway.Telemetry.Otlp;

namespace Fairway.Telemetry.Tests.Otlp;

public sealed class MetricNamesTests
{
    [Theory]
    [InlineData("http.server.duration", "s", OtlpMetricType.Histogram, "http_server_duration_seconds")]
    [InlineData("memory.usage", "By", OtlpMetricType.Gauge, "memory_usage_bytes")]
    [InlineData("requests.count", "1", OtlpMetricType.Counter, "requests_count_total")]
    [InlineData("requests_total", "", OtlpMetricType.Counter, "requests_total")]
    [InlineData("cpu.utilization", "1", OtlpMetricType.Gauge, "cpu_utilization_ratio")]
    [InlineData("disk.io", "By/s", OtlpMetricType.Gauge, "disk_io_bytes_per_second")]
    [InlineData("queue", "{items}", OtlpMetricType.UpDownCounter, "queue")]
    [InlineData("2xx.count", "", OtlpMetricType.Counter, "_2xx_count_total")]
    [InlineData("a..b--c", "", OtlpMetricType.Gauge, "a_b_c")]
    [InlineData("temp", "Cel", OtlpMetricType.Gauge, "temp_celsius")]
    internal void Name_ByTheDefaultTranslation_IsPrometheus(string name, string unit, OtlpMetricType type, string expected)
        => MetricNames.Metric(name, unit, type, OtlpTranslation.UnderscoreEscapingWithSuffixes, out _).ShouldBe(expected);

    [Theory]
    [InlineData(OtlpTranslation.NoTranslation, "http.requests")]
    [InlineData(OtlpTranslation.NoUtf8EscapingWithSuffixes, "http.requests_total")]
    [InlineData(OtlpTranslation.UnderscoreEscapingWithoutSuffixes, "http_requests")]
    internal void Name_ByOtherTranslations_Follows(OtlpTranslation translation, string expected)
        => MetricNames.Metric("http.requests", "", OtlpMetricType.Counter, translation, out _).ShouldBe(expected);

    [Fact]
    public void Name_OfWhichNothingIsLeft_IsRefusedWithWords()
    {
        MetricNames.Metric("...", "", OtlpMetricType.Gauge, OtlpTranslation.UnderscoreEscapingWithSuffixes, out string? problem).ShouldBeNull();
        problem.ShouldBe("normalization for metric \"...\" resulted in empty name");
    }

    [Theory]
    [InlineData("http.method", "http_method")]
    [InlineData("1st", "key_1st")]
    [InlineData("_private", "key_private")]
    [InlineData("__reserved__", "__reserved__")]
    [InlineData("a.b-c", "a_b_c")]
    public void Label_ByTheDefaultTranslation_IsPrometheus(string key, string expected)
        => MetricNames.Label(key, OtlpTranslation.UnderscoreEscapingWithSuffixes).ShouldBe(expected);
}
