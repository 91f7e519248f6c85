using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Workloads.Autoscaling;

/// <summary>What the autoscaler concludes.</summary>
internal sealed record ScalingDecision
{
    /// <summary>The size that the target should have; its present one when nothing is to change.</summary>
    public required int Replicas { get; init; }

    /// <summary>The target is to be given another size.</summary>
    public required bool IsRescale { get; init; }

    /// <summary>Why, in the words of the event.</summary>
    public string RescaleReason { get; init; } = "";

    /// <summary>In the order in which they were first set; times are the writer's to add.</summary>
    public required IReadOnlyList<HorizontalPodAutoscalerCondition> Conditions { get; init; }

    /// <summary>One for each metric of the spec; null when no metric was looked at.</summary>
    public IReadOnlyList<MetricStatus>? Metrics { get; init; }

    /// <summary>The recommendation before stabilization, to be remembered; null when the metrics gave none.</summary>
    public int? Recommendation { get; init; }

    /// <summary>Nothing could be computed: why.</summary>
    public string? Error { get; init; }

    /// <summary>Warnings to tell as events: reason and message.</summary>
    public IReadOnlyList<(string Reason, string Message)> Warnings { get; init; } = [];
}

/// <summary>The conditions of one decision, set over one another as the controller goes on.</summary>
internal sealed class ScalingConditions
{
    public const string AbleToScale = "AbleToScale";
    public const string ScalingActive = "ScalingActive";
    public const string ScalingLimited = "ScalingLimited";

    private readonly List<HorizontalPodAutoscalerCondition> _all = [];
    private readonly List<(string Reason, string Message)> _warnings = [];

    public IReadOnlyList<HorizontalPodAutoscalerCondition> All => _all;

    public IReadOnlyList<(string Reason, string Message)> Warnings => _warnings;

    public void Set(string type, bool isTrue, string reason, string message)
    {
        var condition = new HorizontalPodAutoscalerCondition { Type = type, Status = isTrue ? "True" : "False", Reason = reason, Message = message };
        int at = _all.FindIndex(each => each.Type == type);
        if (at < 0)
        {
            _all.Add(condition);
        }
        else
        {
            _all[at] = condition;
        }
    }

    public void Warn(string reason, string message) => _warnings.Add((reason, message));
}
