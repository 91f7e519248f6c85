using System.Net.Http.Headers;
using Fairway.Telemetry.Metrics;

namespace Fairway.Telemetry.Scrape;

/// <summary>Fetches one target again and again until it is stopped.</summary>
internal sealed class ScrapeLoop(ScrapeTarget target, MetricStore store, HttpClient http, TimeProvider time)
{
    private const int MostPage = 32 << 20;
    private const string Accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1";

    private readonly ScrapeAppender _appender = new(store, target);

    public ScrapeTarget Target => target;

    public ScrapeState State { get; private set; } = ScrapeState.Never;

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

    private async Task ScrapeAsync(CancellationToken cancellation)
    {
        DateTimeOffset started = time.GetUtcNow();
        long clock = time.GetTimestamp();
        long now = started.ToUnixTimeMilliseconds();
        string? problem = null;
        var result = new ScrapeAppender.Result(0, 0);
        MetricBatch batch = store.NewBatch();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(target.Timeout);
            (byte[] page, bool openMetrics) = await FetchAsync(limit.Token);
            result = _appender.Append(page, openMetrics, now, batch);
        }
        catch (ExpositionException malformed)
        {
            problem = malformed.Message;
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or InvalidDataException
            || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            problem = failed is OperationCanceledException ? $"context deadline exceeded after {target.Timeout.TotalSeconds} s" : failed.Message;
            _appender.End(now, batch);
        }

        TimeSpan took = time.GetElapsedTime(clock);
        _appender.Report("up", problem is null ? 1 : 0, now, batch);
        _appender.Report("scrape_duration_seconds", took.TotalSeconds, now, batch);
        _appender.Report("scrape_samples_scraped", result.Samples, now, batch);
        _appender.Report("scrape_samples_post_metric_relabeling", result.Samples, now, batch);
        _appender.Report("scrape_series_added", result.Added, now, batch);
        await batch.CommitAsync();
        State = new ScrapeState(started, took, problem, true);
    }

    private async Task<(byte[] Page, bool OpenMetrics)> FetchAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Address);
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", target.Timeout.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Fairway", null));
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if ((int)response.StatusCode != 200)
        {
            throw new HttpRequestException($"server returned HTTP status {(int)response.StatusCode} {response.ReasonPhrase}");
        }

        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        using var page = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await body.ReadAsync(buffer, cancellation)) > 0;)
        {
            page.Write(buffer, 0, read);
            if (page.Length > MostPage)
            {
                throw new InvalidDataException($"body size limit exceeded: the page has more than {MostPage} bytes");
            }
        }

        return (page.ToArray(), response.Content.Headers.ContentType?.MediaType == "application/openmetrics-text");
    }

    private async Task EndAsync()
    {
        MetricBatch batch = store.NewBatch();
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        _appender.End(now, batch);
        foreach (string name in (ReadOnlySpan<string>)["up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"])
        {
            _appender.Report(name, PromQL.StaleMarker.Value, now, batch);
        }

        await batch.CommitAsync();
    }
}
