using System.Globalization;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Resources.Signals;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Syntax;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Remote;
using Fairway.Telemetry.Traces;
using Fairway.Telemetry.Traces.Query;

namespace Fairway.Telemetry;

/// <summary>
/// Answers delivery's questions from the platform's stores or from other servers (of Prometheus', Loki's or Jaeger's API): metrics by
/// PromQL; logs by LogQL that gives numbers; traces by a search, of which the answer is how many match.
/// </summary>
public sealed class SignalQueries(PromQLEngine engine, MetricStore store, LogStore logs, TraceStore traces, TimeProvider time) : ISignalQueries, IDisposable
{
    private const int MostAnswer = 32 << 20;
    private static readonly TimeSpan DefaultTraceWindow = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DefaultStep = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = MostAnswer };

    /// <summary>Who is asked when a question names nobody.</summary>
    public RemoteBackends Remotes { get; init; } = new();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<double>> AskAsync(SignalQuestion question, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        Uri? remote = question.Source switch
        {
            SignalSource.Metrics => Remotes.Prometheus,
            SignalSource.Logs => Remotes.Loki,
            _ => Remotes.Jaeger,
        };
        string? address = question.Address ?? remote?.AbsoluteUri;
        return (question.Source, address) switch
        {
            (SignalSource.Metrics, null) => await Task.Run(() => Ask(question, cancellation), cancellation),
            (SignalSource.Metrics, not null) => await AskRemoteAsync(question with { Address = address }, "/api/v1/", 1, cancellation),
            (SignalSource.Logs, null) => await Task.Run(() => AskLogs(question, cancellation), cancellation),
            (SignalSource.Logs, not null) => await AskRemoteAsync(question with { Address = address }, "/loki/api/v1/", 1_000_000_000, cancellation),
            (_, null) => await Task.Run(() => AskTraces(question, cancellation), cancellation),
            _ => await AskRemoteTracesAsync(question with { Address = address }, cancellation),
        };
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
            long step = Math.Max(1, (question.Step ?? DefaultStep).Ticks * 100);
            long from = question.Window is { } window ? now - (window.Ticks * 100) : now;
            IReadOnlyList<NumberSeries> series = new LogQueryEngine(logs).Numbers(LogQueryParser.Parse(question.Query), from, now, step, cancellation);
            return [.. series.SelectMany(one => one.Values).OfType<double>()];
        }
        catch (LogQueryException refused)
        {
            throw new SignalQueryException($"{question.Query}: {refused.Message}", refused);
        }
    }

    private List<double> AskTraces(SignalQuestion question, CancellationToken cancellation)
    {
        var search = SpanQuery.Parse(question.Query);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        long from = now - ((question.Window ?? DefaultTraceWindow).Ticks * 100);
        var scan = new TraceScan(trace => search.Find(trace).Any(span => span.Start >= from && span.Start <= now), search.Terms, from, now);
        return [traces.Parts(scan, cancellation).Select(trace => trace.Id).Distinct().Count()];
    }

    private static long Step(SignalQuestion question) => Math.Max(1, (long)(question.Step ?? DefaultStep).TotalMilliseconds);

    private static IEnumerable<double> Values(QueryValue value) => value switch
    {
        ScalarValue scalar => [scalar.Value],
        VectorValue vector => vector.Samples.Where(sample => sample.Histogram is null).Select(sample => sample.Value),
        MatrixValue matrix => matrix.Series.SelectMany(series => series.Points).Where(point => point.Histogram is null).Select(point => point.Value),
        _ => [],
    };

    // Loki counts in nanoseconds where Prometheus counts in seconds, and answers GET only.
    private async Task<IReadOnlyList<double>> AskRemoteAsync(SignalQuestion question, string api, long perSecond, CancellationToken cancellation)
    {
        double now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        string Moment(double seconds) => perSecond == 1 ? seconds.ToString("0.000", CultureInfo.InvariantCulture) : ((long)(seconds * 1000) * (perSecond / 1000)).ToString(CultureInfo.InvariantCulture);
        var form = new Dictionary<string, string> { ["query"] = question.Query };
        string path = "query";
        if (question.Window is { } window)
        {
            path = "query_range";
            form["start"] = Moment(now - window.TotalSeconds);
            form["end"] = Moment(now);
            form["step"] = (Step(question) / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);
        }
        else
        {
            form["time"] = Moment(now);
        }

        try
        {
            using var content = new FormUrlEncodedContent(form);
            var address = new Uri($"{question.Address!.TrimEnd('/')}{api}{path}");
            using HttpResponseMessage response = perSecond == 1
                ? await _http.PostAsync(address, content, cancellation)
                : await _http.GetAsync(new Uri($"{address}?{await content.ReadAsStringAsync(cancellation)}"), cancellation);
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

    // Jaeger finds traces of a service; how many is the answer.
    private async Task<IReadOnlyList<double>> AskRemoteTracesAsync(SignalQuestion question, CancellationToken cancellation)
    {
        if (question.Query.AsSpan().TrimStart().StartsWith("{"))
        {
            throw new SignalQueryException($"{question.Query}: another server is asked by conditions side by side, such as service=web error=true");
        }

        ILookup<string, string> search = PlainSearch.Conditions(question.Query).ToLookup(one => one.Key, one => one.Value);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        string service = search["service"].FirstOrDefault() ?? throw new SignalQueryException($"{question.Query}: a search at another server has to name a service");
        string[] own = ["service", "operation", "minDuration", "maxDuration"];
        string tags = new System.Text.Json.Nodes.JsonObject(search.Where(one => !own.Contains(one.Key)).Select(one => KeyValuePair.Create(one.Key, (System.Text.Json.Nodes.JsonNode?)one.First()))).ToJsonString();
        string query = $"service={Uri.EscapeDataString(service)}&start={now - ((question.Window ?? DefaultTraceWindow).Ticks / 10)}&end={now}&limit=1500&tags={Uri.EscapeDataString(tags)}"
            + string.Concat(own.Skip(1).SelectMany(key => search[key].Take(1).Select(value => $"&{key}={Uri.EscapeDataString(value)}")));
        try
        {
            using JsonDocument answer = JsonDocument.Parse(await _http.GetByteArrayAsync(new Uri($"{question.Address!.TrimEnd('/')}/api/traces?{query}"), cancellation));
            return [answer.RootElement.GetProperty("data").GetArrayLength()];
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
