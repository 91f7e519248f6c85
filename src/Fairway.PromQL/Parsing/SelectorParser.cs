namespace Fairway.PromQL.Parsing;

/// <summary>Reads selectors and lists of labels.</summary>
internal sealed class SelectorParser(TokenReader tokens)
{
    private const string Matching = "label matching";
    private const string Grouping = "grouping opts";

    /// <summary>A name, braces, or both.</summary>
    public VectorSelector Selector()
    {
        string name = string.Empty;
        TextSpan span = tokens.Peek.Span;
        if (tokens.Peek.Kind != TokenKind.LeftBrace)
        {
            name = tokens.Take().Text;
        }

        var matchers = new List<LabelMatcher>();
        if (tokens.Peek.Kind == TokenKind.LeftBrace)
        {
            span = span.To(Matchers(matchers));
        }

        if (name.Length > 0)
        {
            matchers.Add(new LabelMatcher(MatchType.Equal, Labels.MetricName, name));
        }

        return new VectorSelector(name, matchers, span);
    }

    /// <summary>Labels in parentheses, with the position after them.</summary>
    public (IReadOnlyList<string> Labels, int End) GroupingLabels()
    {
        tokens.Expect(TokenKind.LeftParen, Grouping, "\"(\"");
        var labels = new List<string>();
        while (tokens.Peek.Kind != TokenKind.RightParen)
        {
            labels.Add(GroupingLabel());
            if (tokens.Peek.Kind == TokenKind.RightParen)
            {
                break;
            }

            tokens.Expect(TokenKind.Comma, Grouping, "\",\" or \")\"");
        }

        return (labels, tokens.Take().Stop);
    }

    private string GroupingLabel()
    {
        Token token = tokens.Peek;
        if (token.Kind != TokenKind.Text && !Keywords.MayNameLabel(token.Kind))
        {
            throw tokens.Unexpected(Grouping, "label");
        }

        tokens.Take();
        string label = token.Kind == TokenKind.Text ? TextLiteral.Unquote(token.Text) : token.Text;
        return Names.IsLabelName(label)
            ? label
            : throw ParseError.At(tokens.Query, token.Span, $"invalid label name for grouping: {GoText.Quote(label)}");
    }

    private TextSpan Matchers(List<LabelMatcher> matchers)
    {
        tokens.Take();
        while (tokens.Peek.Kind != TokenKind.RightBrace)
        {
            matchers.Add(Matcher());
            if (tokens.Peek.Kind == TokenKind.RightBrace)
            {
                break;
            }

            tokens.Expect(TokenKind.Comma, Matching, "\",\" or \"}\"");
        }

        return tokens.Take().Span;
    }

    private LabelMatcher Matcher()
    {
        Token label = tokens.Peek;
        if (label.Kind is not (TokenKind.Identifier or TokenKind.Text))
        {
            throw tokens.Unexpected(Matching, "identifier or \"}\"");
        }

        tokens.Take();
        string name = label.Kind == TokenKind.Text ? TextLiteral.Unquote(label.Text) : label.Text;
        if (label.Kind == TokenKind.Text && tokens.Peek.Kind is TokenKind.Comma or TokenKind.RightBrace)
        {
            return new LabelMatcher(MatchType.Equal, Labels.MetricName, name);
        }

        MatchType type = tokens.Peek.Kind switch
        {
            TokenKind.Equal => MatchType.Equal,
            TokenKind.NotEqual => MatchType.NotEqual,
            TokenKind.EqualRegex => MatchType.Regexp,
            TokenKind.NotEqualRegex => MatchType.NotRegexp,
            _ => throw tokens.Unexpected(Matching, label.Kind == TokenKind.Text ? "\",\" or \"}\"" : "label matching operator"),
        };
        tokens.Take();
        Token value = tokens.Expect(TokenKind.Text, Matching, "string");
        try
        {
            return new LabelMatcher(type, name, TextLiteral.Unquote(value.Text));
        }
        catch (FormatException broken)
        {
            throw ParseError.At(tokens.Query, label.Span.To(value.Span), broken.Message);
        }
    }
}
