using System.Globalization;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.ReplicaSets;

/// <summary>Which pods of a set go first: those whose loss matters least.</summary>
/// <param name="podsOnNode">How many related active pods each node has: a crowded node gives up its pods first.</param>
/// <param name="now">The time, for the ages of pods.</param>
internal sealed class PodDeletionOrder(IReadOnlyDictionary<string, int> podsOnNode, DateTimeOffset now) : IComparer<Pod>
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    /// <summary>Negative: the first pod goes first.</summary>
    public int Compare(Pod? x, Pod? y)
    {
        Pod left = x!;
        Pod right = y!;
        foreach (int difference in Differences(left, right))
        {
            if (difference != 0)
            {
                return difference;
            }
        }

        return string.CompareOrdinal(left.Metadata.Uid, right.Metadata.Uid);
    }

    private static int PhaseRank(Pod pod) => pod.Status?.Phase switch
    {
        "Pending" or null => 0,
        "Unknown" => 1,
        _ => 2,
    };

    private static int Cost(Pod pod)
        => pod.Metadata.Annotations?.GetValueOrDefault(DeletionCost) is { } text
            && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int cost)
            ? cost
            : 0;

    private IEnumerable<int> Differences(Pod left, Pod right)
    {
        // 1. Without a node before with one.
        yield return HasNode(left).CompareTo(HasNode(right));

        // 2. Pending before unknown before running.
        yield return PhaseRank(left).CompareTo(PhaseRank(right));

        // 3. Not ready before ready.
        yield return left.IsReady().CompareTo(right.IsReady());

        // 4. What the user said.
        yield return Cost(left).CompareTo(Cost(right));

        // 5. From crowded nodes first.
        yield return Crowd(right).CompareTo(Crowd(left));

        // 6. Ready for a shorter time first, in magnitudes: among about equally old pods the choice is by uid, so that it spreads.
        if (left.IsReady() && right.IsReady())
        {
            yield return Younger(left.ReadyCondition()?.LastTransitionTime, right.ReadyCondition()?.LastTransitionTime);
        }

        // 7. Those that restart more first.
        yield return right.Restarts().CompareTo(left.Restarts());

        // 8. Younger first.
        yield return Younger(left.Metadata.CreationTimestamp, right.Metadata.CreationTimestamp);
    }

    private static bool HasNode(Pod pod) => !string.IsNullOrEmpty(pod.Spec.NodeName);

    private int Crowd(Pod pod) => podsOnNode.GetValueOrDefault(pod.Spec.NodeName ?? "");

    private int Younger(DateTimeOffset? left, DateTimeOffset? right) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        _ => Magnitude(left.Value).CompareTo(Magnitude(right.Value)),
    };

    private int Magnitude(DateTimeOffset since)
    {
        double seconds = (now - since).TotalSeconds;
        return seconds < 1 ? -1 : (int)Math.Floor(Math.Log2(seconds));
    }
}
