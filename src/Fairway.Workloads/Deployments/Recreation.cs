using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>Recreate: every old pod ends before the first new one starts.</summary>
internal static class Recreation
{
    public static bool IsOldGone(DeploymentSets sets, IReadOnlySet<string> setsWithPods)
        => sets.SizeOfOld == 0 && !sets.Old.Any(set => setsWithPods.Contains(set.Metadata.Uid!));

    public static void ScaleOldDown(DeploymentSets sets)
    {
        foreach (ReplicaSet old in sets.ActiveOld)
        {
            sets.Scale(old, 0);
        }
    }

    public static void ScaleNew(DeploymentSets sets)
    {
        if (sets.New is { } newest && sets.Size(newest) != sets.Desired)
        {
            sets.Scale(newest, sets.Desired);
        }
    }
}
