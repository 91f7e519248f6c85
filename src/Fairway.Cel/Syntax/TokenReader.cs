namespace Fairway.Cel.Syntax;

/// <summary>
/// The tokens of a text, one after the other, and what is said when another was expected. Errors are reported with their place and
/// reading goes on at the next comma or closing bracket, so that one pass finds what is wrong.
/// </summary>
internal sealed class TokenReader(string source, Issues issues, int maxErrors)
{
    private readonly List<Token> _tokens = new Lexer(source, issues.Add).ReadAll();
    private int _at;

    public Token Current => _tokens[_at];

    /// <summary>The token after the current one.</summary>
    public Token Next => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <summary>The current token, and goes on; stays at the end.</summary>
    public Token Take() => Current.Kind == TokenKind.End ? Current : _tokens[_at++];

    public bool TryTake(string symbol)
    {
        if (!Current.Is(symbol))
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>Reports the current token.</summary>
    /// <exception cref="ParseStopped">There were too many errors.</exception>
    public void Unexpected(string message)
    {
        issues.Add(Current.Start, Math.Max(1, Current.End - Current.Start), message);
        if (issues.Count >= maxErrors)
        {
            throw new ParseStopped();
        }
    }

    /// <summary>The end of the symbol, or the place where it is missing.</summary>
    public int Expect(string symbol)
    {
        Token token = Current;
        if (token.Is(symbol))
        {
            return Take().End;
        }

        Unexpected(token.Kind == TokenKind.End
            ? $"Syntax error: missing '{symbol}' at '<EOF>'"
            : $"Syntax error: mismatched input '{token.Text}' expecting '{symbol}'");
        if (symbol != ":")
        {
            Recover();
            if (Current.Is(symbol))
            {
                Take();
            }
        }

        return token.End;
    }

    /// <summary>Goes to the next comma or closing bracket, or at least one token on.</summary>
    public void Recover()
    {
        int depth = 0;
        while (Current.Kind != TokenKind.End)
        {
            if (depth == 0 && (Current.Is(",") || Current.Is(")") || Current.Is("]") || Current.Is("}")))
            {
                return;
            }

            depth += Current.Is("(") || Current.Is("[") || Current.Is("{") ? 1 : Current.Is(")") || Current.Is("]") || Current.Is("}") ? -1 : 0;
            Take();
        }
    }
}

/// <summary>Ends a parse: there is too much wrong.</summary>
internal sealed class ParseStopped : Exception;
