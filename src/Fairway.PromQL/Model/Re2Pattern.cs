using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.PromQL;

/// <summary>
/// A regular expression of Go's syntax (RE2), matched in time linear in the text: it is translated to .NET's non-backtracking
/// engine, which has the same power (no look-around, no back references). Choices of plain texts and plain prefixes with
/// <c>.*</c> or <c>.+</c> never reach the engine.
/// </summary>
public sealed class Re2Pattern
{
    private readonly Regex? regex;
    private readonly HashSet<string>? choices;
    private readonly string prefix;
    private readonly bool tailNeedsOne;

    private Re2Pattern(string source, bool anchored)
    {
        Source = source;
        prefix = string.Empty;
        if (anchored)
        {
            if (Re2Shapes.Choices(source) is { } plain)
            {
                choices = new HashSet<string>(plain, StringComparer.Ordinal);
                Choices = [.. choices];
                return;
            }

            (prefix, string tail) = Re2Shapes.Prefix(source);
            if (tail is ".*" or ".+")
            {
                tailNeedsOne = tail == ".+";
                return;
            }
        }

        regex = Compile(anchored ? "^(?s:" + source + ")$" : source);
    }

    /// <summary>The pattern as written.</summary>
    public string Source { get; }

    /// <summary>The plain texts that the pattern is a choice of, when it is one.</summary>
    public IReadOnlyList<string>? Choices { get; }

    /// <summary>A text that every match starts with; may be empty.</summary>
    public string Prefix => prefix;

    /// <summary>A pattern that has to match a whole text, in which <c>.</c> also matches a line break: what label matchers use.</summary>
    /// <exception cref="FormatException">Not a valid expression; the message is Go's.</exception>
    public static Re2Pattern Anchored(string pattern)
    {
        Re2Translator.Translate(pattern);
        return new Re2Pattern(pattern, anchored: true);
    }

    /// <summary>Compiles any RE2 expression without anchors.</summary>
    /// <exception cref="FormatException">Not a valid expression.</exception>
    public static Regex Compile(string pattern)
    {
        string translated = Re2Translator.Translate(pattern);
        try
        {
            return new Regex(translated, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            // Too large for the automaton: the backtracking engine with a time limit still gives the right answer.
            return new Regex(translated, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(2));
        }
        catch (ArgumentException broken)
        {
            throw new FormatException($"error parsing regexp: {broken.Message}", broken);
        }
    }

    /// <summary>Whether a text matches.</summary>
    public bool IsMatch(string text)
    {
        if (choices is not null)
        {
            return choices.Contains(text);
        }

        if (regex is null)
        {
            return text.Length >= prefix.Length + (tailNeedsOne ? 1 : 0) && text.StartsWith(prefix, StringComparison.Ordinal);
        }

        return text.StartsWith(prefix, StringComparison.Ordinal) && regex.IsMatch(text);
    }
}

/// <summary>Shapes of patterns that need no engine.</summary>
internal static class Re2Shapes
{
    private const int MostChoices = 4096;

    /// <summary>The texts of <c>a|b|c</c>, or null when some part is not plain.</summary>
    public static List<string>? Choices(string pattern)
    {
        var found = new List<string>();
        var current = new StringBuilder();
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '|')
            {
                found.Add(current.ToString());
                current.Clear();
            }
            else if (c == '\\' && i + 1 < pattern.Length && IsPunctuation(pattern[i + 1]))
            {
                current.Append(pattern[++i]);
            }
            else if (IsSpecial(c))
            {
                return null;
            }
            else
            {
                current.Append(c);
            }
        }

        found.Add(current.ToString());
        return found.Count <= MostChoices ? found : null;
    }

    /// <summary>The plain start of a pattern and the rest; no start at all when the pattern has a choice anywhere.</summary>
    public static (string Prefix, string Tail) Prefix(string pattern)
    {
        if (pattern.Contains('|', StringComparison.Ordinal) || pattern.Contains("(?", StringComparison.Ordinal))
        {
            return (string.Empty, pattern);
        }

        var start = new StringBuilder();
        int at = 0;
        while (at < pattern.Length)
        {
            int length = pattern[at] == '\\' && at + 1 < pattern.Length && IsPunctuation(pattern[at + 1]) ? 2 : 1;
            if (length == 1 && IsSpecial(pattern[at]))
            {
                break;
            }

            // A quantifier belongs to the last character, which is then not certain.
            if (at + length < pattern.Length && pattern[at + length] is '*' or '?' or '{' or '+')
            {
                break;
            }

            // Half a surrogate pair is no character of its own.
            start.Append(pattern[at + length - 1]);
            at += length;
        }

        if (start.Length > 0 && char.IsHighSurrogate(start[^1]))
        {
            return (string.Empty, pattern);
        }

        return (start.ToString(), pattern[at..]);
    }

    private static bool IsSpecial(char c) => c is '\\' or '.' or '+' or '*' or '?' or '(' or ')' or '|' or '[' or ']' or '{' or '}' or '^' or '$';

    private static bool IsPunctuation(char c) => c < 0x80 && !char.IsAsciiLetterOrDigit(c) && !char.IsWhiteSpace(c) && !char.IsControl(c);
}
