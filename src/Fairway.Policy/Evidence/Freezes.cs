using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Policy.Evidence;

/// <summary>A freeze under way.</summary>
/// <param name="Window">The FreezeWindow's name.</param>
/// <param name="Reason">Why.</param>
/// <param name="Until">When it ends.</param>
internal sealed record Freeze(string Window, string Reason, DateTimeOffset Until);

/// <summary>Pure: which freeze holds at a moment.</summary>
internal static class Freezes
{
    /// <summary>The freeze that ends last, among those about an application's environment.</summary>
    /// <returns>null when nothing is frozen.</returns>
    public static Freeze? At(IEnumerable<FreezeWindow> windows, string? @namespace, string? application, string? environment, DateTimeOffset now)
        => windows.Where(window => Covers(window.Spec.Namespaces, @namespace) && Covers(window.Spec.Applications, application) && Covers(window.Spec.Environments, environment))
            .Select(window => EndOf(window.Spec, now) is { } end ? new Freeze(window.Metadata.Name, window.Spec.Reason, end) : null)
            .OfType<Freeze>()
            .MaxBy(freeze => freeze.Until);

    /// <summary>When the freeze ends that holds now; null when none does.</summary>
    public static DateTimeOffset? EndOf(FreezeWindowSpec spec, DateTimeOffset now)
    {
        if (spec.Schedule is null)
        {
            return spec.Until is { } until && now < until && (spec.From is not { } from || from <= now) ? until : null;
        }

        if (!CronSchedule.TryParse(spec.Schedule, out CronSchedule? schedule, out _) || !GoDuration.TryParse(spec.Duration, out TimeSpan length) || length <= TimeSpan.Zero)
        {
            return null;
        }

        TimeZoneInfo zone = spec.TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? found) ? found : TimeZoneInfo.Utc;
        // Every time at which it fired within the last duration has begun a freeze that is not over; the last one ends last.
        DateTimeOffset? last = null;
        DateTimeOffset after = now - length;
        for (int step = 0; step < 10_000 && schedule!.Next(after, zone) is { } start && start <= now; step++)
        {
            last = start;
            after = start;
        }

        return last + length;
    }

    private static bool Covers(IReadOnlyList<string>? only, string? name) => only is not { Count: > 0 } || (name is not null && only.Contains(name));
}
