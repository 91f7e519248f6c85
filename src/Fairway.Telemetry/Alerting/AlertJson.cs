using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;

namespace Fairway.Telemetry.Alerting;

/// <summary>Forms of JSON that Alertmanager's API and webhooks share.</summary>
internal static class AlertJson
{
    /// <summary>Texts stay readable: only what JSON itself needs is escaped.</summary>
    public static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A time with milliseconds, in UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time as Go writes it: no more digits than needed.</summary>
    public static string GoTime(DateTimeOffset time) => Prometheus.ApiJson.GoTime(time);

    /// <exception cref="FormatException">Missing, or no time.</exception>
    public static DateTimeOffset Time(JsonObject node, string field)
        => DateTimeOffset.TryParse(AlertConfigReader.Text(node[field]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new FormatException($"{field} in body must be of type date-time: {GoText.Quote(AlertConfigReader.Text(node[field]))}");

    public static JsonObject Of(Labels labels)
    {
        var node = new JsonObject();
        foreach ((string name, string value) in labels.Pairs)
        {
            node[name] = value;
        }

        return node;
    }

    public static Labels Labels(JsonNode? node)
        => Fairway.PromQL.Labels.From((node as JsonObject ?? []).Select(one => KeyValuePair.Create(one.Key, AlertConfigReader.Text(one.Value))));
}
