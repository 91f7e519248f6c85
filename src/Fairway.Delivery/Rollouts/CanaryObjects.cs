using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;

namespace Fairway.Delivery.Rollouts;

/// <summary>A workload that a canary can be made of.</summary>
/// <param name="Routes">HTTPRoutes of the stable release that send traffic to the Service.</param>
/// <param name="Replicas">Replicas in the manifest; null when it leaves them to others.</param>
internal sealed record CanaryTarget(
    string Deployment, string Service, string CanaryDeployment, string CanaryService, IReadOnlyList<string> Routes, int? Replicas);

/// <summary>What a canary of a release over the stable one consists of.</summary>
/// <param name="Targets">Workloads that move; empty when there is nothing to compare with.</param>
/// <param name="Refusal">Why a canary is impossible, when it is the release's fault.</param>
/// <param name="Config">Copies of ConfigMaps and Secrets that are new or changed, under names of their own.</param>
/// <param name="Services">The canaries' Services.</param>
/// <param name="Deployments">The canaries' Deployments, without replicas.</param>
internal sealed record CanaryPlan(
    IReadOnlyList<CanaryTarget> Targets,
    string? Refusal,
    IReadOnlyList<Manifest> Config,
    IReadOnlyList<Manifest> Services,
    IReadOnlyList<Manifest> Deployments);

/// <summary>
/// Makes the canary's objects from the new release's manifests. Their selectors and pod labels carry other values than those of
/// the stable ones, so neither side's Service ever selects the other's pods; changed configuration comes as copies, so the stable
/// pods keep theirs.
/// </summary>
internal static class CanaryObjects
{
    /// <summary>Plans a canary of one release over another.</summary>
    public static CanaryPlan Make(IReadOnlyList<Manifest> release, IReadOnlyList<Manifest> stable, string environment, string rollout)
    {
        (Manifest Deployment, Manifest Service)[] served =
        [
            .. from deployment in release.Where(manifest => manifest is { Kind: "Deployment", Group: "apps" })
               from service in release.Where(manifest => manifest is { Kind: "Service", Group: "" })
               where Selects(service, deployment)
               select (deployment, service),
        ];
        bool routed = served.Any(pair => Routes(release, pair.Service.Name).Count > 0);
        if (!routed)
        {
            return new CanaryPlan([], NoRoute(release, served, environment), [], [], []);
        }

        (Manifest Deployment, Manifest Service)[] moving =
        [
            .. served.Where(pair => Has(stable, pair.Deployment) && Has(stable, pair.Service) && Routes(stable, pair.Service.Name).Count > 0),
        ];
        Manifest[] config = [.. release.Where(manifest => manifest is { Kind: "ConfigMap" or "Secret", Group: "" } && IsChanged(manifest, stable))];
        HashSet<string> copied = [.. config.Where(map => Array.Exists(moving, pair => Uses(pair.Deployment, map))).Select(map => map.Title)];
        return new CanaryPlan(
            [.. moving.Select(pair => Target(pair.Deployment, pair.Service, stable))],
            null,
            [.. config.Where(map => copied.Contains(map.Title)).Select(map => Copy(map, rollout))],
            [.. moving.Select(pair => Service(pair.Service, Suffixed(pair.Deployment, release), rollout)).DistinctBy(service => service.Name)],
            [.. moving.Select(pair => Deployment(pair.Deployment, Suffixed(pair.Deployment, release), copied, rollout)).DistinctBy(deployment => deployment.Name)]);
    }

    private static CanaryTarget Target(Manifest deployment, Manifest service, IReadOnlyList<Manifest> stable) => new(
        deployment.Name,
        service.Name,
        Labels.Canary(deployment.Name),
        Labels.Canary(service.Name),
        Routes(stable, service.Name),
        deployment.Node["spec"]?["replicas"] is JsonValue replicas && replicas.GetValueKind() == JsonValueKind.Number ? (int)(double.Parse(replicas.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)) : null);

    private static string NoRoute(IReadOnlyList<Manifest> release, (Manifest Deployment, Manifest Service)[] served, string environment)
    {
        string[] deployments = [.. release.Where(manifest => manifest.Kind == "Deployment").Select(manifest => manifest.Name)];
        string why = deployments.Length == 0 ? "the release has no Deployment"
            : served.Length == 0 ? $"no Service selects the pods of Deployment {string.Join(", ", deployments)}"
            : $"no HTTPRoute sends traffic to Service {string.Join(", ", served.Select(pair => pair.Service.Name).Distinct())}";
        return $"{environment} delivers by canary, which shifts traffic between versions, and {why}; "
            + "add what is missing or take strategy.canary from the environment";
    }

    private static IReadOnlyList<string> Routes(IReadOnlyList<Manifest> manifests, string service)
        => [.. manifests.Where(manifest => manifest.Kind == "HTTPRoute" && TrafficSplit.RoutesTo(manifest.Node, service)).Select(route => route.Name)];

    private static bool Has(IReadOnlyList<Manifest> manifests, Manifest like) => manifests.Any(manifest => manifest.Identity == like.Identity);

    private static bool IsChanged(Manifest map, IReadOnlyList<Manifest> stable)
        => !stable.Any(old => old.Identity == map.Identity && JsonNode.DeepEquals(old.Node, map.Node));

    private static bool Selects(Manifest service, Manifest deployment)
        => service.Node["spec"]?["selector"] is JsonObject { Count: > 0 } selector
            && deployment.Node["spec"]?["template"]?["metadata"]?["labels"] is JsonObject labels
            && selector.All(wanted => Manifest.Text(labels[wanted.Key]) == Manifest.Text(wanted.Value));

    /// <summary>Labels whose values tell the canary's pods from the stable ones: all that a selector of either side looks at.</summary>
    private static HashSet<string> Suffixed(Manifest deployment, IReadOnlyList<Manifest> release)
    {
        JsonNode? selector = deployment.Node["spec"]?["selector"];
        IEnumerable<string> own = (selector?["matchLabels"] as JsonObject ?? []).Select(label => label.Key);
        IEnumerable<string> expressed = (selector?["matchExpressions"] as JsonArray ?? []).Select(expression => Manifest.Text(expression?["key"])).OfType<string>();
        IEnumerable<string> services = release
            .Where(manifest => manifest.Kind == "Service" && Selects(manifest, deployment))
            .SelectMany(service => service.Node["spec"]!["selector"]!.AsObject().Select(label => label.Key));
        return [.. own, .. expressed, .. services];
    }

    private static Manifest Service(Manifest service, HashSet<string> suffixed, string rollout)
    {
        JsonObject node = Named(service, rollout);
        JsonObject spec = node["spec"]!.AsObject();
        foreach (string field in (string[])["clusterIP", "clusterIPs", "healthCheckNodePort", "externalIPs", "loadBalancerIP", "externalTrafficPolicy"])
        {
            spec.Remove(field);
        }

        spec["type"] = "ClusterIP";
        foreach (JsonObject port in (spec["ports"] as JsonArray ?? []).OfType<JsonObject>())
        {
            port.Remove("nodePort");
        }

        Suffix(spec["selector"]!.AsObject(), suffixed);
        return Digested(node, service.Source);
    }

    private static Manifest Deployment(Manifest deployment, HashSet<string> suffixed, HashSet<string> copied, string rollout)
    {
        JsonObject node = Named(deployment, rollout);
        JsonObject spec = node["spec"]!.AsObject();
        spec.Remove("replicas");
        JsonObject template = spec["template"]!.AsObject();
        JsonObject labels = template["metadata"]!["labels"]!.AsObject();
        Suffix(labels, suffixed);
        labels[Labels.Track] = "canary";
        JsonObject matched = spec["selector"]?["matchLabels"]?.DeepClone() as JsonObject ?? [];
        Suffix(matched, suffixed);
        matched[Labels.Track] = "canary";
        spec["selector"] = new JsonObject { ["matchLabels"] = matched };
        foreach ((JsonObject reference, string field, string kind) in References(template))
        {
            if (Manifest.Text(reference[field]) is { } name && copied.Contains($"{kind}/{name}"))
            {
                reference[field] = Labels.Canary(name);
            }
        }

        return Digested(node, deployment.Source);
    }

    private static Manifest Copy(Manifest map, string rollout) => Digested(Named(map, rollout), map.Source);

    private static JsonObject Named(Manifest manifest, string rollout)
    {
        var node = (JsonObject)manifest.Node.DeepClone();
        JsonObject metadata = node["metadata"]!.AsObject();
        metadata["name"] = Labels.Canary(manifest.Name);
        JsonObject labels = metadata["labels"] as JsonObject ?? [];
        labels[Labels.Track] = "canary";
        labels[Labels.Rollout] = Labels.Value(rollout);
        metadata["labels"] = labels;
        return node;
    }

    private static Manifest Digested(JsonObject node, string source)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(node)));
        JsonObject metadata = node["metadata"]!.AsObject();
        JsonObject annotations = metadata["annotations"] as JsonObject ?? [];
        annotations[Labels.Digest] = digest;
        metadata["annotations"] = annotations;
        return new Manifest(node, source);
    }

    private static void Suffix(JsonObject labels, HashSet<string> names)
    {
        foreach (string name in names)
        {
            if (Manifest.Text(labels[name]) is { } value)
            {
                labels[name] = Labels.Canary(value);
            }
        }
    }

    private static bool Uses(Manifest deployment, Manifest map)
        => PodTemplates.Of(deployment.Node) is { } template
            && References(template).Any(reference => reference.Kind == map.Kind && Manifest.Text(reference.Holder[reference.Field]) == map.Name);

    /// <summary>Every place of a pod template that names a ConfigMap or a Secret.</summary>
    private static IEnumerable<(JsonObject Holder, string Field, string Kind)> References(JsonObject template)
    {
        IEnumerable<JsonObject> volumes = Objects(template["spec"]?["volumes"]);
        foreach (JsonObject volume in volumes.Concat(volumes.SelectMany(volume => Objects(volume["projected"]?["sources"]))))
        {
            if (volume["configMap"] is JsonObject map)
            {
                yield return (map, "name", "ConfigMap");
            }

            if (volume["secret"] is JsonObject secret)
            {
                yield return (secret, secret.ContainsKey("secretName") ? "secretName" : "name", "Secret");
            }
        }

        foreach ((JsonObject container, _) in PodTemplates.Containers(template))
        {
            foreach (JsonObject from in Objects(container["envFrom"]).Concat(Objects(container["env"]).Select(one => one["valueFrom"]).OfType<JsonObject>()))
            {
                foreach ((string field, string kind) in ((string, string)[])[
                    ("configMapRef", "ConfigMap"), ("configMapKeyRef", "ConfigMap"), ("secretRef", "Secret"), ("secretKeyRef", "Secret")])
                {
                    if (from[field] is JsonObject reference)
                    {
                        yield return (reference, "name", kind);
                    }
                }
            }
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();
}
