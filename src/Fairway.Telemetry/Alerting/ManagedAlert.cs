using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Alerting;

/// <summary>An alert as the manager holds it.</summary>
internal sealed record ManagedAlert(Labels Labels, Labels Annotations, DateTimeOffset StartsAt, DateTimeOffset EndsAt, DateTimeOffset UpdatedAt, string GeneratorUrl)
{
    /// <summary>What identifies it: a hash of its labels, the same as Alertmanager's.</summary>
    public string Fingerprint { get; } = Hash(Labels);

    /// <summary>Whether it has ended at a time.</summary>
    public bool IsResolved(DateTimeOffset now) => EndsAt <= now;

    public string Name => Labels["alertname"];

    /// <summary>Whether the end is only what follows from no news.</summary>
    public bool IsTimeout { get; init; }

    /// <summary>This news joined with what was known: one alert as long as their times overlap, or anew.</summary>
    public ManagedAlert MergedWith(ManagedAlert before, DateTimeOffset now)
    {
        bool overlaps = (EndsAt > before.StartsAt && EndsAt < before.EndsAt) || (StartsAt > before.StartsAt && StartsAt < before.EndsAt);
        if (!overlaps)
        {
            return this;
        }

        ManagedAlert merged = before.StartsAt < StartsAt ? this with { StartsAt = before.StartsAt } : this;
        bool ended = IsResolved(now);
        bool keepEnd = ended ? before.IsResolved(now) && before.EndsAt > EndsAt : before.EndsAt > EndsAt && !before.IsTimeout;
        return keepEnd ? merged with { EndsAt = before.EndsAt } : merged;
    }

    // FNV-1a over names and values with a byte that no UTF-8 has after each.
    private static string Hash(Labels labels)
    {
        ulong hash = 14695981039346656037;
        void Add(string text)
        {
            foreach (byte one in Encoding.UTF8.GetBytes(text).Append((byte)255))
            {
                hash = unchecked((hash ^ one) * 1099511628211);
            }
        }

        foreach ((string name, string value) in labels.Pairs)
        {
            Add(name);
            Add(value);
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}

/// <summary>Why an alert is quiet, or who is told.</summary>
/// <param name="Receiver">Who would be told.</param>
/// <param name="Route">The route's key.</param>
/// <param name="GroupKey">The group it is in.</param>
/// <param name="State">active, suppressed, acknowledged or resolved.</param>
/// <param name="Reasons">In words, the decisive one first.</param>
/// <param name="LastNotified">When its group was last told.</param>
internal sealed record AlertExplanation(string Receiver, string Route, string GroupKey, string State, IReadOnlyList<string> Reasons, DateTimeOffset? LastNotified);

/// <summary>The order in which alerts are told: by job, by instance, then by their labels.</summary>
internal sealed class AlertOrder : IComparer<ManagedAlert>
{
    public static readonly AlertOrder Instance = new();

    public int Compare(ManagedAlert? x, ManagedAlert? y)
    {
        foreach (string first in (string[])["job", "instance"])
        {
            (string left, string right) = (x!.Labels[first], y!.Labels[first]);
            if (left != right)
            {
                return left.Length == 0 ? 1 : right.Length == 0 ? -1 : string.CompareOrdinal(left, right);
            }
        }

        return CompareLabels(x!.Labels, y!.Labels);
    }

    /// <summary>Fewer labels first, then by the values of all names.</summary>
    public static int CompareLabels(Labels left, Labels right)
    {
        if (left.Count != right.Count)
        {
            return left.Count.CompareTo(right.Count);
        }

        foreach (string name in left.Pairs.Concat(right.Pairs).Select(pair => pair.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (left.Has(name) != right.Has(name))
            {
                return left.Has(name) ? 1 : -1;
            }

            if (string.CompareOrdinal(left[name], right[name]) is not 0 and int order)
            {
                return order;
            }
        }

        return 0;
    }
}
