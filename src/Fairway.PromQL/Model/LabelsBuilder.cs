namespace Fairway.PromQL;

/// <summary>Puts labels together; small sets, so a sorted list. Reusable after <see cref="Reset"/>. Not for several threads.</summary>
public sealed class LabelsBuilder
{
    private readonly List<KeyValuePair<string, string>> sorted = [];

    /// <summary>Starts empty.</summary>
    public LabelsBuilder()
    {
    }

    /// <summary>Starts with existing labels.</summary>
    public LabelsBuilder(Labels labels) => Reset(labels);

    /// <summary>Starts over with existing labels.</summary>
    public void Reset(Labels labels)
    {
        sorted.Clear();
        for (int i = 0; i < labels.Count; i++)
        {
            sorted.Add(labels.At(i));
        }
    }

    /// <summary>Sets a label; an empty value removes it.</summary>
    public LabelsBuilder Set(string name, string value)
    {
        int at = Find(name);
        if (at >= 0)
        {
            if (value.Length == 0)
            {
                sorted.RemoveAt(at);
            }
            else
            {
                sorted[at] = new(name, value);
            }
        }
        else if (value.Length > 0)
        {
            sorted.Insert(~at, new(name, value));
        }

        return this;
    }

    /// <summary>Removes a label.</summary>
    public LabelsBuilder Remove(string name) => Set(name, string.Empty);

    /// <summary>The value of a label so far, or the empty string.</summary>
    public string this[string name] => Find(name) is >= 0 and int at ? sorted[at].Value : string.Empty;

    /// <summary>The labels as they are now.</summary>
    public Labels ToLabels()
    {
        string[] pairs = new string[sorted.Count * 2];
        for (int i = 0; i < sorted.Count; i++)
        {
            pairs[i * 2] = sorted[i].Key;
            pairs[(i * 2) + 1] = sorted[i].Value;
        }

        return Labels.FromSortedPairs(pairs);
    }

    private int Find(string name)
    {
        int low = 0;
        int high = sorted.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = string.CompareOrdinal(sorted[middle].Key, name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
