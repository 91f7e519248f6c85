namespace Fairway.Cel.Syntax;

internal enum TokenKind : byte
{
    End,
    Identifier,
    QuotedIdentifier,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Symbol,
    Invalid,
}

/// <summary>One token; <see cref="Text"/> is the symbol or identifier, and for strings the decoded text.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Start, int End, byte[]? Data = null)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && string.Equals(Text, symbol, StringComparison.Ordinal);
}
