using Fairway.Telemetry.Traces;

namespace Fairway.Telemetry.Tests.Traces;

public sealed class SpanFeedTests
{
    [Fact]
    public void ToOtlp_OfSpans_IsReadBackWithAllTheySay()
    {
        DateTimeOffset start = DateTimeOffset.UnixEpoch.AddSeconds(5);
        var child = new ServerSpan(
            "gateway", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "b9c7c989f97918e1", "GET shop/web", start, TimeSpan.FromMilliseconds(3), true,
            [("url.path", "/a"), ("http.response.status_code", 502L)]);
        ServerSpan root = child with { SpanId = "0000000000000001", ParentId = "", Failed = false };

        List<SpanRecord> read = OtlpSpans.Read(SpanFeed.ToOtlp([child, root]), out int invalid);

        invalid.ShouldBe(0);
        read.Select(span => (span.TraceId, span.SpanId, span.ParentId, span.Name, span.Kind, span.Start, span.Duration, span.IsError, span.Process.Service)).ShouldBe(
        [
            (child.TraceId, child.SpanId, child.ParentId, child.Name, SpanKind.Server, 5_000_000_000, 3_000_000, true, "gateway"),
            (root.TraceId, root.SpanId, "", root.Name, SpanKind.Server, 5_000_000_000, 3_000_000, false, "gateway"),
        ]);
        read[0].Attributes.ShouldBe([("url.path", "/a"), ("http.response.status_code", 502L)]);
    }
}
