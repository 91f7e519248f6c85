namespace Fairway.Telemetry.Alerting;

/// <summary>Which alerts keep others quiet.</summary>
internal static class Inhibition
{
    /// <summary>Fingerprints of alerts that keep one quiet.</summary>
    public static IReadOnlyList<string> By(ManagedAlert target, IEnumerable<ManagedAlert> all, IReadOnlyList<InhibitRule> rules, DateTimeOffset now)
    {
        foreach (InhibitRule rule in rules)
        {
            if (!AlertMatchers.Match(rule.Targets, target.Labels))
            {
                continue;
            }

            // One that is source as well cannot be kept quiet by another that is both, so that alerts do not silence each other.
            bool alsoSource = AlertMatchers.Match(rule.Sources, target.Labels);
            ManagedAlert? source = all.FirstOrDefault(one => !one.IsResolved(now)
                && one.Fingerprint != target.Fingerprint
                && AlertMatchers.Match(rule.Sources, one.Labels)
                && rule.Equal.All(label => one.Labels[label] == target.Labels[label])
                && !(alsoSource && AlertMatchers.Match(rule.Targets, one.Labels)));
            if (source is not null)
            {
                return [source.Fingerprint];
            }
        }

        return [];
    }
}
