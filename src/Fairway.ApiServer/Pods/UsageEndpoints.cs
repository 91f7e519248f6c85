using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Fields;
using Fairway.Resources.Labels;
using Fairway.Resources.Usage;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>metrics.k8s.io/v1beta1: what pods and nodes use, for <c>kubectl top</c> and autoscalers. Nothing of it is stored.</summary>
internal sealed class UsageEndpoints(ClusterVerbs cluster, PodStreams streams)
{
    public const string Group = "metrics.k8s.io";
    public const string Version = "v1beta1";

    public static bool Serves(RequestInfo info) => info is { Group: Group, Version: Version, Resource: "pods" or "nodes" };

    public Task HandleAsync(HttpContext context, Call call)
    {
        RequestInfo info = call.Info;
        if (info.Verb is not ("get" or "list") || info.Subresource.Length > 0)
        {
            throw Refusals.MethodNotAllowed();
        }

        Negotiated format = Negotiation.Choose(context.Request, allowShapes: true);
        bool isPods = info.Resource == "pods";
        IReadOnlyList<PodUsageSample> samples = streams.Usage?.Invoke(cluster.Name)?.Pods(isPods ? info.Namespace : null) ?? [];
        IEnumerable<JsonObject> all = isPods ? samples.Select(OfPod) : Nodes(samples);
        bool isOne = context.Request.Path.Value!.TrimEnd('/').EndsWith($"/{info.Resource}/{info.Name}", StringComparison.Ordinal) && info.Name.Length > 0;
        if (isOne)
        {
            JsonObject found = all.FirstOrDefault(item => (string?)item["metadata"]!["name"] == info.Name) ?? throw NotFound(isPods, info);
            found["kind"] = isPods ? "PodMetrics" : "NodeMetrics";
            found["apiVersion"] = $"{Group}/{Version}";
            return Responses.WriteAsync(context, 200, Document.From(found), format with { Shape = Shape.Full });
        }

        LabelSelector labels = LabelSelector.Parse(context.Request.Query["labelSelector"]);
        string? name = context.Request.Query["fieldSelector"].ToString() is { Length: > 0 } fields ? FieldSelector.Parse(fields).ExactName : null;
        JsonNode[] items =
        [
            .. all.Where(item => labels.Matches(LabelsOf(item)) && (name is null || (string?)item["metadata"]!["name"] == name))
                .OrderBy(item => (string?)item["metadata"]!["namespace"] ?? "", StringComparer.Ordinal).ThenBy(item => (string?)item["metadata"]!["name"], StringComparer.Ordinal),
        ];
        var list = new JsonObject
        {
            ["kind"] = isPods ? "PodMetricsList" : "NodeMetricsList",
            ["apiVersion"] = $"{Group}/{Version}",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray(items),
        };
        return Responses.WriteAsync(context, 200, Document.From(list), format with { Shape = Shape.Full });
    }

    private static StatusException NotFound(bool isPods, RequestInfo info)
    {
        string resource = isPods ? "podmetrics" : "nodemetrics";
        string name = isPods ? $"{info.Namespace}/{info.Name}" : info.Name;
        return new StatusException(404, "NotFound", $"{resource}.{Group} \"{name}\" not found")
        {
            Details = new StatusDetails { Name = name, Group = Group, Kind = resource },
        };
    }

    private static JsonObject OfPod(PodUsageSample sample) => new()
    {
        ["metadata"] = Metadata(sample.Name, sample.Namespace, sample.Labels, sample.At),
        ["timestamp"] = SystemMetadata.Timestamp(sample.At),
        ["window"] = GoDuration.Format(sample.Window),
        ["containers"] = new JsonArray([.. sample.Containers.Select(container => (JsonNode)new JsonObject
        {
            ["name"] = container.Name,
            ["usage"] = Usage(container.CpuNanocores, container.MemoryBytes),
        })]),
    };

    /// <summary>A node uses what its pods use: it has nothing else.</summary>
    private IEnumerable<JsonObject> Nodes(IReadOnlyList<PodUsageSample> samples)
    {
        foreach (Document node in cluster.Store.List("nodes", null))
        {
            PodUsageSample[] own = [.. samples.Where(sample => sample.Node == node.Header.Name)];
            if (own.Length == 0 && samples.Count == 0)
            {
                continue;
            }

            DateTimeOffset at = own.Length > 0 ? own.Max(sample => sample.At) : samples.Max(sample => sample.At);
            TimeSpan window = own.Length > 0 ? own[0].Window : samples[0].Window;
            yield return new JsonObject
            {
                ["metadata"] = Metadata(node.Header.Name, null, node.Header.Labels, at),
                ["timestamp"] = SystemMetadata.Timestamp(at),
                ["window"] = GoDuration.Format(window),
                ["usage"] = Usage(own.Sum(sample => sample.Containers.Sum(each => each.CpuNanocores)), own.Sum(sample => sample.Containers.Sum(each => each.MemoryBytes))),
            };
        }
    }

    private static JsonObject Metadata(string name, string? @namespace, IReadOnlyDictionary<string, string>? labels, DateTimeOffset at)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (@namespace is not null)
        {
            metadata["namespace"] = @namespace;
        }

        metadata["creationTimestamp"] = SystemMetadata.Timestamp(at);
        if (labels is { Count: > 0 })
        {
            metadata["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
        }

        return metadata;
    }

    private static JsonObject Usage(long nanocores, long bytes) => new()
    {
        ["cpu"] = nanocores == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{nanocores}n"),
        ["memory"] = string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024}Ki"),
    };

    private static Dictionary<string, string> LabelsOf(JsonObject item)
        => (item["metadata"]?["labels"] as JsonObject ?? []).ToDictionary(label => label.Key, label => label.Value?.ToString() ?? "", StringComparer.Ordinal);
}
