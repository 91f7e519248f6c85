namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>Tokens one by one, and the errors where another was expected.</summary>
internal sealed class LogTokenReader
{
    private readonly LogLexer _lexer;

    public LogTokenReader(string text)
    {
        _lexer = new LogLexer(text);
        Now = _lexer.Next();
    }

    /// <summary>The token that has not been taken yet.</summary>
    public LogToken Now { get; private set; }

    public LogToken Take()
    {
        LogToken taken = Now;
        Now = _lexer.Next();
        return taken;
    }

    /// <summary>Takes a word or sign if it is next.</summary>
    public bool Take(string word)
    {
        if (!Now.Is(word))
        {
            return false;
        }

        Take();
        return true;
    }

    /// <summary>Takes a token that must be next.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="others">What could stand there too, for the error; null to name nothing.</param>
    public LogToken Expect(LogTokenKind kind, params string[]? others) => Now.Kind == kind ? Take() : throw Unexpected(others);

    /// <summary>Takes a word or sign that must be next.</summary>
    public void Expect(string word, params string[]? others)
    {
        if (!Take(word))
        {
            throw Unexpected(others);
        }
    }

    /// <summary>The error of the token that is next.</summary>
    /// <param name="expected">What could stand there, in the original's order; nothing when that is too much to say.</param>
    public LogQueryException Unexpected(params string[]? expected)
        => LogQueryException.Parse(
            $"syntax error: unexpected {Now.Name}{(expected is { Length: > 0 } ? ", expecting " + string.Join(" or ", expected) : "")}", Now.Line, Now.Column);
}
