using System.Globalization;

namespace Fairway.Cel.Syntax;

/// <summary>What a parse may use and how far it may go.</summary>
internal sealed record ParserOptions(MacroTable? Macros, bool OptionalSyntax = true, int MaxErrors = 20)
{
    /// <summary>The deepest nesting of brackets and ternaries.</summary>
    public const int MaxNesting = 250;

    /// <summary>The deepest tree, chains of operators included.</summary>
    public const int MaxDepth = 1_000;
}

/// <summary>
/// Recursive descent over the grammar of the language. Errors are reported with their place and parsing goes on at the next
/// comma or closing bracket, so that one pass finds what is wrong.
/// </summary>
internal sealed class Parser
{
    private const string ExpressionStart = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ];

    private readonly ParserOptions _options;
    private readonly List<Token> _tokens;
    private readonly Issues _issues;
    private readonly NodeFactory _nodes = new();
    private int _at;
    private int _nesting;

    private Parser(string source, ParserOptions options, Issues issues)
    {
        _options = options;
        _issues = issues;
        _tokens = new Lexer(source, issues.Add).ReadAll();
    }

    private Token Current => _tokens[_at];

    /// <summary>The tree, or null when there were errors; <paramref name="nodeCount"/> is how many ids are in use.</summary>
    public static Expr? Parse(string source, ParserOptions options, Issues issues, out int nodeCount)
    {
        var parser = new Parser(source, options, issues);
        Expr? root = parser.Whole();
        nodeCount = parser._nodes.Count;
        if (root is { Depth: > ParserOptions.MaxDepth })
        {
            issues.Add(0, 0, string.Create(CultureInfo.InvariantCulture, $"expression recursion limit exceeded: {ParserOptions.MaxDepth}"));
        }

        return issues.Any ? null : root;
    }

    private Expr? Whole()
    {
        try
        {
            Expr root = Expression();
            if (Current.Kind != TokenKind.End)
            {
                Unexpected($"Syntax error: {(IsStart(Current) ? "extraneous" : "mismatched")} input '{Current.Text}' expecting <EOF>");
            }

            return root;
        }
        catch (ParseStopped)
        {
            return null;
        }
    }

    private static bool IsStart(Token token) => token.Kind is not (TokenKind.Symbol or TokenKind.End);

    private Token Take() => _tokens[_at].Kind == TokenKind.End ? _tokens[_at] : _tokens[_at++];

    private bool TryTake(string symbol)
    {
        if (!Current.Is(symbol))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Unexpected(string message)
    {
        _issues.Add(Current.Start, Math.Max(1, Current.End - Current.Start), message);
        if (_issues.Count >= _options.MaxErrors)
        {
            throw new ParseStopped();
        }
    }

    private Expr Expression()
    {
        if (++_nesting > ParserOptions.MaxNesting)
        {
            _issues.Add(Current.Start, 1, string.Create(CultureInfo.InvariantCulture, $"expression recursion limit exceeded: {ParserOptions.MaxNesting}"));
            throw new ParseStopped();
        }

        Expr condition = Logic(Operators.Or);
        if (Current.Is("?"))
        {
            Token op = Take();
            Expr truthy = Logic(Operators.Or);
            Expect(":");
            Expr falsy = Expression();
            condition = _nodes.Call(Span(condition, falsy, op.Start), Operators.Conditional, null, condition, truthy, falsy);
        }

        _nesting--;
        return condition;
    }

    /// <summary>Chains of one logic operator become balanced trees, so that long ones stay shallow.</summary>
    private Expr Logic(string function)
    {
        string symbol = function == Operators.Or ? "||" : "&&";
        Expr first = function == Operators.Or ? Logic(Operators.And) : Relation();
        if (!Current.Is(symbol))
        {
            return first;
        }

        var terms = new List<Expr> { first };
        var places = new List<int>();
        while (Current.Is(symbol))
        {
            places.Add(Take().Start);
            terms.Add(function == Operators.Or ? Logic(Operators.And) : Relation());
        }

        return Balance(function, terms, places, 0, places.Count - 1);
    }

    private Expr Balance(string function, List<Expr> terms, List<int> places, int low, int high)
    {
        int middle = (low + high + 1) / 2;
        Expr left = middle == low ? terms[middle] : Balance(function, terms, places, low, middle - 1);
        Expr right = middle == high ? terms[middle + 1] : Balance(function, terms, places, middle + 1, high);
        return _nodes.Call(Span(left, right, places[middle]), function, null, left, right);
    }

    private Expr Relation()
    {
        Expr left = Sum();
        while (RelationOperator() is { } function)
        {
            Token op = Take();
            Expr right = Sum();
            left = _nodes.Call(Span(left, right, op.Start), function, null, left, right);
        }

        return left;
    }

    private string? RelationOperator() => Current switch
    {
        { Kind: TokenKind.Identifier, Text: "in" } => Operators.In,
        { Kind: not TokenKind.Symbol } => null,
        { Text: "==" } => Operators.Equals,
        { Text: "!=" } => Operators.NotEquals,
        { Text: "<" } => Operators.Less,
        { Text: "<=" } => Operators.LessEquals,
        { Text: ">" } => Operators.Greater,
        { Text: ">=" } => Operators.GreaterEquals,
        _ => null,
    };

    private Expr Sum()
    {
        Expr left = Product();
        while (Current.Is("+") || Current.Is("-"))
        {
            Token op = Take();
            Expr right = Product();
            left = _nodes.Call(Span(left, right, op.Start), op.Text == "+" ? Operators.Add : Operators.Subtract, null, left, right);
        }

        return left;
    }

    private Expr Product()
    {
        Expr left = Unary();
        while (Current.Is("*") || Current.Is("/") || Current.Is("%"))
        {
            Token op = Take();
            Expr right = Unary();
            string function = op.Text == "*" ? Operators.Multiply : op.Text == "/" ? Operators.Divide : Operators.Modulo;
            left = _nodes.Call(Span(left, right, op.Start), function, null, left, right);
        }

        return left;
    }

    private Expr Unary()
    {
        if (!Current.Is("!") && !Current.Is("-"))
        {
            return Member();
        }

        if (Current.Is("-") && _tokens[_at + 1].Kind is TokenKind.Int or TokenKind.Double)
        {
            return Member();
        }

        Token op = Take();
        int count = 1;
        while (Current.Is(op.Text))
        {
            Take();
            count++;
        }

        Expr operand = Member();
        if (count % 2 == 0)
        {
            return operand;
        }

        return _nodes.Call(new Place(op.Start, operand.Place.End, op.Start), op.Text == "!" ? Operators.Not : Operators.Negate, null, operand);
    }

    private Expr Member()
    {
        Expr operand = Primary();
        while (true)
        {
            if (Current.Is("."))
            {
                operand = Selection(operand);
            }
            else if (Current.Is("["))
            {
                Token open = Take();
                bool optional = _options.OptionalSyntax && TryTake("?");
                Expr index = Expression();
                int end = Expect("]");
                operand = _nodes.Call(new Place(operand.Place.Start, end, open.Start), optional ? Operators.OptionalIndex : Operators.Index, null, operand, index);
            }
            else if (Current.Is("{") && QualifiedName(operand) is { } name)
            {
                operand = Struct(operand, name);
            }
            else
            {
                return operand;
            }
        }
    }

    private Expr Selection(Expr operand)
    {
        Token dot = Take();
        bool optional = _options.OptionalSyntax && TryTake("?");
        Token name = Current;
        bool keyword = name.Kind == TokenKind.Identifier && name.Text is "true" or "false" or "null" or "in";
        if (name.Kind is not (TokenKind.Identifier or TokenKind.QuotedIdentifier) || keyword)
        {
            Unexpected($"Syntax error: no viable alternative at input '.{(name.Kind == TokenKind.End ? "" : name.Text)}'");
            if (name.Kind is TokenKind.Identifier)
            {
                Take();
            }

            return operand;
        }

        Take();
        if (optional)
        {
            Place at = new(operand.Place.Start, name.End, dot.Start);
            return _nodes.Call(at, Operators.OptionalSelect, null, operand, _nodes.Const(new Place(name.Start, name.End, name.Start), CelValue.Of(name.Text)));
        }

        if (Current.Is("(") && name.Kind == TokenKind.Identifier)
        {
            Token open = Take();
            Expr[] args = Arguments(out int end);
            return Macro(new Place(operand.Place.Start, end, open.Start), name.Text, operand, args);
        }

        return _nodes.Select(new Place(operand.Place.Start, name.End, dot.Start), operand, name.Text);
    }

    private Expr Macro(Place place, string function, Expr? target, Expr[] args)
    {
        Macro? macro = _options.Macros?.Find(function, args.Length, target is not null);
        if (macro is not null)
        {
            CallExpr written = _nodes.Call(place, function, target, args);
            var context = new MacroContext(_nodes, written, (at, message) => _issues.Add(at.Caret, Math.Max(1, at.End - at.Start), message));
            if (macro.Expand(context) is { } expanded)
            {
                return expanded;
            }

            return written;
        }

        return _nodes.Call(place, function, target, args);
    }

    private Expr[] Arguments(out int end)
    {
        var args = new List<Expr>();
        if (!Current.Is(")"))
        {
            do
            {
                args.Add(Expression());
            }
            while (TryTake(","));
        }

        end = Expect(")");
        return [.. args];
    }

    private static string? QualifiedName(Expr expr) => expr switch
    {
        IdentExpr ident => ident.Name,
        SelectExpr { TestOnly: false } select when QualifiedName(select.Operand) is { } prefix => $"{prefix}.{select.Field}",
        _ => null,
    };

    private Expr Struct(Expr name, string typeName)
    {
        Token open = Take();
        var fields = new List<FieldInit>();
        while (!Current.Is("}") && Current.Kind != TokenKind.End)
        {
            bool optional = _options.OptionalSyntax && TryTake("?");
            Token field = Current;
            if (field.Kind is not (TokenKind.Identifier or TokenKind.QuotedIdentifier))
            {
                Unexpected($"Syntax error: mismatched input '{field.Text}' expecting {{'}}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}}");
                Recover();
            }
            else
            {
                Take();
                int colon = Expect(":") - 1;
                fields.Add(new FieldInit(field.Text, Expression(), optional, colon));
            }

            if (!TryTake(","))
            {
                break;
            }
        }

        int end = Expect("}");
        return _nodes.Struct(new Place(name.Place.Start, end, open.Start), typeName, [.. fields]);
    }

    private Expr Primary()
    {
        Token token = Current;
        switch (token.Kind)
        {
            case TokenKind.Identifier when token.Text is not "in":
                return Identifier(leadingDot: null);
            case TokenKind.Int or TokenKind.Uint or TokenKind.Double:
                Take();
                return Number(token, negative: null);
            case TokenKind.String:
                Take();
                return _nodes.Const(At(token), CelValue.Of(token.Text));
            case TokenKind.Bytes:
                Take();
                return _nodes.Const(At(token), CelValue.Of(token.Data!));
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
                Take();
                Expr inner = Expression();
                Expect(")");
                return inner;
            case "[":
                return List();
            case "{":
                return Map();
            case "." when _tokens[_at + 1].Kind == TokenKind.Identifier:
                Take();
                return Identifier(token);
            case "-" when _tokens[_at + 1].Kind is TokenKind.Int or TokenKind.Double:
                Take();
                return Number(Take(), token);
            default:
                return Missing(token);
        }
    }

    private ConstExpr Missing(Token token)
    {
        Unexpected(token.Kind == TokenKind.End || token.Kind == TokenKind.Symbol || token.Text == "in"
            ? $"Syntax error: mismatched input '{token.Text}' expecting {ExpressionStart}"
            : $"Syntax error: extraneous input '{token.Text}' expecting {ExpressionStart}");
        Recover();
        return _nodes.Const(At(token), CelValue.Null);
    }

    /// <summary>Goes to the next comma or closing bracket, or at least one token on.</summary>
    private void Recover()
    {
        int depth = 0;
        while (Current.Kind != TokenKind.End)
        {
            if (depth == 0 && (Current.Is(",") || Current.Is(")") || Current.Is("]") || Current.Is("}")))
            {
                return;
            }

            depth += Current.Is("(") || Current.Is("[") || Current.Is("{") ? 1 : Current.Is(")") || Current.Is("]") || Current.Is("}") ? -1 : 0;
            Take();
        }
    }

    private Expr Identifier(Token? leadingDot)
    {
        Token name = Take();
        int start = leadingDot?.Start ?? name.Start;
        if (leadingDot is null && name.Text is "true" or "false" or "null")
        {
            return _nodes.Const(At(name), name.Text == "null" ? CelValue.Null : CelValue.Of(name.Text == "true"));
        }

        if (Reserved.Contains(name.Text) && !Current.Is("{"))
        {
            _issues.Add(name.Start, name.End - name.Start, $"reserved identifier: {name.Text}");
        }

        string full = leadingDot is null ? name.Text : "." + name.Text;
        if (!Current.Is("("))
        {
            return _nodes.Ident(new Place(start, name.End, name.Start), full);
        }

        Token open = Take();
        Expr[] args = Arguments(out int end);
        return Macro(new Place(start, end, open.Start), full, null, args);
    }

    private ListExpr List()
    {
        Token open = Take();
        var elements = new List<Expr>();
        var optional = new List<bool>();
        while (!Current.Is("]") && Current.Kind != TokenKind.End)
        {
            optional.Add(_options.OptionalSyntax && TryTake("?"));
            elements.Add(Expression());
            if (!TryTake(","))
            {
                break;
            }
        }

        int end = Expect("]");
        return _nodes.List(new Place(open.Start, end, open.Start), [.. elements], optional.Contains(true) ? [.. optional] : null);
    }

    private MapExpr Map()
    {
        Token open = Take();
        var entries = new List<MapEntry>();
        while (!Current.Is("}") && Current.Kind != TokenKind.End)
        {
            bool optional = _options.OptionalSyntax && TryTake("?");
            Expr key = Expression();
            Expect(":");
            entries.Add(new MapEntry(key, Expression(), optional));
            if (!TryTake(","))
            {
                break;
            }
        }

        int end = Expect("}");
        return _nodes.Map(new Place(open.Start, end, open.Start), [.. entries]);
    }

    private ConstExpr Number(Token token, Token? negative)
    {
        Place place = new(negative?.Start ?? token.Start, token.End, negative?.Start ?? token.Start);
        if (NumberText.Parse(token, negative is not null) is { } value)
        {
            return _nodes.Const(place, value);
        }

        string kind = token.Kind switch { TokenKind.Uint => "uint", TokenKind.Double => "double", _ => "int" };
        _issues.Add(place.Start, place.End - place.Start, $"Syntax error: invalid {kind} literal");
        return _nodes.Const(place, CelValue.Of(0L));
    }

    /// <summary>The end of the symbol, or the place where it is missing.</summary>
    private int Expect(string symbol)
    {
        Token token = Current;
        if (token.Is(symbol))
        {
            return Take().End;
        }

        Unexpected(token.Kind == TokenKind.End
            ? $"Syntax error: missing '{symbol}' at '<EOF>'"
            : $"Syntax error: mismatched input '{token.Text}' expecting '{symbol}'");
        if (symbol != ":")
        {
            Recover();
            if (Current.Is(symbol))
            {
                Take();
            }
        }

        return token.End;
    }

    private static Place At(Token token) => new(token.Start, token.End, token.Start);

    private static Place Span(Expr left, Expr right, int caret) => new(left.Place.Start, right.Place.End, caret);

    private sealed class ParseStopped : Exception;
}
