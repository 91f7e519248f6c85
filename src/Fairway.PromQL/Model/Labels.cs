using System.Text;

namespace Fairway.PromQL;

/// <summary>
/// The identity of a series: label names with values, sorted by name, without empty values. Immutable, compared by content.
/// The metric's name is the label <see cref="MetricName"/>.
/// </summary>
public sealed class Labels : IEquatable<Labels>, IComparable<Labels>
{
    /// <summary>The label that holds a metric's name.</summary>
    public const string MetricName = "__name__";

    /// <summary>No labels at all.</summary>
    public static readonly Labels Empty = new([]);

    // Name, value, name, value, ... sorted by name: one allocation, and a scan of a few entries is faster than any map.
    private readonly string[] pairs;
    private readonly int hash;

    private Labels(string[] pairs)
    {
        this.pairs = pairs;
        var code = new HashCode();
        foreach (string part in pairs)
        {
            code.Add(part.GetHashCode(StringComparison.Ordinal));
        }

        hash = code.ToHashCode();
    }

    /// <summary>Number of labels.</summary>
    public int Count => pairs.Length / 2;

    /// <summary>The metric's name, or the empty string.</summary>
    public string Name => this[MetricName];

    /// <summary>The value of a label, or the empty string when the series does not have it.</summary>
    public string this[string name]
    {
        get
        {
            for (int i = 0; i < pairs.Length; i += 2)
            {
                if (string.Equals(pairs[i], name, StringComparison.Ordinal))
                {
                    return pairs[i + 1];
                }
            }

            return string.Empty;
        }
    }

    /// <summary>Name and value of the label at a position in name order.</summary>
    public KeyValuePair<string, string> At(int index) => new(pairs[index * 2], pairs[(index * 2) + 1]);

    /// <summary>The name at a position in name order.</summary>
    public string NameAt(int index) => pairs[index * 2];

    /// <summary>The value at a position in name order.</summary>
    public string ValueAt(int index) => pairs[(index * 2) + 1];

    /// <summary>Whether the series has the label.</summary>
    public bool Has(string name)
    {
        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (string.Equals(pairs[i], name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Builds labels from pairs in any order; empty values are dropped, the last of two equal names wins.</summary>
    public static Labels From(IEnumerable<KeyValuePair<string, string>> labels)
    {
        var builder = new LabelsBuilder();
        foreach ((string name, string value) in labels)
        {
            builder.Set(name, value);
        }

        return builder.ToLabels();
    }

    /// <summary>Builds labels from <c>(name, value)</c> tuples.</summary>
    public static Labels Of(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var builder = new LabelsBuilder();
        foreach ((string name, string value) in labels)
        {
            builder.Set(name, value);
        }

        return builder.ToLabels();
    }

    /// <summary>
    /// Takes over an array of name, value, name, value, ... that is already sorted by name (ordinal), has no equal names and
    /// no empty values. The array belongs to the labels from then on. For stores that keep series in this form.
    /// </summary>
    public static Labels FromSortedPairs(string[] pairs) => pairs.Length == 0 ? Empty : new Labels(pairs);

    /// <summary>All labels in name order.</summary>
    public IEnumerable<KeyValuePair<string, string>> Pairs
    {
        get
        {
            for (int i = 0; i < pairs.Length; i += 2)
            {
                yield return new(pairs[i], pairs[i + 1]);
            }
        }
    }

    /// <summary>The same labels with one more, replaced, or (empty value) removed.</summary>
    public Labels With(string name, string value)
    {
        if (string.Equals(this[name], value, StringComparison.Ordinal))
        {
            return this;
        }

        var builder = new LabelsBuilder(this);
        builder.Set(name, value);
        return builder.ToLabels();
    }

    /// <summary>The same labels without the metric's name.</summary>
    public Labels WithoutName() => Without(MetricName);

    /// <summary>
    /// The same labels without those that say what the metric is: its name, <c>__type__</c> and <c>__unit__</c>. They are wrong for
    /// what is computed from it.
    /// </summary>
    public Labels WithoutMetadata() => WithoutName().Without("__type__").Without("__unit__");

    /// <summary>The same labels without one.</summary>
    public Labels Without(string name)
    {
        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (string.Equals(pairs[i], name, StringComparison.Ordinal))
            {
                string[] rest = new string[pairs.Length - 2];
                pairs.AsSpan(0, i).CopyTo(rest);
                pairs.AsSpan(i + 2).CopyTo(rest.AsSpan(i));
                return FromSortedPairs(rest);
            }
        }

        return this;
    }

    /// <summary>Only the labels of a sorted list of names.</summary>
    public Labels Keep(IReadOnlyList<string> sortedNames)
    {
        string[] kept = new string[Math.Min(sortedNames.Count, Count) * 2];
        int length = 0;
        for (int i = 0, j = 0; i < pairs.Length && j < sortedNames.Count;)
        {
            int order = string.CompareOrdinal(pairs[i], sortedNames[j]);
            if (order == 0)
            {
                kept[length++] = pairs[i];
                kept[length++] = pairs[i + 1];
                i += 2;
                j++;
            }
            else if (order < 0)
            {
                i += 2;
            }
            else
            {
                j++;
            }
        }

        return length == pairs.Length ? this : FromSortedPairs(kept[..length]);
    }

    /// <summary>All labels except those of a sorted list of names.</summary>
    public Labels Drop(IReadOnlyList<string> sortedNames)
    {
        string[] kept = new string[pairs.Length];
        int length = 0;
        for (int i = 0, j = 0; i < pairs.Length; i += 2)
        {
            while (j < sortedNames.Count && string.CompareOrdinal(sortedNames[j], pairs[i]) < 0)
            {
                j++;
            }

            if (j < sortedNames.Count && string.Equals(sortedNames[j], pairs[i], StringComparison.Ordinal))
            {
                continue;
            }

            kept[length++] = pairs[i];
            kept[length++] = pairs[i + 1];
        }

        return length == pairs.Length ? this : FromSortedPairs(kept[..length]);
    }

    /// <inheritdoc/>
    public bool Equals(Labels? other)
        => other is not null && (ReferenceEquals(this, other) || (hash == other.hash && pairs.AsSpan().SequenceEqual(other.pairs)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => hash;

    /// <summary>Order by name and value, pair by pair; then the shorter first.</summary>
    public int CompareTo(Labels? other)
    {
        if (other is null)
        {
            return 1;
        }

        int shared = Math.Min(pairs.Length, other.pairs.Length);
        for (int i = 0; i < shared; i++)
        {
            int order = string.CompareOrdinal(pairs[i], other.pairs[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return pairs.Length - other.pairs.Length;
    }

    public static bool operator ==(Labels? left, Labels? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Labels? left, Labels? right) => !(left == right);

    public static bool operator <(Labels left, Labels right) => left.CompareTo(right) < 0;

    public static bool operator >(Labels left, Labels right) => left.CompareTo(right) > 0;

    public static bool operator <=(Labels left, Labels right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Labels left, Labels right) => left.CompareTo(right) >= 0;

    /// <summary>All labels in braces, the name among them: <c>{__name__="up", job="x"}</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("{");
        Write(text, skipName: false);
        return text.Append('}').ToString();
    }

    /// <summary>As a selector: <c>up{job="x"}</c>, or only braces when the series has no name or one that needs quotes.</summary>
    public string ToSelector()
    {
        string name = Name;
        if (name.Length == 0 || !Names.IsLegacyMetricName(name))
        {
            return Count == 0 ? "{}" : ToString();
        }

        if (Count == 1)
        {
            return name;
        }

        var text = new StringBuilder(name).Append('{');
        Write(text, skipName: true);
        return text.Append('}').ToString();
    }

    private void Write(StringBuilder text, bool skipName)
    {
        bool first = true;
        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (skipName && string.Equals(pairs[i], MetricName, StringComparison.Ordinal))
            {
                continue;
            }

            text.Append(first ? string.Empty : ", ");
            first = false;
            text.Append(Names.IsLegacyLabelName(pairs[i]) ? pairs[i] : GoText.Quote(pairs[i]));
            text.Append('=').Append(GoText.Quote(pairs[i + 1]));
        }
    }
}
