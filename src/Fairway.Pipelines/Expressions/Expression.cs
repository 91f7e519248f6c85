using System.Text;

namespace Fairway.Pipelines.Expressions;

internal enum CompareOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>A parsed expression: a closed set of nodes, at most <see cref="MaxDepth"/> deep. Its text parses back to itself.</summary>
public abstract record Expression
{
    /// <summary>The deepest nesting that is taken.</summary>
    public const int MaxDepth = 50;

    /// <summary>The longest expression that is taken, in characters.</summary>
    public const int MaxLength = 21_000;

    private Expression(int depth)
    {
        Depth = depth;
        if (depth > MaxDepth)
        {
            throw new ExpressionException($"Exceeded max expression depth {MaxDepth}", 0);
        }
    }

    internal int Depth { get; }

    /// <summary>This node and all below it.</summary>
    internal IEnumerable<Expression> All() => Children.SelectMany(child => child.All()).Prepend(this);

    /// <summary>Calls of this function anywhere in the expression.</summary>
    internal bool Calls(params ReadOnlySpan<string> functions)
    {
        foreach (Expression node in All())
        {
            if (node is Call call)
            {
                foreach (string function in functions)
                {
                    if (string.Equals(call.Function, function, StringComparison.OrdinalIgnoreCase))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    internal virtual IReadOnlyList<Expression> Children => [];

    public sealed override string ToString()
    {
        StringBuilder text = new();
        Print(text);
        return text.ToString();
    }

    internal abstract void Print(StringBuilder text);

    private static int Deepest(IReadOnlyList<Expression> children) => children.Count == 0 ? 0 : children.Max(child => child.Depth);

    internal sealed record Literal(ExpressionValue Value) : Expression(1)
    {
        internal override void Print(StringBuilder text)
        {
            if (Value is ExpressionValue.TextValue quoted)
            {
                text.Append('\'').Append(quoted.Value.Replace("'", "''", StringComparison.Ordinal)).Append('\'');
            }
            else
            {
                text.Append(Value switch
                {
                    ExpressionValue.NullValue => "null",
                    ExpressionValue.NumberValue number => number.Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                    _ => Value.AsText(),
                });
            }
        }
    }

    internal sealed record Context(string Name) : Expression(1)
    {
        internal override void Print(StringBuilder text) => text.Append(Name);
    }

    /// <summary><c>target[index]</c> and <c>target.name</c>; without an index it is <c>target.*</c>.</summary>
    internal sealed record Access(Expression Target, Expression? Index) : Expression(1 + Math.Max(Target.Depth, Index?.Depth ?? 0))
    {
        internal override IReadOnlyList<Expression> Children => Index is null ? [Target] : [Target, Index];

        internal override void Print(StringBuilder text)
        {
            Target.Print(text);
            text.Append('[');
            if (Index is null)
            {
                text.Append('*');
            }
            else
            {
                Index.Print(text);
            }

            text.Append(']');
        }
    }

    internal sealed record Call(string Function, IReadOnlyList<Expression> Arguments) : Expression(1 + Deepest(Arguments))
    {
        internal override IReadOnlyList<Expression> Children => Arguments;

        internal override void Print(StringBuilder text) => PrintList(text.Append(Function), Arguments, ", ");
    }

    internal sealed record Not(Expression Operand) : Expression(1 + Operand.Depth)
    {
        internal override IReadOnlyList<Expression> Children => [Operand];

        internal override void Print(StringBuilder text) => Operand.Print(text.Append('!'));
    }

    internal sealed record Compare(CompareOperator Operator, Expression Left, Expression Right) : Expression(1 + Math.Max(Left.Depth, Right.Depth))
    {
        internal override IReadOnlyList<Expression> Children => [Left, Right];

        internal override void Print(StringBuilder text) => PrintList(text, Children, Operator switch
        {
            CompareOperator.Equal => " == ",
            CompareOperator.NotEqual => " != ",
            CompareOperator.Less => " < ",
            CompareOperator.LessOrEqual => " <= ",
            CompareOperator.Greater => " > ",
            _ => " >= ",
        });
    }

    /// <summary>A chain of <c>&amp;&amp;</c> or of <c>||</c>: one node however long, so that its length is not depth.</summary>
    internal sealed record Logical(bool IsAnd, IReadOnlyList<Expression> Operands) : Expression(1 + Deepest(Operands))
    {
        internal override IReadOnlyList<Expression> Children => Operands;

        internal override void Print(StringBuilder text) => PrintList(text, Operands, IsAnd ? " && " : " || ");
    }

    private static void PrintList(StringBuilder text, IReadOnlyList<Expression> items, string separator)
    {
        text.Append('(');
        for (int i = 0; i < items.Count; i++)
        {
            items[i].Print(i == 0 ? text : text.Append(separator));
        }

        text.Append(')');
    }
}

/// <summary>An expression that cannot be read, or that cannot be evaluated with these values.</summary>
public sealed class ExpressionException : Exception
{
    public ExpressionException(string message, int position)
        : base(message)
        => Position = position;

    /// <summary>Offset in the expression, from 0.</summary>
    public int Position { get; }
}
