using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Pipelines.Syntax;

/// <summary>
/// Filter patterns in order; the last one that matches decides, <c>!</c> takes out. <c>*</c> stops at <c>/</c>, <c>**</c> does
/// not, <c>?</c> and <c>+</c> repeat what stands before them, <c>[]</c> is one of a set, <c>\</c> takes the next one literally.
/// </summary>
public sealed class GlobList
{
    private readonly (bool Take, Regex Pattern)[] _patterns;

    private GlobList((bool, Regex)[] patterns) => _patterns = patterns;

    /// <exception cref="FormatException">A pattern is not valid; the message names it.</exception>
    public static GlobList Of(params IEnumerable<string> patterns)
        => new([.. patterns.Select(pattern => pattern.StartsWith('!') ? (false, Compile(pattern[1..], pattern)) : (true, Compile(pattern, pattern)))]);

    public bool Includes(string name)
    {
        bool included = false;
        foreach ((bool take, Regex pattern) in _patterns)
        {
            if (pattern.IsMatch(name))
            {
                included = take;
            }
        }

        return included;
    }

    private static Regex Compile(string glob, string written)
    {
        StringBuilder regex = new(@"\A");
        int at = 0;
        bool repeatable = false;
        while (at < glob.Length)
        {
            (string piece, int length) = Piece(glob, at, repeatable, written);
            repeatable = piece is not ("?" or "+" or "(?:.*/)?");
            regex.Append(piece);
            at += length;
        }

        return glob.Length == 0
            ? throw new FormatException("A filter pattern is empty.")
            : new Regex(regex.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    private static (string Piece, int Length) Piece(string glob, int at, bool repeatable, string written)
    {
        switch (glob[at])
        {
            case '*' when glob.AsSpan(at).StartsWith("**/") && (at == 0 || glob[at - 1] == '/'):
                return ("(?:.*/)?", 3);
            case '*' when glob.AsSpan(at).StartsWith("**"):
                return ("(?:.*)", 2);
            case '*':
                return ("(?:[^/]*)", 1);
            case '?' or '+':
                return repeatable ? (glob[at].ToString(), 1) : throw new FormatException($"In the pattern '{written}' nothing stands before '{glob[at]}'.");
            case '[':
                int close = glob.IndexOf(']', at + 1);
                string set = close > at + 1 ? glob[(at + 1)..close] : throw new FormatException($"In the pattern '{written}' a set is not closed or empty.");
                return set.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                    ? ($"[{set.Replace(".", "\\.", StringComparison.Ordinal)}]", close - at + 1)
                    : throw new FormatException($"In the pattern '{written}' the set [{set}] may hold letters, digits and ranges only.");
            case '\\' when at + 1 < glob.Length:
                return (Regex.Escape(glob[at + 1].ToString()), 2);
            default:
                return (Regex.Escape(glob[at].ToString()), 1);
        }
    }
}
