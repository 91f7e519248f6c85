using System.Globalization;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Blocks;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus;

/// <summary><c>status/…</c>: what is running, how it is set and what the store holds.</summary>
internal sealed class StatusEndpoints(MetricStore store, string version, TimeProvider time)
{
    /// <summary>The Prometheus whose query language and API this is; clients tell features by it.</summary>
    public const string PrometheusVersion = "3.5.0";

    private const int MostRows = 10_000;
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public Task BuildAsync(HttpContext context) => ApiJson.AnswerAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("version", PrometheusVersion);
        json.WriteString("revision", $"fairway-{version}");
        json.WriteString("branch", "");
        json.WriteString("buildUser", "");
        json.WriteString("buildDate", "");
        json.WriteString("goVersion", "");
        json.WriteEndObject();
    });

    public Task RuntimeAsync(HttpContext context) => ApiJson.AnswerAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("startTime", ApiJson.GoTime(_started));
        json.WriteString("CWD", Environment.CurrentDirectory);
        json.WriteString("hostname", Environment.MachineName);
        json.WriteString("serverTime", ApiJson.GoTime(time.GetUtcNow()));
        json.WriteBoolean("reloadConfigSuccess", true);
        json.WriteString("lastConfigTime", ApiJson.GoTime(_started));
        json.WriteNumber("corruptionCount", 0);
        json.WriteNumber("goroutineCount", ThreadPool.ThreadCount);
        json.WriteNumber("GOMAXPROCS", Environment.ProcessorCount);
        json.WriteNumber("GOMEMLIMIT", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        json.WriteString("GOGC", "");
        json.WriteString("GODEBUG", "");
        json.WriteString("storageRetention", Retention());
        json.WriteEndObject();
    });

    public Task FlagsAsync(HttpContext context) => ApiJson.AnswerAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("query.lookback-delta", "5m");
        json.WriteString("query.max-concurrency", "20");
        json.WriteString("query.max-samples", "50000000");
        json.WriteString("query.timeout", "2m");
        json.WriteString("storage.tsdb.path", store.Options.Directory);
        json.WriteString("storage.tsdb.retention.size", Bytes(store.Options.RetentionBytes));
        json.WriteString("storage.tsdb.retention.time", Duration(store.Options.Retention));
        json.WriteString("web.enable-otlp-receiver", "true");
        json.WriteString("web.enable-remote-write-receiver", "true");
        json.WriteEndObject();
    });

    public Task ConfigurationAsync(HttpContext context) => ApiJson.AnswerAsync(context, json =>
    {
        string yaml = string.Create(CultureInfo.InvariantCulture, $"""
            global:
              scrape_interval: 15s
              scrape_timeout: 10s
              evaluation_interval: 15s
            storage:
              tsdb:
                out_of_order_time_window: {Duration(store.Options.OutOfOrderWindow)}

            """);
        json.WriteStartObject();
        json.WriteString("yaml", yaml);
        json.WriteEndObject();
    });

    public async Task StoreAsync(HttpContext context)
    {
        ApiRequest request = await ApiRequest.ReadAsync(context);
        int limit = 10;
        if (request["limit"] is { Length: > 0 } text)
        {
            limit = ApiRequest.Integer(text) is { } number and > 0 ? number : throw ApiException.BadData("limit must be a positive number");
            limit = Math.Min(limit, MostRows);
        }

        (long min, long max) = store.Head.Extent();
        string[] names = [.. store.Head.Postings.Names];
        await ApiJson.AnswerAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("headStats");
            json.WriteNumber("numSeries", store.Head.Count);
            json.WriteNumber("numLabelPairs", names.Sum(store.Head.Postings.ValueCount));
            json.WriteNumber("chunkCount", store.Head.Count);
            json.WriteNumber("minTime", min);
            json.WriteNumber("maxTime", max);
            json.WriteEndObject();
            Rows(json, "seriesCountByMetricName", store.Head.Postings.Values(Labels.MetricName).Select(one => (one.Value, (long)one.Series)), limit);
            Rows(json, "labelValueCountByLabelName", names.Select(name => (name, (long)store.Head.Postings.ValueCount(name))), limit);
            Rows(json, "memoryInBytesByLabelName", names.Select(name => (name, store.Head.Postings.Values(name).Sum(one => (long)one.Value.Length))), limit);
            Rows(json, "seriesCountByLabelValuePair", names.SelectMany(name => store.Head.Postings.Values(name).Select(one => ($"{name}={one.Value}", (long)one.Series))), limit);
            Rows(json, "seriesCountByService", store.Limits.Series.Select(one => (one.Key, (long)one.Value)), limit);
            Rows(json, "refusedSeriesByService", store.Limits.Refused.Select(one => (one.Key, one.Value)), limit);
            json.WriteEndObject();
        });
    }

    public Task BlocksAsync(HttpContext context) => ApiJson.AnswerAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("blocks");
        foreach (Block block in store.Blocks)
        {
            json.WriteStartObject();
            json.WriteString("ulid", Path.GetFileName(block.DirectoryPath));
            json.WriteNumber("minTime", block.Meta.MinTime);
            json.WriteNumber("maxTime", block.Meta.MaxTime);
            json.WriteStartObject("stats");
            json.WriteNumber("numSamples", block.Meta.Samples);
            json.WriteNumber("numSeries", block.Meta.Series);
            json.WriteNumber("numChunks", block.Meta.Chunks);
            json.WriteEndObject();
            json.WriteStartObject("compaction");
            json.WriteNumber("level", block.Meta.Level);
            json.WriteEndObject();
            json.WriteNumber("version", block.Meta.Version);
            json.WriteNumber("resolution", block.Meta.Resolution);
            json.WriteNumber("sizeBytes", block.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public Task ReplayAsync(HttpContext context) => ApiJson.AnswerAsync(context, static json =>
    {
        json.WriteStartObject();
        json.WriteNumber("min", 0);
        json.WriteNumber("max", 0);
        json.WriteNumber("current", 0);
        json.WriteEndObject();
    });

    private static void Rows(Utf8JsonWriter json, string name, IEnumerable<(string Name, long Value)> rows, int limit)
    {
        json.WriteStartArray(name);
        foreach ((string what, long value) in rows.OrderByDescending(row => row.Value).ThenBy(row => row.Name, StringComparer.Ordinal).Take(limit))
        {
            json.WriteStartObject();
            json.WriteString("name", what);
            json.WriteNumber("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private string Retention()
        => store.Options.RetentionBytes > 0 ? $"{Duration(store.Options.Retention)} or {Bytes(store.Options.RetentionBytes)}" : Duration(store.Options.Retention);

    private static string Duration(TimeSpan span)
        => span.TotalDays >= 1 && span.TotalDays == Math.Truncate(span.TotalDays) ? $"{span.TotalDays}d" : $"{span.TotalMinutes}m";

    private static string Bytes(long count) => count == 0 ? "0B" : $"{count >> 20}MiB";
}
