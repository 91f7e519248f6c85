using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Environments;
using Fairway.Delivery.Rollouts;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Promotions;

/// <summary>What people decide about promotions and rollouts, written with their own rights.</summary>
internal sealed class Decisions(TimeProvider time)
{
    /// <summary>Asks for a promotion: <c>environment</c>, and unless the newest that may enter is meant, <c>release</c>; also <c>reason</c> and <c>rollback</c>.</summary>
    /// <exception cref="StatusException">404: no such application, environment or release; 409: it is under way or there already; 400: what is missing.</exception>
    public async Task<Document> PromoteAsync(DeliveryCaller caller, ObjectKey key, JsonObject body, CancellationToken cancellation)
    {
        Application application = await caller.Hub.GetAsync<Application>(key.Namespace, key.Name, cancellation);
        string name = Text(body, "environment") ?? throw StatusException.BadRequest("environment: missing; expected the name of an environment of the application");
        if (application.Environment(name) is not { } environment)
        {
            throw new StatusException(
                404, "NotFound", $"application {key.Name} has no environment \"{name}\"; it has {string.Join(", ", application.Spec.Environments.Select(one => one.Name))}");
        }

        Release[] releases = [.. (await caller.Hub.ListAsync<Release>(key.Namespace, cancellation)).Where(release => release.Spec.Application == key.Name)];
        Release release = Choose(application, environment, releases, Text(body, "release"));
        Promotion[] before = [.. (await caller.Hub.ListAsync<Promotion>(key.Namespace, cancellation))
            .Where(one => one.Spec.Application == key.Name && one.Spec.Environment == name && one.Spec.Release == release.Metadata.Name)];
        if (Array.Find(before, one => !PromotionPhases.HasEnded(one.Status?.Phase)) is { } active)
        {
            throw new StatusException(409, "AlreadyExists", $"promotion {active.Metadata.Name} of {release.Metadata.Name} to {name} is under way ({active.Status?.Phase ?? "Pending"})");
        }

        bool rollback = Flag(body, "rollback") ?? IsRollback(application, name, release, releases);
        string first = AutoPromotion.NameOf(release.Metadata.Name, name);
        for (int attempt = before.Length == 0 ? 1 : before.Length + 1; ; attempt++)
        {
            string promotion = attempt == 1 ? first : $"{first}-{attempt}";
            var wanted = new WantedPromotion(promotion, name, release.Metadata.Name);
            if (await ApplicationReconciler.CreateAsync(caller.Hub, application, wanted, caller.Name, Text(body, "reason"), rollback, cancellation) is { } created)
            {
                return Document.From(created);
            }
        }
    }

    public async Task<Document> ApproveAsync(DeliveryCaller caller, ObjectKey key, JsonObject body, CancellationToken cancellation)
    {
        Promotion promotion = await caller.Hub.GetAsync<Promotion>(key.Namespace, key.Name, cancellation);
        if (promotion.Status?.Phase is not (null or PromotionPhases.Pending or PromotionPhases.AwaitingApproval))
        {
            throw Ended("promotion", key.Name, promotion.Status?.Phase);
        }

        return await PatchAsync<Promotion>(caller, key, new JsonObject
        {
            ["approval"] = new JsonObject
            {
                ["by"] = caller.Name,
                ["at"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["comment"] = Text(body, "comment"),
            },
        }, cancellation);
    }

    public async Task<Document> AbortPromotionAsync(DeliveryCaller caller, ObjectKey key, JsonObject body, CancellationToken cancellation)
    {
        Promotion promotion = await caller.Hub.GetAsync<Promotion>(key.Namespace, key.Name, cancellation);
        return PromotionPhases.HasEnded(promotion.Status?.Phase)
            ? throw Ended("promotion", key.Name, promotion.Status?.Phase)
            : await PatchAsync<Promotion>(caller, key, new JsonObject { ["abort"] = true }, cancellation);
    }

    /// <summary>Goes on past the present wait; with <c>full: true</c> past all remaining steps.</summary>
    public async Task<Document> PromoteRolloutAsync(DeliveryCaller caller, ObjectKey key, JsonObject body, CancellationToken cancellation)
    {
        Rollout rollout = await ActiveAsync(caller, key, cancellation);
        return await PatchAsync<Rollout>(
            caller,
            key,
            Flag(body, "full") == true
                ? new JsonObject { ["promoteFull"] = true, ["paused"] = false }
                : new JsonObject { ["resumedStep"] = rollout.Status?.Step ?? 0, ["paused"] = false },
            cancellation);
    }

    /// <summary>Ends a person's hold; a pause or an inconclusive analysis that waits for a person counts as answered.</summary>
    public async Task<Document> ResumeRolloutAsync(DeliveryCaller caller, ObjectKey key, JsonObject body, CancellationToken cancellation)
    {
        Rollout rollout = await ActiveAsync(caller, key, cancellation);
        JsonObject change = new() { ["paused"] = false };
        if (rollout.Spec.Paused != true && rollout.Status is { Phase: RolloutPhases.Paused, Step: { } step })
        {
            change["resumedStep"] = step;
        }

        return await PatchAsync<Rollout>(caller, key, change, cancellation);
    }

    public async Task<Document> PauseRolloutAsync(DeliveryCaller caller, ObjectKey key, JsonObject body, CancellationToken cancellation)
    {
        await ActiveAsync(caller, key, cancellation);
        return await PatchAsync<Rollout>(caller, key, new JsonObject { ["paused"] = true }, cancellation);
    }

    public async Task<Document> AbortRolloutAsync(DeliveryCaller caller, ObjectKey key, JsonObject body, CancellationToken cancellation)
    {
        await ActiveAsync(caller, key, cancellation);
        return await PatchAsync<Rollout>(caller, key, new JsonObject { ["abort"] = true }, cancellation);
    }

    private static async Task<Rollout> ActiveAsync(DeliveryCaller caller, ObjectKey key, CancellationToken cancellation)
    {
        Rollout rollout = await caller.Hub.GetAsync<Rollout>(key.Namespace, key.Name, cancellation);
        return RolloutPhases.HasEnded(rollout.Status?.Phase) ? throw Ended("rollout", key.Name, rollout.Status?.Phase) : rollout;
    }

    private static Release Choose(Application application, ApplicationEnvironment environment, Release[] releases, string? asked)
    {
        if (asked is not null)
        {
            return Array.Find(releases, release => release.Metadata.Name == asked)
                ?? Array.Find(releases, release => release.Spec.Version == asked)
                ?? throw new StatusException(404, "NotFound", $"application {application.Metadata.Name} has no release \"{asked}\"");
        }

        string? before = application.Spec.Environments.TakeWhile(one => one.Name != environment.Name).LastOrDefault()?.Name;
        return releases
            .Where(release => before is null ? release.Status?.Phase == "Ready" : release.Status?.VerifiedIn?.Any(verified => verified.Environment == before) == true)
            .MaxBy(release => release.Spec.Number)
            ?? throw new StatusException(
                409, "Conflict", before is null ? "no release is ready to enter" : $"no release has been verified in {before}, which comes before {environment.Name}");
    }

    /// <summary>Back to an older release that was found good here before.</summary>
    private static bool IsRollback(Application application, string environment, Release release, Release[] releases)
    {
        string? current = application.Status?.Environments?.FirstOrDefault(one => one.Name == environment)?.Release;
        long? number = Array.Find(releases, other => other.Metadata.Name == current)?.Spec.Number;
        return number > release.Spec.Number && release.Status?.VerifiedIn?.Any(verified => verified.Environment == environment) == true;
    }

    private static Task<Document> PatchAsync<T>(DeliveryCaller caller, ObjectKey key, JsonObject spec, CancellationToken cancellation)
        where T : class, IResource
        => caller.Hub.PatchAsync(
            KindOf<T>.Type, key.Namespace, key.Name, new PatchBody(PatchKind.Merge, new JsonObject { ["spec"] = spec }), WriteOptions.Default, cancellation);

    private static StatusException Ended(string kind, string name, string? phase)
        => new(409, "Conflict", $"{kind} {name} is {phase} already");

    private static string? Text(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text.Length == 0 ? null : text,
        { } other => throw StatusException.BadRequest($"{name}: {other.ToJsonString()}; expected a text"),
    };

    private static bool? Flag(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        { } other => throw StatusException.BadRequest($"{name}: {other.ToJsonString()}; expected true or false"),
    };
}
