using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Promotions;

/// <summary>A promotion that should exist.</summary>
internal sealed record WantedPromotion(string Name, string Environment, string Release);

/// <summary>
/// Which releases are due where. The newest release enters the first environment; from there the newest that was verified in one
/// environment goes to the next. A release is tried once: never again after it failed or was stopped there, never once something newer was tried,
/// so a rollback stands until a newer release comes.
/// </summary>
internal static class AutoPromotion
{
    /// <summary>The promotions to create. Names follow from release and environment, so asking twice never makes two.</summary>
    public static IReadOnlyList<WantedPromotion> Plan(
        string application, ApplicationSpec spec, IEnumerable<Release> releases, IEnumerable<Promotion> promotions)
    {
        Release[] own = [.. releases.Where(release => release.Spec.Application == application && release.Status?.Phase != "Refused")];
        ILookup<string, Promotion> byEnvironment = promotions
            .Where(promotion => promotion.Spec.Application == application)
            .ToLookup(promotion => promotion.Spec.Environment);
        List<WantedPromotion> wanted = [];
        string? before = null;
        foreach (ApplicationEnvironment environment in spec.Environments)
        {
            if (Candidate(own, before) is { } candidate && candidate.Spec.Number > HighestTried(own, byEnvironment[environment.Name], environment.Name))
            {
                wanted.Add(new WantedPromotion(NameOf(candidate.Metadata.Name, environment.Name), environment.Name, candidate.Metadata.Name));
            }

            before = environment.Name;
        }

        return wanted;
    }

    /// <summary>The name of the first promotion of a release to an environment.</summary>
    public static string NameOf(string release, string environment) => $"{release}-{environment}";

    /// <summary>The newest release that may go on; one whose manifests are still being rendered is waited for.</summary>
    private static Release? Candidate(Release[] releases, string? before)
    {
        Release? newest = releases.Where(release => before is null || IsIn(release.Status?.VerifiedIn, before)).MaxBy(release => release.Spec.Number);
        return newest is { Status.Phase: "Ready" } ? newest : null;
    }

    private static long HighestTried(Release[] releases, IEnumerable<Promotion> promotions, string environment)
    {
        HashSet<string> asked = [.. promotions.Select(promotion => promotion.Spec.Release)];
        return releases
            .Where(release => asked.Contains(release.Metadata.Name)
                || IsIn(release.Status?.VerifiedIn, environment)
                || IsIn(release.Status?.FailedIn, environment))
            .Select(release => release.Spec.Number)
            .DefaultIfEmpty(long.MinValue)
            .Max();
    }

    private static bool IsIn(IReadOnlyList<Verification>? outcomes, string environment)
        => outcomes?.Any(outcome => outcome.Environment == environment) == true;
}
