namespace Fairway.PromQL.Parsing;

/// <summary>
/// Cuts a query into tokens. What a character means depends on where it stands: keywords are plain names inside braces, and only
/// durations and their arithmetic stand inside brackets.
/// </summary>
internal sealed class Lexer(string input)
{
    private int at;
    private int start;
    private int parens;
    private bool inBraces;
    private bool inBrackets;
    private bool gotColon;
    private bool gotDuration;
    private bool startsDuration;

    public string Input => input;

    /// <summary>The next token, comments left out.</summary>
    /// <exception cref="PromQLException">A character that fits nowhere.</exception>
    public Token Next()
    {
        SkipBlanks();
        start = at;
        if (startsDuration)
        {
            return at < input.Length ? InDuration() : throw Error("unexpected end of input in duration expression");
        }

        return inBraces ? InBraces() : InStatement();
    }

    private void SkipBlanks()
    {
        while (at < input.Length)
        {
            if (IsSpace(input[at]))
            {
                at++;
            }
            else if (input[at] == '#')
            {
                while (at < input.Length && input[at] is not ('\r' or '\n'))
                {
                    at++;
                }
            }
            else
            {
                return;
            }
        }
    }

    private Token InStatement()
    {
        if (at >= input.Length)
        {
            return parens != 0 ? throw Error("unclosed left parenthesis")
                : inBrackets ? throw Error("unclosed left bracket")
                : new Token(TokenKind.End, string.Empty, input.Length);
        }

        char c = input[at++];
        switch (c)
        {
            case ',': return Emit(TokenKind.Comma);
            case '*': return Emit(TokenKind.Multiply);
            case '/': return Emit(TokenKind.Divide);
            case '%': return Emit(TokenKind.Modulo);
            case '+': return Emit(TokenKind.Add);
            case '-': return Emit(TokenKind.Subtract);
            case '^': return Emit(TokenKind.Power);
            case '@': return Emit(TokenKind.At);
            case '=':
                return Accept('=') ? Emit(TokenKind.EqualEqual)
                    : Peek == '~' ? throw Error($"unexpected character after '=': '~'")
                    : Emit(TokenKind.Equal);
            case '!':
                return Accept('=') ? Emit(TokenKind.NotEqual) : throw Error($"unexpected character after '!': {QuoteNext()}");
            case '<':
                return Emit(Accept('=') ? TokenKind.LessOrEqual : Accept('/') ? TokenKind.TrimUpper : TokenKind.Less);
            case '>':
                return Emit(Accept('=') ? TokenKind.GreaterOrEqual : Accept('/') ? TokenKind.TrimLower : TokenKind.Greater);
            case '"' or '\'' or '`':
                return Text(c);
            case '(':
                parens++;
                return Emit(TokenKind.LeftParen);
            case ')':
                return CloseParen();
            case '{':
                inBraces = true;
                return Emit(TokenKind.LeftBrace);
            case '[':
                if (inBrackets)
                {
                    throw Error("unexpected left bracket '['");
                }

                inBrackets = startsDuration = true;
                gotColon = gotDuration = false;
                return Emit(TokenKind.LeftBracket);
            case ']':
                if (!inBrackets)
                {
                    throw Error("unexpected right bracket ']'");
                }

                inBrackets = false;
                return Emit(TokenKind.RightBracket);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek)))
        {
            at--;
            return NumberOrDuration();
        }

        if (IsAlpha(c) || c == ':')
        {
            return inBrackets ? WordInBrackets(c) : Word();
        }

        at--;
        throw Error($"unexpected character: {QuoteNext()}");
    }

    private Token CloseParen()
    {
        Token token = Emit(TokenKind.RightParen);
        start = at;
        return --parens < 0 ? throw Error("unexpected right parenthesis ')'") : token;
    }

    private Token WordInBrackets(char c)
    {
        if (c == ':')
        {
            if (gotColon)
            {
                throw Error("unexpected colon ':'");
            }

            gotColon = true;
            return Emit(TokenKind.Colon);
        }

        return DurationWord() ?? throw Error($"unexpected character: '{c}', expected ':'");
    }

    private Token InDuration()
    {
        char c = input[at++];
        switch (c)
        {
            case ']':
                inBrackets = startsDuration = gotColon = false;
                return Emit(TokenKind.RightBracket);
            case ':':
                if (!gotDuration)
                {
                    throw Error("unexpected colon before duration in duration expression");
                }

                if (gotColon)
                {
                    throw Error("unexpected repeated colon in duration expression");
                }

                gotColon = true;
                return Emit(TokenKind.Colon);
            case '(':
                parens++;
                return Emit(TokenKind.LeftParen);
            case ')':
                return CloseParen();
            case '+': return Emit(TokenKind.Add);
            case '-': return Emit(TokenKind.Subtract);
            case '*': return Emit(TokenKind.Multiply);
            case '/': return Emit(TokenKind.Divide);
            case '%': return Emit(TokenKind.Modulo);
            case '^': return Emit(TokenKind.Power);
            case ',': return Emit(TokenKind.Comma);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek)))
        {
            at--;
            gotDuration = true;
            startsDuration = false;
            return NumberOrDuration();
        }

        if (char.ToLowerInvariant(c) is 's' or 'r' or 'm' && DurationWord() is { } word)
        {
            return word;
        }

        at = start;
        throw Error($"unexpected character in duration expression: {QuoteNext()}");
    }

    /// <summary><c>step</c>, <c>range</c>, <c>max_of</c>, <c>min_of</c>; null (and nothing read) for other words.</summary>
    private Token? DurationWord()
    {
        int end = at;
        while (end < input.Length && IsAlpha(input[end]))
        {
            end++;
        }

        if (Keywords.All.TryGetValue(input[start..end].ToLowerInvariant(), out TokenKind kind)
            && kind is TokenKind.Step or TokenKind.Range or TokenKind.MaxOf or TokenKind.MinOf)
        {
            at = end;
            return Emit(kind);
        }

        return null;
    }

    private Token InBraces()
    {
        if (at >= input.Length)
        {
            throw Error("unexpected end of input inside braces");
        }

        char c = input[at++];
        switch (c)
        {
            case ',': return Emit(TokenKind.Comma);
            case '"' or '\'' or '`': return Text(c);
            case '=': return Emit(Accept('~') ? TokenKind.EqualRegex : TokenKind.Equal);
            case '!':
                return Accept('~') ? Emit(TokenKind.NotEqualRegex)
                    : Accept('=') ? Emit(TokenKind.NotEqual)
                    : throw Error($"unexpected character after '!' inside braces: {QuoteNext()}");
            case '{': throw Error("unexpected left brace '{'");
            case '}':
                inBraces = false;
                return Emit(TokenKind.RightBrace);
        }

        if (!IsAlpha(c))
        {
            at--;
            throw Error($"unexpected character inside braces: {QuoteNext()}");
        }

        while (at < input.Length && IsAlphaNumeric(input[at]))
        {
            at++;
        }

        return Emit(TokenKind.Identifier);
    }

    private Token Word()
    {
        while (at < input.Length && (IsAlphaNumeric(input[at]) || input[at] == ':'))
        {
            at++;
        }

        string word = input[start..at];
        if (Keywords.All.TryGetValue(word.ToLowerInvariant(), out TokenKind kind))
        {
            // So that metrics of these names, which existed before the keywords, stay usable.
            bool isName = kind is TokenKind.Fill or TokenKind.FillLeft or TokenKind.FillRight && !ParenFollows();
            return Emit(isName ? TokenKind.Identifier : kind);
        }

        return Emit(word.Contains(':', StringComparison.Ordinal) ? TokenKind.MetricIdentifier : TokenKind.Identifier);
    }

    private bool ParenFollows()
    {
        int ahead = at;
        while (ahead < input.Length && IsSpace(input[ahead]))
        {
            ahead++;
        }

        return ahead < input.Length && input[ahead] == '(';
    }

    private Token NumberOrDuration()
    {
        if (NumberScanner.ScanNumber(input, ref at))
        {
            return Emit(TokenKind.Number);
        }

        if (NumberScanner.ScanRestOfDuration(input, ref at))
        {
            return Emit(TokenKind.Duration);
        }

        throw Error($"bad number or duration syntax: {GoText.Quote(input[start..Math.Min(at, input.Length)])}");
    }

    private Token Text(char quote)
    {
        while (true)
        {
            if (at >= input.Length || (quote != '`' && input[at] == '\n'))
            {
                throw Error(quote == '`' ? "unterminated raw string" : "unterminated quoted string");
            }

            char c = input[at++];
            if (c == quote)
            {
                return Emit(TokenKind.Text);
            }

            if (c == '\\' && quote != '`' && TextLiteral.SkipEscape(input, ref at, quote) is { } problem)
            {
                throw Error(problem);
            }

            if (c == '\uFFFD')
            {
                throw Error("invalid UTF-8 rune");
            }
        }
    }

    private char Peek => at < input.Length ? input[at] : '\0';

    private bool Accept(char c)
    {
        if (Peek != c || at >= input.Length)
        {
            return false;
        }

        at++;
        return true;
    }

    private Token Emit(TokenKind kind) => new(kind, input[start..at], start);

    private string QuoteNext() => at >= input.Length ? "'\\ufffd'" : TextLiteral.QuoteRune(input, at);

    private PromQLException Error(string message) => ParseError.At(input, new TextSpan(start, input.Length), message);

    internal static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r';

    internal static bool IsAlpha(char c) => c == '_' || char.IsAsciiLetter(c);

    internal static bool IsAlphaNumeric(char c) => c == '_' || char.IsAsciiLetterOrDigit(c);
}

/// <summary>Errors with a position.</summary>
internal static class ParseError
{
    public static PromQLException At(string query, TextSpan span, string message)
        => new(QueryErrorKind.BadData, $"{span.Position(query)}: parse error: {message}");
}
