using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>How far a rolling update may stray from the desired number of pods.</summary>
/// <param name="Surge">So many pods more.</param>
/// <param name="Unavailable">So many available pods fewer.</param>
internal readonly record struct RollingLimits(int Surge, int Unavailable)
{
    public static bool IsRolling(Deployment deployment) => deployment.Spec.Strategy?.Type is null or "RollingUpdate";

    /// <summary>Percentages are of the desired number: the surge rounded up, the unavailable down. Both 0 would stand still: then one may be missing.</summary>
    public static RollingLimits Of(Deployment deployment)
    {
        int replicas = deployment.Spec.Replicas ?? 1;
        if (!IsRolling(deployment))
        {
            return new RollingLimits(0, 0);
        }

        RollingUpdateDeployment? rolling = deployment.Spec.Strategy?.RollingUpdate;
        int surge = (rolling?.MaxSurge ?? "25%").Of(replicas, roundUp: true) ?? 0;
        int unavailable = (rolling?.MaxUnavailable ?? "25%").Of(replicas, roundUp: false) ?? 0;
        if (surge == 0 && unavailable == 0)
        {
            unavailable = 1;
        }

        return new RollingLimits(surge, Math.Min(unavailable, replicas));
    }
}
