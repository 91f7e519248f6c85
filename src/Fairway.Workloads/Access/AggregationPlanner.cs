using System.Text.Json;
using Fairway.Resources;
using Fairway.Resources.Kinds.Rbac;

namespace Fairway.Workloads.Access;

/// <summary>What rules an aggregating ClusterRole has: those of all roles that its selectors choose, each once.</summary>
internal static class AggregationPlanner
{
    /// <returns>The rules, or null when the role gathers none.</returns>
    public static IReadOnlyList<PolicyRule>? Plan(ClusterRole role, IEnumerable<ClusterRole> all)
    {
        if (role.AggregationRule?.ClusterRoleSelectors is not { } selectors)
        {
            return null;
        }

        var seen = new HashSet<string>();
        var rules = new List<PolicyRule>();
        foreach (var selector in selectors)
        {
            IEnumerable<ClusterRole> chosen = all
                .Where(other => other.Metadata.Name != role.Metadata.Name && selector.Matches(other.Metadata.Labels))
                .OrderBy(other => other.Metadata.Name, StringComparer.Ordinal);
            rules.AddRange(chosen.SelectMany(other => other.Rules ?? []).Where(rule => seen.Add(Text(rule))));
        }

        return rules;
    }

    /// <summary>Whether two lists of rules say the same in the same order.</summary>
    public static bool AreSame(IReadOnlyList<PolicyRule>? left, IReadOnlyList<PolicyRule>? right)
        => (left ?? []).Select(Text).SequenceEqual((right ?? []).Select(Text), StringComparer.Ordinal);

    private static string Text(PolicyRule rule)
    {
        static string List(IReadOnlyList<string>? values) => JsonSerializer.Serialize(values ?? [], TextJson.Default.IReadOnlyListString);
        return string.Join('|', List(rule.ApiGroups), List(rule.Resources), List(rule.ResourceNames), List(rule.NonResourceUrls), List(rule.Verbs));
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class TextJson : System.Text.Json.Serialization.JsonSerializerContext;
