using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;

namespace Fairway.Telemetry.Scrape;

/// <summary>Fetches one target again and again until it is stopped.</summary>
internal sealed class ScrapeLoop(ScrapeTarget target, MetricStore store, HttpClient http, TimeProvider time)
{
    private const int MostPage = 64 << 20;
    private const string ProtoType = "application/vnd.google.protobuf";
    private const string Accept = ProtoType + ";proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

    private static readonly string[] Reports =
        ["up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"];

    private readonly ScrapeAppender _appender = new(store, target);

    public ScrapeTarget Target => target;

    public ScrapeState State { get; private set; } = ScrapeState.Never;

    /// <summary>What the target says of its metrics, as of its last page.</summary>
    public IReadOnlyDictionary<string, MetricMetadata> Metadata { get; private set; } = new Dictionary<string, MetricMetadata>();

    /// <summary>Runs until cancelled; then marks the target's series as ended.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            // Targets are spread over the interval by their name, the same way after every start.
            uint spread = 0;
            foreach (char one in target.Key)
            {
                spread = (spread * 31) + one;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(spread % Math.Min(2000, target.Interval.TotalMilliseconds)), time, cancellation);
            using var timer = new PeriodicTimer(target.Interval, time);
            do
            {
                await ScrapeAsync(cancellation);
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            await EndAsync();
        }
    }

    /// <summary>Fetches once and stores what came, and how it went.</summary>
    public async Task ScrapeAsync(CancellationToken cancellation)
    {
        DateTimeOffset started = time.GetUtcNow();
        long clock = time.GetTimestamp();
        long now = started.ToUnixTimeMilliseconds();
        MetricBatch batch = store.NewBatch();
        ScrapeAppender.Result result;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(target.Timeout);
            (byte[] page, ExpositionFormat format) = await FetchAsync(limit.Token);
            result = _appender.Append(page, format, now, batch);
            Metadata = new Dictionary<string, MetricMetadata>(_appender.Metadata, StringComparer.Ordinal);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or InvalidDataException
            || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            string problem = failed is OperationCanceledException ? $"Get {GoText.Quote(target.Address.AbsoluteUri)}: context deadline exceeded" : failed.Message;
            _appender.End(now, batch);
            result = new ScrapeAppender.Result(0, 0, 0, problem, null);
        }

        TimeSpan took = time.GetElapsedTime(clock);
        double[] reports = [result.Problem is null ? 1 : 0, took.TotalSeconds, result.Samples, result.Kept, result.Added];
        for (int index = 0; index < Reports.Length; index++)
        {
            _appender.Report(Reports[index], reports[index], now, batch);
        }

        await batch.CommitAsync();
        State = new ScrapeState(started, took, result.Problem, true) { Refusal = result.Refusal };
    }

    private async Task<(byte[] Page, ExpositionFormat Format)> FetchAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Address);
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", target.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Fairway", null));
        if (target.Token?.Invoke() is { Length: > 0 } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HttpRequestException($"server returned HTTP status {(int)response.StatusCode} {response.ReasonPhrase}");
        }

        long most = target.Limits.Body > 0 ? Math.Min(target.Limits.Body, MostPage) : MostPage;
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        using var page = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await body.ReadAsync(buffer, cancellation)) > 0;)
        {
            page.Write(buffer, 0, read);
            if (page.Length > most)
            {
                throw new InvalidDataException("body size limit exceeded");
            }
        }

        return (page.ToArray(), Format(response.Content.Headers.ContentType));
    }

    /// <summary>The format that the answer says; text where it says none that is known.</summary>
    private static ExpositionFormat Format(MediaTypeHeaderValue? type) => type?.MediaType switch
    {
        "application/openmetrics-text" => ExpositionFormat.OpenMetrics,
        ProtoType when type.Parameters.Any(one => one.Name == "proto" && one.Value?.Trim('"') == "io.prometheus.client.MetricFamily")
            && type.Parameters.Any(one => one.Name == "encoding" && one.Value?.Trim('"') == "delimited") => ExpositionFormat.Protobuf,
        ProtoType => throw new InvalidDataException($"received unsupported Content-Type {GoText.Quote(type.ToString())}"),
        _ => ExpositionFormat.Text,
    };

    private async Task EndAsync()
    {
        MetricBatch batch = store.NewBatch();
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        _appender.End(now, batch);
        foreach (string name in Reports)
        {
            _appender.Report(name, StaleMarker.Value, now, batch);
        }

        await batch.CommitAsync();
    }
}
