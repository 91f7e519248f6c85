using System.Collections.Frozen;

namespace Fairway.Gateway.Routing;

/// <summary>
/// Every rule that the gateway serves, immutable; requests read it by one reference. Finding a rule costs one hash look-up per
/// label of the host, then the rules of that host in order.
/// </summary>
internal sealed class RouteTable
{
    private readonly FrozenDictionary<string, CompiledRule[]> _exact;
    private readonly FrozenDictionary<string, CompiledRule[]> _wildcard;

    public RouteTable(IEnumerable<(string Host, CompiledRule Rule)> rules)
    {
        ILookup<bool, (string Host, CompiledRule Rule)> kinds = rules.ToLookup(one => one.Host.StartsWith("*.", StringComparison.Ordinal));
        _exact = Index(kinds[false]);
        _wildcard = Index(kinds[true].Select(one => (one.Host[1..], one.Rule)));
    }

    public static RouteTable Empty { get; } = new([]);

    /// <summary>The rule for a request, or null. The most specific host that has a matching rule wins.</summary>
    public CompiledRule? Find(in RequestHead head)
    {
        if (_exact.TryGetValue(head.Host, out CompiledRule[]? rules) && First(rules, head) is { } rule)
        {
            return rule;
        }

        if (_wildcard.Count == 0)
        {
            return null;
        }

        for (int dot = head.Host.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = head.Host.IndexOf('.', dot + 1))
        {
            if (_wildcard.TryGetValue(head.Host[dot..], out rules) && First(rules, head) is { } wild)
            {
                return wild;
            }
        }

        return null;
    }

    private static CompiledRule? First(CompiledRule[] rules, in RequestHead head)
    {
        foreach (CompiledRule rule in rules)
        {
            if (rule.Match.Matches(head))
            {
                return rule;
            }
        }

        return null;
    }

    private static FrozenDictionary<string, CompiledRule[]> Index(IEnumerable<(string Host, CompiledRule Rule)> rules)
        => rules.GroupBy(one => one.Host, one => one.Rule)
            .ToFrozenDictionary(
                host => host.Key,
                host => host.OrderBy(rule => rule.Match, CompiledMatch.MostSpecificFirst).ThenBy(rule => rule.Seniority).ToArray());
}
