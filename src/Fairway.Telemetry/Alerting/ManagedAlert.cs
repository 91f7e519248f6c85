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
