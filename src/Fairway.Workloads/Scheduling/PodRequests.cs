using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>What a pod asks a node for.</summary>
internal static class PodRequests
{
    /// <summary>
    /// For each resource the larger of what the containers ask for together and what any init container needs while it runs,
    /// plus sidecars and overhead; and one pod.
    /// </summary>
    public static IReadOnlyDictionary<string, Quantity> Of(Pod pod)
    {
        var total = new Dictionary<string, Quantity>();
        foreach (Container container in pod.Spec.Containers)
        {
            Add(total, Requests(container));
        }

        var sidecars = new Dictionary<string, Quantity>();
        var peak = new Dictionary<string, Quantity>();
        foreach (Container init in pod.Spec.InitContainers ?? [])
        {
            var alone = new Dictionary<string, Quantity>(sidecars);
            Add(alone, Requests(init));
            if (init.RestartPolicy == "Always")
            {
                Add(total, Requests(init));
                Add(sidecars, Requests(init));
            }

            Raise(peak, alone);
        }

        Raise(total, peak);
        Add(total, pod.Spec.Overhead ?? new Dictionary<string, Quantity>());
        total["pods"] = new Quantity("1");
        return total;
    }

    public static void Add(Dictionary<string, Quantity> to, IReadOnlyDictionary<string, Quantity> amounts)
    {
        foreach ((string resource, Quantity amount) in amounts)
        {
            to[resource] = to.TryGetValue(resource, out Quantity sum) ? sum + amount : amount;
        }
    }

    private static void Raise(Dictionary<string, Quantity> to, Dictionary<string, Quantity> amounts)
    {
        foreach ((string resource, Quantity amount) in amounts)
        {
            if (!to.TryGetValue(resource, out Quantity known) || known < amount)
            {
                to[resource] = amount;
            }
        }
    }

    /// <summary>A limit without a request is a request.</summary>
    private static Dictionary<string, Quantity> Requests(Container container)
    {
        var result = new Dictionary<string, Quantity>(container.Resources?.Limits ?? new Dictionary<string, Quantity>());
        foreach ((string resource, Quantity amount) in container.Resources?.Requests ?? new Dictionary<string, Quantity>())
        {
            result[resource] = amount;
        }

        return result;
    }
}
