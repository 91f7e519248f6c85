using Fairway.PromQL;

namespace Fairway.Telemetry.Alerting;

/// <summary>Alerts that are told together. Its members and times are guarded by <see cref="Gate"/>.</summary>
internal sealed class AlertGroup(Route route, Labels labels)
{
    public Lock Gate { get; } = new();

    public Route Route => route;

    public Labels Labels => labels;

    public string Key { get; } = $"{route.Key}:{Show(labels)}";

    /// <summary>What tells it from the groups of other routes.</summary>
    public string Id { get; } = $"{route.Id}:{Show(labels)}";

    public Dictionary<string, ManagedAlert> Alerts { get; } = new(StringComparer.Ordinal);

    /// <summary>When it is looked at next.</summary>
    public DateTimeOffset Due { get; set; }

    /// <summary>Whether it was looked at before.</summary>
    public bool HasFlushed { get; set; }

    private static string Show(Labels labels) => "{" + string.Join(", ", labels.Pairs.Select(pair => $"{pair.Key}={GoText.Quote(pair.Value)}")) + "}";
}

/// <summary>Why a group is or is not told now, decided from what was told last.</summary>
internal static class NotifyPlanner
{
    /// <summary>The reason to tell, or null.</summary>
    /// <param name="last">What was told last, if anything.</param>
    /// <param name="firing">Fingerprints of alerts that fire.</param>
    /// <param name="resolved">Fingerprints of alerts that have ended.</param>
    /// <param name="sendResolved">Whether ends are told.</param>
    /// <param name="repeat">After which time the same is told again.</param>
    /// <param name="now">The time.</param>
    public static string? Reason(
        NotificationEntry? last, IReadOnlySet<string> firing, IReadOnlySet<string> resolved, bool sendResolved, TimeSpan repeat, DateTimeOffset now)
    {
        if (last is null)
        {
            return firing.Count > 0 ? "first notification" : null;
        }

        if (!firing.IsSubsetOf(last.Firing))
        {
            return last.Firing.Count == 0 ? "first notification" : "new alerts added";
        }

        if (firing.Count == 0)
        {
            return last.Firing.Count > 0 ? "all alerts resolved" : null;
        }

        if (sendResolved && !resolved.IsSubsetOf(last.Resolved))
        {
            return "some alerts resolved";
        }

        return last.Time + repeat < now ? "repeat interval elapsed" : null;
    }
}

/// <summary>What a receiver was told last about a group.</summary>
internal sealed record NotificationEntry(string GroupKey, string Receiver, DateTimeOffset Time, IReadOnlySet<string> Firing, IReadOnlySet<string> Resolved, string Reason);
