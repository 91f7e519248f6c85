using System.Globalization;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>Whether a pod may be on a node by taints, selectors and affinity to nodes: what depends on these two alone. Pure.</summary>
internal static class NodeFit
{
    private static readonly Taint Cordon = new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" };

    /// <summary>Whether one of the pod's tolerations covers the taint.</summary>
    public static bool Tolerates(Pod pod, Taint taint) => (pod.Spec.Tolerations ?? []).Any(toleration => Covers(toleration, taint));

    /// <summary>Whether a cordoned node may still take the pod.</summary>
    public static bool ToleratesCordon(Pod pod) => Tolerates(pod, Cordon);

    /// <summary>The first taint that keeps the pod off, if there is one.</summary>
    public static Taint? Untolerated(Pod pod, Node node)
    {
        foreach (Taint taint in node.Spec?.Taints ?? [])
        {
            if (taint.Effect is "NoSchedule" or "NoExecute" && !Tolerates(pod, taint))
            {
                return taint;
            }
        }

        return null;
    }

    /// <summary>nodeSelector and required node affinity.</summary>
    public static bool IsWanted(Pod pod, Node node)
    {
        foreach ((string label, string value) in pod.Spec.NodeSelector ?? Nothing)
        {
            if ((node.Metadata.Labels ?? Nothing).GetValueOrDefault(label) != value)
            {
                return false;
            }
        }

        return Matches(pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution, node);
    }

    /// <summary>Any of the terms holds; no selector at all matches every node.</summary>
    public static bool Matches(NodeSelector? selector, Node node) => selector is null || selector.NodeSelectorTerms.Any(term => Matches(term, node));

    /// <summary>All of a term's requirements hold; one without any matches no node.</summary>
    public static bool Matches(NodeSelectorTerm term, Node node)
    {
        if (term is { MatchExpressions: null or { Count: 0 }, MatchFields: null or { Count: 0 } })
        {
            return false;
        }

        return (term.MatchExpressions ?? []).All(requirement => Holds(requirement, node.Metadata.Labels?.GetValueOrDefault(requirement.Key)))
            && (term.MatchFields ?? []).All(requirement => Holds(requirement, requirement.Key == "metadata.name" ? node.Metadata.Name : null));
    }

    /// <summary>
    /// The nodes that the pod's required affinity names one by one (what DaemonSets do), or null when it does not: the others
    /// need not be looked at.
    /// </summary>
    public static HashSet<string>? NamedNodes(Pod pod)
    {
        if (pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is not { NodeSelectorTerms: { Count: > 0 } terms })
        {
            return null;
        }

        HashSet<string>? all = null;
        foreach (NodeSelectorTerm term in terms)
        {
            HashSet<string>? named = null;
            foreach (NodeSelectorRequirement requirement in term.MatchFields ?? [])
            {
                if (requirement is { Key: "metadata.name", Operator: "In" })
                {
                    named = [.. (requirement.Values ?? []).Where(value => named is null || named.Contains(value))];
                }
            }

            if (named is null)
            {
                return null;
            }

            (all ??= []).UnionWith(named);
        }

        return all;
    }

    /// <summary>Whether a toleration covers a taint.</summary>
    public static bool Covers(Toleration toleration, Taint taint)
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

    private static IReadOnlyDictionary<string, string> Nothing { get; } = new Dictionary<string, string>();

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
}
