using System.Collections.Frozen;

namespace Fairway.Pipelines.Expressions;

/// <summary>Cuts an expression into tokens. A pure function of the text.</summary>
internal static class Lexer
{
    private static readonly FrozenDictionary<string, ExpressionValue> Keywords = new Dictionary<string, ExpressionValue>(StringComparer.Ordinal)
    {
        ["true"] = ExpressionValue.True,
        ["false"] = ExpressionValue.False,
        ["null"] = ExpressionValue.Null,
        ["NaN"] = ExpressionValue.Of(double.NaN),
        ["Infinity"] = ExpressionValue.Of(double.PositiveInfinity),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="ExpressionException">A character sequence is no token.</exception>
    public static List<Token> Read(string text)
    {
        List<Token> tokens = [];
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            Token token = Next(text, at, tokens.Count == 0 ? TokenKind.End : tokens[^1].Kind);
            tokens.Add(token);
            at += token.Text.Length;
        }

        tokens.Add(new Token(TokenKind.End, "", text.Length));
        return tokens;
    }

    private static Token Next(string text, int at, TokenKind previous)
    {
        char c = text[at];
        char following = at + 1 < text.Length ? text[at + 1] : '\0';
        return c switch
        {
            '(' => new Token(TokenKind.OpenParenthesis, "(", at),
            ')' => new Token(TokenKind.CloseParenthesis, ")", at),
            '[' => new Token(TokenKind.OpenBracket, "[", at),
            ']' => new Token(TokenKind.CloseBracket, "]", at),
            ',' => new Token(TokenKind.Comma, ",", at),
            '*' => new Token(TokenKind.Star, "*", at),
            '.' when previous is TokenKind.Name or TokenKind.CloseBracket or TokenKind.CloseParenthesis or TokenKind.Star
                => new Token(TokenKind.Dot, ".", at),
            '!' when following == '=' => new Token(TokenKind.NotEqual, "!=", at),
            '!' => new Token(TokenKind.Not, "!", at),
            '=' when following == '=' => new Token(TokenKind.Equal, "==", at),
            '<' when following == '=' => new Token(TokenKind.LessOrEqual, "<=", at),
            '<' => new Token(TokenKind.Less, "<", at),
            '>' when following == '=' => new Token(TokenKind.GreaterOrEqual, ">=", at),
            '>' => new Token(TokenKind.Greater, ">", at),
            '&' when following == '&' => new Token(TokenKind.And, "&&", at),
            '|' when following == '|' => new Token(TokenKind.Or, "||", at),
            '\'' => Text(text, at),
            '+' or '-' or '.' => Number(text, at),
            >= '0' and <= '9' => Number(text, at),
            _ => Name(text, at, previous),
        };
    }

    private static Token Text(string text, int at)
    {
        int end = at + 1;
        while (end < text.Length)
        {
            if (text[end] != '\'')
            {
                end++;
            }
            else if (end + 1 < text.Length && text[end + 1] == '\'')
            {
                end += 2;
            }
            else
            {
                string written = text[at..(end + 1)];
                return new Token(
                    TokenKind.Literal, written, at, ExpressionValue.Of(written[1..^1].Replace("''", "'", StringComparison.Ordinal)));
            }
        }

        throw Unexpected(text[at..], at);
    }

    private static Token Number(string text, int at)
    {
        int end = at + 1;
        while (end < text.Length && (text[end] == '.' || !IsBoundary(text[end])))
        {
            end++;
        }

        string written = text[at..end];
        double value = NumberText.Parse(written);
        return double.IsNaN(value) ? throw Unexpected(written, at) : new Token(TokenKind.Literal, written, at, ExpressionValue.Of(value));
    }

    private static Token Name(string text, int at, TokenKind previous)
    {
        int end = at + 1;
        while (end < text.Length && !IsBoundary(text[end]))
        {
            end++;
        }

        string written = text[at..end];
        if (previous != TokenKind.Dot && Keywords.TryGetValue(written, out ExpressionValue? keyword))
        {
            return new Token(TokenKind.Literal, written, at, keyword);
        }

        return IsName(written) ? new Token(TokenKind.Name, written, at) : throw Unexpected(written, at);
    }

    internal static bool IsName(string text)
        => text.Length > 0
            && (char.IsAsciiLetter(text[0]) || text[0] == '_')
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static bool IsBoundary(char c) => c is '(' or ')' or '[' or ']' or ',' or '.' or '!' or '<' or '>' or '=' or '&' or '|' || char.IsWhiteSpace(c);

    private static ExpressionException Unexpected(string written, int at) => new($"Unexpected symbol '{Shorten(written)}'", at);

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
