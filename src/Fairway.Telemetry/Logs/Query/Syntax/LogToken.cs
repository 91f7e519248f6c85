namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>What a token is.</summary>
internal enum LogTokenKind
{
    /// <summary>Nothing follows.</summary>
    End,

    /// <summary>A name.</summary>
    Identifier,

    /// <summary>A text in quotes.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A number with units of time.</summary>
    Duration,

    /// <summary>A number with a unit of size.</summary>
    Bytes,

    /// <summary><c>[5m]</c>.</summary>
    Range,

    /// <summary><c>--strict</c> or <c>--keep-empty</c>.</summary>
    Flag,

    /// <summary>A function over a range.</summary>
    RangeFunction,

    /// <summary>An aggregation.</summary>
    Aggregation,

    /// <summary>A conversion of <c>unwrap</c>.</summary>
    Conversion,

    /// <summary><c>vector</c>.</summary>
    Vector,

    /// <summary>A word or a sign of the language.</summary>
    Word,
}

/// <summary>One token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A name, a text without its quotes, a number as written, or a word or sign in lower case.</param>
/// <param name="Value">Nanoseconds of a duration or a range; bytes of a size.</param>
/// <param name="Line">1 for the first; 0 where the original forgets it, which errors show.</param>
/// <param name="Column">1 for the first.</param>
internal readonly record struct LogToken(LogTokenKind Kind, string Text, long Value, int Line, int Column)
{
    public bool Is(string word) => Kind == LogTokenKind.Word && Text == word;

    /// <summary>What errors call it.</summary>
    public string Name => Kind switch
    {
        LogTokenKind.End => "$end",
        LogTokenKind.Identifier => "IDENTIFIER",
        LogTokenKind.Text => "STRING",
        LogTokenKind.Number => "NUMBER",
        LogTokenKind.Duration => "DURATION",
        LogTokenKind.Bytes => "BYTES",
        LogTokenKind.Range => "RANGE",
        LogTokenKind.Flag => "FUNCTION_FLAG",
        LogTokenKind.Conversion => Text.ToUpperInvariant() + "_CONV",
        LogTokenKind.RangeFunction or LogTokenKind.Aggregation or LogTokenKind.Vector => Text.ToUpperInvariant(),
        _ => Text,
    };
}
