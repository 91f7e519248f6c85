using Fairway.Storage;

namespace Fairway.Governance.Dora;

/// <summary>A number with the count of events behind it.</summary>
/// <param name="Value">null when there is nothing to compute it from.</param>
/// <param name="Count">How many events it stands on.</param>
public readonly record struct Measured<T>(T? Value, int Count)
    where T : struct;

/// <summary>The four keys of software delivery for a window of time, for one application or for all.</summary>
public sealed record FourKeysReport
{
    /// <summary>null for all applications together.</summary>
    public string? Application { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Successful deployments to production per day; counts them. null without any finished deployment.</summary>
    public required Measured<double> DeploymentFrequency { get; init; }

    /// <summary>Median time from commit to running in production; counts successful deployments whose commit time is known.</summary>
    public required Measured<TimeSpan> LeadTime { get; init; }

    /// <summary>Share of production deployments that failed or were taken back; counts deployments that came to an end.</summary>
    public required Measured<double> ChangeFailureRate { get; init; }

    /// <summary>Median time from the start of a failed deployment until production was good again; counts those that are.</summary>
    public required Measured<TimeSpan> RecoveryTime { get; init; }
}

/// <summary>
/// Computes the four keys from facts. Pure. What counts:
/// <list type="bullet">
/// <item>A deployment is a promotion to production (<c>data.production</c>) that was started and came to an end in the window. One
/// that was refused at its gate or gave way to a newer one before it changed anything is none.</item>
/// <item>It failed when it ended failed or aborted, when its canary was aborted, or when a rollback names its release as the one
/// that failed.</item>
/// <item>Production is good again with the rollback, or with the next successful deployment, whichever comes first.</item>
/// </list>
/// </summary>
public static class FourKeys
{
    /// <summary>The types of the facts that the computation looks at: what to ask the ledger for.</summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        FactTypes.PromotionStarted, FactTypes.PromotionSucceeded, FactTypes.PromotionFailed, FactTypes.PromotionAborted,
        FactTypes.RolloutStarted, FactTypes.RolloutAborted, FactTypes.RollbackCommitted,
    ];

    /// <summary>The keys of one application, or of all when it is null, for deployments that ended in the window.</summary>
    /// <param name="facts">In the order of the ledger; those before the window tell when deployments began.</param>
    /// <param name="application">Its name.</param>
    /// <param name="from">Start of the window, included.</param>
    /// <param name="to">End of the window, excluded.</param>
    public static FourKeysReport Compute(IEnumerable<Fact> facts, string? application, DateTimeOffset from, DateTimeOffset to)
    {
        Deployment[] ended =
        [
            .. DeploymentHistory.Read(facts.Where(fact => application is null || fact.Application == application))
                .Where(deployment => deployment.EndedAt >= from && deployment.EndedAt < to),
        ];
        Deployment[] succeeded = [.. ended.Where(deployment => deployment.Succeeded)];
        TimeSpan[] leadTimes = [.. succeeded.Where(deployment => deployment.LeadTime is not null).Select(deployment => deployment.LeadTime!.Value)];
        TimeSpan[] recoveries = [.. ended.Where(deployment => deployment.RecoveryTime is not null).Select(deployment => deployment.RecoveryTime!.Value)];
        int failed = ended.Count(deployment => deployment.Failed);
        double days = (to - from).TotalDays;
        return new FourKeysReport
        {
            Application = application,
            From = from,
            To = to,
            DeploymentFrequency = new(ended.Length == 0 || days <= 0 ? null : succeeded.Length / days, succeeded.Length),
            LeadTime = new(Median(leadTimes), leadTimes.Length),
            ChangeFailureRate = new(ended.Length == 0 ? null : (double)failed / ended.Length, ended.Length),
            RecoveryTime = new(Median(recoveries), recoveries.Length),
        };
    }

    /// <summary>The middle value; between the two middle ones of an even count; null of none.</summary>
    internal static TimeSpan? Median(IReadOnlyCollection<TimeSpan> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        TimeSpan[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
