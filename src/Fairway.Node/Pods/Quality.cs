using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Pods;

/// <summary>The quality-of-service class that a pod's requests and limits amount to.</summary>
internal static class Quality
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string Of(PodSpec spec)
    {
        Container[] all = [.. spec.InitContainers ?? [], .. spec.Containers];
        bool any = all.Any(container => Has(container.Resources?.Limits) || Has(container.Resources?.Requests));
        bool guaranteed = all.All(container => Counted.All(name
            => container.Resources?.Limits is { } limits && limits.TryGetValue(name, out Quantity limit) && limit.Nanos.Sign > 0
                && (container.Resources.Requests is not { } requests || !requests.TryGetValue(name, out Quantity request) || request.CompareTo(limit) == 0)));
        return guaranteed ? "Guaranteed" : any ? "Burstable" : "BestEffort";
    }

    private static bool Has(IReadOnlyDictionary<string, Quantity>? amounts) => amounts is not null && Counted.Any(name => amounts.TryGetValue(name, out Quantity amount) && amount.Nanos.Sign > 0);
}
