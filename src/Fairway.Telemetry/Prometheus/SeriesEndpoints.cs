using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Blocks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Prometheus;

/// <summary><c>series</c>, <c>labels</c>, <c>label/NAME/values</c> and <c>metadata</c>.</summary>
internal sealed class SeriesEndpoints(MetricStore store)
{
    private const string Truncated = "results truncated due to limit";

    public async Task SeriesAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        if (request.All("match[]").Count == 0)
        {
            throw ApiException.BadData("no match[] parameter provided");
        }

        int limit = request.Limit();
        long start = request.Time("start", long.MinValue);
        long end = request.Time("end", long.MaxValue);
        IReadOnlyList<IReadOnlyList<LabelMatcher>> sets;
        try
        {
            sets = request.Matchers();
        }
        catch (ApiException refused)
        {
            throw ApiException.Parameter("match[]", refused.Message);
        }

        Labels[] found = [.. Find(sets, start, end, context.RequestAborted).Distinct().Order()];
        bool cut = limit > 0 && found.Length > limit;
        await ApiJson.AnswerAsync(
            context,
            json =>
            {
                json.WriteStartArray();
                foreach (Labels labels in cut ? found.AsSpan(0, limit) : found)
                {
                    ApiJson.Labels(json, labels);
                }

                json.WriteEndArray();
            },
            cut ? [Truncated] : null);
    }

    public async Task LabelsAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        int limit = request.Limit();
        long start = request.Time("start", long.MinValue);
        long end = request.Time("end", long.MaxValue);
        IReadOnlyList<IReadOnlyList<LabelMatcher>> sets = request.Matchers();
        IEnumerable<string> names = sets.Count > 0
            ? Find(sets, start, end, context.RequestAborted).SelectMany(labels => labels.Pairs).Select(pair => pair.Key)
            : store.Blocks.Where(block => block.Overlaps(start, end)).SelectMany(block => block.LabelNames()).Concat(HeadOverlaps(start, end) ? store.Head.Postings.Names : []);
        await TextsAsync(context, names, limit);
    }

    public async Task ValuesAsync(HttpContext context)
    {
        string name = LabelEscaping.Unescape((string)context.GetRouteValue("name")!);
        if (!Names.IsLabelName(name))
        {
            throw ApiException.BadData($"invalid label name: {GoText.Quote(name)}");
        }

        ApiRequest request = await ApiRequest.ReadAsync(context);
        int limit = request.Limit();
        long start = request.Time("start", long.MinValue);
        long end = request.Time("end", long.MaxValue);
        IReadOnlyList<IReadOnlyList<LabelMatcher>> sets = request.Matchers();
        IEnumerable<string> values = sets.Count > 0
            ? Find(sets, start, end, context.RequestAborted).Select(labels => labels[name]).Where(value => value.Length > 0)
            : store.Blocks.Where(block => block.Overlaps(start, end)).SelectMany(block => block.Values(name))
                .Concat(HeadOverlaps(start, end) ? store.Head.Postings.Values(name) : [])
                .Select(value => value.Value);
        await TextsAsync(context, values, limit);
    }

    public async Task MetadataAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        int limit = Number(request, "limit");
        int each = Number(request, "limit_per_metric");
        string metric = request["metric"];
        IEnumerable<KeyValuePair<string, MetricMetadata[]>> found = metric.Length == 0
            ? store.Metadata.All
            : store.Metadata.Get(metric) is { Count: > 0 } one ? [KeyValuePair.Create(metric, one.ToArray())] : [];
        await ApiJson.AnswerAsync(context, json =>
        {
            json.WriteStartObject();
            foreach ((string name, MetricMetadata[] statements) in limit >= 0 ? found.Take(limit) : found)
            {
                json.WriteStartArray(name);
                foreach (MetricMetadata statement in each > 0 ? statements.Take(each) : statements)
                {
                    json.WriteStartObject();
                    json.WriteString("type", statement.Type);
                    json.WriteString("unit", statement.Unit);
                    json.WriteString("help", statement.Help);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }

    private static int Number(ApiRequest request, string name)
        => request[name] is { Length: > 0 } text ? ApiRequest.Integer(text) ?? throw ApiException.BadData($"{name} must be a number") : -1;

    private IEnumerable<Labels> Find(IReadOnlyList<IReadOnlyList<LabelMatcher>> sets, long start, long end, CancellationToken cancellation)
    {
        var query = new StoreQuery(store);
        return sets.SelectMany(matchers => query.Labels(matchers, start, end, cancellation));
    }

    /// <summary>Labels without a selector are answered from the index, in whole spans: what memory holds counts as one.</summary>
    private bool HeadOverlaps(long start, long end)
    {
        if (start == long.MinValue && end == long.MaxValue)
        {
            return true;
        }

        (long min, long max) = store.Head.Extent();
        return min <= end && max >= start;
    }

    private static Task TextsAsync(HttpContext context, IEnumerable<string> texts, int limit)
    {
        string[] sorted = [.. texts.Distinct().Order(StringComparer.Ordinal)];
        bool cut = limit > 0 && sorted.Length > limit;
        return ApiJson.AnswerAsync(
            context,
            json =>
            {
                json.WriteStartArray();
                foreach (string text in cut ? sorted.AsSpan(0, limit) : sorted)
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
            },
            cut ? [Truncated] : null);
    }
}
