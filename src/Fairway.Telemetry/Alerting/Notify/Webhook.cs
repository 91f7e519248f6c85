using System.Text.Json.Nodes;
using Fairway.Telemetry.GoYaml;

namespace Fairway.Telemetry.Alerting;

/// <summary>The body of a webhook, version 4.</summary>
internal static class Webhook
{
    /// <summary>The body for at most some alerts; what they have in common is counted over those that are shown.</summary>
    public static JsonObject Payload(Notification notification, int mostAlerts, string version)
        => Body(notification with { Alerts = [.. notification.Alerts.Take(mostAlerts)] }, Math.Max(0, notification.Alerts.Count - mostAlerts), version);

    private static JsonObject Body(Notification notification, int truncated, string version) => new()
    {
        ["receiver"] = notification.Receiver,
        ["status"] = notification.Status,
        ["alerts"] = new JsonArray([.. notification.Alerts.Select(alert => (JsonNode)Alert(alert, notification.Now))]),
        ["notification_reason"] = notification.Reason,
        ["groupLabels"] = AlertJson.Of(notification.GroupLabels),
        ["commonLabels"] = AlertJson.Of(notification.CommonLabels),
        ["commonAnnotations"] = AlertJson.Of(notification.CommonAnnotations),
        ["routeLabels"] = new JsonObject(),
        ["externalURL"] = notification.ExternalUrl,
        ["version"] = version,
        ["groupKey"] = notification.GroupKey,
        ["truncatedAlerts"] = truncated,
    };

    public static JsonObject Alert(ManagedAlert alert, DateTimeOffset now)
    {
        bool resolved = alert.IsResolved(now);
        return new JsonObject
        {
            ["status"] = resolved ? "resolved" : "firing",
            ["labels"] = AlertJson.Of(alert.Labels),
            ["annotations"] = AlertJson.Of(alert.Annotations),
            ["startsAt"] = AlertJson.GoTime(alert.StartsAt),
            ["endsAt"] = resolved ? AlertJson.GoTime(alert.EndsAt) : "0001-01-01T00:00:00Z",
            ["generatorURL"] = alert.GeneratorUrl,
            ["fingerprint"] = alert.Fingerprint,
        };
    }

    /// <summary>A body that the configuration describes: its texts are templates.</summary>
    public static JsonNode? Custom(JsonNode? payload, Func<string, string> expand) => payload switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(expand(pair.Key), Custom(pair.Value, expand)))),
        JsonArray list => new JsonArray([.. list.Select(item => Custom(item, expand))]),
        JsonValue value when value.TryGetValue(out string? text) => Parsed(expand(text)),
        null => null,
        _ => payload.DeepClone(),
    };

    // What a template yields is taken for the YAML that it reads as: a number, a list, a map, nothing; everything else is a text.
    private static JsonNode? Parsed(string text)
    {
        try
        {
            return YamlTree.Read(text, out _) is { } tree ? YamlShape.Any.Read(tree, new YamlProblems(newer: true)) : null;
        }
        catch (YamlTextException)
        {
            return text;
        }
    }
}
