namespace Fairway.PromQL;

/// <summary>Which names can stand without quotes. Since Prometheus 3 every non-empty UTF-8 text is a valid name when quoted.</summary>
public static class Names
{
    /// <summary>Whether a metric name can stand without quotes: <c>[a-zA-Z_:][a-zA-Z0-9_:]*</c>.</summary>
    public static bool IsLegacyMetricName(string name) => Is(name, colons: true);

    /// <summary>Whether a label name can stand without quotes: <c>[a-zA-Z_][a-zA-Z0-9_]*</c>.</summary>
    public static bool IsLegacyLabelName(string name) => Is(name, colons: false);

    /// <summary>Whether a text can be a label name at all: not empty, and well-formed Unicode.</summary>
    public static bool IsLabelName(string name) => name.Length > 0 && IsWellFormed(name);

    internal static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]) || text[i] == '\uFFFD')
            {
                return false;
            }
        }

        return true;
    }

    private static bool Is(string name, bool colons)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(colons && c == ':'))
            {
                return false;
            }
        }

        return true;
    }
}
