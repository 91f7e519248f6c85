namespace Fairway.Pipelines.Expressions;

internal enum TokenKind
{
    End,
    Name,
    Literal,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    Comma,
    Dot,
    Star,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// <summary>A token and where it stands.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written.</param>
/// <param name="Position">Offset of its first character in the expression, from 0.</param>
/// <param name="Value">A literal's value.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position, ExpressionValue? Value = null);
