using System.Text;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>Names of labels that are made of lines.</summary>
internal static class LabelText
{
    /// <summary>The name without space around it, other than letters, digits and underscores replaced, not begun by a digit; may be empty.</summary>
    public static string Name(string text)
    {
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        bool plain = trimmed.Length > 0 && !char.IsAsciiDigit(trimmed[0]);
        foreach (char one in trimmed)
        {
            plain &= char.IsAsciiLetterOrDigit(one) || one == '_';
        }

        if (plain)
        {
            return trimmed.Length == text.Length ? text : trimmed.ToString();
        }

        var name = new StringBuilder(trimmed.Length + 1);
        if (trimmed.Length > 0 && char.IsAsciiDigit(trimmed[0]))
        {
            name.Append('_');
        }

        foreach (Rune one in trimmed.EnumerateRunes())
        {
            name.Append(one.IsAscii && (char.IsAsciiLetterOrDigit((char)one.Value) || one.Value == '_') ? (char)one.Value : '_');
        }

        return name.ToString();
    }

    /// <summary>Bytes that were no UTF-8 become spaces.</summary>
    public static string Valid(string value) => value.Contains('\uFFFD', StringComparison.Ordinal) ? value.Replace('\uFFFD', ' ') : value;
}
