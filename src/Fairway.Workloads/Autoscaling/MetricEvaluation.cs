using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Labels;

namespace Fairway.Workloads.Autoscaling;

/// <summary>What one metric of the spec comes to.</summary>
/// <param name="Replicas">What it asks for, where it could be computed.</param>
/// <param name="Name">How the event names it.</param>
/// <param name="Status">For status.currentMetrics.</param>
/// <param name="Reason">Why not, as a reason; empty when it could be computed.</param>
/// <param name="Error">Why not, in words.</param>
/// <param name="Detail">The error as the condition tells it.</param>
internal sealed record EvaluatedMetric(int Replicas, string Name, MetricStatus Status, string Reason = "", string Error = "", string Detail = "");

/// <summary>Evaluates the metrics of a spec one by one against what was observed.</summary>
internal sealed class MetricEvaluation(ScalingObservation observed, IReadOnlyList<ScalablePod> pods)
{
    private const string NoTarget = "neither a value target nor an average value target was set";

    private readonly Tolerances _tolerances = new(
        ToleranceOf(observed.Spec.Behavior?.ScaleDown, observed.Settings),
        ToleranceOf(observed.Spec.Behavior?.ScaleUp, observed.Settings));

    private int Current => observed.Scale.SpecReplicas;

    public EvaluatedMetric Evaluate(MetricSpec spec)
    {
        (string reason, string prefix) = spec.Type switch
        {
            "Object" => ("FailedGetObjectMetric", "failed to get object metric value"),
            "Pods" => ("FailedGetPodsMetric", "failed to get pods metric value"),
            "Resource" => ("FailedGetResourceMetric", $"failed to get {spec.Resource?.Name} resource metric value"),
            "ContainerResource" => ("FailedGetContainerResourceMetric", $"failed to get {spec.ContainerResource?.Container} container metric value"),
            "External" => ("FailedGetExternalMetric", $"failed to get {spec.External?.Metric.Name} external metric value"),
            _ => ("InvalidMetricSourceType", ""),
        };
        try
        {
            return spec switch
            {
                { Type: "Object", Object: { } source } => OfObject(source),
                { Type: "Pods", Pods: { } source } => OfPods(source),
                { Type: "Resource", Resource: { } source } => OfResource(source),
                { Type: "ContainerResource", ContainerResource: { } source } => OfContainer(source),
                { Type: "External", External: { } source } => OfExternal(source),
                { Type: "Object" or "Pods" or "Resource" or "ContainerResource" or "External" }
                    => throw new MetricException($"the metric is of type {spec.Type} and has no such source"),
                _ => throw new MetricException($"unknown metric source type \"{spec.Type}\""),
            };
        }
        catch (MetricException failure)
        {
            string error = prefix.Length == 0 ? failure.Message : $"{prefix}: {failure.Message}";
            return new EvaluatedMetric(0, "", new MetricStatus { Type = "" }, reason, error, failure.Message);
        }
    }

    private EvaluatedMetric OfObject(ObjectMetricSource source)
    {
        CheckSelector(source.Metric.Selector);
        switch (source.Target)
        {
            case { Type: "Value", Value: { } value }:
                long usage = ObjectValue(source);
                int replicas = ReplicaCalculation.ByValue(Current, Ratio(usage, value.MilliValue), _tolerances, ReadyPods);
                return new EvaluatedMetric(replicas, $"{source.DescribedObject.Kind} metric {source.Metric.Name}", ObjectStatus(new MetricValueStatus { Value = Quantity.FromMilli(usage) }));
            case { Type: "AverageValue", AverageValue: { } average }:
                Proposal share = ReplicaCalculation.ByShare(observed.Scale.StatusReplicas, ObjectValue(source), average.MilliValue, _tolerances);
                return new EvaluatedMetric(
                    share.Replicas,
                    $"external metric {source.Metric.Name}({Show(source.Metric.Selector)})",
                    ObjectStatus(new MetricValueStatus { AverageValue = Quantity.FromMilli(share.Average) }));
            default:
                throw new MetricException($"invalid object metric source: {NoTarget}");
        }

        MetricStatus ObjectStatus(MetricValueStatus value) => new()
        {
            Type = "Object",
            Object = new ObjectMetricStatus { Metric = source.Metric, Current = value, DescribedObject = source.DescribedObject },
        };
    }

    private long ObjectValue(ObjectMetricSource source)
    {
        MetricReading reading = observed.ObjectMetric(source);
        return reading.Error is null && reading.Values.Count > 0
            ? reading.Values[0].MilliValue
            : throw new MetricException($"unable to get metric {source.Metric.Name}: {source.DescribedObject.Kind} on {observed.Namespace} {source.DescribedObject.Name}/{reading.Error}");
    }

    private EvaluatedMetric OfPods(PodsMetricSource source)
    {
        CheckSelector(source.Metric.Selector);
        if (source.Target.AverageValue is not { } target)
        {
            throw new MetricException("invalid pods metric source: no average value target was set");
        }

        var metrics = new Dictionary<string, PodMetric>(StringComparer.Ordinal);
        foreach (ScalablePod pod in pods)
        {
            if (pod.Metrics is { } values && values.TryGetValue(source.Metric.Name, out Quantity value))
            {
                metrics[pod.Name] = new PodMetric(value.MilliValue, pod.MetricTime, pod.MetricWindow);
            }
        }

        if (metrics.Count == 0)
        {
            throw new MetricException($"unable to get metric {source.Metric.Name}: no metrics returned from custom metrics API");
        }

        Proposal proposal = ReplicaCalculation.ByAverage(Current, Group(metrics, ""), target.MilliValue, _tolerances);
        return new EvaluatedMetric(proposal.Replicas, $"pods metric {source.Metric.Name}", new MetricStatus
        {
            Type = "Pods",
            Pods = new PodsMetricStatus { Metric = source.Metric, Current = new MetricValueStatus { AverageValue = Quantity.FromMilli(proposal.Average) } },
        });
    }

    private EvaluatedMetric OfResource(ResourceMetricSource source)
    {
        (Proposal proposal, MetricValueStatus value) = Resource(source.Name, source.Target, container: null);
        return new EvaluatedMetric(
            proposal.Replicas,
            source.Target.AverageValue is null ? $"{source.Name} resource utilization (percentage of request)" : $"{source.Name} resource",
            new MetricStatus { Type = "Resource", Resource = new ResourceMetricStatus { Name = source.Name, Current = value } });
    }

    private EvaluatedMetric OfContainer(ContainerResourceMetricSource source)
    {
        (Proposal proposal, MetricValueStatus value) = Resource(source.Name, source.Target, source.Container);
        return new EvaluatedMetric(
            proposal.Replicas,
            source.Target.AverageValue is null ? $"{source.Name} container resource utilization (percentage of request)" : $"{source.Name} resource",
            new MetricStatus
            {
                Type = "ContainerResource",
                ContainerResource = new ContainerResourceMetricStatus { Name = source.Name, Container = source.Container, Current = value },
            });
    }

    private (Proposal Proposal, MetricValueStatus Value) Resource(string resource, MetricTarget target, string? container)
    {
        if (target is { AverageValue: null, AverageUtilization: null })
        {
            throw new MetricException("invalid resource metric source: neither an average utilization target nor an average value (usage) target was set");
        }

        try
        {
            Dictionary<string, PodMetric> metrics = PodUsage.Of(pods, resource, container, observed.Namespace);
            PodGroups groups = Group(metrics, resource);
            if (target.AverageValue is { } average)
            {
                Proposal plain = ReplicaCalculation.ByAverage(Current, groups, average.MilliValue, _tolerances);
                return (plain, new MetricValueStatus { AverageValue = Quantity.FromMilli(plain.Average) });
            }

            Dictionary<string, long> requests = PodUsage.Requests(pods, resource, container);
            Proposal relative = ReplicaCalculation.ByUtilization(Current, groups, requests, target.AverageUtilization!.Value, _tolerances);
            return (relative, new MetricValueStatus { AverageValue = Quantity.FromMilli(relative.Average), AverageUtilization = relative.Utilization });
        }
        catch (MetricException failure)
        {
            throw new MetricException($"failed to get {resource} {(target.AverageValue is null ? "utilization" : "usage")}: {failure.Message}");
        }
    }

    private EvaluatedMetric OfExternal(ExternalMetricSource source)
    {
        string name = $"external metric {source.Metric.Name}({Show(source.Metric.Selector)})";
        if (source.Target.AverageValue is { } average)
        {
            Proposal share = ReplicaCalculation.ByShare(observed.Scale.StatusReplicas, ExternalValue(source, $"failed to get {source.Metric.Name} external metric"), average.MilliValue, _tolerances);
            return new EvaluatedMetric(share.Replicas, name, ExternalStatus(new MetricValueStatus { AverageValue = Quantity.FromMilli(share.Average) }));
        }

        if (source.Target.Value is { } value)
        {
            long usage = ExternalValue(source, $"failed to get external metric {source.Metric.Name}");
            int replicas = ReplicaCalculation.ByValue(Current, Ratio(usage, value.MilliValue), _tolerances, ReadyPods);
            return new EvaluatedMetric(replicas, name, ExternalStatus(new MetricValueStatus { Value = Quantity.FromMilli(usage) }));
        }

        throw new MetricException($"invalid external metric source: {NoTarget}");

        MetricStatus ExternalStatus(MetricValueStatus current)
            => new() { Type = "External", External = new ExternalMetricStatus { Metric = source.Metric, Current = current } };
    }

    /// <summary>The sum of the series; saturates.</summary>
    private long ExternalValue(ExternalMetricSource source, string failed)
    {
        CheckSelector(source.Metric.Selector);
        MetricReading reading = observed.ExternalMetric(source);
        if (reading.Error is { } error)
        {
            throw new MetricException($"{failed}: unable to get external metric {observed.Namespace}/{source.Metric.Name}/{Show(source.Metric.Selector)}: {error}");
        }

        Int128 sum = 0;
        foreach (Quantity value in reading.Values)
        {
            sum += value.MilliValue;
        }

        return (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
    }

    private PodGroups Group(Dictionary<string, PodMetric> metrics, string resource)
    {
        if (pods.Count == 0)
        {
            throw NoPods();
        }

        var groups = PodGroups.Of(pods, metrics, resource, observed.Settings);
        return groups.Metrics.Count > 0 ? groups : throw new MetricException("did not receive metrics for targeted pods (pods might be unready)");
    }

    private int ReadyPods() => pods.Count > 0
        ? pods.Count(pod => pod is { Phase: "Running", Ready: "True" })
        : throw new MetricException($"unable to calculate ready pods: {NoPods().Message}");

    private static MetricException NoPods() => new("no pods returned by selector while calculating replica count");

    private static double Ratio(long usage, long target) => (double)usage / target;

    private static double ToleranceOf(HPAScalingRules? rules, ScalingSettings settings)
        => rules?.Tolerance is { } own ? (double)own.Nanos / 1e9 : settings.Tolerance;

    private static void CheckSelector(LabelSelectorSpec? selector)
    {
        foreach (LabelSelectorRequirement requirement in selector?.MatchExpressions ?? [])
        {
            try
            {
                LabelSelector.Expression(requirement.Key, requirement.Operator, requirement.Values ?? []);
            }
            catch (StatusException refused)
            {
                throw new MetricException(refused.Message);
            }
        }
    }

    /// <summary>A selector as Go prints its pointer, which is how the events of kube-controller-manager name it.</summary>
    private static string Show(LabelSelectorSpec? selector)
    {
        if (selector is null)
        {
            return "nil";
        }

        string labels = string.Concat((selector.MatchLabels ?? new Dictionary<string, string>()).OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => $"{each.Key}: {each.Value},"));
        string expressions = string.Concat((selector.MatchExpressions ?? []).Select(each => $"LabelSelectorRequirement{{Key:{each.Key},Operator:{each.Operator},Values:[{string.Join(' ', each.Values ?? [])}],}},"));
        return $"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}";
    }
}
