using Fairway.Delivery.Promotions;
using Fairway.Delivery.Rendering;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Explaining;

/// <summary>One link of an explanation.</summary>
/// <param name="What">A sentence.</param>
/// <param name="About">The object it is about: <c>Promotion/shop-2-prod</c>.</param>
/// <param name="Until">When this wait ends by itself, if it does.</param>
internal sealed record Cause(string What, string? About = null, DateTimeOffset? Until = null);

/// <summary>What an explanation is made from.</summary>
internal sealed record ChainFacts(
    Application Application, IReadOnlyList<Release> Releases, IReadOnlyList<Promotion> Promotions, IReadOnlyList<Rollout> Rollouts, IReadOnlyList<AnalysisRun> Analyses);

/// <summary>Answers "why is the newest release not there yet?" as a chain from the environment back to what is waited for.</summary>
internal static class CausalChain
{
    /// <summary>The chain, nearest cause first; one link saying so when the newest release is there.</summary>
    public static IReadOnlyList<Cause> Why(ChainFacts facts, string environment)
    {
        Release? newest = facts.Releases.MaxBy(release => release.Spec.Number);
        EnvironmentStatus? here = facts.Application.Status?.Environments?.FirstOrDefault(one => one.Name == environment);
        if (newest is null)
        {
            return [new Cause($"{facts.Application.Metadata.Name} has no release yet: push a commit whose pipeline records one", $"GitRepository/{facts.Application.Spec.Repository}")];
        }

        if (here?.Release == newest.Metadata.Name && Active(facts, environment) is null)
        {
            string state = here is { Sync: "Synced", Health: "Healthy" } ? "healthy" : $"{here.Sync}, {here.Health}{(here.Message is { } message ? $": {message}" : "")}";
            return [new Cause($"{newest.Metadata.Name} is the newest release and runs in {environment}, {state}", $"Release/{newest.Metadata.Name}")];
        }

        return [new Cause($"{environment} runs {here?.Release ?? "nothing"}; the newest release is {newest.Metadata.Name}"), .. Missing(facts, newest, environment)];
    }

    private static IEnumerable<Cause> Missing(ChainFacts facts, Release release, string environment)
    {
        if (release.Status?.Phase == "Refused")
        {
            return [new Cause($"{release.Metadata.Name} cannot be delivered: {release.Status.Message}", $"Release/{release.Metadata.Name}")];
        }

        Promotion? promotion = facts.Promotions
            .Where(one => one.Spec.Environment == environment && one.Spec.Release == release.Metadata.Name)
            .MaxBy(one => (one.Metadata.CreationTimestamp, one.Metadata.Name.Length));
        if (promotion is not null)
        {
            return Attempted(facts, promotion);
        }

        string? before = facts.Application.Spec.Environments.TakeWhile(one => one.Name != environment).LastOrDefault()?.Name;
        if (before is null)
        {
            return [ReleaseReconciler.DigestOf(release, environment) is null
                ? new Cause($"the manifests of {release.Metadata.Name} are being rendered", $"Release/{release.Metadata.Name}")
                : new Cause($"{release.Metadata.Name} is ready and about to be promoted", $"Release/{release.Metadata.Name}")];
        }

        return release.Status?.VerifiedIn?.Any(verified => verified.Environment == before) == true
            ? [new Cause($"{release.Metadata.Name} was verified in {before} and is about to be promoted", $"Release/{release.Metadata.Name}")]
            : [new Cause($"it has not been verified in {before}, which comes before {environment}"), .. Missing(facts, release, before)];
    }

    private static IEnumerable<Cause> Attempted(ChainFacts facts, Promotion promotion)
    {
        string about = $"Promotion/{promotion.Metadata.Name}";
        string phase = promotion.Status?.Phase ?? PromotionPhases.Pending;
        if (PromotionPhases.HasEnded(phase))
        {
            string stands = phase is PromotionPhases.Failed or PromotionPhases.Aborted
                ? $"; {promotion.Spec.Environment} stays on {promotion.Status?.PreviousRelease ?? "what it has"} until a newer release comes or a person promotes"
                : "";
            yield return new Cause($"its promotion to {promotion.Spec.Environment} {Ending(phase)}: {promotion.Status?.Message}{stands}", about);
            yield break;
        }

        yield return new Cause($"its promotion to {promotion.Spec.Environment} is {phase}{Waits(promotion.Status?.WaitingFor)}", about, promotion.Status?.WaitingFor?.Deadline);
        Rollout? rollout = facts.Rollouts.FirstOrDefault(one => one.Metadata.Name == promotion.Status?.Rollout);
        if (rollout?.Status is not { } status)
        {
            yield break;
        }

        yield return new Cause(
            $"the rollout is {status.Phase} at step {Math.Min((status.Step ?? 0) + 1, rollout.Spec.Canary.Steps.Count)} of {rollout.Spec.Canary.Steps.Count}, {status.Weight ?? 0} % of the traffic on the canary{Waits(status.WaitingFor)}",
            $"Rollout/{rollout.Metadata.Name}",
            status.WaitingFor?.Deadline);
        foreach (AnalysisRun run in facts.Analyses.Where(one => one.Spec.Rollout == rollout.Metadata.Name && one.Metadata.Name == status.AnalysisRun))
        {
            foreach (MetricResult metric in run.Status?.Metrics ?? [])
            {
                string last = metric.Measurements is [.., { Message: { } message }] ? $"; last: {message}" : "";
                yield return new Cause(
                    $"analysis metric {metric.Name} is {metric.Phase}: {metric.Successful} good, {metric.Failed} failed, {metric.Inconclusive} inconclusive{last}",
                    $"AnalysisRun/{run.Metadata.Name}");
            }
        }
    }

    private static Promotion? Active(ChainFacts facts, string environment)
        => facts.Promotions.FirstOrDefault(one => one.Spec.Environment == environment && !PromotionPhases.HasEnded(one.Status?.Phase));

    private static string Waits(WaitingFor? waiting) => waiting is null ? "" : $", waiting for {waiting.What}";

    private static string Ending(string phase) => phase switch
    {
        PromotionPhases.Failed => "failed",
        PromotionPhases.Aborted => "was aborted",
        PromotionPhases.Superseded => "was superseded",
        _ => "succeeded",
    };
}
