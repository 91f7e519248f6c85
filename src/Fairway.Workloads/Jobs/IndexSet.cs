using System.Globalization;
using System.Text;

namespace Fairway.Workloads.Jobs;

/// <summary>A set of completion indexes, written as <c>0-2,5,7</c> (only runs of three and more are shortened further than pairs).</summary>
internal static class IndexSet
{
    /// <summary>Reads the indexes below a limit; what is no index is left out.</summary>
    public static SortedSet<int> Parse(string? text, int limit)
    {
        var indexes = new SortedSet<int>();
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last))
            {
                continue;
            }

            for (int index = first; index <= Math.Min(last, limit - 1); index++)
            {
                indexes.Add(index);
            }
        }

        return indexes;
    }

    /// <summary>Runs are written by their ends: <c>1,3-5,7</c>; two neighbours with a comma.</summary>
    public static string Format(IEnumerable<int> sorted)
    {
        var text = new StringBuilder();
        int? first = null;
        int last = 0;
        foreach (int index in sorted)
        {
            if (first is not null && index == last + 1)
            {
                last = index;
                continue;
            }

            Append(text, first, last);
            first = last = index;
        }

        Append(text, first, last);
        return text.ToString();
    }

    private static void Append(StringBuilder text, int? first, int last)
    {
        if (first is not { } start)
        {
            return;
        }

        text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{start}");
        if (last > start)
        {
            text.Append(last == start + 1 ? ',' : '-').Append(CultureInfo.InvariantCulture, $"{last}");
        }
    }
}
