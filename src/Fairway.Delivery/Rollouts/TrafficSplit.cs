using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;

namespace Fairway.Delivery.Rollouts;

/// <summary>
/// Weights between a Service and its canary in an HTTPRoute. Only backends of the Services that move are touched; other backends
/// of a rule keep their share.
/// </summary>
internal static class TrafficSplit
{
    /// <summary>Whether some rule sends requests to a Service of the route's own namespace.</summary>
    public static bool RoutesTo(JsonObject route, string service) => Backends(route).Any(backend => Names(backend, service));

    /// <summary>The rules as the stable release has them, with a percentage of each moved Service's share on its canary.</summary>
    /// <param name="route">The route of the stable release; not changed.</param>
    /// <param name="canaries">Canary Service by Service.</param>
    /// <param name="weight">0 gives the rules unchanged.</param>
    public static JsonArray Rules(JsonObject route, IReadOnlyDictionary<string, string> canaries, int weight)
    {
        JsonArray rules = route["spec"]?["rules"]?.DeepClone().AsArray() ?? [];
        if (weight == 0)
        {
            return rules;
        }

        foreach (JsonObject rule in rules.OfType<JsonObject>())
        {
            if (rule["backendRefs"] is JsonArray backends && backends.OfType<JsonObject>().Any(backend => CanaryOf(backend, canaries) is not null))
            {
                rule["backendRefs"] = new JsonArray([.. backends.OfType<JsonObject>().SelectMany(backend => Share(backend, canaries, weight))]);
            }
        }

        return rules;
    }

    /// <summary>The live rules with every canary taken out and its share given back: what is left to do when the stable rules are not known.</summary>
    public static JsonArray WithoutCanary(JsonObject live, IReadOnlyDictionary<string, string> canaries)
    {
        JsonArray rules = live["spec"]?["rules"]?.DeepClone().AsArray() ?? [];
        foreach (JsonArray backends in rules.Select(rule => rule?["backendRefs"]).OfType<JsonArray>())
        {
            foreach ((string service, string canary) in canaries)
            {
                JsonObject[] moved = [.. backends.OfType<JsonObject>().Where(backend => Names(backend, canary))];
                long share = moved.Sum(Weight);
                foreach (JsonObject backend in moved)
                {
                    backends.Remove(backend);
                }

                if (moved.Length > 0 && backends.OfType<JsonObject>().FirstOrDefault(backend => Names(backend, service)) is { } stable)
                {
                    stable["weight"] = Weight(stable) + share;
                }
            }
        }

        return rules;
    }

    /// <summary>The percentage of a Service's share that its canary has in a live route; -1 when the rules disagree.</summary>
    public static int WeightOf(JsonObject route, string service, string canary)
    {
        int? found = null;
        foreach (JsonNode? rule in route["spec"]?["rules"] as JsonArray ?? [])
        {
            JsonObject[] backends = [.. (rule?["backendRefs"] as JsonArray ?? []).OfType<JsonObject>()];
            long stable = backends.Where(backend => Names(backend, service)).Sum(Weight);
            long moved = backends.Where(backend => Names(backend, canary)).Sum(Weight);
            if (!Array.Exists(backends, backend => Names(backend, service) || Names(backend, canary)))
            {
                continue;
            }

            int percent = moved == 0 ? 0 : moved * 100 % (stable + moved) == 0 ? (int)(moved * 100 / (stable + moved)) : -1;
            if (found is { } other && other != percent)
            {
                return -1;
            }

            found = percent;
        }

        return found ?? 0;
    }

    private static IEnumerable<JsonNode> Share(JsonObject backend, IReadOnlyDictionary<string, string> canaries, int weight)
    {
        long share = Weight(backend);
        if (CanaryOf(backend, canaries) is not { } canary)
        {
            yield return Weighted(backend, share * 100);
            yield break;
        }

        yield return Weighted(backend, share * (100 - weight));
        JsonObject moved = Weighted(backend, share * weight);
        moved["name"] = canary;
        yield return moved;
    }

    private static JsonObject Weighted(JsonObject backend, long weight)
    {
        var copy = (JsonObject)backend.DeepClone();
        copy["weight"] = weight;
        return copy;
    }

    private static string? CanaryOf(JsonObject backend, IReadOnlyDictionary<string, string> canaries)
        => IsService(backend) && Manifest.Text(backend["name"]) is { } name ? canaries.GetValueOrDefault(name) : null;

    private static IEnumerable<JsonObject> Backends(JsonObject route)
        => (route["spec"]?["rules"] as JsonArray ?? []).SelectMany(rule => (rule?["backendRefs"] as JsonArray ?? []).OfType<JsonObject>());

    private static bool Names(JsonObject backend, string service) => IsService(backend) && Manifest.Text(backend["name"]) == service;

    private static bool IsService(JsonObject backend)
        => Manifest.Text(backend["kind"]) is null or "Service" && Manifest.Text(backend["group"]) is null or "";

    private static long Weight(JsonObject backend) => backend["weight"] is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? (long)(double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out double number) ? number : 1)
        : 1;
}
