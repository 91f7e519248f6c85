using System.Text.Json.Nodes;
using Fairway.ApiServer;
using Fairway.Cli;
using Fairway.ControllerRuntime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Web;

/// <summary>How the platform is: what <c>fairway status</c> and the portal show.</summary>
internal sealed class StatusEndpoint(EmbeddedApi api, DirectoryInfo data, Func<PlatformState?> state, Func<IReadOnlyList<ControllerHealth>> controllers, Func<IReadOnlyList<string>> notices)
{
    public void MapTo(IEndpointRouteBuilder routes) => routes.MapGet("/fairway/v1/status", api.Guarded((context, _) => Answers.JsonAsync(context, Describe())));

    private JsonObject Describe()
    {
        PlatformState? running = state();
        IReadOnlyList<ControllerHealth> health = controllers();
        return new JsonObject
        {
            ["ready"] = running is not null,
            ["version"] = Commands.FairwayVersion.Text,
            ["pid"] = Environment.ProcessId,
            ["dataDir"] = data.FullName,
            ["hub"] = running?.Hub,
            ["readyMilliseconds"] = running?.ReadyMilliseconds,
            ["endpoints"] = running is null ? new JsonObject() : Endpoints(running),
            ["unhealthy"] = new JsonArray([.. health.Where(IsUnwell).Select(part => (JsonNode)new JsonObject { ["name"] = part.Name, ["message"] = part.LastError })]),
            ["controllers"] = new JsonArray([.. health.Select(part => (JsonNode)new JsonObject
            {
                ["name"] = part.Name,
                ["state"] = part.State.ToString(),
                ["queue"] = part.QueueLength,
                ["reconciles"] = part.Reconciles,
                ["failures"] = part.Failures,
                ["restarts"] = part.Restarts,
                ["lastError"] = part.LastError,
            })]),
            ["notices"] = new JsonArray([.. notices().Select(notice => (JsonNode)notice)]),
        };
    }

    private JsonObject Endpoints(PlatformState running)
    {
        PlatformEndpoints endpoints = running.Endpoints;
        var all = new JsonObject { ["portal"] = endpoints.Portal, ["gateway"] = endpoints.Gateway, ["git"] = endpoints.Git };
        (string Name, string? Url)[] telemetry =
        [
            ("prometheus", endpoints.Prometheus), ("otlpHttp", endpoints.OtlpHttp), ("otlpGrpc", endpoints.OtlpGrpc),
            ("loki", endpoints.Loki), ("jaeger", endpoints.Jaeger), ("alertmanager", endpoints.Alertmanager),
        ];
        foreach ((string name, string? url) in telemetry.Where(one => one.Url is not null))
        {
            all[name] = url;
        }

        // Joined clusters are served below the same address as the hub.
        string hub = endpoints.Clusters.GetValueOrDefault(running.Hub, "");
        all["clusters"] = new JsonObject(endpoints.Clusters
            .Concat(api.Foreign.All.Keys.Select(name => KeyValuePair.Create(name, $"{hub[..hub.LastIndexOf('/')]}/{name}")))
            .Select(cluster => KeyValuePair.Create(cluster.Key, (JsonNode?)cluster.Value)));
        return all;
    }

    /// <summary>Failing now: its last reconcile was no success.</summary>
    private static bool IsUnwell(ControllerHealth part)
        => part.LastError is not null && (part.LastSuccess is null || part.LastFailure > part.LastSuccess);
}
