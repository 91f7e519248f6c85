using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Alerting;
using Fairway.Telemetry.Alerting.Config;
using Fairway.Telemetry.GoYaml;
using Fairway.Telemetry.Scrape;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Forwarding;

/// <summary>Where telemetry is sent on to.</summary>
internal sealed record ForwardConfig(Labels ExternalLabels, IReadOnlyList<ForwardTarget> Targets);

/// <summary>How a receiver wants it.</summary>
internal enum ForwardProtocol
{
    RemoteWriteOne,
    RemoteWriteTwo,
    Otlp,
}

/// <summary>One receiver.</summary>
/// <param name="Name">Unique; names its position on disk.</param>
/// <param name="Protocol">How it wants it.</param>
/// <param name="Url">Its address; of OTLP the base, before <c>/v1/metrics</c>.</param>
/// <param name="Signals">metrics, logs, traces.</param>
/// <param name="MostSamples">Most samples of one request.</param>
/// <param name="LeastPause">First pause after a failure.</param>
/// <param name="MostPause">Longest pause.</param>
/// <param name="Timeout">How long a request may take.</param>
/// <param name="Headers">Sent with every request.</param>
/// <param name="Histograms">Whether native histograms are sent.</param>
/// <param name="Exemplars">Whether exemplars are sent.</param>
/// <param name="Rules">What becomes of the labels of metrics; a rule may leave series out.</param>
/// <param name="Http">How HTTP is spoken: authorization, TLS, proxy.</param>
internal sealed record ForwardTarget(
    string Name,
    ForwardProtocol Protocol,
    string Url,
    IReadOnlySet<string> Signals,
    int MostSamples,
    TimeSpan LeastPause,
    TimeSpan MostPause,
    TimeSpan Timeout,
    IReadOnlyDictionary<string, string> Headers,
    bool Histograms,
    bool Exemplars,
    IReadOnlyList<RelabelRule> Rules,
    JsonObject Http);

/// <summary>A forwarding configuration that cannot be used.</summary>
public sealed class ForwardConfigException(string message) : Exception(message);

/// <summary>
/// Reads what to send on: <c>external_labels</c> and <c>remote_write</c> as in a configuration of Prometheus, and <c>otlp</c> with
/// endpoints of OTLP over HTTP.
/// </summary>
internal static class ForwardConfigReader
{
    private static readonly IReadOnlyList<YamlField> HttpFields = ((YamlShape.StructShape)Http).Fields;

    private static readonly YamlShape Queue = YamlShape.Struct("config.QueueConfig",
    [
        new("capacity", YamlShape.Int), new("max_shards", YamlShape.Int), new("min_shards", YamlShape.Int), new("max_samples_per_send", YamlShape.Int, 2000), new("batch_send_deadline", Duration),
        new("min_backoff", Duration, "30ms"), new("max_backoff", Duration, "5s"), Flag("retry_on_http_429"), new("sample_age_limit", Duration),
    ]);

    private static readonly YamlShape Relabel = YamlShape.Struct("relabel.plain",
        [new("source_labels", YamlShape.Texts), Text("separator"), Text("regex"), new("modulus", YamlShape.Int), Text("target_label"), Text("replacement"), Text("action")],
        node => Rule(node));

    private static readonly YamlShape RemoteWrite = YamlShape.Struct("config.plain",
    [
        new("url", Url), new("remote_timeout", Duration, "30s"), new("headers", YamlShape.TextMap), Text("name"), Flag("send_exemplars"), Flag("send_native_histograms"), new("queue_config", Queue),
        new("metadata_config", YamlShape.Any), new("write_relabel_configs", YamlShape.List(Relabel)), new("protobuf_message", YamlShape.Checked(Message)), .. HttpFields,
    ], node => Check(node, "url", "remote_write"));

    private static readonly YamlShape Otlp = YamlShape.Struct("config.otlp",
    [
        new("endpoint", Url), new("timeout", Duration, "30s"), new("headers", YamlShape.TextMap), Text("name"), new("signals", YamlShape.List(YamlShape.Checked(Signal))), new("queue_config", Queue), .. HttpFields,
    ], node => Check(node, "endpoint", "otlp"));

    private static readonly YamlShape Root = YamlShape.Struct("config.plain",
        [new("external_labels", YamlShape.TextMap), new("remote_write", YamlShape.List(RemoteWrite)), new("otlp", YamlShape.List(Otlp))]);

    /// <exception cref="ForwardConfigException">It is no such file.</exception>
    public static ForwardConfig Read(string text, string file)
    {
        try
        {
            JsonObject root = Root.Read(YamlTree.Read(text, out _)) as JsonObject ?? [];
            List<ForwardTarget> targets =
            [
                .. Objects(root["remote_write"]).Select((node, i) => Target(node, "url", $"remote-write-{i}", Of(node, "protobuf_message") == "io.prometheus.write.v2.Request" ? ForwardProtocol.RemoteWriteTwo : ForwardProtocol.RemoteWriteOne, ["metrics"])),
                .. Objects(root["otlp"]).Select((node, i) => Target(node, "endpoint", $"otlp-{i}", ForwardProtocol.Otlp, AlertConfigReader.Texts(node["signals"]) is { Count: > 0 } some ? some : ["metrics", "logs", "traces"])),
            ];
            string? twice = targets.GroupBy(target => target.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1)?.Key;
            Require(twice is null, $"found multiple receivers with the name {GoText.Quote(twice ?? string.Empty)}");
            var external = (root["external_labels"] as JsonObject ?? []).Select(pair => KeyValuePair.Create(pair.Key, AlertConfigReader.Text(pair.Value)));
            return new ForwardConfig(Labels.From(external), targets);
        }
        catch (YamlTextException broken)
        {
            throw new ForwardConfigException($"{file}: {broken.Message}");
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static void Check(JsonObject node, string address, string what)
    {
        Require(Has(node, address), $"{address} for {what} is empty");
        CheckHttp(node);
    }

    private static string? Message(string text) => text is "prometheus.WriteRequest" or "io.prometheus.write.v2.Request" ? null
        : $"unknown type for remote write protobuf message {text}, supported: prometheus.WriteRequest, io.prometheus.write.v2.Request";

    private static string? Signal(string text) => text is "metrics" or "logs" or "traces" ? null : $"unknown signal {GoText.Quote(text)}, expected metrics, logs or traces";

    private static ForwardTarget Target(JsonObject node, string address, string name, ForwardProtocol protocol, IEnumerable<string> signals)
    {
        JsonObject queue = node["queue_config"] as JsonObject ?? [];
        return new ForwardTarget(
            Has(node, "name") ? Of(node, "name") : name, protocol, Of(node, address), signals.ToHashSet(StringComparer.Ordinal),
            int.TryParse(Of(queue, "max_samples_per_send"), out int most) && most > 0 ? most : 2000,
            GoDurations.Of(queue["min_backoff"], TimeSpan.FromMilliseconds(30)), GoDurations.Of(queue["max_backoff"], TimeSpan.FromSeconds(5)),
            GoDurations.Of(node[protocol == ForwardProtocol.Otlp ? "timeout" : "remote_timeout"], TimeSpan.FromSeconds(30)),
            (node["headers"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => AlertConfigReader.Text(pair.Value), StringComparer.OrdinalIgnoreCase),
            Has(node, "send_native_histograms") ? Of(node, "send_native_histograms") == "true" : protocol == ForwardProtocol.RemoteWriteTwo, Of(node, "send_exemplars") == "true",
            [.. Objects(node["write_relabel_configs"]).Select(Rule)], node);
    }

    private static RelabelRule Rule(JsonObject node)
    {
        string? Given(string field) => node[field] is { } value ? AlertConfigReader.Text(value) : null;
        try
        {
            return new RelabelRule(
                node["source_labels"] is JsonArray sources ? AlertConfigReader.Texts(sources) : null, Given("separator"), Given("regex"),
                ulong.TryParse(Of(node, "modulus"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong modulus) ? modulus : 0,
                Given("target_label"), Given("replacement"), Given("action"));
        }
        catch (FormatException invalid)
        {
            throw new YamlTextException(invalid.Message);
        }
    }
}
