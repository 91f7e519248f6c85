using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Rules;

/// <summary>What is suspicious in rules that can be read.</summary>
public static class RuleLint
{
    /// <summary>Rules that write the same series or raise the same alert, in promtool's words; null when there are none.</summary>
    public static string? Duplicates(RuleFile file)
    {
        var twice = new List<(string Name, Labels Labels)>();
        var all = file.Groups.SelectMany(group => group.Rules).Select(rule => (rule.Name, Labels: Labels.From(rule.Labels)))
            .OrderBy(rule => rule.Name, StringComparer.Ordinal).ThenBy(rule => rule.Labels).ToList();
        for (int i = 1; i < all.Count; i++)
        {
            if (all[i] == all[i - 1] && (twice.Count == 0 || twice[^1] != all[i]))
            {
                twice.Add(all[i]);
            }
        }

        if (twice.Count == 0)
        {
            return null;
        }

        var text = new StringBuilder($"lint error {twice.Count} duplicate rule(s) found.\n");
        foreach ((string name, Labels labels) in twice)
        {
            text.Append("Metric: ").Append(name).Append("\nLabel(s):\n");
            foreach ((string label, string value) in labels.Pairs)
            {
                text.Append('\t').Append(label).Append(": ").Append(value).Append('\n');
            }
        }

        return text.Append("Might cause inconsistency while recording expressions").ToString();
    }
}
