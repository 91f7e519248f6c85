using System.Net;
using System.Net.Http.Headers;
using Fairway.Telemetry.Alerting;
using Fairway.Telemetry.Wire;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Forwarding;

/// <summary>What one receiver has been sent, and what stands in the way. Numbers since the start.</summary>
internal sealed class ForwardState
{
    public long Sent;
    public long Refused;
    public long Dropped;
    public long Retries;

    /// <summary>Until when metrics have been sent on; milliseconds since 1970.</summary>
    public long Position;

    /// <summary>The problem that is being retried, or the last refusal.</summary>
    public volatile string? Problem;
}

/// <summary>
/// Sends bodies to one receiver until it takes them: failures that may pass are retried with growing pauses, as long as the receiver
/// asks for when it says so; a refusal for good costs that body only.
/// </summary>
internal sealed partial class ForwardSender(ForwardTarget target, HttpClients clients, TimeProvider time, ILogger log)
{
    public ForwardState State { get; } = new();

    /// <summary>Whether the body was taken; false when the receiver refused it for good.</summary>
    public async Task<bool> SendAsync(string url, ReadOnlyMemory<byte> body, int items, CancellationToken cancellation)
    {
        TimeSpan pause = target.LeastPause;
        while (true)
        {
            (bool done, bool taken, TimeSpan? asked) = await TryAsync(url, body, cancellation);
            if (done)
            {
                Interlocked.Add(ref taken ? ref State.Sent : ref State.Refused, items);
                return taken;
            }

            Interlocked.Increment(ref State.Retries);
            await Task.Delay(asked ?? pause, time, cancellation);
            pause = pause * 2 < target.MostPause ? pause * 2 : target.MostPause;
        }
    }

    private async Task<(bool Done, bool Taken, TimeSpan? Asked)> TryAsync(string url, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(target.Timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = Content(body) };
            request.Headers.UserAgent.ParseAdd("Fairway");
            foreach ((string name, string value) in target.Headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using HttpResponseMessage response = await clients.AskAsync(target.Http, request, limit.Token);
            if (response.IsSuccessStatusCode)
            {
                State.Problem = null;
                return (true, true, null);
            }

            string text = await response.Content.ReadAsStringAsync(limit.Token);
            int code = (int)response.StatusCode;
            string problem = $"{code} {Telling.Cut(text.Trim(), 256)}";
            bool retry = code >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests;
            if (State.Problem != problem)
            {
                State.Problem = problem;
                NotTaken(target.Name, problem, retry ? "retried" : "dropped");
            }

            TimeSpan? asked = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow() : null;
            return (!retry, false, asked is { Ticks: > 0 } wait ? wait : null);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or NotifyException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            string problem = failed is OperationCanceledException ? $"no answer within {target.Timeout}" : failed.Message;
            if (State.Problem != problem)
            {
                State.Problem = problem;
                NotTaken(target.Name, problem, "retried");
            }

            return (false, false, null);
        }
    }

    private ByteArrayContent Content(ReadOnlyMemory<byte> body)
    {
        bool otlp = target.Protocol == ForwardProtocol.Otlp;
        var content = new ByteArrayContent(otlp ? Gzip(body) : Snappy.Encode(body.Span));
        content.Headers.ContentEncoding.Add(otlp ? "gzip" : "snappy");
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        if (target.Protocol == ForwardProtocol.RemoteWriteTwo)
        {
            content.Headers.ContentType.Parameters.Add(new NameValueHeaderValue("proto", "io.prometheus.write.v2.Request"));
        }

        if (!otlp)
        {
            content.Headers.TryAddWithoutValidation("X-Prometheus-Remote-Write-Version", target.Protocol == ForwardProtocol.RemoteWriteTwo ? "2.0.0" : "0.1.0");
        }

        return content;
    }

    private static byte[] Gzip(ReadOnlyMemory<byte> body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(body.Span);
        }

        return packed.ToArray();
    }

    [LoggerMessage(EventId = 2651, Level = LogLevel.Warning, Message = "{Target} does not take what is sent on to it: {Problem} ({What})")]
    private partial void NotTaken(string target, string problem, string what);
}
