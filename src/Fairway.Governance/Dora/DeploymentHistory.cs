using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Storage;

namespace Fairway.Governance.Dora;

/// <summary>One promotion to production as its facts tell it.</summary>
internal sealed record Deployment
{
    public required string? Release { get; init; }

    /// <summary>The Promotion, when the facts name it.</summary>
    public required string? Subject { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? CommitTime { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>It ran healthy, whatever happened to it later.</summary>
    public bool Succeeded { get; init; }

    /// <summary>It did not come to run healthy, or was taken back afterwards.</summary>
    public bool Failed { get; init; }

    public DateTimeOffset? RecoveredAt { get; init; }

    public TimeSpan? LeadTime => Succeeded && CommitTime is { } commit && EndedAt is { } end && end >= commit ? end - commit : null;

    public TimeSpan? RecoveryTime => Failed && RecoveredAt is { } recovered ? recovered - StartedAt : null;
}

/// <summary>Puts the deployments of production together from the facts about them.</summary>
internal static class DeploymentHistory
{
    public static IReadOnlyList<Deployment> Read(IEnumerable<Fact> facts)
    {
        var histories = new Dictionary<(string Namespace, string? Application, string? Environment), History>();
        foreach (Fact fact in facts.Where(IsProduction))
        {
            var place = (fact.Namespace, fact.Application, fact.Environment);
            if (!histories.TryGetValue(place, out History? history))
            {
                histories[place] = history = new History();
            }

            history.Take(fact);
        }

        return [.. histories.Values.SelectMany(history => history.Deployments)];
    }

    private static bool IsProduction(Fact fact) => fact.Data?["production"] is JsonValue value && value.TryGetValue(out bool production) && production;

    /// <summary>The deployments of one application to one environment, in the order of their start.</summary>
    private sealed class History
    {
        public List<Deployment> Deployments { get; } = [];

        public void Take(Fact fact)
        {
            switch (fact.Type)
            {
                case FactTypes.PromotionStarted:
                    Deployments.Add(new Deployment { Release = fact.Release, Subject = fact.Subject, StartedAt = fact.At, CommitTime = Time(fact, "commitTime") });
                    break;
                case FactTypes.PromotionSucceeded:
                    End(fact, deployment => deployment with { Succeeded = true });
                    Recover(fact.At, deployment => deployment.Release != fact.Release);
                    break;
                case FactTypes.PromotionFailed or FactTypes.PromotionAborted or FactTypes.RolloutAborted:
                    End(fact, deployment => deployment with { Failed = true });
                    break;
                case FactTypes.RollbackCommitted:
                    string? failed = (string?)fact.Data?["failedRelease"];
                    Change(deployment => deployment.Release == failed, deployment => deployment with { Failed = true, EndedAt = deployment.EndedAt ?? fact.At });
                    Recover(fact.At, _ => true);
                    break;
                default:
                    break;
            }
        }

        private void End(Fact fact, Func<Deployment, Deployment> outcome)
            => Change(
                deployment => deployment.EndedAt is null && IsOf(fact, deployment),
                deployment => outcome(deployment) with { EndedAt = deployment.EndedAt ?? fact.At, CommitTime = deployment.CommitTime ?? Time(fact, "commitTime") });

        // Two promotions of one release have one Promotion each; facts about a rollout name only the release.
        private static bool IsOf(Fact fact, Deployment deployment)
            => fact.Type.StartsWith("promotion.", StringComparison.Ordinal) && fact.Subject is not null && deployment.Subject is not null
                ? fact.Subject == deployment.Subject
                : fact.Release == deployment.Release;

        /// <summary>Changes the latest deployment of which something holds; there may be none, when facts begin in the middle.</summary>
        private void Change(Predicate<Deployment> which, Func<Deployment, Deployment> how)
        {
            int index = Deployments.FindLastIndex(which);
            if (index >= 0)
            {
                Deployments[index] = how(Deployments[index]);
            }
        }

        private void Recover(DateTimeOffset at, Predicate<Deployment> which)
        {
            for (int index = 0; index < Deployments.Count; index++)
            {
                if (Deployments[index] is { Failed: true, RecoveredAt: null } failed && which(failed))
                {
                    Deployments[index] = failed with { RecoveredAt = at };
                }
            }
        }

        private static DateTimeOffset? Time(Fact fact, string member)
            => DateTimeOffset.TryParse((string?)fact.Data?[member], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
    }
}
