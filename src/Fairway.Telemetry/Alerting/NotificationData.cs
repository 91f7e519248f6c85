using Fairway.PromQL;
using Fairway.PromQL.Functions;
using Fairway.Telemetry.Rules;
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
        "ExternalURL" => notification.ExternalUrl,
        "NotificationReason" => notification.Reason,
        _ => throw NoSuchField(name),
    };
}

internal sealed class AlertObject(ManagedAlert alert, DateTimeOffset now) : TemplateObject
{
    public string Status => alert.IsResolved(now) ? "resolved" : "firing";

    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Status" => Status,
        "Labels" => new PairMap(alert.Labels),
        "Annotations" => new PairMap(alert.Annotations),
        "StartsAt" => alert.StartsAt,
        "EndsAt" => alert.EndsAt,
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

/// <summary>Texts of notifications: the default templates, those of files, and what the configuration says itself.</summary>
internal sealed class NotificationTemplates
{
    private const string Defaults = """
        {{ define "__alertmanager" }}Alertmanager{{ end }}
        {{ define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}{{ end }}
        {{ define "__subject" }}[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}){{ end }}{{ end }}
        {{ define "__description" }}{{ end }}
        {{ define "__text_alert_list" }}{{ range . }}Labels:
        {{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
        {{ end }}Annotations:
        {{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
        {{ end }}Source: {{ .GeneratorURL }}
        {{ end }}{{ end }}
        {{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
        {{ define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end }}
        {{ define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end }}
        {{ define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
        {{ define "slack.default.text" }}{{ end }}
        {{ define "slack.default.footer" }}{{ end }}
        {{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
        {{ define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end }}
        {{ define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end }}
        {{ define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}
        {{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
        {{ define "email.default.text" }}{{ if gt (len .Alerts.Firing) 0 }}Firing:
        {{ template "__text_alert_list" .Alerts.Firing }}{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}Resolved:
        {{ template "__text_alert_list" .Alerts.Resolved }}{{ end }}{{ end }}
        {{ define "email.default.html" }}<html><body><h2>{{ template "__subject" . | html }}</h2><ul>{{ range .Alerts }}<li><b>{{ .Status }}</b> {{ range .Labels.SortedPairs }}{{ .Name | html }}={{ .Value | html }} {{ end }}{{ range .Annotations.SortedPairs }}<br>{{ .Name | html }}: {{ .Value | html }}{{ end }}</li>{{ end }}</ul></body></html>{{ end }}
        """;

    private static readonly Dictionary<string, TemplateFunction> Functions = new(StringComparer.Ordinal)
    {
        ["toUpper"] = arguments => TemplateBuiltins.Text(arguments, 0).ToUpperInvariant(),
        ["toLower"] = arguments => TemplateBuiltins.Text(arguments, 0).ToLowerInvariant(),
        ["title"] = arguments => TextFunctions.Title(TemplateBuiltins.Text(arguments, 0)),
        ["trimSpace"] = arguments => TemplateBuiltins.Text(arguments, 0).Trim(),
        ["join"] = arguments => string.Join(TemplateBuiltins.Text(arguments, 0), ((System.Collections.IEnumerable)arguments[1]!).Cast<object?>().Select(GoFormat.Print)),
        ["match"] = arguments => Re2Pattern.Compile(TemplateBuiltins.Text(arguments, 0)).IsMatch(TemplateBuiltins.Text(arguments, 1)),
        ["safeHtml"] = arguments => TemplateBuiltins.Text(arguments, 0),
        ["safeUrl"] = arguments => TemplateBuiltins.Text(arguments, 0),
        ["urlUnescape"] = arguments => Uri.UnescapeDataString(TemplateBuiltins.Text(arguments, 0)),
        ["reReplaceAll"] = arguments => Re2Pattern.Compile(TemplateBuiltins.Text(arguments, 0))
            .Replace(TemplateBuiltins.Text(arguments, 2), match => GoTemplate.Expand(TemplateBuiltins.Text(arguments, 1), match)),
        ["stringSlice"] = arguments => arguments.ToList(),
        ["date"] = arguments => TemplateTimes.Format((DateTimeOffset)arguments[1]!, TemplateBuiltins.Text(arguments, 0)),
        ["tz"] = arguments => TimeZoneInfo.ConvertTime((DateTimeOffset)arguments[1]!, TimeZoneInfo.FindSystemTimeZoneById(TemplateBuiltins.Text(arguments, 0))),
        ["humanizeDuration"] = arguments => Humane.Duration(TemplateBuiltins.Number(arguments, 0)),
        ["toJson"] = arguments => System.Text.Json.JsonEncodedText.Encode(TemplateBuiltins.Text(arguments, 0)).ToString(),
    };

    private readonly Template template = new(Functions);

    /// <exception cref="TemplateException">A file holds no template.</exception>
    public NotificationTemplates(IEnumerable<string> texts)
    {
        template.Define(Defaults);
        foreach (string text in texts)
        {
            template.Define(text);
        }
    }

    /// <exception cref="TemplateException">The text is no template, or fails.</exception>
    public string Expand(string text, Notification notification) => template.Expand(text, new NotificationObject(notification));
}
