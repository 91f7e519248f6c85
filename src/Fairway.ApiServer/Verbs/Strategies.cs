using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>What the server itself does to certain kinds beyond their schema, when they are created or changed.</summary>
internal sealed class Strategies(ServiceAddresses addresses, LegacyTokens? tokens)
{
    /// <summary>Fills in what counts as the writer's own, like a default.</summary>
    public static void Default(ResourceType type, JsonObject target)
    {
        if (type.GroupResource == "namespaces")
        {
            NameNamespace(target);
        }
    }

    /// <summary>Completes a new object.</summary>
    /// <returns>What must be held until the object is stored, if anything.</returns>
    public IDisposable? OnCreate(ResourceType type, JsonObject target)
    {
        switch (type.GroupResource)
        {
            case "namespaces":
                JsonArray finalizers = target["spec"].Array("finalizers") ?? [];
                if (!finalizers.Any(each => KubeJson.AsString(each) == "kubernetes"))
                {
                    finalizers = [.. finalizers.Select(each => each?.DeepClone()), "kubernetes"];
                    target["spec"] = new JsonObject { ["finalizers"] = finalizers };
                }

                target["status"] = new JsonObject { ["phase"] = "Active" };
                return null;
            case "pods":
                target["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQuality.Of(target["spec"] as JsonObject) };
                TellOfGates(target);
                return null;
            case "persistentvolumes":
                target["status"] = new JsonObject { ["phase"] = "Pending", ["lastPhaseTransitionTime"] = SystemMetadata.Of(target)["creationTimestamp"]?.DeepClone() };
                return null;
            case "persistentvolumeclaims":
                target["status"] = new JsonObject { ["phase"] = "Pending" };
                WorkloadStrategies.NameSources(target);
                return null;
            case ClusterCatalog.Definitions:
                target["status"] = NewStatus(target);
                return null;
            case "services":
                ServicePorts.Assign(target, addresses.TakenPorts);
                return addresses.Assign(target);
            case "serviceaccounts":
                NameSecrets(target);
                return null;
            case "secrets":
                tokens?.Fill(target);
                return null;
            case "jobs.batch":
                WorkloadStrategies.SelectOwnPods(target);
                return null;
            default:
                return null;
        }
    }

    // Secrets of an account are told by name alone.
    private static void NameSecrets(JsonObject account)
    {
        foreach (JsonObject secret in (account.Array("secrets") ?? []).OfType<JsonObject>())
        {
            foreach (string member in secret.Select(pair => pair.Key).Where(member => member != "name").ToArray())
            {
                secret.Remove(member);
            }
        }
    }

    private static void TellOfGates(JsonObject pod)
    {
        if (pod["spec"]?["schedulingGates"] is JsonArray { Count: > 0 })
        {
            pod["status"]!["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "False",
                ["reason"] = "SchedulingGated",
                ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
            });
        }
    }

    /// <summary>Completes a change of an object's desired state.</summary>
    public void OnUpdate(ResourceType type, JsonObject live, JsonObject target)
    {
        switch (type.GroupResource)
        {
            case "namespaces":
                CopyMember(live, target, "spec"); // only the finalize subresource changes it
                break;
            case ClusterCatalog.Definitions:
                AddStoredVersion(target);
                break;
            case "serviceaccounts":
                NameSecrets(target);
                break;
            case "services":
                ServiceAddresses.Keep(live, target);
                ServicePorts.Keep(live, target, addresses.TakenPorts);
                break;
            case "daemonsets.apps":
                WorkloadStrategies.CountTemplate(live, target);
                break;
        }
    }

    private static JsonObject NewStatus(JsonObject definition) => new()
    {
        ["acceptedNames"] = new JsonObject { ["kind"] = "", ["plural"] = "" },
        ["conditions"] = null,
        ["storedVersions"] = new JsonArray([.. StorageVersions(definition)]),
    };

    private static void AddStoredVersion(JsonObject definition)
    {
        JsonObject status = definition["status"] as JsonObject ?? [];
        definition["status"] ??= status;
        JsonArray stored = status["storedVersions"] as JsonArray ?? [];
        foreach (JsonNode version in StorageVersions(definition))
        {
            if (!stored.Any(each => JsonNode.DeepEquals(each, version)))
            {
                stored.Add(version);
            }
        }

        status["storedVersions"] ??= stored;
    }

    // The first version that is marked as the storage version.
    private static IEnumerable<JsonNode> StorageVersions(JsonObject definition)
        => (definition["spec"]?["versions"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .Where(version => version["storage"] is JsonValue flag && flag.TryGetValue(out bool isStorage) && isStorage && version["name"] is not null)
            .Take(1)
            .Select(version => version["name"]!.DeepClone());

    private static void CopyMember(JsonObject from, JsonObject to, string member)
    {
        to.Remove(member);
        if (from[member] is { } value)
        {
            to[member] = value.DeepClone();
        }
    }

    private static void NameNamespace(JsonObject target)
    {
        JsonObject metadata = SystemMetadata.Of(target);
        if ((string?)metadata["name"] is { Length: > 0 } name)
        {
            JsonObject labels = metadata["labels"] as JsonObject ?? [];
            labels["kubernetes.io/metadata.name"] = name;
            metadata["labels"] ??= labels;
        }
    }
}

/// <summary>A pod's quality-of-service class, from its containers' requests and limits.</summary>
internal static class PodQuality
{
    public static string Of(JsonObject? spec)
    {
        bool hasAny = false;
        bool isGuaranteed = true;
        JsonObject?[] containers = [.. Containers(spec, "initContainers"), .. Containers(spec, "containers")];
        foreach (JsonObject? container in containers)
        {
            JsonObject? requests = container?["resources"]?["requests"] as JsonObject;
            JsonObject? limits = container?["resources"]?["limits"] as JsonObject;
            foreach (string resource in (ReadOnlySpan<string>)["cpu", "memory"])
            {
                Quantity? limit = Amount(limits?[resource]);
                Quantity? request = Amount(requests?[resource]) ?? limit;
                hasAny |= limit is not null || request is not null;
                isGuaranteed &= limit is { } most && request is { } least && most.CompareTo(least) == 0;
            }
        }

        return hasAny ? isGuaranteed ? "Guaranteed" : "Burstable" : "BestEffort";
    }

    /// <summary>What is zero counts as not said.</summary>
    private static Quantity? Amount(JsonNode? node)
        => node is not null && Quantity.TryParse(node.ToString(), out Quantity amount) && amount.Nanos.Sign > 0 ? amount : null;

    private static IEnumerable<JsonObject?> Containers(JsonObject? spec, string list)
        => (spec?[list] as JsonArray ?? []).Select(container => container as JsonObject);
}
