namespace Fairway.PromQL.Parsing;

/// <summary>Puts <c>offset</c>, <c>@</c>, <c>anchored</c> and <c>smoothed</c> on what they follow.</summary>
internal static class TimeModifiers
{
    private const string Allowed = "must be preceded by an instant vector selector or range vector selector or a subquery";

    public static Expression AddOffset(TokenReader tokens, Expression operand, DurationValue offset)
    {
        DurationValue? current = operand switch
        {
            VectorSelector vector => vector.Offset,
            MatrixSelector matrix => matrix.Selector.Offset,
            SubqueryExpression subquery => subquery.Offset,
            _ => null,
        };
        if (current is null)
        {
            throw ParseError.At(tokens.Query, operand.Span, $"offset modifier {Allowed}");
        }

        if (!current.IsZero)
        {
            throw ParseError.At(tokens.Query, operand.Span, "offset may not be set multiple times");
        }

        TextSpan span = Extended(tokens, operand);
        return operand switch
        {
            VectorSelector vector => vector with { Offset = offset, Span = span },
            MatrixSelector matrix => matrix with { Selector = matrix.Selector with { Offset = offset }, Span = span },
            _ => (SubqueryExpression)operand with { Offset = offset, Span = span },
        };
    }

    public static Expression AddAt(TokenReader tokens, Expression operand, AtModifier at)
    {
        if (operand is not (VectorSelector or MatrixSelector or SubqueryExpression))
        {
            throw ParseError.At(tokens.Query, operand.Span, $"@ modifier {Allowed}");
        }

        if (operand is VectorSelector { At: not null } or MatrixSelector { Selector.At: not null } or SubqueryExpression { At: not null })
        {
            throw ParseError.At(tokens.Query, operand.Span, "@ <timestamp> may not be set multiple times");
        }

        TextSpan span = Extended(tokens, operand);
        return operand switch
        {
            VectorSelector vector => vector with { At = at, Span = span },
            MatrixSelector matrix => matrix with { Selector = matrix.Selector with { At = at }, Span = span },
            _ => (SubqueryExpression)operand with { At = at, Span = span },
        };
    }

    public static Expression Extend(TokenReader tokens, Expression operand, string word, ParserOptions options)
    {
        if (!options.ExtendedRangeSelectors)
        {
            throw ParseError.At(tokens.Query, operand.Span, $"{word} modifier is experimental and not enabled");
        }

        bool anchored = word == "anchored";
        switch (operand)
        {
            case VectorSelector vector:
                return Set(tokens, vector, operand.Span, anchored);
            case MatrixSelector matrix:
                return matrix with { Selector = Set(tokens, matrix.Selector, operand.Span, anchored) };
            case SubqueryExpression:
                throw ParseError.At(tokens.Query, operand.Span, $"{word} modifier is not supported for subqueries");
            default:
                throw ParseError.At(tokens.Query, operand.Span, $"{word} modifier not implemented");
        }
    }

    private static VectorSelector Set(TokenReader tokens, VectorSelector selector, TextSpan span, bool anchored)
    {
        VectorSelector set = anchored ? selector with { Anchored = true } : selector with { Smoothed = true };
        return set is { Anchored: true, Smoothed: true }
            ? throw ParseError.At(tokens.Query, span, "anchored and smoothed modifiers cannot be used together")
            : set;
    }

    private static TextSpan Extended(TokenReader tokens, Expression operand) => new(operand.Span.Start, tokens.LastEnd);
}
