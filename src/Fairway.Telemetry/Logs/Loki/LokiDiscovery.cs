using System.Text.Json;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Patterns;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Syntax;
using Fairway.Telemetry.Logs.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Logs.Loki;

/// <summary>The parts of Loki's API that say what there is: sizes, fields, patterns; and the lines around a line, which Loki leaves to its clients.</summary>
internal sealed class LokiDiscovery(LogStore store)
{
    private const int MostContext = 1000;
    private const int UsualContext = 10;
    private const long ContextWindow = 24 * 3600 * GoDurations.Second;

    private readonly LogQueryEngine _engine = new(store);

    public Task StatsAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Range();
        IReadOnlyList<StreamStats> streams = store.Streams(LogQueryParser.Selector(request.Query), from, to + 1);
        return LokiJson.ObjectAsync(context, json =>
        {
            json.WriteNumber("streams", streams.Count);
            json.WriteNumber("chunks", streams.Sum(one => one.Chunks));
            json.WriteNumber("bytes", streams.Sum(one => one.Bytes));
            json.WriteNumber("entries", streams.Sum(one => one.Lines));
        });
    }

    /// <summary>Bytes by series or by label.</summary>
    public async Task VolumeAsync(HttpContext context, LokiRequest request, bool overTime)
    {
        (long from, long to) = request.Range();
        int limit = request.Limit();
        string by = request["aggregateBy"];
        if (by is not ("" or "series" or "labels"))
        {
            throw new LogQueryException($"invalid aggregateBy: {by}; expected series or labels");
        }

        IReadOnlyList<LabelMatcher> matchers = LogQueryParser.Selector(request.Query.Length > 0 ? request.Query : "{}");
        string[] targets = [.. request["targetLabels"].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)];
        string[] names = targets.Length > 0 ? targets : [.. matchers.Select(matcher => matcher.Name).Distinct().Order(StringComparer.Ordinal)];
        long step = overTime ? request.Step(from, to) : to - from + 1;
        var volumes = new Dictionary<Labels, double?[]>();
        int count = (int)((to - from) / step) + 1;
        for (int index = 0; index < count; index++)
        {
            foreach (StreamStats stream in store.Streams(matchers, from + (index * step), Math.Min(to + 1, from + ((index + 1) * step))))
            {
                foreach (Labels key in by == "labels"
                    ? stream.Stream.Pairs.Where(pair => targets.Length == 0 || targets.Contains(pair.Key)).Select(pair => Labels.FromSortedPairs([pair.Key, ""]))
                    : [stream.Stream.Keep(names)])
                {
                    double?[] values = volumes.TryGetValue(key, out double?[]? known) ? known : volumes[key] = new double?[count];
                    values[index] = (values[index] ?? 0) + stream.Bytes;
                }
            }
        }

        NumberSeries[] largest = [.. volumes.Select(one => new NumberSeries(one.Key, one.Value)).OrderByDescending(one => one.Values.Max()).ThenBy(one => one.Labels).Take(limit)];
        await LokiJson.DataAsync(context, overTime ? "matrix" : "vector", categorized: false, json =>
        {
            if (overTime)
            {
                LokiJson.Matrix(json, largest, from, step);
            }
            else
            {
                LokiJson.Vector(json, largest, to);
            }
        });
    }

    public Task DetectedLabelsAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Range();
        IReadOnlyList<StreamStats> streams = store.Streams(request.Query.Length > 0 ? LogQueryParser.Selector(request.Query) : [], from, to + 1);
        return LokiJson.ObjectAsync(context, json =>
        {
            json.WriteStartArray("detectedLabels");
            foreach (IGrouping<string, KeyValuePair<string, string>> label in streams.SelectMany(one => one.Stream.Pairs).Distinct().GroupBy(pair => pair.Key).OrderBy(label => label.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("label", label.Key);
                json.WriteNumber("cardinality", label.Count());
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>The fields that lines have, or the values of one.</summary>
    public Task DetectedFieldsAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Range();
        int sample = request.Limit("line_limit");
        int limit = request["limit"].Length > 0 ? request.Limit("limit", 1000) : request.Limit("field_limit", 1000);
        LogQuery.Lines query = LogQueryParser.Lines(request.Query);
        IReadOnlyList<DetectedField> fields = DetectedFields.Of(_engine.Lines(query, new LineRequest(from, to, Math.Min(sample, 5000), NewestFirst: true), context.RequestAborted));
        string? one = context.GetRouteValue("name") as string;
        return LokiJson.ObjectAsync(context, json =>
        {
            if (one is null)
            {
                json.WriteStartArray("fields");
                foreach (DetectedField field in fields.Take(limit))
                {
                    field.Write(json);
                }
            }
            else
            {
                json.WriteStartArray("values");
                foreach (string value in (fields.FirstOrDefault(field => field.Name == one)?.Values ?? new HashSet<string>()).Order(StringComparer.Ordinal).Take(limit))
                {
                    json.WriteStringValue(value);
                }
            }

            json.WriteEndArray();
            json.WriteNumber("limit", limit);
        });
    }

    /// <summary>The templates of lines with counts over time.</summary>
    public Task PatternsAsync(HttpContext context, LokiRequest request)
    {
        (long from, long to) = request.Range();
        long step = Math.Max(10, request.Step(from, to) / GoDurations.Second);
        IReadOnlyList<PatternSeries> patterns = store.Patterns.Find(LogQueryParser.Selector(request.Query), from / GoDurations.Second, to / GoDurations.Second, step);
        return LokiJson.SuccessAsync(context, json =>
        {
            json.WriteStartArray("data");
            foreach (PatternSeries pattern in patterns)
            {
                json.WriteStartObject();
                json.WriteString("pattern", pattern.Pattern);
                json.WriteString("level", pattern.Level);
                json.WriteStartArray("samples");
                foreach ((long at, long lines) in pattern.Samples)
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(at);
                    json.WriteNumberValue(lines);
                    json.WriteEndArray();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>The lines of a stream before and after a moment, oldest first; those of the moment itself are between them.</summary>
    public Task ContextAsync(HttpContext context, LokiRequest request)
    {
        LogQuery.Lines query = LogQueryParser.Lines(request.Query);
        long at = request["time"].Length > 0 ? request.Moment("time", 0) : throw new LogQueryException("parameter 'time' is required: the line's time in nanoseconds");
        int before = Math.Min(MostContext, request.Limit("before", UsualContext));
        int after = Math.Min(MostContext, request.Limit("after", UsualContext));
        IReadOnlyList<FoundLine> earlier = _engine.Lines(query, new LineRequest(at - ContextWindow, at, before, NewestFirst: true), context.RequestAborted);
        IReadOnlyList<FoundLine> same = _engine.Lines(query, new LineRequest(at, at + 1, MostContext, NewestFirst: false), context.RequestAborted);
        IReadOnlyList<FoundLine> later = _engine.Lines(query, new LineRequest(at + 1, at + ContextWindow, after, NewestFirst: false), context.RequestAborted);
        return LokiJson.SuccessAsync(context, json =>
        {
            json.WriteStartObject("data");
            Side(json, "before", earlier.Reverse());
            Side(json, "at", same);
            Side(json, "after", later);
            json.WriteEndObject();
        });
    }

    private static void Side(Utf8JsonWriter json, string name, IEnumerable<FoundLine> lines)
    {
        json.WriteStartArray(name);
        foreach (FoundLine line in lines)
        {
            json.WriteStartObject();
            json.WriteString("time", line.Time.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("line", line.Line);
            json.WritePropertyName("labels");
            Prometheus.ApiJson.Labels(json, line.Labels);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
