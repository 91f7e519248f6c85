using System.Globalization;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Resources.Signals;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Traces;

namespace Fairway.Telemetry;

/// <summary>
/// Answers delivery's questions: metrics from the store or from another server of Prometheus' API; logs by LogQL that gives numbers;
/// traces by a search, of which the answer is how many match.
/// </summary>
public sealed class SignalQueries(PromQLEngine engine, MetricStore store, LogStore logs, TraceStore traces, TimeProvider time) : ISignalQueries, IDisposable
{
    private const int MostAnswer = 32 << 20;
    private static readonly TimeSpan DefaultTraceWindow = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DefaultStep = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = MostAnswer };

    /// <inheritdoc/>
    public async Task<IReadOnlyList<double>> AskAsync(SignalQuestion question, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Source != SignalSource.Metrics)
        {
            return question.Address is not null
                ? throw new SignalQueryException($"{question.Source.ToString().ToLowerInvariant()} are asked of the platform's own store only; leave address out")
                : await Task.Run(() => question.Source == SignalSource.Logs ? AskLogs(question, cancellation) : AskTraces(question, cancellation), cancellation);
        }

        return question.Address is null ? await Task.Run(() => Ask(question, cancellation), cancellation) : await AskRemoteAsync(question, cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SignalSeries>> AskSeriesAsync(string query, CancellationToken cancellation) => Task.Run(() => AskSeries(query, cancellation), cancellation);

    public void Dispose() => _http.Dispose();

    private IReadOnlyList<SignalSeries> AskSeries(string query, CancellationToken cancellation)
    {
        try
        {
            return engine.Instant(store, query, time.GetUtcNow().ToUnixTimeMilliseconds(), QueryOptions.Default, cancellation).Value switch
            {
                ScalarValue scalar when double.IsFinite(scalar.Value) => [new SignalSeries(new Dictionary<string, string>(), scalar.Value)],
                VectorValue vector =>
                [
                    .. vector.Samples.Where(sample => sample.Histogram is null && double.IsFinite(sample.Value))
                        .Select(sample => new SignalSeries(sample.Labels.Pairs.ToDictionary(StringComparer.Ordinal), sample.Value)),
                ],
                _ => [],
            };
        }
        catch (PromQLException refused)
        {
            throw new SignalQueryException($"{query}: {refused.Message}", refused);
        }
    }

    private List<double> Ask(SignalQuestion question, CancellationToken cancellation)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            QueryResult result = question.Window is { } window
                ? engine.Range(store, question.Query, now - (long)window.TotalMilliseconds, now, Step(question), QueryOptions.Default, cancellation)
                : engine.Instant(store, question.Query, now, QueryOptions.Default, cancellation);
            return [.. Values(result.Value)];
        }
        catch (PromQLException refused)
        {
            throw new SignalQueryException($"{question.Query}: {refused.Message}", refused);
        }
    }

    private List<double> AskLogs(SignalQuestion question, CancellationToken cancellation)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        try
        {
            IReadOnlyDictionary<Labels, double?[]> series = new LogQueryEngine(logs).Numbers(LogQueryParser.Parse(question.Query), now, now, 1_000_000_000, cancellation);
            return [.. series.Values.SelectMany(values => values).OfType<double>()];
        }
        catch (LogQueryException refused)
        {
            throw new SignalQueryException($"{question.Query}: {refused.Message}", refused);
        }
    }

    private List<double> AskTraces(SignalQuestion question, CancellationToken cancellation)
    {
        TraceSearch search = TraceSearch.Parse(question.Query);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        long from = now - ((question.Window ?? DefaultTraceWindow).Ticks * 100);
        return [traces.Search(trace => trace.Spans.Any(span => span.Start >= from && span.Start <= now && search.Matches(span)), int.MaxValue, cancellation).Count];
    }

    private static long Step(SignalQuestion question) => Math.Max(1, (long)(question.Step ?? DefaultStep).TotalMilliseconds);

    private static IEnumerable<double> Values(QueryValue value) => value switch
    {
        ScalarValue scalar => [scalar.Value],
        VectorValue vector => vector.Samples.Where(sample => sample.Histogram is null).Select(sample => sample.Value),
        MatrixValue matrix => matrix.Series.SelectMany(series => series.Points).Where(point => point.Histogram is null).Select(point => point.Value),
        _ => [],
    };

    private async Task<IReadOnlyList<double>> AskRemoteAsync(SignalQuestion question, CancellationToken cancellation)
    {
        double now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        var form = new Dictionary<string, string> { ["query"] = question.Query };
        string path = "query";
        if (question.Window is { } window)
        {
            path = "query_range";
            form["start"] = (now - window.TotalSeconds).ToString("0.000", CultureInfo.InvariantCulture);
            form["end"] = now.ToString("0.000", CultureInfo.InvariantCulture);
            form["step"] = (Step(question) / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);
        }
        else
        {
            form["time"] = now.ToString("0.000", CultureInfo.InvariantCulture);
        }

        try
        {
            using var content = new FormUrlEncodedContent(form);
            using HttpResponseMessage response = await _http.PostAsync(new Uri($"{question.Address!.TrimEnd('/')}/api/v1/{path}"), content, cancellation);
            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
            return answer.RootElement.GetProperty("status").GetString() == "success"
                ? [.. Values(answer.RootElement.GetProperty("data"))]
                : throw new SignalQueryException($"{question.Address}: {answer.RootElement.GetProperty("error").GetString()}");
        }
        catch (Exception failed) when (failed is HttpRequestException or JsonException or KeyNotFoundException or UriFormatException or InvalidOperationException
            || (failed is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new SignalQueryException($"{question.Address} cannot be asked: {failed.Message}", failed);
        }
    }

    private static IEnumerable<double> Values(JsonElement data)
    {
        JsonElement result = data.GetProperty("result");
        return data.GetProperty("resultType").GetString() switch
        {
            "scalar" => [Number(result)],
            "vector" => result.EnumerateArray().Where(one => one.TryGetProperty("value", out _)).Select(one => Number(one.GetProperty("value"))),
            "matrix" => result.EnumerateArray().Where(one => one.TryGetProperty("values", out _)).SelectMany(one => one.GetProperty("values").EnumerateArray()).Select(Number),
            _ => [],
        };
    }

    private static double Number(JsonElement point) => Prometheus.ApiTime.Number(point[1].GetString()!) ?? double.NaN;
}
