namespace Fairway.Cel.Syntax;

/// <summary>The innermost parts of expressions: literals, names, calls, lists, maps and objects.</summary>
/// <param name="options">What is allowed.</param>
/// <param name="tokens">The text.</param>
/// <param name="issues">Gets what is wrong.</param>
/// <param name="nodes">Makes nodes.</param>
/// <param name="expression">Reads a whole expression.</param>
internal sealed class PrimaryParser(ParserOptions options, TokenReader tokens, Issues issues, NodeFactory nodes, Func<Expr> expression)
{
    private const string ExpressionStart = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ];

    /// <summary>A literal, a name, a call, or what stands in brackets.</summary>
    public Expr Primary()
    {
        Token token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Identifier when token.Text is not "in":
                return Identifier(leadingDot: null);
            case TokenKind.Int or TokenKind.Uint or TokenKind.Double:
                tokens.Take();
                return Number(token, negative: null);
            case TokenKind.String:
                tokens.Take();
                return nodes.Const(At(token), CelValue.Of(token.Text));
            case TokenKind.Bytes:
                tokens.Take();
                return nodes.Const(At(token), CelValue.Of(token.Data!));
            case TokenKind.Symbol:
                return Bracketed(token);
            default:
                return Missing(token);
        }
    }

    private Expr Bracketed(Token token)
    {
        switch (token.Text)
        {
            case "(":
                tokens.Take();
                Expr inner = expression();
                tokens.Expect(")");
                return inner;
            case "[":
                return List();
            case "{":
                return Map();
            case "." when tokens.Next.Kind == TokenKind.Identifier:
                tokens.Take();
                return Identifier(token);
            case "-" when tokens.Next.Kind is TokenKind.Int or TokenKind.Double:
                tokens.Take();
                return Number(tokens.Take(), token);
            default:
                return Missing(token);
        }
    }

    private ConstExpr Missing(Token token)
    {
        tokens.Unexpected(token.Kind == TokenKind.End || token.Kind == TokenKind.Symbol || token.Text == "in"
            ? $"Syntax error: mismatched input '{token.Text}' expecting {ExpressionStart}"
            : $"Syntax error: extraneous input '{token.Text}' expecting {ExpressionStart}");
        tokens.Recover();
        return nodes.Const(At(token), CelValue.Null);
    }

    private Expr Identifier(Token? leadingDot)
    {
        Token name = tokens.Take();
        int start = leadingDot?.Start ?? name.Start;
        if (leadingDot is null && name.Text is "true" or "false" or "null")
        {
            return nodes.Const(At(name), name.Text == "null" ? CelValue.Null : CelValue.Of(name.Text == "true"));
        }

        if (Reserved.Contains(name.Text) && !tokens.Current.Is("{"))
        {
            issues.Add(name.Start, name.End - name.Start, $"reserved identifier: {name.Text}");
        }

        string full = leadingDot is null ? name.Text : "." + name.Text;
        if (!tokens.Current.Is("("))
        {
            return nodes.Ident(new Place(start, name.End, name.Start), full);
        }

        Token open = tokens.Take();
        Expr[] args = Arguments(out int end);
        return Call(new Place(start, end, open.Start), full, null, args);
    }

    private ListExpr List()
    {
        Token open = tokens.Take();
        var elements = new List<Expr>();
        var optional = new List<bool>();
        while (!tokens.Current.Is("]") && tokens.Current.Kind != TokenKind.End)
        {
            optional.Add(options.OptionalSyntax && tokens.TryTake("?"));
            elements.Add(expression());
            if (!tokens.TryTake(","))
            {
                break;
            }
        }

        int end = tokens.Expect("]");
        return nodes.List(new Place(open.Start, end, open.Start), [.. elements], optional.Contains(true) ? [.. optional] : null);
    }

    private MapExpr Map()
    {
        Token open = tokens.Take();
        var entries = new List<MapEntry>();
        while (!tokens.Current.Is("}") && tokens.Current.Kind != TokenKind.End)
        {
            bool optional = options.OptionalSyntax && tokens.TryTake("?");
            Expr key = expression();
            tokens.Expect(":");
            entries.Add(new MapEntry(key, expression(), optional));
            if (!tokens.TryTake(","))
            {
                break;
            }
        }

        int end = tokens.Expect("}");
        return nodes.Map(new Place(open.Start, end, open.Start), [.. entries]);
    }

    private ConstExpr Number(Token token, Token? negative)
    {
        Place place = new(negative?.Start ?? token.Start, token.End, negative?.Start ?? token.Start);
        if (NumberText.Parse(token, negative is not null) is { } value)
        {
            return nodes.Const(place, value);
        }

        string kind = token.Kind switch { TokenKind.Uint => "uint", TokenKind.Double => "double", _ => "int" };
        issues.Add(place.Start, place.End - place.Start, $"Syntax error: invalid {kind} literal");
        return nodes.Const(place, CelValue.Of(0L));
    }

    /// <summary>The fields of an object after its type.</summary>
    public Expr Struct(Expr name, string typeName)
    {
        Token open = tokens.Take();
        var fields = new List<FieldInit>();
        while (!tokens.Current.Is("}") && tokens.Current.Kind != TokenKind.End)
        {
            bool optional = options.OptionalSyntax && tokens.TryTake("?");
            Token field = tokens.Current;
            if (field.Kind is not (TokenKind.Identifier or TokenKind.QuotedIdentifier))
            {
                tokens.Unexpected($"Syntax error: mismatched input '{field.Text}' expecting {{'}}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}}");
                tokens.Recover();
            }
            else
            {
                tokens.Take();
                int colon = tokens.Expect(":") - 1;
                fields.Add(new FieldInit(field.Text, expression(), optional, colon));
            }

            if (!tokens.TryTake(","))
            {
                break;
            }
        }

        int end = tokens.Expect("}");
        return nodes.Struct(new Place(name.Place.Start, end, open.Start), typeName, [.. fields]);
    }

    /// <summary>A call, or what its macro makes of it.</summary>
    public Expr Call(Place place, string function, Expr? target, Expr[] args)
    {
        Macro? macro = options.Macros?.Find(function, args.Length, target is not null);
        if (macro is not null)
        {
            CallExpr written = nodes.Call(place, function, target, args);
            var context = new MacroContext(nodes, written, (at, message) => issues.Add(at.Caret, Math.Max(1, at.End - at.Start), message));
            if (macro.Expand(context) is { } expanded)
            {
                return expanded;
            }

            return written;
        }

        return nodes.Call(place, function, target, args);
    }

    /// <summary>The arguments of a call, after its opening bracket.</summary>
    public Expr[] Arguments(out int end)
    {
        var args = new List<Expr>();
        if (!tokens.Current.Is(")"))
        {
            do
            {
                args.Add(expression());
            }
            while (tokens.TryTake(","));
        }

        end = tokens.Expect(")");
        return [.. args];
    }

    private static Place At(Token token) => new(token.Start, token.End, token.Start);
}
