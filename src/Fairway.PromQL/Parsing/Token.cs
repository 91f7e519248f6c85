using System.Collections.Frozen;

namespace Fairway.PromQL.Parsing;

/// <summary>Kinds of tokens. The keywords are one kind each, because most of them may also be metric or label names.</summary>
internal enum TokenKind
{
    End,
    Identifier,
    MetricIdentifier,
    Number,
    Duration,
    Text,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    Equal,
    EqualRegex,
    NotEqualRegex,
    At,

    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    EqualEqual,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    TrimUpper,
    TrimLower,
    And,
    Or,
    Unless,
    Atan2,

    Aggregator,

    Bool,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Fill,
    FillLeft,
    FillRight,
    Offset,
    Anchored,
    Smoothed,
    Start,
    EndWord,
    Step,
    Range,
    MaxOf,
    MinOf,
}

/// <summary>A token: kind, text as written, where it starts.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Start)
{
    public int Stop => Start + Text.Length;

    public TextSpan Span => new(Start, Stop);

    /// <summary>How messages name the token.</summary>
    public string Description => Kind switch
    {
        TokenKind.End => "end of input",
        TokenKind.Identifier => $"identifier {GoText.Quote(Text)}",
        TokenKind.MetricIdentifier => $"metric identifier {GoText.Quote(Text)}",
        TokenKind.Text => $"string {Shortened}",
        TokenKind.Number => $"number {Shortened}",
        TokenKind.Duration => $"duration {Shortened}",
        TokenKind.Aggregator => $"<aggr:{Text}>",
        TokenKind.EqualRegex or TokenKind.NotEqualRegex or TokenKind.At or (>= TokenKind.Add and <= TokenKind.Atan2) => $"<op:{Text}>",
        >= TokenKind.Bool and <= TokenKind.Smoothed => $"<{Text}>",
        _ => Shortened,
    };

    private string Shortened => Text.Length > 10 ? GoText.Quote(Text[..10]) + "..." : GoText.Quote(Text);
}

/// <summary>The words of the language.</summary>
internal static class Keywords
{
    /// <summary>Words, in lower case, with their kinds.</summary>
    public static readonly FrozenDictionary<string, TokenKind> All = new Dictionary<string, TokenKind>(StringComparer.Ordinal)
    {
        ["and"] = TokenKind.And,
        ["or"] = TokenKind.Or,
        ["unless"] = TokenKind.Unless,
        ["atan2"] = TokenKind.Atan2,
        ["sum"] = TokenKind.Aggregator,
        ["avg"] = TokenKind.Aggregator,
        ["count"] = TokenKind.Aggregator,
        ["min"] = TokenKind.Aggregator,
        ["max"] = TokenKind.Aggregator,
        ["group"] = TokenKind.Aggregator,
        ["stddev"] = TokenKind.Aggregator,
        ["stdvar"] = TokenKind.Aggregator,
        ["topk"] = TokenKind.Aggregator,
        ["bottomk"] = TokenKind.Aggregator,
        ["count_values"] = TokenKind.Aggregator,
        ["quantile"] = TokenKind.Aggregator,
        ["limitk"] = TokenKind.Aggregator,
        ["limit_ratio"] = TokenKind.Aggregator,
        ["offset"] = TokenKind.Offset,
        ["smoothed"] = TokenKind.Smoothed,
        ["anchored"] = TokenKind.Anchored,
        ["by"] = TokenKind.By,
        ["without"] = TokenKind.Without,
        ["on"] = TokenKind.On,
        ["ignoring"] = TokenKind.Ignoring,
        ["group_left"] = TokenKind.GroupLeft,
        ["group_right"] = TokenKind.GroupRight,
        ["fill"] = TokenKind.Fill,
        ["fill_left"] = TokenKind.FillLeft,
        ["fill_right"] = TokenKind.FillRight,
        ["bool"] = TokenKind.Bool,
        ["start"] = TokenKind.Start,
        ["end"] = TokenKind.EndWord,
        ["step"] = TokenKind.Step,
        ["range"] = TokenKind.Range,
        ["max_of"] = TokenKind.MaxOf,
        ["min_of"] = TokenKind.MinOf,
        ["inf"] = TokenKind.Number,
        ["nan"] = TokenKind.Number,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool IsKeyword(TokenKind kind) => kind is >= TokenKind.And;

    /// <summary>Whether a word may stand as a metric's name.</summary>
    public static bool MayNameMetric(TokenKind kind) => kind is TokenKind.Identifier or TokenKind.MetricIdentifier or TokenKind.And or TokenKind.Or
        or TokenKind.Unless or TokenKind.Aggregator or TokenKind.By or TokenKind.Without or TokenKind.Offset or TokenKind.Anchored
        or TokenKind.Smoothed or TokenKind.Fill or TokenKind.FillLeft or TokenKind.FillRight or TokenKind.Start or TokenKind.EndWord
        or TokenKind.Step or TokenKind.Range or TokenKind.MaxOf or TokenKind.MinOf;

    /// <summary>Whether a word may stand as a label's name in a grouping.</summary>
    public static bool MayNameLabel(TokenKind kind) => kind is TokenKind.Identifier or TokenKind.MetricIdentifier || IsKeyword(kind);
}

/// <summary>A part of the query's text: from a character up to and without another.</summary>
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>The span from the start of this to the end of another.</summary>
    public TextSpan To(TextSpan other) => new(Start, other.End);

    /// <summary>Line and column of the start, counted from 1; columns are bytes of UTF-8, as Prometheus counts.</summary>
    public string Position(string query)
    {
        if (query.Length == 0)
        {
            return "unknown position";
        }

        int start = Math.Min(Start, query.Length);
        int lineStart = query.LastIndexOf('\n', Math.Max(0, start - 1), Math.Max(0, start)) + 1;
        int line = query.AsSpan(0, start).Count('\n') + 1;
        return $"{line}:{System.Text.Encoding.UTF8.GetByteCount(query.AsSpan(lineStart, start - lineStart)) + 1}";
    }
}
