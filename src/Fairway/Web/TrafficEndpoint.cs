using System.Text.Json.Nodes;
using Fairway.ApiServer;
using Fairway.Gateway.Traffic;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Traffic;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Web;

/// <summary>What the gateway counted, as series for charts. Whoever may read a namespace's Services may read their traffic.</summary>
internal sealed class TrafficEndpoint(EmbeddedApi api, TrafficMeter meter)
{
    public void MapTo(IEndpointRouteBuilder routes) => routes.MapGet("/fairway/v1/traffic", api.Guarded(ReportAsync));

    private async Task ReportAsync(HttpContext context, Identity user)
    {
        string cluster = Answers.Required(context, "cluster");
        string @namespace = Answers.Required(context, "namespace");
        string? service = Answers.Text(context, "service");
        long window = Answers.Number(context, "window", 120, 1, 600);
        long step = Answers.Number(context, "step", 2, 1, 60);
        if (!api.Clusters.Contains(cluster))
        {
            throw StatusException.BadRequest($"query parameter cluster: there is no cluster \"{cluster}\"; there are {string.Join(", ", api.Clusters)}");
        }

        await api.AuthorizeAsync(cluster, user, "list", KindOf<Service>.Type, @namespace, null);
        JsonNode[] backends =
        [
            .. meter.Report(cluster, @namespace, name => service is null || name == service, TimeSpan.FromSeconds(window), TimeSpan.FromSeconds(step)).Select(Node),
        ];
        await Answers.JsonAsync(context, new JsonObject { ["window"] = window, ["step"] = step, ["backends"] = new JsonArray(backends) });
    }

    private static JsonNode Node((TrafficKey Key, TrafficSummary Total, IReadOnlyList<TrafficPoint> Points) backend)
    {
        JsonObject node = Numbers(backend.Total);
        node["service"] = backend.Key.Service;
        node["release"] = backend.Key.Release;
        node["successRate"] = backend.Total.SuccessRate;
        node["points"] = new JsonArray([.. backend.Points.Select(point =>
        {
            JsonObject at = Numbers(point.Summary);
            at["at"] = point.At;
            return (JsonNode)at;
        })]);
        return node;
    }

    private static JsonObject Numbers(TrafficSummary summary) => new()
    {
        ["requests"] = summary.Requests,
        ["failures"] = summary.Failures,
        ["p50"] = summary.Percentile(0.5),
        ["p95"] = summary.Percentile(0.95),
    };
}
