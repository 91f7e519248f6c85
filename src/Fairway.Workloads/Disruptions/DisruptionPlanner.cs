using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Policy;

namespace Fairway.Workloads.Disruptions;

/// <summary>What is known of a budget.</summary>
internal sealed record DisruptionObservation
{
    public required PodDisruptionBudget Budget { get; init; }

    /// <summary>The pods that it selects.</summary>
    public required IReadOnlyList<Pod> Pods { get; init; }

    /// <summary>How many pods the controllers of those pods are to have together; null when some controller's size is not known.</summary>
    public required int? Scale { get; init; }

    /// <summary>Why the size is not known.</summary>
    public string ScaleProblem { get; init; } = "";

    public required DateTimeOffset Now { get; init; }
}

/// <summary>What to do about it.</summary>
/// <param name="Status">The budget's state.</param>
/// <param name="NotDeleted">Pods whose eviction was allowed and that did not go.</param>
/// <param name="RequeueAfter">When an eviction that did not happen is forgotten.</param>
internal sealed record DisruptionDecision(PodDisruptionBudgetStatus Status, IReadOnlyList<string> NotDeleted, TimeSpan? RequeueAfter);

/// <summary>How many pods of an application may be evicted now. Pure.</summary>
internal static class DisruptionPlanner
{
    /// <summary>How long a pod whose eviction was allowed may take to be seen going.</summary>
    private static readonly TimeSpan DeletionTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The number that the selected pods should be depends on their controllers' sizes.</summary>
    public static bool NeedsScale(PodDisruptionBudgetSpec? spec) => spec?.MaxUnavailable is not null || spec?.MinAvailable?.Text is not null;

    public static DisruptionDecision Plan(DisruptionObservation observed)
    {
        PodDisruptionBudget budget = observed.Budget;
        PodDisruptionBudgetStatus before = budget.Status ?? new PodDisruptionBudgetStatus();
        if (observed.Scale is not { } scale)
        {
            var failed = new Condition { Type = "DisruptionAllowed", Status = "False", Reason = "SyncFailed", Message = observed.ScaleProblem, ObservedGeneration = budget.Metadata.Generation };
            return new DisruptionDecision(before with { DisruptionsAllowed = 0, ObservedGeneration = budget.Metadata.Generation, Conditions = With(before, failed, observed.Now) }, [], null);
        }

        (int expected, int desired) = Goal(budget.Spec, observed.Pods.Count, scale);
        var disrupted = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var notDeleted = new List<string>();
        TimeSpan? recheck = null;
        foreach ((string name, DateTimeOffset at) in before.DisruptedPods ?? new Dictionary<string, DateTimeOffset>())
        {
            Pod? pod = observed.Pods.FirstOrDefault(each => each.Metadata.Name == name);
            if (pod is null || pod.Metadata.DeletionTimestamp is not null)
            {
                continue;
            }

            TimeSpan left = at + DeletionTimeout - observed.Now;
            if (left <= TimeSpan.Zero)
            {
                notDeleted.Add(name);
                continue;
            }

            disrupted[name] = at;
            recheck = recheck is null || left < recheck ? left : recheck;
        }

        int healthy = observed.Pods.Count(pod => pod.Metadata.DeletionTimestamp is null && !disrupted.ContainsKey(pod.Metadata.Name) && pod.IsReady());
        int allowed = expected <= 0 ? 0 : Math.Max(0, healthy - desired);
        var condition = new Condition
        {
            Type = "DisruptionAllowed",
            Status = allowed > 0 ? "True" : "False",
            Reason = allowed > 0 ? "SufficientPods" : "InsufficientPods",
            Message = "",
            ObservedGeneration = budget.Metadata.Generation,
        };
        var status = new PodDisruptionBudgetStatus
        {
            ObservedGeneration = budget.Metadata.Generation,
            DisruptedPods = disrupted.Count > 0 ? disrupted : null,
            DisruptionsAllowed = allowed,
            CurrentHealthy = healthy,
            DesiredHealthy = desired,
            ExpectedPods = expected,
            Conditions = With(before, condition, observed.Now),
        };
        return new DisruptionDecision(status, notDeleted, recheck);
    }

    /// <summary>Percentages are rounded up, of what the controllers ask for.</summary>
    private static (int Expected, int Desired) Goal(PodDisruptionBudgetSpec? spec, int pods, int scale) => spec switch
    {
        { MaxUnavailable: { } most } => (scale, Math.Max(0, scale - (most.Of(scale, roundUp: true) ?? 0))),
        { MinAvailable: { Text: null } least } => (pods, least.Number),
        { MinAvailable: { } least } => (scale, least.Of(scale, roundUp: true) ?? 0),
        _ => (pods, 0),
    };

    private static IReadOnlyList<Condition> With(PodDisruptionBudgetStatus status, Condition wanted, DateTimeOffset now)
    {
        Condition? before = status.Conditions?.FirstOrDefault(condition => condition.Type == wanted.Type);
        Condition after = wanted with { LastTransitionTime = before?.Status == wanted.Status ? before.LastTransitionTime : now };
        return [.. (status.Conditions ?? []).Where(condition => condition.Type != wanted.Type), after];
    }
}
