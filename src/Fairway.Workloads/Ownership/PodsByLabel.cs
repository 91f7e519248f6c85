using Fairway.ControllerRuntime;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Ownership;

/// <summary>
/// The pods of a namespace that a selector chooses, found by one of the labels that it asks for instead of among all. A selector of
/// expressions only looks at the whole namespace.
/// </summary>
internal sealed class PodsByLabel(Informer<Pod> pods)
{
    private readonly ObjectIndex<Pod> _byLabel = pods.AddIndex(
        pod => (pod.Metadata.Labels ?? new Dictionary<string, string>()).Select(label => Key(pod.Metadata.Namespace, label)));

    public IEnumerable<Pod> Matching(string? @namespace, LabelSelectorSpec selector)
    {
        IReadOnlyList<Pod> candidates = selector.MatchLabels is { Count: > 0 } labels
            ? labels.Select(label => _byLabel.Find(Key(@namespace, label))).MinBy(found => found.Count)!
            : pods.List(@namespace);
        return candidates.Where(pod => selector.Matches(pod.Metadata.Labels));
    }

    private static string Key(string? @namespace, KeyValuePair<string, string> label) => $"{@namespace}/{label.Key}={label.Value}";
}
