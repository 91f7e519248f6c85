using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Delivery.Environments;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Explaining;

/// <summary>Reads what a causal chain is made from and writes the chain as JSON.</summary>
internal sealed class Explanation(IClusterApi hub, TimeProvider time)
{
    public async Task<JsonNode> OfAsync(ObjectKey key, string environment, CancellationToken cancellation)
    {
        Application application = await hub.GetAsync<Application>(key.Namespace, key.Name, cancellation);
        if (application.Environment(environment) is null)
        {
            throw new StatusException(404, "NotFound", $"application {key.Name} has no environment \"{environment}\"");
        }

        var facts = new ChainFacts(
            application,
            [.. (await hub.ListAsync<Release>(key.Namespace, cancellation)).Where(one => one.Spec.Application == key.Name)],
            [.. (await hub.ListAsync<Promotion>(key.Namespace, cancellation)).Where(one => one.Spec.Application == key.Name)],
            [.. (await hub.ListAsync<Rollout>(key.Namespace, cancellation)).Where(one => one.Spec.Application == key.Name)],
            await hub.ListAsync<AnalysisRun>(key.Namespace, cancellation));
        DateTimeOffset now = time.GetUtcNow();
        return new JsonObject
        {
            ["application"] = key.Name,
            ["environment"] = environment,
            ["at"] = now,
            ["causes"] = new JsonArray([.. CausalChain.Why(facts, environment).Select(cause => Node(cause, now))]),
        };
    }

    private static JsonNode Node(Cause cause, DateTimeOffset now)
    {
        var node = new JsonObject { ["what"] = cause.What };
        if (cause.About is { } about)
        {
            node["about"] = about;
        }

        if (cause.Until is { } until)
        {
            node["until"] = until;
            node["secondsLeft"] = Math.Max(0, Math.Round((until - now).TotalSeconds));
        }

        return node;
    }
}
