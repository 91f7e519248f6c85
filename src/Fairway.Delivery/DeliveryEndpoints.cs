using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Promotions;
using Fairway.Delivery.Rollouts;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Delivery;

/// <summary>The door of an endpoint: who asks, and whether they may.</summary>
/// <param name="Guard">Makes a handler from one that is given the caller's name; refusals become Status answers.</param>
/// <param name="Authorize">Throws a <see cref="StatusException"/> unless the caller may do the verb on the object.</param>
public sealed record EndpointDoor(
    Func<Func<HttpContext, string, Task>, RequestDelegate> Guard,
    Func<HttpContext, string, ResourceType, string, string, Task> Authorize);

/// <summary>
/// A person's decisions over HTTP: promote, approve, abort, pause, resume. Each is a write of a resource under the caller's own
/// rights; what follows from it is the controllers'.
/// </summary>
public sealed class DeliveryEndpoints(IClusterApi hub, TimeProvider time, EndpointDoor door)
{
    private const int MaxBody = 64 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/fairway/v1/applications/{namespace}/{name}/promote", door.Guard(PromoteAsync));
        routes.MapPost("/fairway/v1/promotions/{namespace}/{name}/approve", door.Guard(ApproveAsync));
        routes.MapPost("/fairway/v1/promotions/{namespace}/{name}/abort", door.Guard(AbortPromotionAsync));
        routes.MapPost("/fairway/v1/rollouts/{namespace}/{name}/promote", door.Guard((context, _) => RolloutAsync(context, Answered)));
        routes.MapPost("/fairway/v1/rollouts/{namespace}/{name}/abort", door.Guard((context, _) => RolloutAsync(context, (spec, _, _) => spec with { Abort = true })));
        routes.MapPost("/fairway/v1/rollouts/{namespace}/{name}/pause", door.Guard((context, _) => RolloutAsync(context, (spec, _, _) => spec with { Paused = true })));
        routes.MapPost("/fairway/v1/rollouts/{namespace}/{name}/resume", door.Guard((context, _) => RolloutAsync(context, (spec, _, _) => spec with { Paused = null })));
    }

    /// <summary>A pause or an inconclusive analysis is answered up to the present step; with <c>full</c> all steps are.</summary>
    private static RolloutSpec Answered(RolloutSpec spec, RolloutStatus? status, JsonObject body)
        => (bool?)body["full"] == true
            ? spec with { PromoteFull = true, Paused = null }
            : spec with { ResumedStep = Math.Max(spec.ResumedStep ?? -1, status?.Step ?? 0), Paused = null };

    private async Task PromoteAsync(HttpContext context, string actor)
    {
        (string @namespace, string name) = Target(context);
        JsonObject body = await BodyAsync(context);
        await door.Authorize(context, "create", KindOf<Promotion>.Type, @namespace, "");
        Application application = await hub.GetAsync<Application>(@namespace, name, context.RequestAborted);
        ApplicationEnvironment environment = Environment(application, (string?)body["environment"]);
        Release release = await ReleaseAsync(application, environment, (string?)body["release"], context.RequestAborted);
        Promotion promotion = await CreateAsync(application, environment, release, actor, (string?)body["reason"], context.RequestAborted);
        await AnswerAsync(context, Document.From(promotion));
    }

    private async Task ApproveAsync(HttpContext context, string actor)
    {
        JsonObject body = await BodyAsync(context);
        await PromotionAsync(context, spec => spec with
        {
            Approval = new Approval { By = actor, At = time.GetUtcNow(), Comment = (string?)body["comment"] },
        });
    }

    private Task AbortPromotionAsync(HttpContext context, string actor) => PromotionAsync(context, spec => spec with { Abort = true });

    private async Task PromotionAsync(HttpContext context, Func<PromotionSpec, PromotionSpec> decide)
    {
        (string @namespace, string name) = Target(context);
        await door.Authorize(context, "update", KindOf<Promotion>.Type, @namespace, name);
        Promotion promotion = await hub.GetAsync<Promotion>(@namespace, name, context.RequestAborted);
        if (PromotionPhases.HasEnded(promotion.Status?.Phase))
        {
            throw StatusException.Conflict(KindOf<Promotion>.Type, name, $"it has ended: {promotion.Status!.Phase}");
        }

        Promotion written = await hub.WriteAsync(promotion, promotion with { Spec = decide(promotion.Spec) }, context.RequestAborted);
        await AnswerAsync(context, Document.From(written));
    }

    private async Task RolloutAsync(HttpContext context, Func<RolloutSpec, RolloutStatus?, JsonObject, RolloutSpec> decide)
    {
        (string @namespace, string name) = Target(context);
        JsonObject body = await BodyAsync(context);
        await door.Authorize(context, "update", KindOf<Rollout>.Type, @namespace, name);
        Rollout rollout = await hub.GetAsync<Rollout>(@namespace, name, context.RequestAborted);
        if (RolloutPhases.HasEnded(rollout.Status?.Phase))
        {
            throw StatusException.Conflict(KindOf<Rollout>.Type, name, $"it has ended: {rollout.Status!.Phase}");
        }

        // The planner writes status all the time; the decision is about the spec and holds whatever the status is by now.
        Rollout observed = rollout with { Metadata = rollout.Metadata with { ResourceVersion = null } };
        Rollout written = await hub.WriteAsync(observed, observed with { Spec = decide(rollout.Spec, rollout.Status, body) }, context.RequestAborted);
        await AnswerAsync(context, Document.From(written));
    }

    private async Task<Promotion> CreateAsync(
        Application application, ApplicationEnvironment environment, Release release, string actor, string? reason, CancellationToken cancellation)
    {
        // A release that has served here before comes back without canary steps; a newer one takes them.
        bool rollback = release.Status?.VerifiedIn?.Any(one => one.Environment == environment.Name) == true;
        string first = AutoPromotion.NameOf(release.Metadata.Name, environment.Name);
        for (int attempt = 1; attempt <= 1000; attempt++)
        {
            var wanted = new WantedPromotion(attempt == 1 ? first : $"{first}-{attempt}", environment.Name, release.Metadata.Name);
            if (await ApplicationReconciler.CreateAsync(hub, application, wanted, actor, reason, rollback, cancellation) is { } created)
            {
                return created;
            }
        }

        throw StatusException.AlreadyExists(KindOf<Promotion>.Type, first);
    }

    private static ApplicationEnvironment Environment(Application application, string? name)
        => application.Spec.Environments.FirstOrDefault(one => one.Name == name)
            ?? throw StatusException.BadRequest(
                $"environment: \"{name}\" is none of {application.Metadata.Name}'s; expected one of {string.Join(", ", application.Spec.Environments.Select(one => one.Name))}");

    private async Task<Release> ReleaseAsync(Application application, ApplicationEnvironment environment, string? name, CancellationToken cancellation)
    {
        Release[] releases =
        [
            .. (await hub.ListAsync<Release>(application.Metadata.Namespace, cancellation)).Where(one => one.Spec.Application == application.Metadata.Name),
        ];
        if (name is not null)
        {
            return releases.FirstOrDefault(one => one.Metadata.Name == name)
                ?? throw StatusException.BadRequest(
                    $"release: {application.Metadata.Name} has no release \"{name}\"; there are {string.Join(", ", releases.OrderBy(one => one.Spec.Number).Select(one => one.Metadata.Name).TakeLast(10))}");
        }

        string? before = application.Spec.Environments.TakeWhile(one => one.Name != environment.Name).LastOrDefault()?.Name;
        return releases
            .Where(one => before is null || one.Status?.VerifiedIn?.Any(verified => verified.Environment == before) == true)
            .MaxBy(one => one.Spec.Number)
            ?? throw StatusException.BadRequest(
                before is null ? $"{application.Metadata.Name} has no release yet" : $"no release of {application.Metadata.Name} is verified in {before}, the environment before {environment.Name}");
    }

    private static (string Namespace, string Name) Target(HttpContext context)
        => ((string)context.Request.RouteValues["namespace"]!, (string)context.Request.RouteValues["name"]!);

    /// <summary>An object, or nothing for a decision without words.</summary>
    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await using (Stream limited = context.Request.Body)
        {
            byte[] piece = new byte[4096];
            int read;
            while ((read = await limited.ReadAsync(piece, context.RequestAborted)) > 0)
            {
                buffer.Write(piece, 0, read);
                if (buffer.Length > MaxBody)
                {
                    throw new StatusException(413, "RequestEntityTooLarge", $"the body is larger than {MaxBody} bytes");
                }
            }
        }

        if (buffer.Length == 0)
        {
            return [];
        }

        try
        {
            return JsonNode.Parse(buffer.ToArray()) as JsonObject ?? throw StatusException.BadRequest("the body must be a JSON object");
        }
        catch (JsonException broken)
        {
            throw StatusException.BadRequest($"the body is no JSON: {broken.Message}");
        }
    }

    private static async Task AnswerAsync(HttpContext context, Document document)
    {
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(document.Json, context.RequestAborted);
    }
}
