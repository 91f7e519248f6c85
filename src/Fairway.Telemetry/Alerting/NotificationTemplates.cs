using System.Collections;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Functions;
using Fairway.Telemetry.Rules;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Alerting;

/// <summary>Texts of notifications: the default templates, those of files, and what the configuration says itself.</summary>
internal sealed class NotificationTemplates
{
    private static readonly Dictionary<string, TemplateFunction> Functions = new(StringComparer.Ordinal)
    {
        ["toUpper"] = arguments => TemplateBuiltins.Text(arguments, 0).ToUpperInvariant(),
        ["toLower"] = arguments => TemplateBuiltins.Text(arguments, 0).ToLowerInvariant(),
        ["title"] = arguments => TextFunctions.Title(TemplateBuiltins.Text(arguments, 0).ToLowerInvariant()),
        ["trimSpace"] = arguments => TemplateBuiltins.Text(arguments, 0).Trim(),
        ["join"] = arguments => string.Join(TemplateBuiltins.Text(arguments, 0), ((IEnumerable)arguments[1]!).Cast<object?>().Select(GoFormat.Print)),
        ["match"] = arguments => Re2Pattern.Compile(TemplateBuiltins.Text(arguments, 0)).IsMatch(TemplateBuiltins.Text(arguments, 1)),
        ["safeHtml"] = arguments => new SafeText(TemplateBuiltins.Text(arguments, 0)),
        ["safeUrl"] = arguments => new SafeText(TemplateBuiltins.Text(arguments, 0)),
        ["urlUnescape"] = arguments => Uri.UnescapeDataString(TemplateBuiltins.Text(arguments, 0).Replace('+', ' ')),
        ["reReplaceAll"] = arguments => Re2Pattern.Compile(TemplateBuiltins.Text(arguments, 0))
            .Replace(TemplateBuiltins.Text(arguments, 2), match => GoTemplate.Expand(TemplateBuiltins.Text(arguments, 1), match)),
        ["stringSlice"] = arguments => arguments.ToList(),
        ["date"] = arguments => TemplateTimes.Format((DateTimeOffset)arguments[1]!, TemplateBuiltins.Text(arguments, 0)),
        ["tz"] = arguments => TimeZoneInfo.ConvertTime((DateTimeOffset)arguments[1]!, TimeZoneInfo.FindSystemTimeZoneById(TemplateBuiltins.Text(arguments, 0))),
        ["humanizeDuration"] = arguments => Humane.Duration(TemplateBuiltins.Number(arguments, 0)),
        ["toJson"] = arguments => Json(arguments[0])?.ToJsonString(AlertJson.Readable) ?? "null",
        ["base64encode"] = arguments => Convert.ToBase64String(Encoding.UTF8.GetBytes(TemplateBuiltins.Text(arguments, 0))).Replace('+', '-').Replace('/', '_'),
        ["routeLabels"] = static _ => string.Empty,
    };

    private readonly Template template;
    private readonly TimeProvider time;

    /// <exception cref="TemplateException">A file holds no template.</exception>
    public NotificationTemplates(IEnumerable<string> texts, TimeProvider time)
    {
        this.time = time;
        template = new Template(new Dictionary<string, TemplateFunction>(Functions, StringComparer.Ordinal)
        {
            ["now"] = _ => time.GetUtcNow(),
            ["since"] = arguments => time.GetUtcNow() - (DateTimeOffset)arguments[0]!,
        });
        template.Define(DefaultTemplates.Text);
        foreach (string text in texts)
        {
            template.Define(text);
        }
    }

    /// <exception cref="TemplateException">The text is no template, or fails.</exception>
    public string Expand(string text, Notification notification) => template.Expand(text, new NotificationObject(notification));

    /// <summary>Fills a text in for a page: what actions print is escaped.</summary>
    /// <exception cref="TemplateException">The text is no template, or fails.</exception>
    public string ExpandHtml(string text, Notification notification) => template.Expand(text, new NotificationObject(notification), escape: TemplateBuiltins.Html);

    private static JsonNode? Json(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag,
        long number => number,
        double number => number,
        DateTimeOffset moment => AlertJson.GoTime(moment),
        PairMap map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        AlertObject alert => alert.ToJson(),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Json)]),
        _ => GoFormat.Print(value),
    };
}

/// <summary>What receivers are told when the configuration says nothing else: the same texts as Alertmanager's.</summary>
internal static class DefaultTemplates
{
    private const string Common = "{{ .CommonAnnotations.SortedPairs.Values | join \" \" }}";
    private const string Subject = "{{ template \"__subject\" . }}";
    private const string Link = "{{ template \"__alertmanagerURL\" . }}";
    private const string Product = "{{ template \"__alertmanager\" . }}";

    public static string Text { get; } = string.Concat(Lists(), Names(), Bodies());

    private static string Define(string name, string body) => $"{{{{ define \"{name}\" }}}}{body}{{{{ end }}}}\n";

    private static string Lists()
    {
        static string Pairs(string of, string indent) => $"{{{{ range .{of}.SortedPairs }}}}{indent}- {{{{ .Name }}}} = {{{{ .Value }}}}\n{{{{ end }}}}";
        return Define("__alertmanager", "Alertmanager")
            + Define("__alertmanagerURL", "{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}")
            + Define("__subject", "[{{ .Status | toUpper }}{{ if eq .Status \"firing\" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join \" \" }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join \" \" }}{{ end }}){{ end }}")
            + Define("__description", string.Empty)
            + Define("__text_alert_list", $"{{{{ range . }}}}Labels:\n{Pairs("Labels", " ")}Annotations:\n{Pairs("Annotations", " ")}Source: {{{{ .GeneratorURL }}}}\n{{{{ end }}}}")
            + Define("__text_alert_list_markdown", $"{{{{ range . }}}}\nLabels:\n{Pairs("Labels", "  ")}\nAnnotations:\n{Pairs("Annotations", "  ")}\nSource: {{{{ .GeneratorURL }}}}\n{{{{ end }}}}\n");
    }

    private static string Names()
    {
        const string color = "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}";
        (string Name, string Body)[] texts =
        [
            ("slack.default.title", Subject), ("slack.default.username", Product), ("slack.default.fallback", Subject + " | " + Link), ("slack.default.callbackid", ""), ("slack.default.pretext", ""),
            ("slack.default.titlelink", Link), ("slack.default.iconemoji", ""), ("slack.default.iconurl", ""), ("slack.default.text", ""), ("slack.default.footer", ""), ("slack.default.color", color),
            ("pagerduty.default.description", Subject), ("pagerduty.default.client", Product), ("pagerduty.default.clientURL", Link), ("pagerduty.default.instances", "{{ template \"__text_alert_list\" . }}"),
            ("opsgenie.default.message", Subject), ("opsgenie.default.source", Link), ("wechat.default.to_user", ""), ("wechat.default.to_party", ""), ("wechat.default.to_tag", ""), ("wechat.default.agent_id", ""),
            ("victorops.default.entity_display_name", Subject), ("victorops.default.monitoring_tool", Product), ("pushover.default.title", Subject), ("pushover.default.url", Link), ("sns.default.subject", Subject),
            ("discord.default.content", ""), ("discord.default.title", Subject), ("msteams.default.summary", Subject), ("msteams.default.title", Subject), ("msteamsv2.default.title", Subject),
            ("jira.default.summary", Subject), ("rocketchat.default.title", Subject), ("rocketchat.default.alias", Product), ("rocketchat.default.titlelink", Link), ("rocketchat.default.emoji", ""),
            ("rocketchat.default.iconurl", ""), ("rocketchat.default.text", ""), ("mattermost.default.color", color), ("mattermost.default.username", Product), ("mattermost.default.title", Subject),
            ("mattermost.default.titlelink", Link), ("mattermost.default.fallback", Subject + " | " + Link), ("email.default.subject", Subject),
        ];
        return string.Concat(texts.Select(one => Define(one.Name, one.Body)));
    }

    private static string Bodies()
    {
        // Firing and ended alerts, each under its headline; some receivers without the blank lines around them.
        static string Block(string state, string headline, string list, bool tight)
            => $"{{{{ if gt (len .Alerts.{state}) 0 {(tight ? "-" : string.Empty)}}}}}\n{headline}\n{{{{ template \"{list}\" .Alerts.{state} }}}}\n{{{{{(tight ? "-" : string.Empty)} end }}}}";
        static string Both(bool tight, string mark = "", string list = "__text_alert_list")
            => $"\n{Block("Firing", mark + "Alerts Firing:", list, tight)}\n{Block("Resolved", mark + "Alerts Resolved:", list, tight)}\n";
        string tight = Common + Both(tight: true) + "{{- \"\" }}";
        string loose = Common + Both(tight: false);
        string markdown = Both(tight: false, "# ", "__text_alert_list_markdown");
        const string html = "<html><body><h2>{{ template \"__subject\" . }}</h2><ul>{{ range .Alerts }}<li><b>{{ .Status }}</b> {{ range .Labels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}{{ range .Annotations.SortedPairs }}<br>{{ .Name }}: {{ .Value }}{{ end }}{{ if .GeneratorURL }}<br><a href=\"{{ .GeneratorURL }}\">Source</a>{{ end }}</li>{{ end }}</ul><p><a href=\"{{ template \"__alertmanagerURL\" . }}\">View in {{ template \"__alertmanager\" . }}</a></p></body></html>";
        const string priority = "{{- $priority := \"\" }}{{- range .Alerts -}}{{- $severity := index .Labels \"severity\" -}}{{- if eq $severity \"critical\" -}}{{- $priority = \"High\" -}}{{- else if and (eq $severity \"warning\") (ne $priority \"High\") -}}{{- $priority = \"Medium\" -}}{{- else if and (eq $severity \"info\") (eq $priority \"\") -}}{{- $priority = \"Low\" -}}{{- end -}}{{- end -}}{{- $priority -}}";
        return Define("opsgenie.default.description", tight)
            + Define("wechat.default.message", Subject + "\n" + Common + Both(tight: true) + "AlertmanagerUrl:\n" + Link + "\n{{- \"\" }}")
            + Define("victorops.default.state_message", tight)
            + Define("pushover.default.message", loose) + Define("sns.default.message", loose) + Define("webex.default.message", loose)
            + Define("telegram.default.message", Both(tight: false)) + Define("discord.default.message", Both(tight: false))
            + Define("msteams.default.text", markdown) + Define("msteamsv2.default.text", markdown) + Define("jira.default.description", markdown) + Define("mattermost.default.text", markdown)
            + Define("jira.default.priority", priority) + Define("email.default.html", html);
    }
}
