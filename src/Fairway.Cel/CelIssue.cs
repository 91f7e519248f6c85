using System.Globalization;
using System.Text;

namespace Fairway.Cel;

/// <summary>One thing wrong with an expression's text, with its place.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in code points.</param>
/// <param name="Offset">From 0, in UTF-16 units.</param>
/// <param name="Length">In UTF-16 units; at least 1 unless the text is empty.</param>
/// <param name="LineText">The line that the issue stands on.</param>
public sealed record CelIssue(int Line, int Column, int Offset, int Length, string Message, string LineText)
{
    internal static CelIssue At(string source, int offset, int length, string message)
    {
        offset = Math.Clamp(offset, 0, source.Length);
        int start = offset == 0 ? 0 : source.LastIndexOf('\n', offset - 1) + 1;
        int end = source.IndexOf('\n', start);
        int line = source.AsSpan(0, start).Count('\n') + 1;
        int column = CodePoints(source.AsSpan(start, offset - start)) + 1;
        return new CelIssue(line, column, offset, Math.Min(length, source.Length - offset), message, source[start..(end < 0 ? source.Length : end)]);
    }

    private static int CodePoints(ReadOnlySpan<char> text)
    {
        int count = 0;
        foreach (char c in text)
        {
            count += char.IsLowSurrogate(c) ? 0 : 1;
        }

        return count;
    }

    /// <summary>Three lines: what is wrong and where, the line of text, a caret below the place.</summary>
    public string Render()
    {
        string text = LineText.Replace('\t', ' ').TrimEnd('\r');
        var caret = new StringBuilder(" | ");
        int column = 1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (column++ >= Column)
            {
                break;
            }

            caret.Append(rune.Utf8SequenceLength > 1 ? '．' : '.');
        }

        return string.Create(CultureInfo.InvariantCulture, $"ERROR: <input>:{Line}:{Column}: {Message}\n | {text}\n{caret}^");
    }

    /// <summary>All issues, one after the other.</summary>
    public static string Render(IEnumerable<CelIssue> issues) => string.Join('\n', issues.Select(issue => issue.Render()));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}: {Message}");
}
