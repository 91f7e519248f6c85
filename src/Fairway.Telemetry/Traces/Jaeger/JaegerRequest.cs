using System.Globalization;
using System.Text.Json;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Prometheus;
using Fairway.Telemetry.Traces.Query;

namespace Fairway.Telemetry.Traces.Jaeger;

/// <summary>A refused request of Jaeger's APIs.</summary>
internal sealed class JaegerException(int status, string message) : Exception(message)
{
    public int Status => status;
}

/// <summary>A search with the parameters of Jaeger's API, in either version.</summary>
internal sealed record JaegerSearch(string Service, string Operation, IReadOnlyList<(string Key, string Value)> Tags, long From, long To, long Least, long Most, int Limit)
{
    private const int UsualLimit = 100;
    private const int MostTraces = 1500;
    private const long Microsecond = 1000;

    /// <summary>The parameters of <c>/api/traces</c>.</summary>
    public static JaegerSearch Of(ApiRequest request, long now)
    {
        string service = request["service"].Length > 0 ? request["service"] : throw new JaegerException(400, "parameter 'service' is required");
        long to = Microseconds(request, "end") ?? now;
        long from = Microseconds(request, "start")
            ?? (request["lookback"] is { Length: > 0 } back && GoDurations.TryParseAny(back, out long lookback) ? to - lookback : to - (48 * 3600 * GoDurations.Second));
        long least = Duration(request, "minDuration") ?? 0;
        long most = Duration(request, "maxDuration") ?? 0;
        if (most > 0 && least > most)
        {
            throw new JaegerException(400, "'maxDuration' should be greater than 'minDuration'");
        }

        int limit = request["limit"].Length == 0 ? UsualLimit
            : ApiRequest.Integer(request["limit"]) ?? throw new JaegerException(400, $"unable to parse param 'limit': strconv.ParseInt: parsing \"{request["limit"]}\": invalid syntax");
        return new JaegerSearch(service, request["operation"], [.. TagsOf(request)], from, to, least, most == 0 ? long.MaxValue : most, Math.Clamp(limit, 1, MostTraces));
    }

    /// <summary>The parameters of <c>/api/v3/traces</c>.</summary>
    public static JaegerSearch OfThree(ApiRequest request)
    {
        long from = Moment(request, "query.start_time_min");
        long to = Moment(request, "query.start_time_max");
        string depth = request["query.num_traces"].Length > 0 ? request["query.num_traces"] : request["query.search_depth"];
        int limit = depth.Length == 0 ? UsualLimit : ApiRequest.Integer(depth) ?? throw new JaegerException(400, $"malformed parameter query.num_traces: strconv.Atoi: parsing \"{depth}\": invalid syntax");
        long least = Go(request, "query.duration_min") ?? 0;
        return new JaegerSearch(
            request["query.service_name"], request["query.operation_name"], [.. Pairs(request["query.attributes"], "query.attributes")], from, to, least, Go(request, "query.duration_max") ?? long.MaxValue, Math.Clamp(limit, 1, MostTraces));
    }

    /// <summary>What the store is asked: all conditions hold for one span.</summary>
    public TraceScan Scan()
    {
        SpanCondition condition = new SpanCondition.Any();
        condition = Service.Length > 0 ? new SpanCondition.And(condition, PlainSearch.Condition("service", Service)) : condition;
        condition = Operation.Length > 0 ? new SpanCondition.And(condition, PlainSearch.Condition("operation", Operation)) : condition;
        foreach ((string key, string value) in Tags)
        {
            condition = new SpanCondition.And(condition, Tag(key, value));
        }

        return new TraceScan(
            trace => trace.Spans.Any(span => span.Start >= From && span.Start <= To && span.Duration >= Least && span.Duration <= Most && condition.Holds(span, trace)),
            [.. condition.Terms], From, To, Least);
    }

    private static SpanCondition Tag(string key, string value) => key switch
    {
        "error" => new SpanCondition.Or(PlainSearch.Condition("error", value), new SpanCondition.Compare(new SpanField("any", "error"), "=", value, null)),
        "span.kind" => new SpanCondition.Or(new SpanCondition.Compare(new SpanField("", "kind"), "=", value, null), new SpanCondition.Compare(new SpanField("any", key), "=", value, null)),
        "otel.status_code" => new SpanCondition.Compare(new SpanField("", "status"), "=", value.ToLowerInvariant(), null),
        _ => PlainAttribute(key, value),
    };

    private static SpanCondition.Compare PlainAttribute(string key, string value) => new(new SpanField("any", key), "=", value, null);

    private static IEnumerable<(string, string)> TagsOf(ApiRequest request)
    {
        foreach (string pair in request.All("tag"))
        {
            string[] parts = pair.Split(':', 2);
            yield return parts.Length == 2 ? (parts[0], parts[1]) : throw new JaegerException(400, $"malformed 'tag' parameter, expecting key:value, received: {pair}");
        }

        foreach ((string, string) pair in request.All("tags").SelectMany(json => Pairs(json, "tags")))
        {
            yield return pair;
        }
    }

    private static List<(string Key, string Value)> Pairs(string json, string name)
    {
        if (json.Length == 0)
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return [.. document.RootElement.EnumerateObject().Select(pair => (pair.Name, pair.Value.GetString() ?? throw new InvalidOperationException("a value is no text")))];
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new JaegerException(400, $"malformed '{name}' parameter, cannot unmarshal JSON: {malformed.Message}");
        }
    }

    private static long? Microseconds(ApiRequest request, string name)
    {
        string text = request[name];
        return text.Length == 0 ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value * Microsecond
            : throw new JaegerException(400, $"unable to parse param '{name}': strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    private static long? Duration(ApiRequest request, string name)
    {
        string text = request[name];
        return text.Length == 0 ? null
            : GoDurations.TryParseGo(text, out long nanoseconds, out string problem) ? nanoseconds
            : throw new JaegerException(400, $"unable to parse param '{name}': {problem}");
    }

    private static long? Go(ApiRequest request, string name)
    {
        string text = request[name];
        return text.Length == 0 ? null : GoDurations.TryParseGo(text, out long nanoseconds, out string problem) ? nanoseconds : throw new JaegerException(400, $"malformed parameter {name}: {problem}");
    }

    private static long Moment(ApiRequest request, string name)
    {
        string text = request[name];
        return text.Length == 0 ? throw new JaegerException(400, $"malformed parameter {name}: missing")
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment) ? (moment - DateTimeOffset.UnixEpoch).Ticks * 100
            : throw new JaegerException(400, $"malformed parameter {name}: parsing time \"{text}\" as \"2006-01-02T15:04:05.999999999Z07:00\": cannot parse");
    }
}
