using System.Text.Json.Nodes;

namespace Fairway.Resources.Quota;

/// <summary>
/// What one object uses of a quota: pods by count and resources, services and claims by count and size, everything else by count.
/// Pure; the same for admission and for the controller that counts again. Source: kubernetes.io/docs/concepts/policy/resource-quotas.
/// </summary>
public static class QuotaUsage
{
    private static readonly HashSet<string> LegacyCounts = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas"];

    private static readonly HashSet<string> PodNames =
    [
        "count/pods", "pods", "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu",
        "limits.memory", "limits.ephemeral-storage",
    ];

    // Where a quota has these, every container must say what it takes of them.
    private static readonly HashSet<string> Required = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

    /// <summary>Everything that an object uses, whether a quota limits it or not.</summary>
    /// <param name="groupResource"><c>pods</c>, <c>deployments.apps</c>.</param>
    public static SortedDictionary<string, Quantity> Of(string groupResource, JsonObject target, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(target);
        SortedDictionary<string, Quantity> usage = Amounts.New();
        usage[$"count/{groupResource}"] = One;
        switch (groupResource)
        {
            case "pods" when IsCharged(target, now):
                var spec = target["spec"] as JsonObject;
                Amounts.Add(usage, Compute(PodAmounts.Requests(spec), PodAmounts.Limits(spec)));
                usage["pods"] = One;
                break;
            case "services":
                Service(target, usage);
                break;
            case "persistentvolumeclaims":
                Claim(target, usage);
                break;
            default:
                if (LegacyCounts.Contains(groupResource))
                {
                    usage[groupResource] = One;
                }

                break;
        }

        return usage;
    }

    /// <summary>The names among a quota's that objects of a resource can use.</summary>
    public static IEnumerable<string> Concerning(string groupResource, IEnumerable<string> names) => names.Where(name => name == $"count/{groupResource}" || groupResource switch
    {
        "pods" => PodNames.Contains(name) || name.StartsWith("hugepages-", StringComparison.Ordinal) || IsExtendedRequest(name),
        "services" => name is "services" or "services.nodeports" or "services.loadbalancers",
        "persistentvolumeclaims" => name is "persistentvolumeclaims" or "requests.storage" || name.Contains(".storageclass.storage.k8s.io/", StringComparison.Ordinal),
        _ => LegacyCounts.Contains(groupResource) && name == groupResource,
    });

    /// <summary>Whether the object is within the quota's scopes.</summary>
    public static bool IsInScope(JsonObject quota, string groupResource, JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(quota);
        ArgumentNullException.ThrowIfNull(target);
        return QuotaScopes.Match(quota, groupResource == "pods", target);
    }

    /// <summary>What a pod's containers fail to say although the quota limits it: <c>must specify limits.cpu for: web</c>; null when nothing.</summary>
    public static string? Missing(IEnumerable<string> limited, JsonObject pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        var missing = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        string[] required = [.. limited.Where(Required.Contains)];
        foreach (string list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (JsonNode? container in pod["spec"]?[list] as JsonArray ?? [])
            {
                SortedDictionary<string, Quantity> said = Compute(
                    Amounts.Read(container?["resources"]?["requests"]), Amounts.Read(container?["resources"]?["limits"]));
                foreach (string name in required.Where(name => !said.ContainsKey(name)))
                {
                    missing.TryAdd(name, new SortedSet<string>(StringComparer.Ordinal));
                    missing[name].Add((string?)container?["name"] ?? "");
                }
            }
        }

        return missing.Count == 0 ? null : $"must specify {string.Join("; ", missing.Select(entry => $"{entry.Key} for: {string.Join(',', entry.Value)}"))}";
    }

    private static Quantity One => new("1");

    // A pod that has ended, or whose time to end is over, uses nothing any more.
    private static bool IsCharged(JsonObject pod, DateTimeOffset now)
    {
        if ((string?)pod["status"]?["phase"] is "Failed" or "Succeeded")
        {
            return false;
        }

        return !DateTimeOffset.TryParse(
                (string?)pod["metadata"]?["deletionTimestamp"], System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out DateTimeOffset deletion)
            || pod["metadata"]?["deletionGracePeriodSeconds"] is null
            || now <= deletion;
    }

    private static SortedDictionary<string, Quantity> Compute(SortedDictionary<string, Quantity> requests, SortedDictionary<string, Quantity> limits)
    {
        SortedDictionary<string, Quantity> computed = Amounts.New();
        foreach ((string name, Quantity amount) in requests)
        {
            if (name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                computed[name] = amount;
                computed[$"requests.{name}"] = amount;
            }
            else if (IsExtended(name))
            {
                computed[$"requests.{name}"] = amount;
            }
        }

        foreach ((string name, Quantity amount) in limits)
        {
            if (name is "cpu" or "memory" or "ephemeral-storage")
            {
                computed[$"limits.{name}"] = amount;
            }
        }

        return computed;
    }

    private static bool IsExtended(string name) => name.Contains('/', StringComparison.Ordinal) && !name.StartsWith("kubernetes.io/", StringComparison.Ordinal);

    private static bool IsExtendedRequest(string name)
        => name.StartsWith("requests.", StringComparison.Ordinal) && (IsExtended(name["requests.".Length..]) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal));

    private static void Service(JsonObject service, SortedDictionary<string, Quantity> usage)
    {
        usage["services"] = One;
        var ports = service["spec"]?["ports"] as JsonArray ?? [];
        switch ((string?)service["spec"]?["type"])
        {
            case "NodePort":
                usage["services.nodeports"] = new Quantity(ports.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            case "LoadBalancer":
                usage["services.loadbalancers"] = One;
                int nodePorts = (bool?)service["spec"]?["allocateLoadBalancerNodePorts"] == false
                    ? ports.Count(port => port?["nodePort"] is not null)
                    : ports.Count;
                usage["services.nodeports"] = new Quantity(nodePorts.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void Claim(JsonObject claim, SortedDictionary<string, Quantity> usage)
    {
        string? storageClass = (string?)claim["metadata"]?["annotations"]?["volume.beta.kubernetes.io/storage-class"] ?? (string?)claim["spec"]?["storageClassName"];
        usage["persistentvolumeclaims"] = One;
        if (!string.IsNullOrEmpty(storageClass))
        {
            usage[$"{storageClass}.storageclass.storage.k8s.io/persistentvolumeclaims"] = One;
        }

        if (!Quantity.TryParse(claim["spec"]?["resources"]?["requests"]?["storage"]?.ToString(), out Quantity size))
        {
            return;
        }

        usage["requests.storage"] = size;
        if (!string.IsNullOrEmpty(storageClass))
        {
            usage[$"{storageClass}.storageclass.storage.k8s.io/requests.storage"] = size;
        }
    }
}
