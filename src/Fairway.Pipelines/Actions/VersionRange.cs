using System.Globalization;

namespace Fairway.Pipelines.Actions;

/// <summary>Versions as setup actions ask for them: <c>20</c>, <c>20.x</c>, <c>10.0.4xx</c>, <c>^20.1</c>, <c>~20.1.2</c>, <c>&gt;=18 &lt;22</c>, <c>18 || 20</c>.</summary>
internal static class VersionRange
{
    /// <summary>Whether a version is in a range; null when the range cannot be read.</summary>
    public static bool? Contains(string range, string version)
    {
        if (Numbers(version) is not { } actual)
        {
            return false;
        }

        bool any = false;
        foreach (string alternative in range.Split("||", StringSplitOptions.TrimEntries))
        {
            bool all = true;
            foreach (string comparator in alternative.Replace(">= ", ">=", StringComparison.Ordinal).Replace("< ", "<", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Holds(comparator, actual) is not { } holds)
                {
                    return null;
                }

                all &= holds;
            }

            any |= all;
        }

        return any;
    }

    private static bool? Holds(string comparator, int[] actual)
    {
        string[] operators = [">=", "<=", ">", "<", "=", "^", "~"];
        string sign = Array.Find(operators, candidate => comparator.StartsWith(candidate, StringComparison.Ordinal)) ?? "";
        string text = comparator[sign.Length..].TrimStart('v');
        if (text is "*" or "x" or "latest" or "current" or "node")
        {
            return true;
        }

        string[] parts = text.Split('.');
        if (sign.Length == 0 || sign == "=")
        {
            return Prefix(parts, actual);
        }

        return Numbers(text) is not { } wanted ? null : sign switch
        {
            ">=" => Compare(actual, wanted) >= 0,
            "<=" => Compare(actual, wanted) <= 0,
            ">" => Compare(actual, wanted) > 0,
            "<" => Compare(actual, wanted) < 0,
            "^" => Compare(actual, wanted) >= 0 && actual[0] == wanted[0],
            _ => Compare(actual, wanted) >= 0 && actual[0] == wanted[0] && (parts.Length < 2 || actual[1] == wanted[1]),
        };
    }

    private static bool? Prefix(string[] parts, int[] actual)
    {
        for (int i = 0; i < parts.Length && i < 3; i++)
        {
            if (parts[i] is "x" or "X" or "*")
            {
                return true;
            }

            // A feature band of the .NET SDK: 10.0.4xx.
            if (i == 2 && parts[i].EndsWith("xx", StringComparison.OrdinalIgnoreCase) && int.TryParse(parts[i][..^2], NumberStyles.None, CultureInfo.InvariantCulture, out int band))
            {
                return actual[i] / 100 == band;
            }

            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int wanted))
            {
                return null;
            }

            if (actual[i] != wanted)
            {
                return false;
            }
        }

        return true;
    }

    private static int[]? Numbers(string version)
    {
        string[] parts = version.TrimStart('v').Split('-')[0].Split('.');
        int[] numbers = new int[3];
        for (int i = 0; i < parts.Length && i < 3; i++)
        {
            if (parts[i] is "x" or "X" or "*")
            {
                break;
            }

            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }

    private static int Compare(int[] left, int[] right)
    {
        for (int i = 0; i < 3; i++)
        {
            if (left[i] != right[i])
            {
                return left[i].CompareTo(right[i]);
            }
        }

        return 0;
    }
}
