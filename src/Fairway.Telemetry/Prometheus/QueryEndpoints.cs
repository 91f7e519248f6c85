using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Metrics;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus;

/// <summary><c>query</c>, <c>query_range</c>, <c>query_exemplars</c>, <c>format_query</c> and <c>parse_query</c>.</summary>
internal sealed class QueryEndpoints(PromQLEngine engine, ISeriesSource source, MetricStore store, TimeProvider time)
{
    private const int MostPoints = 11_000;
    private const int MostConcurrent = 20;
    private const string Truncated = "results truncated due to limit";

    /// <summary>Queries run on threads of the pool; more than this wait their turn.</summary>
    private readonly SemaphoreSlim _turns = new(MostConcurrent);

    public async Task QueryAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        int limit = request.Limit();
        long at = request.Time("time", time.GetUtcNow().ToUnixTimeMilliseconds());
        QueryOptions options = Options(request);
        await AnswerAsync(request, limit, cancellation => engine.Instant(source, request["query"], at, options, cancellation));
    }

    public async Task RangeAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        int limit = request.Limit();
        long start = request.RequiredTime("start");
        long end = request.RequiredTime("end");
        if (end < start)
        {
            throw ApiException.Parameter("end", "end timestamp must not be before start time");
        }

        TimeSpan step = request.Duration("step");
        if (step <= TimeSpan.Zero)
        {
            throw ApiException.Parameter("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
        }

        if ((decimal)(end - start) / (decimal)step.TotalMilliseconds >= MostPoints + 1)
        {
            throw ApiException.BadData("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
        }

        QueryOptions options = Options(request);
        long milliseconds = Math.Max(1, (long)step.TotalMilliseconds);
        await AnswerAsync(request, limit, cancellation => engine.Range(source, request["query"], start, end, milliseconds, options, cancellation));
    }

    public async Task ExemplarsAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        long start = request.Time("start", long.MinValue);
        long end = request.Time("end", long.MaxValue);
        if (end < start)
        {
            throw ApiException.BadData("end timestamp must not be before start timestamp");
        }

        IReadOnlyList<IReadOnlyList<LabelMatcher>> selectors;
        try
        {
            selectors = [.. Selectors(PromQLParser.Parse(request["query"], engine.Options.Parser))];
        }
        catch (PromQLException refused)
        {
            throw ApiException.BadData(refused.Message);
        }

        if (selectors.Count == 0)
        {
            context.Response.StatusCode = 204;
            return;
        }

        IReadOnlyList<(Labels Series, IReadOnlyList<Exemplar> Exemplars)> found = store.Exemplars.Select(selectors, start, end);
        await ApiJson.AnswerAsync(context, json =>
        {
            json.WriteStartArray();
            foreach ((Labels series, IReadOnlyList<Exemplar> exemplars) in found)
            {
                json.WriteStartObject();
                json.WritePropertyName("seriesLabels");
                ApiJson.Labels(json, series);
                json.WriteStartArray("exemplars");
                foreach (Exemplar exemplar in exemplars)
                {
                    json.WriteStartObject();
                    json.WritePropertyName("labels");
                    ApiJson.Labels(json, exemplar.Labels);
                    json.WriteString("value", ApiJson.Number(exemplar.Value));
                    json.WritePropertyName("timestamp");
                    ApiJson.Time(json, exemplar.Time);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public async Task FormatAsync(HttpContext context)
    {
        Expression parsed = Parse((await ApiRequest.ReadAsync(context))["query"]);
        await ApiJson.AnswerAsync(context, json => json.WriteStringValue(Printer.Format(parsed)));
    }

    public async Task ParseAsync(HttpContext context)
    {
        Expression parsed = Parse((await ApiRequest.ReadAsync(context))["query"]);
        await ApiJson.AnswerAsync(context, json => TreeJson.Write(json, parsed));
    }

    private Expression Parse(string query)
    {
        try
        {
            return PromQLParser.Parse(query, engine.Options.Parser);
        }
        catch (PromQLException refused)
        {
            throw ApiException.Parameter("query", refused.Message);
        }
    }

    private static IEnumerable<IReadOnlyList<LabelMatcher>> Selectors(Expression node)
        => node is VectorSelector selector ? [selector.Matchers] : node.Children.SelectMany(Selectors);

    private static QueryOptions Options(ApiRequest request)
    {
        TimeSpan? timeout = request["timeout"].Length > 0 ? request.Duration("timeout") : null;
        TimeSpan? lookback = null;
        if (request["lookback_delta"] is { Length: > 0 } text)
        {
            lookback = ApiTime.ParseDuration(text, out _)
                ?? throw ApiException.BadData($"error parsing lookback delta duration: cannot parse {GoText.Quote(text)} to a valid duration");
        }

        return new QueryOptions { Timeout = timeout > TimeSpan.Zero ? timeout : timeout is null ? null : TimeSpan.FromTicks(1), LookbackDelta = lookback > TimeSpan.Zero ? lookback : null };
    }

    private async Task AnswerAsync(ApiRequest request, int limit, Func<CancellationToken, QueryResult> evaluate)
    {
        HttpContext context = request.Context;
        long queued = time.GetTimestamp();
        await _turns.WaitAsync(context.RequestAborted);
        QueryResult result;
        long started = time.GetTimestamp();
        try
        {
            result = await Task.Run(() => evaluate(context.RequestAborted), context.RequestAborted);
        }
        catch (PromQLException refused)
        {
            throw refused.Kind == QueryErrorKind.BadData ? ApiException.Parameter("query", refused.Message) : ApiException.Of(refused);
        }
        finally
        {
            _turns.Release();
        }

        double seconds = time.GetElapsedTime(started).TotalSeconds;
        double waited = time.GetElapsedTime(queued, started).TotalSeconds;
        QueryValue value = Cut(result.Value, limit, out bool cut);
        var warnings = new List<string>(result.Warnings);
        if (cut)
        {
            warnings.Add(Truncated);
        }

        string statistics = request["stats"];
        if (statistics is not ("" or "true" or "all"))
        {
            warnings.Add($"value {GoText.Quote(statistics)} for parameter \"stats\" is deprecated and will be rejected in the next major release, use \"true\" or \"all\"");
        }

        await ApiJson.AnswerAsync(
            context,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("resultType", ApiJson.TypeName(value));
                json.WritePropertyName("result");
                ApiJson.Value(json, value);
                if (statistics.Length > 0)
                {
                    Statistics(json, result.Statistics, seconds, waited);
                }

                json.WriteEndObject();
            },
            warnings,
            result.Infos);
    }

    private static void Statistics(System.Text.Json.Utf8JsonWriter json, QueryStatistics statistics, double seconds, double waited)
    {
        json.WriteStartObject("stats");
        json.WriteStartObject("timings");
        json.WriteNumber("evalTotalTime", seconds);
        json.WriteNumber("resultSortTime", 0);
        json.WriteNumber("queryPreparationTime", 0);
        json.WriteNumber("innerEvalTime", seconds);
        json.WriteNumber("execQueueTime", waited);
        json.WriteNumber("execTotalTime", seconds + waited);
        json.WriteEndObject();
        json.WriteStartObject("samples");
        json.WriteNumber("totalQueryableSamples", statistics.TotalSamples);
        json.WriteNumber("peakSamples", statistics.PeakSamples);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static QueryValue Cut(QueryValue value, int limit, out bool cut)
    {
        cut = limit > 0 && value switch
        {
            VectorValue vector => vector.Samples.Count > limit,
            MatrixValue matrix => matrix.Series.Count > limit,
            _ => false,
        };
        return !cut ? value : value is VectorValue one ? new VectorValue([.. one.Samples.Take(limit)]) : new MatrixValue([.. ((MatrixValue)value).Series.Take(limit)]);
    }
}
