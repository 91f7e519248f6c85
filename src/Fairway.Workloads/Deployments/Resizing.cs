using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>Follows a change of the desired number in the middle of a rollout, or while paused: every set keeps its share.</summary>
internal static class Resizing
{
    public static void Plan(Deployment deployment, DeploymentSets sets)
    {
        // 1. Only one set has pods (or none has): it takes the whole number.
        ReplicaSet[] active = [.. sets.All.Where(set => sets.Size(set) > 0)];
        if (active.Length <= 1)
        {
            ReplicaSet? only = active.FirstOrDefault() ?? sets.New ?? sets.Old.LastOrDefault();
            if (only is not null && sets.Size(only) != sets.Desired)
            {
                sets.Scale(only, sets.Desired);
            }
            else if (only is not null)
            {
                Note(sets, only);
            }

            return;
        }

        // 2. The new set serves alone already: the rest goes.
        if (IsSaturated(sets))
        {
            foreach (ReplicaSet old in sets.ActiveOld)
            {
                sets.Scale(old, 0);
            }

            return;
        }

        // 3. Else the difference is spread in proportion.
        if (RollingLimits.IsRolling(deployment))
        {
            Spread(deployment, sets, active);
        }
    }

    /// <summary>The same size, but sized for the present desired number.</summary>
    private static void Note(DeploymentSets sets, ReplicaSet set) => sets.Scale(set, sets.Size(set));

    private static bool IsSaturated(DeploymentSets sets)
        => sets.New is { } newest
            && RevisionAnnotations.Number(newest.Metadata, RevisionAnnotations.Desired) == sets.Desired
            && sets.Size(newest) == sets.Desired
            && sets.Available(newest) == sets.Desired;

    private static void Spread(Deployment deployment, DeploymentSets sets, ReplicaSet[] active)
    {
        int allowed = sets.Desired > 0 ? sets.Desired + RollingLimits.Of(deployment).Surge : 0;
        int toAdd = allowed - active.Sum(sets.Size);

        // What is left over by rounding goes to the largest set; among equals the newest grows and the oldest shrinks.
        ReplicaSet[] order = toAdd > 0
            ? [.. active.OrderByDescending(sets.Size).ThenByDescending(set => set.Metadata.CreationTimestamp)]
            : [.. active.OrderByDescending(sets.Size).ThenBy(set => set.Metadata.CreationTimestamp)];
        int added = 0;
        var sizes = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            int share = Share(deployment, sets, order[i], toAdd, added);
            sizes[i] = sets.Size(order[i]) + share;
            added += share;
        }

        if (toAdd != 0)
        {
            sizes[0] = Math.Max(0, sizes[0] + toAdd - added);
        }

        for (int i = 0; i < order.Length; i++)
        {
            sets.Scale(order[i], sizes[i]);
        }
    }

    private static int Share(Deployment deployment, DeploymentSets sets, ReplicaSet set, int toAdd, int added)
    {
        if (toAdd == 0 || added == toAdd)
        {
            return 0;
        }

        int share = Fraction(deployment, sets, set);
        int left = toAdd - added;
        return toAdd > 0 ? Math.Min(share, left) : Math.Max(share, left);
    }

    private static int Fraction(Deployment deployment, DeploymentSets sets, ReplicaSet set)
    {
        int size = sets.Size(set);
        if (sets.Desired == 0)
        {
            return -size;
        }

        long max = sets.Desired + RollingLimits.Of(deployment).Surge;
        long before = RevisionAnnotations.Number(set.Metadata, RevisionAnnotations.Max) is { } noted and > 0
            ? noted
            : deployment.Status?.Replicas ?? 0;
        return before <= 0 ? 0 : (int)Math.Round((double)size * max / before, MidpointRounding.AwayFromZero) - size;
    }
}
