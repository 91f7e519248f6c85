namespace Fairway.PromQL.Parsing;

/// <summary>Tokens with a look ahead of two, lexed no earlier than needed because brackets change what characters mean.</summary>
internal sealed class TokenReader(string query)
{
    private readonly Lexer lexer = new(query);
    private readonly Queue<Token> ahead = new();

    public string Query => query;

    /// <summary>What messages about unexpected tokens name as the surroundings.</summary>
    public string Context { get; set; } = string.Empty;

    /// <summary>Where the token taken last ended.</summary>
    public int LastEnd { get; private set; }

    public Token Peek
    {
        get
        {
            if (ahead.Count == 0)
            {
                ahead.Enqueue(lexer.Next());
            }

            return ahead.Peek();
        }
    }

    public Token PeekSecond
    {
        get
        {
            _ = Peek;
            if (ahead.Count == 1)
            {
                ahead.Enqueue(lexer.Next());
            }

            return ahead.ElementAt(1);
        }
    }

    public Token Take()
    {
        _ = Peek;
        Token taken = ahead.Dequeue();
        LastEnd = taken.Stop;
        return taken;
    }

    public bool TryTake(TokenKind kind)
    {
        if (Peek.Kind != kind)
        {
            return false;
        }

        Take();
        return true;
    }

    public Token Expect(TokenKind kind, string context, string expected)
        => Peek.Kind == kind ? Take() : throw Unexpected(context, expected);

    public PromQLException Unexpected(string context, string expected)
    {
        string message = $"unexpected {Peek.Description}";
        if (context.Length > 0)
        {
            message += $" in {context}";
        }

        if (expected.Length > 0)
        {
            message += $", expected {expected}";
        }

        return ParseError.At(query, Peek.Span, message);
    }
}
