using System.Globalization;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.DaemonSets;

/// <summary>On which nodes a daemon's pod starts, and on which one that is there may stay. Pure.</summary>
internal static class DaemonNodes
{
    /// <summary>What every daemon's pod puts up with: a node in trouble is where it is needed.</summary>
    private static readonly Toleration[] Always =
    [
        new() { Key = "node.kubernetes.io/not-ready", Operator = "Exists", Effect = "NoExecute" },
        new() { Key = "node.kubernetes.io/unreachable", Operator = "Exists", Effect = "NoExecute" },
        new() { Key = "node.kubernetes.io/disk-pressure", Operator = "Exists", Effect = "NoSchedule" },
        new() { Key = "node.kubernetes.io/memory-pressure", Operator = "Exists", Effect = "NoSchedule" },
        new() { Key = "node.kubernetes.io/pid-pressure", Operator = "Exists", Effect = "NoSchedule" },
        new() { Key = "node.kubernetes.io/unschedulable", Operator = "Exists", Effect = "NoSchedule" },
    ];

    private static readonly Toleration Network = new() { Key = "node.kubernetes.io/network-unavailable", Operator = "Exists", Effect = "NoSchedule" };

    /// <summary>The template's tolerations and those that daemons have.</summary>
    public static IReadOnlyList<Toleration> TolerationsOf(PodSpec spec)
    {
        Toleration[] own = [.. spec.Tolerations ?? []];
        IEnumerable<Toleration> added = spec.HostNetwork == true ? [.. Always, Network] : Always;
        return [.. own, .. added.Where(each => !own.Any(mine => mine.Key == each.Key && mine.Effect == each.Effect && mine.Operator == each.Operator))];
    }

    /// <returns>Whether the pod should start there, and whether one that runs there may go on.</returns>
    public static (bool ShouldRun, bool MayContinue) Judge(DaemonSet set, Node node)
    {
        PodSpec spec = set.Spec.Template.Spec;
        if ((!string.IsNullOrEmpty(spec.NodeName) && spec.NodeName != node.Metadata.Name) || !IsWanted(spec, node))
        {
            return (false, false);
        }

        IReadOnlyList<Toleration> tolerations = TolerationsOf(spec);
        Taint[] against = [.. (node.Spec?.Taints ?? []).Where(taint => !tolerations.Any(toleration => Covers(toleration, taint)))];
        bool isThrownOut = against.Any(taint => taint.Effect == "NoExecute");
        return against.Any(taint => taint.Effect is "NoExecute" or "NoSchedule") ? (false, !isThrownOut) : (true, true);
    }

    private static bool Covers(Toleration toleration, Taint taint)
    {
        bool isEffect = string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect;
        bool exists = toleration.Operator == "Exists";
        return isEffect && (string.IsNullOrEmpty(toleration.Key)
            ? exists
            : toleration.Key == taint.Key && (exists || (toleration.Value ?? "") == (taint.Value ?? "")));
    }

    private static bool IsWanted(PodSpec spec, Node node)
    {
        IReadOnlyDictionary<string, string> labels = node.Metadata.Labels ?? new Dictionary<string, string>();
        NodeSelector? required = spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution;
        return (spec.NodeSelector ?? new Dictionary<string, string>()).All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value)
            && (required is null || required.NodeSelectorTerms.Any(term => Holds(term, node, labels)));
    }

    private static bool Holds(NodeSelectorTerm term, Node node, IReadOnlyDictionary<string, string> labels)
        => term is not { MatchExpressions: null or { Count: 0 }, MatchFields: null or { Count: 0 } }
            && (term.MatchExpressions ?? []).All(requirement => Holds(requirement, labels.GetValueOrDefault(requirement.Key)))
            && (term.MatchFields ?? []).All(requirement => Holds(requirement, requirement.Key == "metadata.name" ? node.Metadata.Name : null));

    private static bool Holds(NodeSelectorRequirement requirement, string? value) => requirement.Operator switch
    {
        "In" => value is not null && requirement.Values?.Contains(value, StringComparer.Ordinal) == true,
        "NotIn" => value is null || requirement.Values?.Contains(value, StringComparer.Ordinal) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Number(value) > Number(requirement.Values?.FirstOrDefault()),
        "Lt" => Number(value) < Number(requirement.Values?.FirstOrDefault()),
        _ => false,
    };

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
}
