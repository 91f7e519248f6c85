using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Metrics;

/// <summary>What labels from outside must be like: well-formed, and within limits, so that one sender's giant label hurts nobody.</summary>
internal sealed class LabelRules(MetricStoreOptions options)
{
    /// <summary>Null when labels may become a series, else what is wrong with them.</summary>
    public string? Problem(Labels labels)
    {
        if (labels.Count > options.LabelsPerSeries)
        {
            return $"series {Short(labels)} has {labels.Count} labels, the limit is {options.LabelsPerSeries}";
        }

        for (int index = 0; index < labels.Count; index++)
        {
            (string name, string value) = labels.At(index);
            if (name.Length > options.LabelNameLength)
            {
                return $"label name {GoText.Quote(name[..40])}... has {name.Length} characters, the limit is {options.LabelNameLength}";
            }

            if (value.Length > options.LabelValueLength)
            {
                return $"label {GoText.Quote(name)} of series {Short(labels)} has a value of {value.Length} characters, the limit is {options.LabelValueLength}";
            }
        }

        return null;
    }

    private static string Short(Labels labels)
    {
        string name = labels.Name;
        return GoText.Quote(name.Length > 100 ? name[..100] : name);
    }

    /// <summary>Labels of name and value pairs in any order; null with the doubled name when there is one.</summary>
    public static Labels? From(List<(string Name, string Value)> pairs, out string? doubled)
    {
        pairs.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        doubled = null;
        int kept = 0;
        for (int index = 0; index < pairs.Count; index++)
        {
            if (index > 0 && pairs[index].Name == pairs[index - 1].Name)
            {
                doubled = pairs[index].Name;
                return null;
            }

            kept += pairs[index].Value.Length > 0 ? 1 : 0;
        }

        string[] sorted = new string[kept * 2];
        int at = 0;
        foreach ((string name, string value) in pairs)
        {
            if (value.Length > 0)
            {
                sorted[at++] = name;
                sorted[at++] = value;
            }
        }

        return Labels.FromSortedPairs(sorted);
    }

    /// <summary>Labels as text, even with doubled names.</summary>
    public static string Text(List<(string Name, string Value)> pairs)
        => new StringBuilder("{").AppendJoin(", ", pairs.Select(pair => $"{pair.Name}={GoText.Quote(pair.Value)}")).Append('}').ToString();
}
