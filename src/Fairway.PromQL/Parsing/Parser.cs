namespace Fairway.PromQL.Parsing;

/// <summary>Reads queries. All members may be called from several threads at once.</summary>
public static class PromQLParser
{
    /// <summary>Longest query read, in characters.</summary>
    public const int MostCharacters = 1024 * 1024;

    /// <summary>Reads and checks a query.</summary>
    /// <exception cref="PromQLException">It is no query; the message names line and column.</exception>
    public static Expression Parse(string query, ParserOptions options)
    {
        if (query.Length > MostCharacters)
        {
            throw ParseError.At(query, default, $"the query is longer than {MostCharacters} characters");
        }

        var parser = new Parser(query, options);
        Expression parsed = parser.ParseQuery();
        return new TypeChecker(query).Check(parsed);
    }

    /// <summary>Reads a selector such as <c>up{job="x"}</c> and gives its conditions: what <c>match[]</c> parameters hold. It may select everything.</summary>
    /// <exception cref="PromQLException">It is no selector.</exception>
    public static IReadOnlyList<LabelMatcher> ParseSelector(string selector, ParserOptions options) => new Parser(selector, options).ParseLoneSelector().Matchers;

    /// <summary>Reads the notation of one series' name, such as <c>up{job="x"}</c>.</summary>
    /// <exception cref="PromQLException">It is no series.</exception>
    public static Labels ParseMetric(string text)
    {
        var parser = new Parser(text, ParserOptions.Stable);
        VectorSelector selector = parser.ParseLoneSelector(mayBeEmpty: true);
        var labels = new LabelsBuilder();
        foreach (LabelMatcher matcher in selector.Matchers)
        {
            if (matcher.Type != MatchType.Equal)
            {
                throw ParseError.At(text, default, $"unexpected <op:{matcher.Symbol}> in label set, expected \"=\"");
            }

            labels.Set(matcher.Name, matcher.Value);
        }

        return labels.ToLabels();
    }
}

/// <summary>Recursive descent with operator precedence.</summary>
internal sealed class Parser
{
    private const int MostDepth = 500;
    private const int UnaryPrecedence = 5;
    private readonly TokenReader tokens;
    private readonly ParserOptions options;
    private readonly DurationParser durations;
    private readonly SelectorParser selectors;
    private int depth;

    public Parser(string query, ParserOptions options)
    {
        tokens = new TokenReader(query);
        this.options = options;
        durations = new DurationParser(tokens, options);
        selectors = new SelectorParser(tokens);
    }

    public Expression ParseQuery()
    {
        if (tokens.Peek.Kind == TokenKind.End)
        {
            throw ParseError.At(tokens.Query, default, "no expression found in input");
        }

        Expression parsed = ParseExpression(0);
        return tokens.Peek.Kind == TokenKind.End ? parsed : throw tokens.Unexpected(string.Empty, string.Empty);
    }

    public VectorSelector ParseLoneSelector(bool mayBeEmpty = false)
    {
        if (mayBeEmpty && tokens.Peek.Kind == TokenKind.End)
        {
            return new VectorSelector(string.Empty, [], default);
        }

        Token first = tokens.Peek;
        VectorSelector found = first.Kind == TokenKind.LeftBrace || Keywords.MayNameMetric(first.Kind)
            ? selectors.Selector()
            : throw tokens.Unexpected(string.Empty, string.Empty);
        return tokens.Peek.Kind == TokenKind.End ? found : throw tokens.Unexpected(string.Empty, string.Empty);
    }

    private Expression ParseExpression(int least)
    {
        if (++depth > MostDepth)
        {
            throw ParseError.At(tokens.Query, tokens.Peek.Span, $"the query is nested deeper than {MostDepth} levels");
        }

        Expression left = Postfix(Primary());
        while (Operators.Of(tokens.Peek.Kind) is { } found && found.Precedence() > least)
        {
            tokens.Take();
            (VectorMatching matching, bool returnBool) = BinaryModifiers();

            // Only the power binds to the right.
            Expression right = ParseExpression(found == BinaryOperator.Power ? found.Precedence() - 1 : found.Precedence());
            var span = new TextSpan(left.Span.Start, right.Span.End);
            if (!options.FillModifiers && (matching.FillLeft ?? matching.FillRight) is not null)
            {
                throw ParseError.At(tokens.Query, span, "binop fill modifiers are experimental and not enabled");
            }

            left = new BinaryExpression(found, left, right, matching, returnBool, span);
        }

        depth--;
        return left;
    }

    private Expression Primary()
    {
        Token token = tokens.Peek;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                return durations.Literal();
            case TokenKind.Text:
                tokens.Take();
                return new StringLiteral(TextLiteral.Unquote(token.Text), token.Span);
            case TokenKind.Add or TokenKind.Subtract:
                return Unary();
            case TokenKind.LeftParen:
                tokens.Take();
                Expression inner = ParseExpression(0);
                Token close = tokens.Expect(TokenKind.RightParen, tokens.Context, string.Empty);
                return new ParenExpression(inner, token.Span.To(close.Span));
            case TokenKind.LeftBrace:
                return selectors.Selector();
            case TokenKind.Aggregator when tokens.PeekSecond.Kind is TokenKind.LeftParen or TokenKind.By or TokenKind.Without:
                return Aggregation();
            case TokenKind.Identifier or TokenKind.Start or TokenKind.EndWord or TokenKind.Step or TokenKind.Range or TokenKind.MaxOf or TokenKind.MinOf
                when tokens.PeekSecond.Kind == TokenKind.LeftParen:
                return Call();
            default:
                return Keywords.MayNameMetric(token.Kind) ? selectors.Selector() : throw tokens.Unexpected(tokens.Context, string.Empty);
        }
    }

    private Expression Unary()
    {
        Token sign = tokens.Take();
        Expression operand = ParseExpression(UnaryPrecedence);
        var span = new TextSpan(sign.Start, operand.Span.End);
        bool negative = sign.Kind == TokenKind.Subtract;
        return operand is NumberLiteral number
            ? number with { Value = negative ? -number.Value : number.Value, Span = span }
            : new UnaryExpression(negative, operand, span);
    }

    private CallExpression Call()
    {
        Token name = tokens.Take();
        if (!FunctionSignature.All.TryGetValue(name.Text, out FunctionSignature? function))
        {
            // The arguments are read first, because an error in them comes before this one only if it is of another kind.
            throw ParseError.At(tokens.Query, name.Span, $"unknown function with name {GoText.Quote(name.Text)}");
        }

        (List<Expression> arguments, int end) = Arguments();
        return function.Experimental && !options.ExperimentalFunctions
            ? throw ParseError.At(tokens.Query, name.Span, $"function {GoText.Quote(name.Text)} is not enabled")
            : new CallExpression(function, arguments, new TextSpan(name.Start, end));
    }

    private (List<Expression> Arguments, int End) Arguments()
    {
        tokens.Expect(TokenKind.LeftParen, tokens.Context, string.Empty);
        var arguments = new List<Expression>();
        if (tokens.Peek.Kind == TokenKind.RightParen)
        {
            return (arguments, tokens.Take().Stop);
        }

        while (true)
        {
            arguments.Add(ParseExpression(0));
            if (tokens.Peek.Kind == TokenKind.RightParen)
            {
                return (arguments, tokens.Take().Stop);
            }

            Token comma = tokens.Expect(TokenKind.Comma, tokens.Context, string.Empty);
            if (tokens.Peek.Kind == TokenKind.RightParen)
            {
                throw ParseError.At(tokens.Query, comma.Span, "trailing commas not allowed in function call args");
            }
        }
    }

    private AggregateExpression Aggregation()
    {
        Token name = tokens.Take();
        string outer = tokens.Context;
        tokens.Context = "aggregation";
        IReadOnlyList<string> grouping = [];
        bool without = false;
        bool grouped = tokens.Peek.Kind is TokenKind.By or TokenKind.Without;
        if (grouped)
        {
            without = tokens.Take().Kind == TokenKind.Without;
            (grouping, _) = selectors.GroupingLabels();
        }

        (List<Expression> arguments, int end) = Arguments();
        if (!grouped && tokens.Peek.Kind is TokenKind.By or TokenKind.Without)
        {
            without = tokens.Take().Kind == TokenKind.Without;
            (grouping, end) = selectors.GroupingLabels();
        }

        tokens.Context = outer;
        var span = new TextSpan(name.Start, end);
        string operation = name.Text.ToLowerInvariant();
        if (arguments.Count == 0)
        {
            throw ParseError.At(tokens.Query, span, "no arguments for aggregate expression provided");
        }

        bool hasParameter = operation is "topk" or "bottomk" or "count_values" or "quantile" or "limitk" or "limit_ratio";
        if (operation is "limitk" or "limit_ratio" && !options.ExperimentalFunctions)
        {
            string problem = $"{operation}() is experimental and must be enabled with --enable-feature=promql-experimental-functions";
            throw ParseError.At(tokens.Query, span, problem);
        }

        int expected = hasParameter ? 2 : 1;
        return arguments.Count != expected
            ? throw ParseError.At(tokens.Query, span, $"wrong number of arguments for aggregate expression provided, expected {expected}, got {arguments.Count}")
            : new AggregateExpression(operation, arguments[^1], hasParameter ? arguments[0] : null, grouping, without, span);
    }

    private (VectorMatching Matching, bool ReturnBool) BinaryModifiers()
    {
        bool returnBool = tokens.TryTake(TokenKind.Bool);
        VectorMatching matching = VectorMatching.Default;
        if (tokens.Peek.Kind is TokenKind.On or TokenKind.Ignoring)
        {
            bool on = tokens.Take().Kind == TokenKind.On;
            matching = matching with { On = on, Labels = selectors.GroupingLabels().Labels };
            if (tokens.Peek.Kind is TokenKind.GroupLeft or TokenKind.GroupRight)
            {
                bool left = tokens.Take().Kind == TokenKind.GroupLeft;
                matching = matching with
                {
                    Cardinality = left ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany,
                    Include = tokens.Peek.Kind == TokenKind.LeftParen ? selectors.GroupingLabels().Labels : [],
                };
            }
        }

        return (Fills(matching), returnBool);
    }

    private VectorMatching Fills(VectorMatching matching)
    {
        if (tokens.TryTake(TokenKind.Fill))
        {
            double both = durations.FillValue();
            return matching with { FillLeft = both, FillRight = both };
        }

        for (int i = 0; i < 2; i++)
        {
            if (matching.FillLeft is null && tokens.TryTake(TokenKind.FillLeft))
            {
                matching = matching with { FillLeft = durations.FillValue() };
            }
            else if (matching.FillRight is null && tokens.TryTake(TokenKind.FillRight))
            {
                matching = matching with { FillRight = durations.FillValue() };
            }
        }

        return matching;
    }

    private Expression Postfix(Expression operand)
    {
        while (true)
        {
            switch (tokens.Peek.Kind)
            {
                case TokenKind.LeftBracket:
                    operand = Ranges(operand);
                    break;
                case TokenKind.Offset:
                    tokens.Take();
                    DurationValue offset = durations.Offset();
                    operand = TimeModifiers.AddOffset(tokens, operand, offset);
                    break;
                case TokenKind.At:
                    tokens.Take();
                    operand = TimeModifiers.AddAt(tokens, operand, durations.At(operand.Span));
                    break;
                case TokenKind.Anchored:
                    tokens.Take();
                    operand = TimeModifiers.Extend(tokens, operand, "anchored", options);
                    break;
                case TokenKind.Smoothed:
                    tokens.Take();
                    operand = TimeModifiers.Extend(tokens, operand, "smoothed", options);
                    break;
                default:
                    return operand;
            }
        }
    }

    private Expression Ranges(Expression operand)
    {
        Token open = tokens.Take();
        string outer = tokens.Context;
        DurationValue range = durations.Positive("subquery or range selector");
        if (tokens.Peek.Kind == TokenKind.RightBracket)
        {
            Token close = tokens.Take();
            tokens.Context = outer;
            string? problem = operand is not VectorSelector selector ? "ranges only allowed for vector selectors"
                : !selector.Offset.IsZero ? "no offset modifiers allowed before range"
                : selector.At is not null ? "no @ modifiers allowed before range"
                : null;
            return problem is null
                ? new MatrixSelector((VectorSelector)operand, range, new TextSpan(operand.Span.Start, close.Stop))
                : throw ParseError.At(tokens.Query, open.Span.To(close.Span), problem);
        }

        tokens.Expect(TokenKind.Colon, "subquery or range", "\":\" or \"]\"");
        DurationValue? step = tokens.Peek.Kind == TokenKind.RightBracket ? null : durations.Positive("subquery selector", "number, duration, step(), range(), or \"]\"");
        Token end = tokens.Expect(TokenKind.RightBracket, "subquery selector", "\"]\"");
        return new SubqueryExpression(operand, range, step, new TextSpan(operand.Span.Start, end.Stop));
    }
}
