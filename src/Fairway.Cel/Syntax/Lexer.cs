using System.Globalization;

namespace Fairway.Cel.Syntax;

/// <summary>Text to tokens. Never fails: what is no token is reported and skipped.</summary>
internal sealed class Lexer(string source, Action<int, int, string> report)
{
    private static readonly string[] TwoCharSymbols = ["&&", "||", "==", "!=", "<=", ">="];
    private int _at;

    public List<Token> ReadAll()
    {
        var tokens = new List<Token>();
        Token token;
        do
        {
            token = Next();
            if (token.Kind != TokenKind.Invalid)
            {
                tokens.Add(token);
            }
        }
        while (token.Kind != TokenKind.End);
        return tokens;
    }

    private Token Next()
    {
        SkipSpace();
        if (_at >= source.Length)
        {
            return new Token(TokenKind.End, "<EOF>", source.Length, source.Length);
        }

        int start = _at;
        char c = source[_at];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            if (StringPrefix(out bool raw, out bool bytes, out int prefix))
            {
                _at += prefix;
                return ReadString(start, raw, bytes);
            }

            while (_at < source.Length && (char.IsAsciiLetterOrDigit(source[_at]) || source[_at] == '_'))
            {
                _at++;
            }

            return new Token(TokenKind.Identifier, source[start.._at], start, _at);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < source.Length && char.IsAsciiDigit(source[_at + 1])))
        {
            return ReadNumber(start);
        }

        if (c is '"' or '\'')
        {
            return ReadString(start, raw: false, bytes: false);
        }

        return c == '`' ? ReadQuotedIdentifier(start) : ReadSymbol(start);
    }

    private void SkipSpace()
    {
        while (_at < source.Length)
        {
            if (source[_at] is ' ' or '\t' or '\n' or '\r' or '\f')
            {
                _at++;
            }
            else if (source[_at] == '/' && _at + 1 < source.Length && source[_at + 1] == '/')
            {
                while (_at < source.Length && source[_at] != '\n')
                {
                    _at++;
                }
            }
            else
            {
                return;
            }
        }
    }

    private Token ReadSymbol(int start)
    {
        foreach (string symbol in TwoCharSymbols)
        {
            if (string.CompareOrdinal(source, start, symbol, 0, 2) == 0)
            {
                _at += 2;
                return new Token(TokenKind.Symbol, symbol, start, _at);
            }
        }

        char c = source[_at];
        if ("+-*/%!<>?:.,()[]{}".Contains(c, StringComparison.Ordinal))
        {
            _at++;
            return new Token(TokenKind.Symbol, c.ToString(), start, _at);
        }

        _at += char.IsHighSurrogate(c) && _at + 1 < source.Length && char.IsLowSurrogate(source[_at + 1]) ? 2 : 1;
        report(start, _at - start, $"Syntax error: token recognition error at: '{source[start.._at]}'");
        return new Token(TokenKind.Invalid, "", start, _at);
    }

    private Token ReadQuotedIdentifier(int start)
    {
        int end = ++_at;
        while (end < source.Length && (char.IsAsciiLetterOrDigit(source[end]) || source[end] is '_' or '.' or '-' or '/' or ' '))
        {
            end++;
        }

        if (end >= source.Length || source[end] != '`' || end == _at)
        {
            report(start, 1, "Syntax error: token recognition error at: '`'");
            return new Token(TokenKind.Invalid, "", start, _at);
        }

        string name = source[_at..end];
        _at = end + 1;
        return new Token(TokenKind.QuotedIdentifier, name, start, _at);
    }

    private Token ReadNumber(int start)
    {
        if (source[_at] == '0' && _at + 1 < source.Length && source[_at + 1] is 'x' or 'X' && _at + 2 < source.Length && char.IsAsciiHexDigit(source[_at + 2]))
        {
            _at += 2;
            while (_at < source.Length && char.IsAsciiHexDigit(source[_at]))
            {
                _at++;
            }

            return Whole(start);
        }

        while (_at < source.Length && char.IsAsciiDigit(source[_at]))
        {
            _at++;
        }

        bool isDouble = false;
        if (_at + 1 < source.Length && source[_at] == '.' && char.IsAsciiDigit(source[_at + 1]))
        {
            isDouble = true;
            _at++;
            while (_at < source.Length && char.IsAsciiDigit(source[_at]))
            {
                _at++;
            }
        }

        if (_at < source.Length && source[_at] is 'e' or 'E')
        {
            int digits = _at + 1;
            if (digits < source.Length && source[digits] is '+' or '-')
            {
                digits++;
            }

            if (digits < source.Length && char.IsAsciiDigit(source[digits]))
            {
                isDouble = true;
                _at = digits;
                while (_at < source.Length && char.IsAsciiDigit(source[_at]))
                {
                    _at++;
                }
            }
        }

        return isDouble ? new Token(TokenKind.Double, source[start.._at], start, _at) : Whole(start);
    }

    private Token Whole(int start)
    {
        int end = _at;
        if (_at < source.Length && source[_at] is 'u' or 'U')
        {
            _at++;
            return new Token(TokenKind.Uint, source[start..end], start, _at);
        }

        return new Token(TokenKind.Int, source[start..end], start, _at);
    }

    private bool StringPrefix(out bool raw, out bool bytes, out int length)
    {
        raw = bytes = false;
        length = 0;
        while (length < 2 && _at + length < source.Length)
        {
            char c = source[_at + length];
            if (c is 'r' or 'R' && !raw)
            {
                raw = true;
            }
            else if (c is 'b' or 'B' && !bytes)
            {
                bytes = true;
            }
            else
            {
                break;
            }

            length++;
        }

        return length > 0 && _at + length < source.Length && source[_at + length] is '"' or '\'';
    }

    private Token ReadString(int start, bool raw, bool bytes)
    {
        char quote = source[_at];
        bool triple = _at + 2 < source.Length && source[_at + 1] == quote && source[_at + 2] == quote;
        int width = triple ? 3 : 1;
        int body = _at + width;
        int end = body;
        while (end < source.Length)
        {
            char c = source[end];
            if (c == quote && (!triple || (end + 2 < source.Length && source[end + 1] == quote && source[end + 2] == quote)))
            {
                _at = end + width;
                return Decode(start, body, end, raw, bytes);
            }

            if (!triple && c is '\n' or '\r')
            {
                break;
            }

            end += c == '\\' && !raw && end + 1 < source.Length ? 2 : 1;
        }

        end = Math.Min(end, source.Length);
        _at = end;
        report(start, end - start, $"Syntax error: token recognition error at: '{source[start..end]}'");
        return new Token(TokenKind.Invalid, "", start, end);
    }

    private Token Decode(int start, int body, int end, bool raw, bool bytes)
    {
        string text = source[body..end];
        if (text.Contains('\r', StringComparison.Ordinal))
        {
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        }

        var decoder = new StringDecoder(bytes);
        string? failure = raw ? decoder.TakeRaw(text) : decoder.Take(text);
        if (failure is not null)
        {
            report(start, _at - start, string.Create(CultureInfo.InvariantCulture, $"Syntax error: invalid {(bytes ? "bytes" : "string")} literal: {failure}"));
        }

        return bytes
            ? new Token(TokenKind.Bytes, "", start, _at, decoder.Bytes())
            : new Token(TokenKind.String, decoder.Text(), start, _at);
    }
}
