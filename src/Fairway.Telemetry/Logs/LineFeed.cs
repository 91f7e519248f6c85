using System.Threading.Channels;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Pods;

namespace Fairway.Telemetry.Logs;

/// <summary>Takes the platform's own lines into the log store, many at once. Who offers one never waits: when the store is slow, lines are left out.</summary>
internal sealed class LineFeed(LogStore store, TimeProvider time)
{
    private const int Waiting = 65_536;
    private const int AtOnce = 4096;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly Channel<PlatformLine> _lines = Channel.CreateBounded<PlatformLine>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Offer(PlatformLine line) => _lines.Writer.TryWrite(line);

    /// <summary>Writes lines until cancelled, and what waits then.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (await _lines.Reader.WaitToReadAsync(cancellation))
            {
                await WriteAsync();
                await Task.Delay(Every, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        var streams = new Dictionary<Labels, List<LogEntry>>();
        var last = new Dictionary<Labels, long>();
        for (int count = 0; count < AtOnce && _lines.Reader.TryRead(out PlatformLine? line); count++)
        {
            Labels stream = Labels.From(line.Labels.Select(label => KeyValuePair.Create(label.Name, label.Value)));

            // Lines of one moment keep their order.
            long at = Math.Max((line.At - DateTimeOffset.UnixEpoch).Ticks * 100, last.GetValueOrDefault(stream) + 1);
            last[stream] = at;
            var facts = LineFacts.Of(line.Text);
            Labels known = facts.TraceId is null ? Labels.Of(("detected_level", facts.Level)) : Labels.Of(("detected_level", facts.Level), ("trace_id", facts.TraceId));
            (streams.TryGetValue(stream, out List<LogEntry>? entries) ? entries : streams[stream] = []).Add(new LogEntry(at, line.Text, known));
        }

        if (streams.Count > 0)
        {
            await store.AppendAsync([.. streams.Select(stream => new LogBatch(stream.Key, stream.Value))]);
        }
    }
}
