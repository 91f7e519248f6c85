using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Alerting;

/// <summary>What is told: a group's alerts at one time.</summary>
internal sealed record Notification(
    string Receiver, string GroupKey, Labels GroupLabels, IReadOnlyList<ManagedAlert> Alerts, string ExternalUrl, string Reason, DateTimeOffset Now)
{
    public bool IsFiring => Alerts.Any(alert => !alert.IsResolved(Now));

    public string Status => IsFiring ? "firing" : "resolved";

    public Labels CommonLabels => Common(alert => alert.Labels);

    public Labels CommonAnnotations => Common(alert => alert.Annotations);

    private Labels Common(Func<ManagedAlert, Labels> labels)
        => Labels.From(labels(Alerts[0]).Pairs.Where(pair => Alerts.All(alert => labels(alert)[pair.Key] == pair.Value)));
}

/// <summary>The notification as templates see it.</summary>
internal sealed class NotificationObject(Notification notification) : TemplateObject
{
    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Receiver" => notification.Receiver,
        "Status" => notification.Status,
        "Alerts" => new AlertList([.. notification.Alerts.Select(alert => new AlertObject(alert, notification.Now))]),
        "GroupLabels" => new PairMap(notification.GroupLabels),
        "CommonLabels" => new PairMap(notification.CommonLabels),
        "CommonAnnotations" => new PairMap(notification.CommonAnnotations),
        "RouteLabels" => new PairMap(Labels.Empty),
        "ExternalURL" => notification.ExternalUrl,
        "NotificationReason" => notification.Reason,
        _ => throw NoSuchField(name),
    };
}

internal sealed class AlertObject(ManagedAlert alert, DateTimeOffset now) : TemplateObject
{
    public JsonObject ToJson() => Webhook.Alert(alert, now);

    public string Status => alert.IsResolved(now) ? "resolved" : "firing";

    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Status" => Status,
        "Labels" => new PairMap(alert.Labels),
        "Annotations" => new PairMap(alert.Annotations),
        "StartsAt" => alert.StartsAt,
        "EndsAt" => alert.IsResolved(now) ? alert.EndsAt : DateTimeOffset.MinValue,
        "GeneratorURL" => alert.GeneratorUrl,
        "Fingerprint" => alert.Fingerprint,
        _ => throw NoSuchField(name),
    };
}

internal sealed class AlertList(IReadOnlyList<AlertObject> alerts) : TemplateObject, IEnumerable<AlertObject>
{
    public override bool IsTrue => alerts.Count > 0;

    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Firing" => alerts.Where(alert => alert.Status == "firing").ToList(),
        "Resolved" => alerts.Where(alert => alert.Status == "resolved").ToList(),
        _ => throw NoSuchField(name),
    };

    public IEnumerator<AlertObject> GetEnumerator() => alerts.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Labels with the methods that templates use on them.</summary>
internal sealed class PairMap(Labels labels) : TemplateObject, IReadOnlyDictionary<string, string>
{
    public int Count => labels.Count;

    public IEnumerable<string> Keys => labels.Pairs.Select(pair => pair.Key);

    public IEnumerable<string> Values => labels.Pairs.Select(pair => pair.Value);

    public override bool IsTrue => labels.Count > 0;

    public string this[string key] => labels[key];

    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "SortedPairs" => new PairList(Sorted()),
        "Remove" => new PairMap(labels.Drop([.. ((IEnumerable<object?>)arguments[0]!).Select(one => (string)one!).Order(StringComparer.Ordinal)])),
        "Names" => Sorted().ConvertAll(pair => (object?)pair.Key),
        "Values" => Sorted().ConvertAll(pair => (object?)pair.Value),
        _ => labels[name],
    };

    public bool ContainsKey(string key) => labels.Has(key);

    public bool TryGetValue(string key, out string value)
    {
        value = labels[key];
        return labels.Has(key);
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => labels.Pairs.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    // The alert's name first, the rest by name.
    private List<KeyValuePair<string, string>> Sorted() => [.. labels.Pairs.OrderBy(pair => pair.Key != "alertname").ThenBy(pair => pair.Key, StringComparer.Ordinal)];
}

internal sealed class PairList(List<KeyValuePair<string, string>> pairs) : TemplateObject, IEnumerable<PairObject>
{
    public override bool IsTrue => pairs.Count > 0;

    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Names" => pairs.ConvertAll(pair => (object?)pair.Key),
        "Values" => pairs.ConvertAll(pair => (object?)pair.Value),
        _ => throw NoSuchField(name),
    };

    public IEnumerator<PairObject> GetEnumerator() => pairs.Select(pair => new PairObject(pair)).GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

internal sealed class PairObject(KeyValuePair<string, string> pair) : TemplateObject
{
    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Name" => pair.Key,
        "Value" => pair.Value,
        _ => throw NoSuchField(name),
    };
}
