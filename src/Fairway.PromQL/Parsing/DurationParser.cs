namespace Fairway.PromQL.Parsing;

/// <summary>Reads numbers, durations, and arithmetic of durations where that is enabled.</summary>
internal sealed class DurationParser(TokenReader tokens, ParserOptions options)
{
    // Most seconds that fit the format's nanoseconds.
    private const double MostSeconds = (double)(1L << 62) * 2 / 1e9;
    private const string OffsetExpected = "number, duration, step(), or range()";
    private int depth;

    /// <summary>A number, or a duration as seconds.</summary>
    public NumberLiteral Literal()
    {
        Token token = tokens.Take();
        if (token.Kind == TokenKind.Number)
        {
            bool isNumber = NumberScanner.TryParseNumber(token.Text, out double value);
            if (double.IsInfinity(value) && token.Text.Any(char.IsAsciiDigit))
            {
                throw ParseError.At(
                    tokens.Query, token.Span, $"error parsing number: strconv.ParseFloat: parsing {GoText.Quote(token.Text)}: value out of range");
            }

            return isNumber
                ? new NumberLiteral(value, false, token.Span)
                : throw ParseError.At(tokens.Query, token.Span, $"error parsing number: strconv.ParseFloat: parsing {GoText.Quote(token.Text)}: invalid syntax");
        }

        try
        {
            return new NumberLiteral(NumberScanner.ParseDuration(token.Text) / 1000.0, true, token.Span);
        }
        catch (FormatException broken)
        {
            throw ParseError.At(tokens.Query, token.Span, broken.Message);
        }
    }

    /// <summary>After <c>fill</c>: a signed number in parentheses.</summary>
    public double FillValue()
    {
        tokens.Expect(TokenKind.LeftParen, string.Empty, string.Empty);
        bool negative = tokens.Peek.Kind is TokenKind.Add or TokenKind.Subtract && tokens.Take().Kind == TokenKind.Subtract;
        if (tokens.Peek.Kind is not (TokenKind.Number or TokenKind.Duration))
        {
            throw tokens.Unexpected(string.Empty, string.Empty);
        }

        double value = Literal().Value;
        tokens.Expect(TokenKind.RightParen, string.Empty, string.Empty);
        return negative ? -value : value;
    }

    /// <summary>After <c>@</c>.</summary>
    public AtModifier At(TextSpan operand)
    {
        if (tokens.Peek.Kind is TokenKind.Start or TokenKind.EndWord)
        {
            bool isEnd = tokens.Take().Kind == TokenKind.EndWord;
            tokens.Expect(TokenKind.LeftParen, "@", "timestamp");
            tokens.Expect(TokenKind.RightParen, "@", "timestamp");
            return new AtModifier(null, isEnd);
        }

        bool negative = tokens.Peek.Kind is TokenKind.Add or TokenKind.Subtract && tokens.Take().Kind == TokenKind.Subtract;
        if (tokens.Peek.Kind is not (TokenKind.Number or TokenKind.Duration))
        {
            throw tokens.Unexpected("@", "timestamp");
        }

        double seconds = Literal().Value * (negative ? -1 : 1);
        return double.IsFinite(seconds) && Math.Abs(seconds) < 9.2233720368547758e18
            ? new AtModifier((long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero), false)
            : throw ParseError.At(tokens.Query, operand, $"timestamp out of bounds for @ modifier: {Fixed(seconds)}");
    }

    /// <summary>After <c>offset</c>: one signed term; a following operator belongs to the query around it.</summary>
    public DurationValue Offset()
    {
        DurationFormula formula = SignedTerm(() => throw tokens.Unexpected("offset", OffsetExpected));
        return Value(formula, mustBePositive: false);
    }

    /// <summary>Inside brackets: a duration above zero.</summary>
    public DurationValue Positive(string context, string expected = OffsetExpected)
    {
        DurationFormula formula = Sum(0, () => throw tokens.Unexpected(context, expected));
        return Value(formula, mustBePositive: true);
    }

    private DurationValue Value(DurationFormula formula, bool mustBePositive)
    {
        if (formula.Literal is not { } literal || formula.Wrapped)
        {
            return new DurationValue(0, formula);
        }

        if (mustBePositive && literal.Value <= 0)
        {
            throw ParseError.At(tokens.Query, literal.Span, "duration must be greater than 0");
        }

        return new DurationValue((long)(Math.Round(literal.Value * 1e9, MidpointRounding.AwayFromZero) / 1e6), null);
    }

    private DurationFormula Sum(int least, Action unexpected)
    {
        if (++depth > 100)
        {
            throw ParseError.At(tokens.Query, tokens.Peek.Span, "the duration is nested too deeply");
        }

        DurationFormula left = SignedTerm(unexpected, inner: true);
        while (Symbol(tokens.Peek.Kind) is { } found && found.Precedence > least)
        {
            Token sign = tokens.Take();
            DurationFormula right = Sum(found.Symbol == "^" ? found.Precedence - 1 : found.Precedence, () => throw tokens.Unexpected(string.Empty, string.Empty));
            var span = new TextSpan(left.Span.Start, right.Span.End);
            RequireEnabled(left.Span);
            if (found.Symbol is "/" or "%" && right.Literal is { Value: 0 })
            {
                throw ParseError.At(tokens.Query, sign.Span, found.Symbol == "/" ? "division by zero" : "modulo by zero");
            }

            left = new DurationFormula(found.Symbol, left, right, null, false, span);
        }

        depth--;
        return left;
    }

    private static (string Symbol, int Precedence)? Symbol(TokenKind kind) => kind switch
    {
        TokenKind.Add => ("+", 1),
        TokenKind.Subtract => ("-", 1),
        TokenKind.Multiply => ("*", 2),
        TokenKind.Divide => ("/", 2),
        TokenKind.Modulo => ("%", 2),
        TokenKind.Power => ("^", 3),
        _ => null,
    };

    private DurationFormula SignedTerm(Action unexpected, bool inner = false)
    {
        if (tokens.Peek.Kind is not (TokenKind.Add or TokenKind.Subtract))
        {
            return Term(unexpected);
        }

        Token sign = tokens.Take();
        DurationFormula operand = inner ? Sum(2, unexpected) : Term(unexpected);
        var span = new TextSpan(sign.Start, operand.Span.End);
        if (operand is { Literal: { } literal, Wrapped: false })
        {
            double value = sign.Kind == TokenKind.Subtract ? -literal.Value : literal.Value;
            return InRange(new NumberLiteral(value, literal.IsDuration, span));
        }

        RequireEnabled(span);
        return sign.Kind == TokenKind.Subtract ? new DurationFormula("-", null, operand, null, false, span) : operand;
    }

    private DurationFormula Term(Action unexpected)
    {
        Token token = tokens.Peek;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                return InRange(Literal());
            case TokenKind.Step or TokenKind.Range:
                tokens.Take();
                tokens.Expect(TokenKind.LeftParen, string.Empty, string.Empty);
                TextSpan word = token.Span.To(tokens.Expect(TokenKind.RightParen, string.Empty, string.Empty).Span);
                RequireEnabled(word);
                return new DurationFormula(token.Kind == TokenKind.Step ? "step" : "range", null, null, null, false, word);
            case TokenKind.MaxOf or TokenKind.MinOf:
                return Choice(token);
            case TokenKind.LeftParen:
                tokens.Take();
                DurationFormula inside = Sum(0, unexpected);
                TextSpan span = token.Span.To(tokens.Expect(TokenKind.RightParen, string.Empty, string.Empty).Span);
                RequireEnabled(inside.Span);
                return inside with { Wrapped = true, Span = span };
            default:
                unexpected();
                throw new InvalidOperationException("an unexpected token has to end the parse");
        }
    }

    private DurationFormula Choice(Token token)
    {
        tokens.Take();
        tokens.Expect(TokenKind.LeftParen, string.Empty, string.Empty);
        DurationFormula first = Sum(0, () => throw tokens.Unexpected(string.Empty, string.Empty));
        tokens.Expect(TokenKind.Comma, string.Empty, string.Empty);
        DurationFormula second = Sum(0, () => throw tokens.Unexpected(string.Empty, string.Empty));
        TextSpan span = token.Span.To(tokens.Expect(TokenKind.RightParen, string.Empty, string.Empty).Span);
        RequireEnabled(span);
        return new DurationFormula(token.Kind == TokenKind.MaxOf ? "max_of" : "min_of", first, second, null, false, span);
    }

    private DurationFormula InRange(NumberLiteral literal)
        => literal.Value > MostSeconds || literal.Value < -MostSeconds
            ? throw ParseError.At(tokens.Query, literal.Span, "duration out of range")
            : new DurationFormula("number", null, null, literal, false, literal.Span);

    private void RequireEnabled(TextSpan span)
    {
        if (!options.DurationExpressions)
        {
            throw ParseError.At(tokens.Query, span, "experimental duration expression is not enabled");
        }
    }

    private static string Fixed(double value)
        => double.IsFinite(value) ? value.ToString("F6", System.Globalization.CultureInfo.InvariantCulture) : GoText.FormatPlain(value);
}
