using System.Threading.Channels;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Traces;

/// <summary>Takes the platform's own spans into the trace store, many at once. Who offers one never waits: when the store is slow, spans are left out.</summary>
internal sealed class SpanFeed(TraceStore store, TimeProvider time)
{
    private const int Waiting = 2048;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    private readonly Channel<ServerSpan> _spans = Channel.CreateBounded<ServerSpan>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Offer(ServerSpan span) => _spans.Writer.TryWrite(span);

    /// <summary>Writes spans until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (await _spans.Reader.WaitToReadAsync(cancellation))
        {
            var batch = new List<ServerSpan>();
            while (batch.Count < Waiting && _spans.Reader.TryRead(out ServerSpan? span))
            {
                batch.Add(span);
            }

            await store.AppendAsync(ToOtlp(batch));
            await Task.Delay(Every, time, cancellation);
        }
    }

    /// <summary>The spans as an <c>ExportTraceServiceRequest</c>.</summary>
    public static byte[] ToOtlp(IReadOnlyList<ServerSpan> spans)
    {
        var request = new ProtoWriter();
        foreach (IGrouping<string, ServerSpan> service in spans.GroupBy(span => span.Service))
        {
            var name = new ProtoWriter();
            name.String(1, "fairway");
            var scope = new ProtoWriter();
            scope.Message(1, name);
            foreach (ServerSpan span in service)
            {
                scope.Message(2, Span(span));
            }

            var resource = new ProtoWriter();
            resource.Message(1, Attribute("service.name", service.Key));
            var all = new ProtoWriter();
            all.Message(1, resource);
            all.Message(2, scope);
            request.Message(1, all);
        }

        return request.Written.ToArray();
    }

    private static ProtoWriter Span(ServerSpan span)
    {
        var into = new ProtoWriter();
        into.Bytes(1, Convert.FromHexString(span.TraceId));
        into.Bytes(2, Convert.FromHexString(span.SpanId));
        if (span.ParentId.Length > 0)
        {
            into.Bytes(4, Convert.FromHexString(span.ParentId));
        }

        into.String(5, span.Name);
        into.Int64(6, (long)SpanKind.Server);
        into.Fixed64(7, Nanoseconds(span.Start));
        into.Fixed64(8, Nanoseconds(span.Start + span.Duration));
        foreach ((string key, object value) in span.Attributes)
        {
            into.Message(9, Attribute(key, value));
        }

        if (span.Failed)
        {
            var status = new ProtoWriter();
            status.Int64(3, 2);
            into.Message(15, status);
        }

        return into;
    }

    private static ulong Nanoseconds(DateTimeOffset at) => (ulong)(at - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static ProtoWriter Attribute(string key, object value)
    {
        var any = new ProtoWriter();
        if (value is long number)
        {
            any.Int64(3, number);
        }
        else
        {
            any.String(1, (string)value);
        }

        var attribute = new ProtoWriter();
        attribute.String(1, key);
        attribute.Message(2, any);
        return attribute;
    }
}
