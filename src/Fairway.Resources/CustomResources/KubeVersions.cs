using System.Globalization;

namespace Fairway.Resources.CustomResources;

/// <summary>The order of API versions: v2, v1, v1beta2, v1beta1, v1alpha1, then what is no such version, by its letters.</summary>
public static class KubeVersions
{
    public static IComparer<string> MostStableFirst { get; } = Comparer<string>.Create(static (left, right) =>
    {
        (int Stability, long Major, long Minor)? a = Parse(left);
        (int Stability, long Major, long Minor)? b = Parse(right);
        return (a, b) switch
        {
            ({ } one, { } other) => -one.CompareTo(other),
            ({ }, null) => -1,
            (null, { }) => 1,
            _ => string.CompareOrdinal(left, right),
        };
    });

    private static (int Stability, long Major, long Minor)? Parse(string version)
    {
        if (!version.StartsWith('v'))
        {
            return null;
        }

        int end = 1;
        while (end < version.Length && char.IsAsciiDigit(version[end]))
        {
            end++;
        }

        if (!Number(version.AsSpan(1, end - 1), out long major))
        {
            return null;
        }

        string rest = version[end..];
        return rest.Length == 0 ? (2, major, 0)
            : rest.StartsWith("beta", StringComparison.Ordinal) && Number(rest.AsSpan(4), out long beta) ? (1, major, beta)
            : rest.StartsWith("alpha", StringComparison.Ordinal) && Number(rest.AsSpan(5), out long alpha) ? (0, major, alpha)
            : null;
    }

    private static bool Number(ReadOnlySpan<char> digits, out long number)
    {
        number = 0;
        return digits.Length > 0 && digits[0] != '0' && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
