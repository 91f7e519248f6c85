using System.Text.Json.Nodes;
using Fairway.ApiServer;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Platform;
using Fairway.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Web;

/// <summary>
/// <c>GET /fairway/v1/clusters</c>: every cluster and how it is. <c>POST</c> (<c>{"name", "kubeconfig", "context"}</c>) joins one
/// and <c>DELETE clusters/{name}</c> lets it go, for those who may <c>create</c> and <c>delete</c> <c>clusters.fairway.dev</c> in
/// the hub: a kubeconfig may name programs and files of the platform's machine.
/// </summary>
internal sealed class ClusterEndpoints(EmbeddedApi api, string hub, JoinedClusters joined, Func<PlatformState?> state, Func<CancellationToken, Task> changed)
{
    private const int MaxBody = Kubeconfig.MaxLength;

    // No kind: only a name for RBAC.
    private static readonly ResourceType Clusters = new() { Group = "fairway.dev", Version = "v1", Kind = "Cluster", Plural = "clusters", Namespaced = false };

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/fairway/v1/clusters", api.Guarded(ListAsync));
        routes.MapPost("/fairway/v1/clusters", api.Guarded(JoinAsync));
        routes.MapDelete("/fairway/v1/clusters/{name}", api.Guarded(LeaveAsync));
    }

    /// <summary>A joined cluster as JSON.</summary>
    public static JsonObject Show(JoinedCluster cluster) => new()
    {
        ["name"] = cluster.Name,
        ["kind"] = "joined",
        ["server"] = cluster.Server.AbsoluteUri.TrimEnd('/'),
        ["state"] = cluster.Problem is null ? "reachable" : "unreachable",
        ["version"] = cluster.Version,
        ["message"] = cluster.Problem,
        ["notices"] = new JsonArray([.. cluster.Notices.Select(notice => (JsonNode)notice)]),
    };

    private async Task ListAsync(HttpContext context, Identity user)
    {
        JsonArray all = [];
        foreach ((string name, string server) in state()?.Endpoints.Clusters ?? new Dictionary<string, string>())
        {
            all.Add(new JsonObject { ["name"] = name, ["kind"] = "embedded", ["server"] = server, ["state"] = "running", ["version"] = Commands.FairwayVersion.Text });
        }

        foreach (JoinedCluster cluster in await joined.StatesAsync(context.RequestAborted))
        {
            all.Add(Show(cluster));
        }

        await Answers.JsonAsync(context, new JsonObject { ["clusters"] = all });
    }

    private async Task JoinAsync(HttpContext context, Identity user)
    {
        JsonObject body = await BodyAsync(context);
        string name = Text(body, "name") ?? throw StatusException.BadRequest("name: missing; expected what environments call the cluster");
        await api.AuthorizeAsync(hub, user, "create", Clusters, null, name);
        string kubeconfig = Text(body, "kubeconfig") ?? throw StatusException.BadRequest("kubeconfig: missing; expected a kubeconfig as text");
        try
        {
            KubeconfigContext member = Kubeconfig.Parse(kubeconfig, "kubeconfig").Context(Text(body, "context")) with { Name = name };
            JoinedCluster cluster = await joined.JoinAsync(member, context.RequestAborted);
            await changed(context.RequestAborted);
            await Answers.JsonAsync(context, Show(cluster));
        }
        catch (Exception refused) when (refused is KubeconfigException or ProbeException or CommandFailure)
        {
            throw StatusException.BadRequest(refused.Message);
        }
    }

    private async Task LeaveAsync(HttpContext context, Identity user)
    {
        string name = (string)context.Request.RouteValues["name"]!;
        await api.AuthorizeAsync(hub, user, "delete", Clusters, null, name);
        if (!await joined.LeaveAsync(name, context.RequestAborted))
        {
            throw new StatusException(404, "NotFound", $"no cluster named \"{name}\" is joined{(joined.Names.Count == 0 ? "" : $"; there are {string.Join(", ", joined.Names)}")}");
        }

        await changed(context.RequestAborted);
        await Answers.JsonAsync(context, new JsonObject { ["name"] = name });
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        byte[] chunk = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > MaxBody)
            {
                throw new StatusException(413, "RequestEntityTooLarge", $"the body has more than {MaxBody} bytes");
            }
        }

        try
        {
            return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)) as JsonObject ?? throw StatusException.BadRequest("the body must be a JSON object");
        }
        catch (System.Text.Json.JsonException bad)
        {
            throw StatusException.BadRequest($"the body is not valid JSON: {bad.Message}");
        }
    }

    private static string? Text(JsonObject body, string member)
        => body[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
