using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>One step of a rolling update: the new set grows into the room that the surge leaves, the old ones shrink by what availability allows.</summary>
internal static class Rolling
{
    /// <summary>The size with which a set of a new template begins.</summary>
    public static int SizeOfCreated(Deployment deployment, DeploymentSets sets) => Grown(deployment, sets, 0);

    /// <summary>Either the new set changes or the old ones do, never both in one step.</summary>
    public static void Plan(Deployment deployment, DeploymentSets sets)
    {
        if (sets.Created is not null)
        {
            return;
        }

        if (sets.New is { } newest)
        {
            int size = sets.Size(newest);
            int wanted = size > sets.Desired ? sets.Desired : Grown(deployment, sets, size);
            if (wanted != size)
            {
                sets.Scale(newest, wanted);
                return;
            }
        }

        ShrinkOld(deployment, sets);
    }

    private static int Grown(Deployment deployment, DeploymentSets sets, int size)
    {
        if (!sets.AreReported)
        {
            return size;
        }

        int room = sets.Desired + RollingLimits.Of(deployment).Surge - sets.Occupied;
        return room <= 0 ? size : size + Math.Min(room, Math.Max(0, sets.Desired - size));
    }

    private static void ShrinkOld(Deployment deployment, DeploymentSets sets)
    {
        if (sets.SizeOfOld == 0 || !sets.AreReported)
        {
            return;
        }

        int minAvailable = sets.Desired - RollingLimits.Of(deployment).Unavailable;
        int unavailableNew = sets.New is null ? 0 : sets.Size(sets.New) - sets.Available(sets.New);
        int most = sets.SizeOfAll - minAvailable - unavailableNew;
        if (most <= 0)
        {
            return;
        }

        // 1. Pods that do not serve go first: nobody misses them, and they may be what keeps the rollout from going on.
        int left = most;
        foreach (ReplicaSet old in sets.ActiveOld)
        {
            int size = sets.Size(old);
            int broken = Math.Min(left, size - sets.Available(old));
            if (broken > 0)
            {
                sets.Scale(old, size - broken);
                left -= broken;
            }
        }

        // 2. Then as many as may be missing, from the oldest set on.
        int spare = sets.AvailableOfAll - minAvailable;
        foreach (ReplicaSet old in sets.ActiveOld)
        {
            int fewer = Math.Min(sets.Size(old), spare);
            if (fewer > 0)
            {
                sets.Scale(old, sets.Size(old) - fewer);
                spare -= fewer;
            }
        }
    }
}
