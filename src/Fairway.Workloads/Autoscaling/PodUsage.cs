using Fairway.Resources;

namespace Fairway.Workloads.Autoscaling;

/// <summary>What pods use and request of a resource, as a whole or in one container. In thousandths.</summary>
internal static class PodUsage
{
    /// <summary>Pods of which some container's usage is unknown are left out.</summary>
    /// <exception cref="MetricException">No pod has any metrics, or one that has some misses the container.</exception>
    public static Dictionary<string, PodMetric> Of(IReadOnlyList<ScalablePod> pods, string resource, string? container, string @namespace)
    {
        var metrics = new Dictionary<string, PodMetric>(StringComparer.Ordinal);
        bool hasAny = false;
        foreach (ScalablePod pod in pods)
        {
            if (pod.Usage is not { } usage)
            {
                continue;
            }

            hasAny = true;
            long? value = container is null ? Total(usage, resource) : OfContainer(pod, usage, resource, container, @namespace);
            if (value is { } known)
            {
                metrics[pod.Name] = new PodMetric(known, pod.MetricTime, pod.MetricWindow);
            }
        }

        return hasAny ? metrics : throw new MetricException($"unable to get metrics for resource {resource}: no metrics returned from resource metrics API");
    }

    /// <summary>What each pod requests; sidecars count.</summary>
    /// <exception cref="MetricException">Some container requests nothing, or a pod has no such container.</exception>
    public static Dictionary<string, long> Requests(IReadOnlyList<ScalablePod> pods, string resource, string? container)
    {
        var requests = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (ScalablePod pod in pods)
        {
            ContainerRequests[] counted = [.. pod.Containers.Where(each => container is null || each.Name == container)];
            if (container is not null && counted.Length == 0)
            {
                throw new MetricException($"container {container} not found in Pod {pod.Name}");
            }

            long sum = 0;
            foreach (ContainerRequests each in counted)
            {
                sum += each.Requests.TryGetValue(resource, out Quantity request)
                    ? request.MilliValue
                    : throw new MetricException($"missing request for {resource} in container {each.Name} of Pod {pod.Name}");
            }

            requests[pod.Name] = sum;
        }

        return requests;
    }

    private static long? Total(IReadOnlyDictionary<string, IReadOnlyDictionary<string, Quantity>> usage, string resource)
    {
        if (usage.Count == 0)
        {
            return null;
        }

        long sum = 0;
        foreach (IReadOnlyDictionary<string, Quantity> container in usage.Values)
        {
            if (!container.TryGetValue(resource, out Quantity value))
            {
                return null;
            }

            sum += value.MilliValue;
        }

        return sum;
    }

    private static long? OfContainer(
        ScalablePod pod, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Quantity>> usage, string resource, string container, string @namespace)
        => !usage.TryGetValue(container, out IReadOnlyDictionary<string, Quantity>? own)
            ? throw new MetricException(
                $"unable to get metrics for resource {resource}: failed to get container metrics: container {container} not present in metrics for pod {@namespace}/{pod.Name}")
            : own.TryGetValue(resource, out Quantity value) ? value.MilliValue : null;
}
