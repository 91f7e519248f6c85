using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Scheduling;

/// <summary>A pod-affinity term ready to be asked: namespaces and labels resolved for the pod that has it.</summary>
internal sealed class AffinityTerm
{
    private readonly HashSet<string> _namespaces;
    private readonly LabelSelectorSpec? _namespaceSelector;
    private readonly LabelSelectorSpec? _labels;

    private AffinityTerm(Pod owner, PodAffinityTerm term, int weight)
    {
        Topology = term.TopologyKey;
        Weight = weight;
        _namespaceSelector = term.NamespaceSelector;
        _namespaces = [.. term.Namespaces ?? []];
        if (_namespaces.Count == 0 && _namespaceSelector is null)
        {
            _namespaces.Add(owner.Metadata.Namespace ?? "");
        }

        _labels = WithKeys(term.LabelSelector, owner, term.MatchLabelKeys, term.MismatchLabelKeys);
    }

    public string Topology { get; }

    /// <summary>Of a preferred term; 0 of a required one.</summary>
    public int Weight { get; }

    public static AffinityTerm[] Required(Pod pod, PodAffinity? affinity)
        => [.. (affinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? []).Select(term => new AffinityTerm(pod, term, 0))];

    public static AffinityTerm[] Preferred(Pod pod, PodAffinity? affinity, int sign)
        => [.. (affinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? []).Select(term => new AffinityTerm(pod, term.PodAffinityTerm, sign * term.Weight))];

    /// <summary>Whether the term is about this pod.</summary>
    /// <param name="namespaceLabels">The labels of a namespace.</param>
    public bool Matches(Pod pod, Func<string, IReadOnlyDictionary<string, string>?> namespaceLabels)
    {
        string @namespace = pod.Metadata.Namespace ?? "";
        return _labels is not null
            && (_namespaces.Contains(@namespace) || (_namespaceSelector is not null && _namespaceSelector.Matches(namespaceLabels(@namespace))))
            && _labels.Matches(pod.Metadata.Labels);
    }

    /// <summary>A selector narrowed to pods that have the same values of some labels as this pod (and others of some).</summary>
    public static LabelSelectorSpec? WithKeys(LabelSelectorSpec? selector, Pod pod, IReadOnlyList<string>? same, IReadOnlyList<string>? other)
    {
        LabelSelectorRequirement[] more =
        [
            .. Narrowing(pod, same, "In"),
            .. Narrowing(pod, other, "NotIn"),
        ];
        return more.Length == 0 || selector is null ? selector : selector with { MatchExpressions = [.. selector.MatchExpressions ?? [], .. more] };
    }

    private static IEnumerable<LabelSelectorRequirement> Narrowing(Pod pod, IReadOnlyList<string>? keys, string @operator)
        => (keys ?? []).Where(key => pod.Metadata.Labels?.ContainsKey(key) == true)
            .Select(key => new LabelSelectorRequirement { Key = key, Operator = @operator, Values = [pod.Metadata.Labels![key]] });
}
