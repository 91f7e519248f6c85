namespace Fairway.Workloads.Autoscaling;

/// <summary>A value of a pod in thousandths, when it was taken and over how long.</summary>
internal readonly record struct PodMetric(long Value, double Time, double Window);

/// <summary>
/// Which pods' metrics count. Pods that end or failed never do; pending ones, and pods whose CPU is still that of their start, are
/// unready; the others either have the metric or miss it.
/// </summary>
internal sealed class PodGroups
{
    private readonly HashSet<string> _unready = new(StringComparer.Ordinal);
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    private PodGroups(Dictionary<string, PodMetric> metrics) => Metrics = metrics;

    public int ReadyCount { get; private set; }

    public IReadOnlySet<string> Unready => _unready;

    public IReadOnlySet<string> Missing => _missing;

    /// <summary>The metrics of ready pods, by name of the pod; values for the others are added by the calculation.</summary>
    public Dictionary<string, PodMetric> Metrics { get; }

    public static PodGroups Of(IReadOnlyList<ScalablePod> pods, IReadOnlyDictionary<string, PodMetric> metrics, string resource, ScalingSettings settings)
    {
        var groups = new PodGroups(new Dictionary<string, PodMetric>(metrics, StringComparer.Ordinal));
        foreach (ScalablePod pod in pods)
        {
            groups.Add(pod, resource, settings);
        }

        return groups;
    }

    private void Add(ScalablePod pod, string resource, ScalingSettings settings)
    {
        if (pod.IsBeingDeleted || pod.Phase == "Failed")
        {
            Metrics.Remove(pod.Name);
        }
        else if (pod.Phase == "Pending")
        {
            _unready.Add(pod.Name);
            Metrics.Remove(pod.Name);
        }
        else if (!Metrics.TryGetValue(pod.Name, out PodMetric metric))
        {
            _missing.Add(pod.Name);
        }
        else if (resource == "cpu" && IsStarting(pod, metric, settings))
        {
            _unready.Add(pod.Name);
            Metrics.Remove(pod.Name);
        }
        else
        {
            ReadyCount++;
        }
    }

    private static bool IsStarting(ScalablePod pod, PodMetric metric, ScalingSettings settings)
    {
        if (pod.Ready is null || pod.Start is not { } start)
        {
            return true;
        }

        double since = pod.ReadySince ?? double.NegativeInfinity;
        bool isUnready = pod.Ready == "False";
        return start + settings.CpuInitializationPeriod > 0
            ? isUnready || metric.Time < since + metric.Window
            : isUnready && start + settings.InitialReadinessDelay > since;
    }
}
