using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>A node and what its pods take of it.</summary>
internal sealed record NodeUse(Node Node, IReadOnlyDictionary<string, Quantity> Taken);

/// <summary>Why a node cannot take a pod, in the words of kube-scheduler; nothing when it can. Pure.</summary>
internal static class NodeFit
{
    public static IReadOnlyList<string> Reasons(Pod pod, NodeUse use)
    {
        Node node = use.Node;
        if (node.Metadata.DeletionTimestamp is not null)
        {
            return ["node(s) were being deleted"];
        }

        if (node.Spec?.Unschedulable == true && !Tolerates(pod, new Taint { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" }))
        {
            return ["node(s) were unschedulable"];
        }

        Taint? taint = (node.Spec?.Taints ?? []).FirstOrDefault(candidate => candidate.Effect is "NoSchedule" or "NoExecute" && !Tolerates(pod, candidate));
        if (taint is not null)
        {
            return [$"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}"];
        }

        if (node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.Status != "True")
        {
            return ["node(s) were not ready"];
        }

        return IsWanted(pod, node) ? Lacking(pod, use) : ["node(s) didn't match Pod's node affinity/selector"];
    }

    /// <summary>Whether one of the pod's tolerations covers the taint.</summary>
    public static bool Tolerates(Pod pod, Taint taint) => (pod.Spec.Tolerations ?? []).Any(toleration => Covers(toleration, taint));

    private static bool Covers(Toleration toleration, Taint taint)
    {
        if (!string.IsNullOrEmpty(toleration.Effect) && toleration.Effect != taint.Effect)
        {
            return false;
        }

        bool exists = toleration.Operator == "Exists";
        if (string.IsNullOrEmpty(toleration.Key))
        {
            return exists;
        }

        return toleration.Key == taint.Key && (exists || (toleration.Value ?? "") == (taint.Value ?? ""));
    }

    private static bool IsWanted(Pod pod, Node node)
    {
        IReadOnlyDictionary<string, string> labels = node.Metadata.Labels ?? new Dictionary<string, string>();
        bool selected = (pod.Spec.NodeSelector ?? new Dictionary<string, string>()).All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value);
        NodeSelector? required = pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution;
        return selected && (required is null || required.NodeSelectorTerms.Any(term => Holds(term, node, labels)));
    }

    private static bool Holds(NodeSelectorTerm term, Node node, IReadOnlyDictionary<string, string> labels)
    {
        if (term is { MatchExpressions: null or { Count: 0 }, MatchFields: null or { Count: 0 } })
        {
            return false;
        }

        return (term.MatchExpressions ?? []).All(requirement => Holds(requirement, labels.GetValueOrDefault(requirement.Key)))
            && (term.MatchFields ?? []).All(requirement => Holds(requirement, requirement.Key == "metadata.name" ? node.Metadata.Name : null));
    }

    private static bool Holds(NodeSelectorRequirement requirement, string? value) => requirement.Operator switch
    {
        "In" => value is not null && requirement.Values?.Contains(value, StringComparer.Ordinal) == true,
        "NotIn" => value is null || requirement.Values?.Contains(value, StringComparer.Ordinal) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Number(value) is { } actual && Number(requirement.Values?.FirstOrDefault()) is { } limit && actual > limit,
        "Lt" => Number(value) is { } actual && Number(requirement.Values?.FirstOrDefault()) is { } limit && actual < limit,
        _ => false,
    };

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static IReadOnlyList<string> Lacking(Pod pod, NodeUse use)
    {
        IReadOnlyDictionary<string, Quantity> allocatable = use.Node.Status?.Allocatable ?? new Dictionary<string, Quantity>();
        var zero = new Quantity("0");
        var reasons = new List<string>();
        foreach ((string resource, Quantity amount) in PodRequests.Of(pod))
        {
            if (amount.CompareTo(zero) <= 0)
            {
                continue;
            }

            // A node that does not say how many pods it takes takes any number.
            if (!allocatable.TryGetValue(resource, out Quantity has))
            {
                if (resource != "pods")
                {
                    reasons.Add($"Insufficient {resource}");
                }

                continue;
            }

            if (use.Taken.GetValueOrDefault(resource, zero) + amount > has)
            {
                reasons.Add(resource == "pods" ? "Too many pods" : $"Insufficient {resource}");
            }
        }

        return reasons;
    }
}
