namespace Fairway.PromQL.Parsing;

/// <summary>A node of the tree of a query. Immutable.</summary>
public abstract record Expression(TextSpan Span)
{
    /// <summary>What it yields.</summary>
    public abstract ValueType Type { get; }

    /// <summary>Nodes directly below, in the order of evaluation.</summary>
    public abstract IReadOnlyList<Expression> Children { get; }

    /// <summary>As normalised text; parses to an equal tree.</summary>
    public sealed override string ToString() => Printer.Print(this);
}

/// <summary>A number, or a duration standing for its seconds.</summary>
public sealed record NumberLiteral(double Value, bool IsDuration, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.Scalar;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [];
}

/// <summary>A text.</summary>
public sealed record StringLiteral(string Value, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.String;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [];
}

/// <summary>An expression in parentheses.</summary>
public sealed record ParenExpression(Expression Inner, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => Inner.Type;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [Inner];
}

/// <summary><c>+x</c> or <c>-x</c>.</summary>
public sealed record UnaryExpression(bool Negative, Expression Operand, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => Operand.Type;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [Operand];
}

/// <summary>A function applied to arguments.</summary>
public sealed record CallExpression(FunctionSignature Function, IReadOnlyList<Expression> Arguments, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => Function.Returns;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => Arguments;
}

/// <summary>An aggregation over a vector.</summary>
/// <param name="Operation">As in <c>sum</c>.</param>
/// <param name="Operand">The vector.</param>
/// <param name="Parameter">Of <c>topk</c>, <c>quantile</c>, <c>count_values</c> and the like.</param>
/// <param name="Grouping">Labels to keep, or to leave out.</param>
/// <param name="Without">Whether the labels are left out.</param>
/// <param name="Span">Where it stands.</param>
public sealed record AggregateExpression(
    string Operation, Expression Operand, Expression? Parameter, IReadOnlyList<string> Grouping, bool Without, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.Vector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => Parameter is null ? [Operand] : [Parameter, Operand];
}

/// <summary>Two operands with an operator.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Left">Left operand.</param>
/// <param name="Right">Right operand.</param>
/// <param name="Matching">How series find each other; only between vectors.</param>
/// <param name="ReturnBool">Whether a comparison yields 0 or 1 instead of filtering.</param>
/// <param name="Span">Where it stands.</param>
public sealed record BinaryExpression(
    BinaryOperator Operator, Expression Left, Expression Right, VectorMatching? Matching, bool ReturnBool, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => Left.Type == ValueType.Scalar && Right.Type == ValueType.Scalar ? ValueType.Scalar : ValueType.Vector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [Left, Right];
}

/// <summary>Series by name and labels, newest sample each.</summary>
/// <param name="Name">The name outside of braces, or empty.</param>
/// <param name="Matchers">All conditions, the one for <paramref name="Name"/> last.</param>
/// <param name="Span">Where it stands.</param>
public sealed record VectorSelector(string Name, IReadOnlyList<LabelMatcher> Matchers, TextSpan Span) : Expression(Span)
{
    /// <summary>How far to look back (or ahead, when negative).</summary>
    public DurationValue Offset { get; init; } = DurationValue.Zero;

    /// <summary>The <c>@</c> modifier.</summary>
    public AtModifier? At { get; init; }

    /// <summary>Whether it takes the sample at or before the time, however old.</summary>
    public bool Anchored { get; init; }

    /// <summary>Whether it interpolates between the samples around the time.</summary>
    public bool Smoothed { get; init; }

    /// <summary>Whether conditions that all match the empty text are allowed (the second argument of <c>info</c>).</summary>
    internal bool MayMatchAll { get; init; }

    /// <inheritdoc/>
    public override ValueType Type => ValueType.Vector;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [];
}

/// <summary>Series by name and labels, all samples of a time range.</summary>
public sealed record MatrixSelector(VectorSelector Selector, DurationValue Range, TextSpan Span) : Expression(Span)
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.Matrix;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [Selector];
}

/// <summary>A vector expression evaluated over a time range.</summary>
/// <param name="Inner">The expression.</param>
/// <param name="Range">Width of the range.</param>
/// <param name="Step">Distance of evaluations; null for the engine's default.</param>
/// <param name="Span">Where it stands.</param>
public sealed record SubqueryExpression(Expression Inner, DurationValue Range, DurationValue? Step, TextSpan Span) : Expression(Span)
{
    /// <summary>How far to look back (or ahead, when negative).</summary>
    public DurationValue Offset { get; init; } = DurationValue.Zero;

    /// <summary>The <c>@</c> modifier.</summary>
    public AtModifier? At { get; init; }

    /// <inheritdoc/>
    public override ValueType Type => ValueType.Matrix;

    /// <inheritdoc/>
    public override IReadOnlyList<Expression> Children => [Inner];
}

/// <summary>A duration: a length, or an expression for one when durations may be computed.</summary>
/// <param name="Milliseconds">The length; 0 while it is not computed.</param>
/// <param name="Formula">The expression, when it is more than a literal.</param>
public sealed record DurationValue(long Milliseconds, DurationFormula? Formula)
{
    /// <summary>No time at all.</summary>
    public static readonly DurationValue Zero = new(0, null);

    /// <summary>Whether nothing was written.</summary>
    public bool IsZero => Milliseconds == 0 && Formula is null;
}

/// <summary>Arithmetic in durations. Operands are null where the operation has none.</summary>
/// <param name="Operation">One of <c>+ - * / % ^ step range min_of max_of</c>, or <c>number</c> for a literal.</param>
/// <param name="Left">Left operand.</param>
/// <param name="Right">Right or only operand.</param>
/// <param name="Literal">The number, when it is one.</param>
/// <param name="Wrapped">Whether parentheses stand around it.</param>
/// <param name="Span">Where it stands.</param>
public sealed record DurationFormula(
    string Operation, DurationFormula? Left, DurationFormula? Right, NumberLiteral? Literal, bool Wrapped, TextSpan Span);

/// <summary>The <c>@</c> modifier: a time, or the start or end of the query.</summary>
public sealed record AtModifier(long? Timestamp, bool IsEnd);

/// <summary>How series of two vectors find each other.</summary>
/// <param name="Cardinality">Which side may have several for one of the other.</param>
/// <param name="Labels">Labels that must agree, or that are left out of the comparison.</param>
/// <param name="On">Whether the labels must agree.</param>
/// <param name="Include">Labels to take over from the side with one.</param>
/// <param name="FillLeft">The value for a missing left side.</param>
/// <param name="FillRight">The value for a missing right side.</param>
public sealed record VectorMatching(
    MatchCardinality Cardinality, IReadOnlyList<string> Labels, bool On, IReadOnlyList<string> Include, double? FillLeft = null, double? FillRight = null)
{
    /// <summary>One to one on all labels.</summary>
    public static readonly VectorMatching Default = new(MatchCardinality.OneToOne, [], false, []);
}

/// <summary>Which side of a binary operation may have several series for one of the other.</summary>
public enum MatchCardinality
{
    /// <summary>None.</summary>
    OneToOne,

    /// <summary>The left one.</summary>
    ManyToOne,

    /// <summary>The right one.</summary>
    OneToMany,

    /// <summary>Both (set operators).</summary>
    ManyToMany,
}

/// <summary>Operators between two operands.</summary>
public enum BinaryOperator
{
    /// <summary><c>+</c></summary>
    Add,

    /// <summary><c>-</c></summary>
    Subtract,

    /// <summary><c>*</c></summary>
    Multiply,

    /// <summary><c>/</c></summary>
    Divide,

    /// <summary><c>%</c></summary>
    Modulo,

    /// <summary><c>^</c></summary>
    Power,

    /// <summary><c>atan2</c></summary>
    Atan2,

    /// <summary><c>==</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>&gt;</c></summary>
    Greater,

    /// <summary><c>&lt;</c></summary>
    Less,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,

    /// <summary><c>&lt;/</c>: what of a histogram lies below.</summary>
    TrimUpper,

    /// <summary><c>&gt;/</c>: what of a histogram lies above.</summary>
    TrimLower,

    /// <summary><c>and</c></summary>
    And,

    /// <summary><c>or</c></summary>
    Or,

    /// <summary><c>unless</c></summary>
    Unless,
}

/// <summary>Facts about operators.</summary>
internal static class Operators
{
    public static bool IsComparison(this BinaryOperator one) => one is >= BinaryOperator.Equal and <= BinaryOperator.LessOrEqual;

    public static bool IsSet(this BinaryOperator one) => one >= BinaryOperator.And;

    /// <summary>How tightly it binds; higher is tighter.</summary>
    public static int Precedence(this BinaryOperator one) => one switch
    {
        BinaryOperator.Or => 1,
        BinaryOperator.And or BinaryOperator.Unless => 2,
        BinaryOperator.Add or BinaryOperator.Subtract => 4,
        BinaryOperator.Multiply or BinaryOperator.Divide or BinaryOperator.Modulo or BinaryOperator.Atan2 => 5,
        BinaryOperator.Power => 6,
        _ => 3,
    };

    public static string Symbol(this BinaryOperator one) => one switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        BinaryOperator.Power => "^",
        BinaryOperator.Atan2 => "atan2",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Greater => ">",
        BinaryOperator.Less => "<",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.TrimUpper => "</",
        BinaryOperator.TrimLower => ">/",
        BinaryOperator.And => "and",
        BinaryOperator.Or => "or",
        _ => "unless",
    };

    public static BinaryOperator? Of(TokenKind kind) => kind switch
    {
        TokenKind.Add => BinaryOperator.Add,
        TokenKind.Subtract => BinaryOperator.Subtract,
        TokenKind.Multiply => BinaryOperator.Multiply,
        TokenKind.Divide => BinaryOperator.Divide,
        TokenKind.Modulo => BinaryOperator.Modulo,
        TokenKind.Power => BinaryOperator.Power,
        TokenKind.Atan2 => BinaryOperator.Atan2,
        TokenKind.EqualEqual => BinaryOperator.Equal,
        TokenKind.NotEqual => BinaryOperator.NotEqual,
        TokenKind.Greater => BinaryOperator.Greater,
        TokenKind.Less => BinaryOperator.Less,
        TokenKind.GreaterOrEqual => BinaryOperator.GreaterOrEqual,
        TokenKind.LessOrEqual => BinaryOperator.LessOrEqual,
        TokenKind.TrimUpper => BinaryOperator.TrimUpper,
        TokenKind.TrimLower => BinaryOperator.TrimLower,
        TokenKind.And => BinaryOperator.And,
        TokenKind.Or => BinaryOperator.Or,
        TokenKind.Unless => BinaryOperator.Unless,
        _ => null,
    };
}
