using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Explaining;
using Fairway.Delivery.Promotions;
using Fairway.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Delivery;

/// <summary>Who asks, with the APIs as that person may use them: what delivery's endpoints do is allowed, audited and owned as theirs.</summary>
/// <param name="Name">The name under which decisions are recorded.</param>
/// <param name="Hub">The hub cluster as that person.</param>
/// <param name="Clusters">Any cluster as that person.</param>
public sealed record DeliveryCaller(string Name, IClusterApi Hub, Func<string, IClusterApi> Clusters);

/// <summary>Puts an endpoint behind the program's door: authenticated, refusals (<see cref="StatusException"/>) answered as Status.</summary>
public delegate RequestDelegate DeliveryGuard(Func<HttpContext, DeliveryCaller, Task> endpoint);

/// <summary>Delivery's HTTP beyond plain resource verbs, below <c>/fairway/v1</c>: decisions of people, and explanations.</summary>
internal sealed class DeliveryEndpoints(DeliveryGuard guard, TimeProvider time)
{
    private const int MaxBody = 64 * 1024;

    public void MapTo(IEndpointRouteBuilder routes)
    {
        var decisions = new Decisions(time);
        Post(routes, "applications/{ns}/{name}/promote", decisions.PromoteAsync);
        Post(routes, "promotions/{ns}/{name}/approve", decisions.ApproveAsync);
        Post(routes, "promotions/{ns}/{name}/abort", decisions.AbortPromotionAsync);
        Post(routes, "rollouts/{ns}/{name}/promote", decisions.PromoteRolloutAsync);
        Post(routes, "rollouts/{ns}/{name}/resume", decisions.ResumeRolloutAsync);
        Post(routes, "rollouts/{ns}/{name}/pause", decisions.PauseRolloutAsync);
        Post(routes, "rollouts/{ns}/{name}/abort", decisions.AbortRolloutAsync);
        routes.MapGet("/fairway/v1/applications/{ns}/{name}/tree/{environment}", guard(TreeAsync));
        routes.MapGet("/fairway/v1/applications/{ns}/{name}/why/{environment}", guard(WhyAsync));
    }

    private void Post(
        IEndpointRouteBuilder routes, string path, Func<DeliveryCaller, ObjectKey, JsonObject, CancellationToken, Task<Document>> decide)
        => routes.MapPost($"/fairway/v1/{path}", guard(async (context, caller) =>
        {
            Document decided = await decide(caller, Key(context), await BodyAsync(context), context.RequestAborted);
            await JsonAsync(context, decided.ToNode());
        }));

    private async Task TreeAsync(HttpContext context, DeliveryCaller caller)
        => await JsonAsync(context, await new ResourceTree(caller, time).OfAsync(Key(context), Environment(context), context.RequestAborted));

    private async Task WhyAsync(HttpContext context, DeliveryCaller caller)
        => await JsonAsync(context, await new Explanation(caller.Hub, time).OfAsync(Key(context), Environment(context), context.RequestAborted));

    private static ObjectKey Key(HttpContext context)
        => new((string)context.Request.RouteValues["ns"]!, (string)context.Request.RouteValues["name"]!);

    private static string Environment(HttpContext context) => (string)context.Request.RouteValues["environment"]!;

    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        byte[] chunk = new byte[4096];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > MaxBody)
            {
                throw new StatusException(413, "RequestEntityTooLarge", $"the body has more than {MaxBody} bytes");
            }
        }

        if (buffer.Length == 0)
        {
            return [];
        }

        try
        {
            return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)) as JsonObject
                ?? throw StatusException.BadRequest("the body must be a JSON object");
        }
        catch (JsonException bad)
        {
            throw StatusException.BadRequest($"the body is not valid JSON: {bad.Message}");
        }
    }

    private static Task JsonAsync(HttpContext context, JsonNode body)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}
