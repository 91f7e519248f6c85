namespace Fairway.PromQL.Parsing;

/// <summary>Checks types from the leaves up, in the order in which Prometheus reports, and settles what depends on them.</summary>
internal sealed class TypeChecker(string query)
{
    public Expression Check(Expression node) => node switch
    {
        AggregateExpression aggregate => Aggregation(aggregate),
        BinaryExpression binary => Binary(binary),
        CallExpression call => Call(call),
        ParenExpression paren => paren with { Inner = Check(paren.Inner) },
        UnaryExpression unary => Unary(unary),
        SubqueryExpression subquery => Subquery(subquery),
        MatrixSelector matrix => matrix with { Selector = Selector(matrix.Selector) },
        VectorSelector selector => Selector(selector),
        _ => node,
    };

    private AggregateExpression Aggregation(AggregateExpression node)
    {
        Expression operand = Expect(node.Operand, ValueType.Vector, "aggregation expression");
        Expression? parameter = node.Parameter is null
            ? null
            : Expect(node.Parameter, node.Operation == "count_values" ? ValueType.String : ValueType.Scalar, "aggregation parameter");
        return node with { Operand = operand, Parameter = parameter };
    }

    private Expression Expect(Expression node, ValueType wanted, string context)
    {
        Expression checkedNode = Check(node);
        return checkedNode.Type == wanted
            ? checkedNode
            : throw Error(node.Span, $"expected type {Name(wanted)} in {context}, got {Name(checkedNode.Type)}");
    }

    private BinaryExpression Binary(BinaryExpression node)
    {
        Expression left = Check(node.Left);
        Expression right = Check(node.Right);
        VectorMatching matching = node.Matching!;
        bool scalars = left.Type == ValueType.Scalar && right.Type == ValueType.Scalar;
        if (node.ReturnBool && !node.Operator.IsComparison())
        {
            throw Error(OperatorSpan(node), "bool modifier can only be used on comparison operators");
        }

        if (node.Operator.IsComparison() && !node.ReturnBool && scalars)
        {
            throw Error(OperatorSpan(node), "comparisons between scalars must use BOOL modifier");
        }

        if (node.Operator.IsSet() && matching.Cardinality == MatchCardinality.OneToOne)
        {
            matching = matching with { Cardinality = MatchCardinality.ManyToMany };
        }

        if (matching.On && matching.Labels.FirstOrDefault(label => matching.Include.Contains(label)) is { } twice)
        {
            throw Error(OperatorSpan(node), $"label {GoText.Quote(twice)} must not occur in ON and GROUP clause at once");
        }

        foreach (Expression side in (Expression[])[left, right])
        {
            if (side.Type is not (ValueType.Scalar or ValueType.Vector))
            {
                throw Error(side.Span, "binary expression must contain only scalar and instant vector types");
            }
        }

        bool vectors = left.Type == ValueType.Vector && right.Type == ValueType.Vector;
        CheckMatching(node, matching, vectors);
        if (!vectors && node.Operator.IsSet())
        {
            throw Error(node.Span, $"set operator {GoText.Quote(node.Operator.Symbol())} not allowed in binary scalar expression");
        }

        return node with { Left = left, Right = right, Matching = vectors ? matching : null };
    }

    private void CheckMatching(BinaryExpression node, VectorMatching matching, bool vectors)
    {
        bool fills = (matching.FillLeft ?? matching.FillRight) is not null;
        if (!vectors)
        {
            if (matching.Labels.Count > 0)
            {
                throw Error(node.Span, "vector matching only allowed between instant vectors");
            }

            if (fills)
            {
                throw Error(node.Span, "filling in missing series only allowed between instant vectors");
            }
        }
        else if (node.Operator.IsSet())
        {
            if (matching.Cardinality is MatchCardinality.OneToMany or MatchCardinality.ManyToOne)
            {
                throw Error(node.Span, $"no grouping allowed for {GoText.Quote(node.Operator.Symbol())} operation");
            }

            if (fills)
            {
                throw Error(node.Span, "filling in missing series not allowed for set operators");
            }
        }
    }

    private CallExpression Call(CallExpression node)
    {
        FunctionSignature function = node.Function;
        int given = node.Arguments.Count;
        int declared = function.Parameters.Count;
        string call = $"argument(s) in call to {GoText.Quote(function.Name)}, got {given}";
        if (function.Variadic == 0 && given != declared)
        {
            throw Error(node.Span, $"expected {declared} {call}");
        }

        if (function.Variadic != 0 && given < declared - 1)
        {
            throw Error(node.Span, $"expected at least {declared - 1} {call}");
        }

        if (function.Variadic > 0 && given > declared - 1 + function.Variadic)
        {
            throw Error(node.Span, $"expected at most {declared - 1 + function.Variadic} {call}");
        }

        IReadOnlyList<Expression> arguments = function.Name == "info" && given > 1 ? [node.Arguments[0], InfoSelector(node)] : node.Arguments;
        var checkedArguments = new List<Expression>(given);
        for (int i = 0; i < given; i++)
        {
            ValueType wanted = function.Parameters[Math.Min(i, declared - 1)];
            checkedArguments.Add(Expect(arguments[i], wanted, $"call to function {GoText.Quote(function.Name)}"));
        }

        return node with { Arguments = checkedArguments };
    }

    private VectorSelector InfoSelector(CallExpression node)
    {
        Expression second = node.Arguments[1];
        if (second.Type != ValueType.Vector)
        {
            throw Error(node.Span, $"expected type {Name(ValueType.Vector)} in call to function \"info\", got {Name(second.Type)}");
        }

        return second switch
        {
            VectorSelector { Name: "" } selector => selector with { MayMatchAll = true },
            VectorSelector => throw Error(second.Span, "expected label selectors only, got vector selector instead"),
            _ => throw Error(second.Span, "expected label selectors only"),
        };
    }

    private UnaryExpression Unary(UnaryExpression node)
    {
        Expression operand = Check(node.Operand);
        return operand.Type is ValueType.Scalar or ValueType.Vector
            ? node with { Operand = operand }
            : throw Error(node.Span, $"unary expression only allowed on expressions of type scalar or instant vector, got {GoText.Quote(Name(operand.Type))}");
    }

    private SubqueryExpression Subquery(SubqueryExpression node)
    {
        Expression inner = Check(node.Inner);
        return inner.Type == ValueType.Vector
            ? node with { Inner = inner }
            : throw Error(node.Span, $"subquery is only allowed on instant vector, got {ShortName(inner.Type)} instead");
    }

    private VectorSelector Selector(VectorSelector node)
    {
        if (node.Name.Length > 0)
        {
            LabelMatcher? second = node.Matchers.Take(node.Matchers.Count - 1).FirstOrDefault(matcher => matcher.Name == Labels.MetricName);
            return second is null
                ? node
                : throw Error(node.Span, $"metric name must not be set twice: {GoText.Quote(node.Name)} or {GoText.Quote(second.Value)}");
        }

        return node.MayMatchAll || node.Matchers.Any(matcher => !matcher.MatchesEmpty)
            ? node
            : throw Error(node.Span, "vector selector must contain at least one non-empty matcher");
    }

    private TextSpan OperatorSpan(BinaryExpression node)
    {
        int start = Math.Min(node.Left.Span.End, query.Length - 1);
        while (start < query.Length - 1 && Lexer.IsSpace(query[start]))
        {
            start++;
        }

        return new TextSpan(start, node.Right.Span.Start);
    }

    private PromQLException Error(TextSpan span, string message) => ParseError.At(query, span, message);

    internal static string Name(ValueType type) => type switch
    {
        ValueType.Vector => "instant vector",
        ValueType.Matrix => "range vector",
        _ => ShortName(type),
    };

    internal static string ShortName(ValueType type) => type switch
    {
        ValueType.Vector => "vector",
        ValueType.Matrix => "matrix",
        ValueType.Scalar => "scalar",
        ValueType.String => "string",
        _ => "none",
    };
}
