using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands.Observe;

/// <summary>A search of logs over the platform's HTTP API.</summary>
internal sealed class LogSearch(PlatformConnection platform, string query, string since, int limit, bool json)
{
    /// <summary>A line of an answer.</summary>
    public sealed record Line(string Nanoseconds, string Text, JsonNode Labels);

    public PlatformConnection Platform => platform;

    public string Query => query;

    public string Since => since;

    public int Limit => limit;

    public bool Json => json;

    /// <summary>Words become a search for lines that have them; everything else is LogQL already.</summary>
    public static string ToLogQL(string text)
    {
        string trimmed = text.Trim();
        return trimmed.Contains('{', StringComparison.Ordinal) ? trimmed
            : $"{{service_name=~\".+\"}} |= \"{trimmed.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>Nanoseconds as a time of day with its date, in UTC.</summary>
    public static string Time(string nanoseconds)
        => DateTimeOffset.UnixEpoch.AddTicks(long.Parse(nanoseconds, CultureInfo.InvariantCulture) / 100).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The lines of streams, oldest first.</summary>
    public static IReadOnlyList<Line> Lines(JsonNode streams)
        => [.. streams.AsArray()
            .SelectMany(stream => stream!["values"]!.AsArray().Select(value => new Line($"{value![0]}", $"{value[1]}", stream["stream"]!)))
            .OrderBy(line => long.Parse(line.Nanoseconds, CultureInfo.InvariantCulture))];

    /// <summary>The data of <c>query_range</c>.</summary>
    public async Task<JsonNode> RangeAsync(CancellationToken cancellation)
        => (await platform.GetAsync(string.Create(CultureInfo.InvariantCulture, $"loki/api/v1/query_range?query={Uri.EscapeDataString(query)}&since={Uri.EscapeDataString(since)}&limit={limit}"), cancellation))["data"]!;

    /// <summary>The lines around one, of its own stream.</summary>
    public async Task<JsonNode> ContextAsync(Line line, int around, CancellationToken cancellation)
    {
        // Labels that say where a stream comes from; what stages found or is known of single lines is not part of it.
        string selector = string.Join(", ", line.Labels.AsObject()
            .Where(label => label.Key is "cluster" or "namespace" or "pod" or "container" or "job" or "run" or "step" or "service_name" or "source")
            .Select(label => $"{label.Key}={System.Text.Json.JsonSerializer.Serialize($"{label.Value}")}"));
        return (await platform.GetAsync(string.Create(CultureInfo.InvariantCulture, $"loki/api/v1/context?query={Uri.EscapeDataString($"{{{selector}}}")}&time={line.Nanoseconds}&before={around}&after={around}"), cancellation))["data"]!;
    }

    /// <summary>The patterns of the streams that the query selects.</summary>
    public async Task<JsonNode> PatternsAsync(CancellationToken cancellation)
    {
        string selector = query[query.IndexOf('{', StringComparison.Ordinal)..(query.IndexOf('}', StringComparison.Ordinal) + 1)];
        return (await platform.GetAsync($"loki/api/v1/patterns?query={Uri.EscapeDataString(selector)}&since={Uri.EscapeDataString(since)}", cancellation))["data"] ?? new JsonArray();
    }
}
