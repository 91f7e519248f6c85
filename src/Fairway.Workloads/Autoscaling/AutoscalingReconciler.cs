using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Labels;
using Fairway.Resources.Usage;

namespace Fairway.Workloads.Autoscaling;

/// <summary>Applies what the planner decides: looks at the target, its pods and their metrics every 15 seconds.</summary>
internal sealed class AutoscalingReconciler(IClusterApi api, InformerSet informers, WorkloadsOptions options, EventRecorder events, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private readonly Informer<HorizontalPodAutoscaler> _autoscalers = informers.Of<HorizontalPodAutoscaler>();
    private readonly Informer<Pod> _pods = informers.Of<Pod>();
    private readonly ScaleTargets _targets = new(api, informers);
    private readonly ScalingMemory _memory = new(time);
    private readonly ConcurrentDictionary<ObjectKey, LabelSelector> _selectors = new();
    private readonly ConcurrentDictionary<ObjectKey, (string Spec, DateTimeOffset Until)> _decided = new();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_autoscalers.Get(key) is not { } autoscaler || autoscaler.Metadata.DeletionTimestamp is not null)
        {
            _memory.Forget(key);
            _selectors.TryRemove(key, out _);
            _decided.TryRemove(key, out _);
            return ReconcileResult.Done;
        }

        // What is reported changes with every measurement, and is no reason to measure again before it is time.
        DateTimeOffset now = time.GetUtcNow();
        string spec = $"{autoscaler.Metadata.Uid} {JsonSerializer.Serialize(autoscaler.Spec, KindsJson.Of<HorizontalPodAutoscalerSpec>())}";
        if (_decided.TryGetValue(key, out (string Spec, DateTimeOffset Until) decided) && decided.Spec == spec && decided.Until > now)
        {
            return ReconcileResult.After(decided.Until - now);
        }

        _decided[key] = (spec, now + Period);
        FoundScale target;
        try
        {
            target = await _targets.FindAsync(key.Namespace, autoscaler.Spec.ScaleTargetRef, cancellation);
        }
        catch (StatusException refused)
        {
            events.Warning(autoscaler, "FailedGetScale", refused.Message);
            var lost = new HorizontalPodAutoscalerCondition
            {
                Type = ScalingConditions.AbleToScale,
                Status = "False",
                Reason = "FailedGetScale",
                Message = $"the HPA controller was unable to get the target's current scale: {refused.Message}",
            };
            await WriteStatusAsync(autoscaler, (autoscaler.Status ?? new HorizontalPodAutoscalerStatus()) with { Conditions = Merged(autoscaler, [lost]) }, cancellation);
            return ReconcileResult.After(Period);
        }

        _memory.Begin(key, target.Scale.SpecReplicas);
        ScalingDecision decision = AutoscalingPlanner.Plan(await ObserveAsync(key, autoscaler, target, cancellation));
        await ApplyAsync(key, autoscaler, target, decision, cancellation);
        return ReconcileResult.After(Period);
    }

    private async Task<ScalingObservation> ObserveAsync(ObjectKey key, HorizontalPodAutoscaler autoscaler, FoundScale target, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        LabelSelector selector = target.Scale.Selector.Length == 0 ? LabelSelector.Nothing : LabelSelector.Parse(target.Scale.Selector);
        _selectors[key] = selector;
        Pod[] selected = [.. _pods.List(key.Namespace).Where(pod => selector.Matches(pod.Metadata.Labels))];
        var usage = (options.Usage()?.Pods(key.Namespace) ?? []).ToDictionary(sample => sample.Name, StringComparer.Ordinal);
        MetricAnswers answers = await MetricQueries.AskAsync(options.Signals(), autoscaler.Spec, api.Cluster, key.Namespace, cancellation);
        string[] rivals =
        [
            .. _selectors.Where(other => other.Key != key && other.Key.Namespace == key.Namespace && selected.Any(pod => other.Value.Matches(pod.Metadata.Labels)))
                .Select(other => other.Key.ToString()),
        ];
        return new ScalingObservation
        {
            Spec = autoscaler.Spec,
            Scale = target.Scale,
            Pods = [.. selected.Select(pod => Seen(pod, usage.GetValueOrDefault(pod.Metadata.Name), now) with { Metrics = MetricsOf(pod, autoscaler.Spec, answers) })],
            ObjectMetric = source => answers.Values(MetricQueries.OfObject(source, api.Cluster, key.Namespace)),
            ExternalMetric = source => answers.Values(MetricQueries.OfExternal(source, api.Cluster)),
            History = _memory.Of(key),
            Rivals = rivals.Length == 0 ? [] : [.. rivals.Append(key.ToString()).Order(StringComparer.Ordinal)],
            Namespace = key.Namespace,
        };
    }

    private Dictionary<string, Quantity> MetricsOf(Pod pod, HorizontalPodAutoscalerSpec spec, MetricAnswers answers)
    {
        var metrics = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (MetricSpec metric in spec.Metrics ?? [])
        {
            if (metric is { Type: "Pods", Pods: { } source }
                && answers.OfPod(MetricQueries.OfPods(source, api.Cluster, pod.Metadata.Namespace ?? ""), pod.Metadata.Name) is { } value)
            {
                metrics[source.Metric.Name] = value;
            }
        }

        return metrics;
    }

    private static ScalablePod Seen(Pod pod, PodUsageSample? usage, DateTimeOffset now) => new()
    {
        Name = pod.Metadata.Name,
        Labels = pod.Metadata.Labels,
        Phase = pod.Status?.Phase ?? "Pending",
        IsBeingDeleted = pod.Metadata.DeletionTimestamp is not null,
        Ready = pod.ReadyCondition()?.Status,
        ReadySince = (pod.ReadyCondition()?.LastTransitionTime - now)?.TotalSeconds,
        Start = (pod.Status?.StartTime - now)?.TotalSeconds,
        Containers =
        [
            .. pod.Spec.Containers.Concat((pod.Spec.InitContainers ?? []).Where(container => container.RestartPolicy == "Always"))
                .Select(container => new ContainerRequests(container.Name, container.Resources?.Requests ?? new Dictionary<string, Quantity>())),
        ],
        Usage = usage?.Containers.ToDictionary(
            container => container.Name,
            IReadOnlyDictionary<string, Quantity> (container) => new Dictionary<string, Quantity>
            {
                ["cpu"] = new(string.Create(CultureInfo.InvariantCulture, $"{container.CpuNanocores}n")),
                ["memory"] = new(container.MemoryBytes.ToString(CultureInfo.InvariantCulture)),
            },
            StringComparer.Ordinal),
        MetricTime = (usage?.At - now)?.TotalSeconds ?? 0,
        MetricWindow = usage?.Window.TotalSeconds ?? 0,
    };

    private async Task ApplyAsync(ObjectKey key, HorizontalPodAutoscaler autoscaler, FoundScale target, ScalingDecision decision, CancellationToken cancellation)
    {
        int current = target.Scale.SpecReplicas;
        foreach ((string reason, string message) in decision.Warnings)
        {
            events.Warning(autoscaler, reason, message);
        }

        if (decision.Error is { } error && decision.Recommendation is null)
        {
            events.Warning(autoscaler, "FailedComputeMetricsReplicas", error);
        }

        if (decision.Recommendation is { } wanted)
        {
            _memory.Recommend(key, wanted);
        }

        IReadOnlyList<HorizontalPodAutoscalerCondition> conditions = decision.Conditions;
        bool isRescaled = decision.IsRescale && (conditions = await RescaleAsync(key, autoscaler, target, decision, cancellation)) == decision.Conditions;
        HorizontalPodAutoscalerStatus before = autoscaler.Status ?? new HorizontalPodAutoscalerStatus();
        bool isKnown = decision.Error is null || decision.Recommendation is not null;
        await WriteStatusAsync(
            autoscaler,
            new HorizontalPodAutoscalerStatus
            {
                CurrentReplicas = current,
                DesiredReplicas = isKnown ? decision.Replicas : before.DesiredReplicas,
                LastScaleTime = isRescaled ? time.GetUtcNow() : before.LastScaleTime,
                CurrentMetrics = decision.Metrics,
                Conditions = Merged(autoscaler, conditions),
            },
            cancellation);
    }

    /// <returns>The conditions after it: those of the decision when the target took its new size.</returns>
    private async Task<IReadOnlyList<HorizontalPodAutoscalerCondition>> RescaleAsync(
        ObjectKey key, HorizontalPodAutoscaler autoscaler, FoundScale target, ScalingDecision decision, CancellationToken cancellation)
    {
        try
        {
            await _targets.WriteAsync(target, decision.Replicas, cancellation);
            events.Normal(autoscaler, "SuccessfulRescale", string.Create(CultureInfo.InvariantCulture, $"New size: {decision.Replicas}; reason: {decision.RescaleReason}"));
            _memory.Rescaled(key, autoscaler.Spec.Behavior, target.Scale.SpecReplicas, decision.Replicas);
            return decision.Conditions;
        }
        catch (StatusException refused)
        {
            events.Warning(autoscaler, "FailedRescale", string.Create(CultureInfo.InvariantCulture, $"New size: {decision.Replicas}; reason: {decision.RescaleReason}; error: {refused.Message}"));
            var failed = new HorizontalPodAutoscalerCondition
            {
                Type = ScalingConditions.AbleToScale,
                Status = "False",
                Reason = "FailedUpdateScale",
                Message = $"the HPA controller was unable to update the target scale: {refused.Message}",
            };
            return [.. decision.Conditions.Select(condition => condition.Type == failed.Type ? failed : condition)];
        }
    }

    /// <summary>Conditions that were not looked at stay; times move with the status only.</summary>
    private List<HorizontalPodAutoscalerCondition> Merged(HorizontalPodAutoscaler autoscaler, IReadOnlyList<HorizontalPodAutoscalerCondition> wanted)
    {
        List<HorizontalPodAutoscalerCondition> merged = [.. autoscaler.Status?.Conditions ?? []];
        foreach (HorizontalPodAutoscalerCondition condition in wanted)
        {
            int at = merged.FindIndex(each => each.Type == condition.Type);
            DateTimeOffset? since = at >= 0 && merged[at].Status == condition.Status ? merged[at].LastTransitionTime : time.GetUtcNow();
            HorizontalPodAutoscalerCondition after = condition with { LastTransitionTime = since };
            if (at >= 0)
            {
                merged[at] = after;
            }
            else
            {
                merged.Add(after);
            }
        }

        return merged;
    }

    private async Task WriteStatusAsync(HorizontalPodAutoscaler autoscaler, HorizontalPodAutoscalerStatus status, CancellationToken cancellation)
    {
        try
        {
            await api.WriteStatusAsync(autoscaler, autoscaler with { Status = status }, cancellation);
        }
        catch (StatusException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            // Someone changed it: the next look writes what is then right.
        }
    }
}
