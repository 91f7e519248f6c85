using System.Globalization;

namespace Fairway.Workloads.Scheduling;

/// <summary>How many nodes gave each reason, told as kube-scheduler tells it.</summary>
internal sealed class ReasonCounts
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    public void Add(Refusal? refusal)
    {
        foreach (string reason in refusal?.Reasons ?? [])
        {
            Add(reason, 1);
        }
    }

    public void Add(string reason, int nodes) => _counts[reason] = _counts.GetValueOrDefault(reason) + nodes;

    /// <summary><c>0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.</c></summary>
    public string Explain(int nodes)
    {
        IEnumerable<string> texts = _counts
            .Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Value} {reason.Key}"))
            .Order(StringComparer.Ordinal);
        return Explain(nodes, string.Join(", ", texts));
    }

    public static string Explain(int nodes, string why) => string.Create(CultureInfo.InvariantCulture, $"0/{nodes} nodes are available: {why}.");
}
