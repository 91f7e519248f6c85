using System.Numerics;

namespace Fairway.Workloads.Autoscaling;

/// <summary>How far a metric may be from its target, in each direction, without a change.</summary>
internal readonly record struct Tolerances(double Down, double Up)
{
    public bool Contain(double ratio) => 1.0 - Down <= ratio && ratio <= 1.0 + Up;
}

/// <summary>What one metric asks for.</summary>
/// <param name="Replicas">How many pods.</param>
/// <param name="Average">The average value for each pod, or the value, in thousandths.</param>
/// <param name="Utilization">Percent of the request, where the target is one.</param>
internal readonly record struct Proposal(int Replicas, long Average, int? Utilization = null);

/// <summary>The arithmetic of a metric: from values and a target to a number of pods. Semantics of kube-controller-manager 1.33 and later.</summary>
internal static class ReplicaCalculation
{
    /// <summary>By percent of what the pods request.</summary>
    /// <exception cref="MetricException">None of the metrics belongs to a pod that requests something.</exception>
    public static Proposal ByUtilization(int current, PodGroups pods, IReadOnlyDictionary<string, long> requests, int target, Tolerances tolerances)
    {
        (double ratio, int utilization, long average) = Utilization(pods.Metrics, requests, target);
        int replicas = ByRatio(
            current,
            pods,
            ratio,
            tolerances,
            missing: pod => (long)((Int128)requests.GetValueOrDefault(pod) * Math.Max(100, target) / 100),
            again: () => Utilization(pods.Metrics, requests, target).Ratio);
        return new Proposal(replicas, average, utilization);
    }

    /// <summary>By the average of a value, in thousandths.</summary>
    public static Proposal ByAverage(int current, PodGroups pods, long target, Tolerances tolerances)
    {
        (double ratio, long average) = Average(pods.Metrics, target);
        int replicas = ByRatio(current, pods, ratio, tolerances, missing: _ => target, again: () => Average(pods.Metrics, target).Ratio);
        return new Proposal(replicas, average);
    }

    /// <summary>By a value as a whole against its target; from zero pods the ratio itself is the number.</summary>
    public static int ByValue(int current, double ratio, Tolerances tolerances, Func<int> readyPods)
        => current == 0 ? Ceiling(ratio)
            : tolerances.Contain(ratio) ? current
            : Ceiling(ratio * readyPods());

    /// <summary>By a value that is shared by the pods.</summary>
    public static Proposal ByShare(int statusReplicas, long usage, long target, Tolerances tolerances)
    {
        double ratio = usage / ((double)target * statusReplicas);
        int replicas = tolerances.Contain(ratio) ? statusReplicas : Ceiling((double)usage / target);
        return new Proposal(replicas, statusReplicas == 0 ? usage : (long)Math.Ceiling((double)usage / statusReplicas));
    }

    public static int Ceiling(double value) => Math.Ceiling(value) switch
    {
        >= int.MaxValue => int.MaxValue,
        <= int.MinValue => int.MinValue,
        double.NaN => 0,
        double whole => (int)whole,
    };

    /// <summary>
    /// 1. Nothing unknown that could matter: ratio times ready pods. 2. Else unknown pods count against a change: as idle when it goes
    /// up, as at their request or target when it goes down. 3. If that takes the reason for the change away, there is none.
    /// </summary>
    private static int ByRatio(int current, PodGroups pods, double ratio, Tolerances tolerances, Func<string, long> missing, Func<double> again)
    {
        bool isUpWithUnready = pods.Unready.Count > 0 && ratio > 1.0;
        if (!isUpWithUnready && pods.Missing.Count == 0)
        {
            return tolerances.Contain(ratio) ? current : Ceiling(ratio * pods.ReadyCount);
        }

        if (ratio != 1.0)
        {
            foreach (string pod in pods.Missing)
            {
                pods.Metrics[pod] = new PodMetric(ratio < 1.0 ? missing(pod) : 0, 0, 0);
            }
        }

        if (isUpWithUnready)
        {
            foreach (string pod in pods.Unready)
            {
                pods.Metrics[pod] = default;
            }
        }

        double cautious = again();
        if (tolerances.Contain(cautious) || (ratio < 1.0 && cautious > 1.0) || (ratio > 1.0 && cautious < 1.0))
        {
            return current;
        }

        int replicas = Ceiling(cautious * pods.Metrics.Count);
        bool isWrongWay = (cautious < 1.0 && replicas > current) || (cautious > 1.0 && replicas < current);
        return isWrongWay ? current : replicas;
    }

    private static (double Ratio, int Percent, long Average) Utilization(
        Dictionary<string, PodMetric> metrics, IReadOnlyDictionary<string, long> requests, int target)
    {
        BigInteger used = BigInteger.Zero;
        BigInteger requested = BigInteger.Zero;
        int count = 0;
        foreach ((string pod, PodMetric metric) in metrics)
        {
            if (requests.TryGetValue(pod, out long request))
            {
                used += metric.Value;
                requested += request;
                count++;
            }
        }

        if (requested.IsZero)
        {
            throw new MetricException("no metrics returned matched known pods");
        }

        int percent = (int)BigInteger.Clamp(used * 100 / requested, int.MinValue, int.MaxValue);
        return ((double)percent / target, percent, (long)(used / count));
    }

    private static (double Ratio, long Average) Average(Dictionary<string, PodMetric> metrics, long target)
    {
        Int128 total = 0;
        foreach (PodMetric metric in metrics.Values)
        {
            total += metric.Value;
        }

        long average = (long)(total / metrics.Count);
        return ((double)average / target, average);
    }
}

/// <summary>A metric could not be had; the message says why.</summary>
internal sealed class MetricException(string message) : Exception(message);
