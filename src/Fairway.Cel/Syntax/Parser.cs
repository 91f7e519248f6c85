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
    private readonly ParserOptions _options;
    private readonly TokenReader _tokens;
    private readonly Issues _issues;
    private readonly NodeFactory _nodes = new();
    private readonly PrimaryParser _primary;
    private int _nesting;

    private Parser(string source, ParserOptions options, Issues issues)
    {
        _options = options;
        _issues = issues;
        _tokens = new TokenReader(source, issues, options.MaxErrors);
        _primary = new PrimaryParser(options, _tokens, issues, _nodes, Expression);
    }

    private Token Current => _tokens.Current;

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
                _tokens.Unexpected($"Syntax error: {(IsStart(Current) ? "extraneous" : "mismatched")} input '{Current.Text}' expecting <EOF>");
            }

            return root;
        }
        catch (ParseStopped)
        {
            return null;
        }
    }

    private static bool IsStart(Token token) => token.Kind is not (TokenKind.Symbol or TokenKind.End);

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
            Token op = _tokens.Take();
            Expr truthy = Logic(Operators.Or);
            _tokens.Expect(":");
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
            places.Add(_tokens.Take().Start);
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
            Token op = _tokens.Take();
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
            Token op = _tokens.Take();
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
            Token op = _tokens.Take();
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

        if (Current.Is("-") && _tokens.Next.Kind is TokenKind.Int or TokenKind.Double)
        {
            return Member();
        }

        Token op = _tokens.Take();
        int count = 1;
        while (Current.Is(op.Text))
        {
            _tokens.Take();
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
        Expr operand = _primary.Primary();
        while (true)
        {
            if (Current.Is("."))
            {
                operand = Selection(operand);
            }
            else if (Current.Is("["))
            {
                Token open = _tokens.Take();
                bool optional = _options.OptionalSyntax && _tokens.TryTake("?");
                Expr index = Expression();
                int end = _tokens.Expect("]");
                operand = _nodes.Call(new Place(operand.Place.Start, end, open.Start), optional ? Operators.OptionalIndex : Operators.Index, null, operand, index);
            }
            else if (Current.Is("{") && QualifiedName(operand) is { } name)
            {
                operand = _primary.Struct(operand, name);
            }
            else
            {
                return operand;
            }
        }
    }

    private Expr Selection(Expr operand)
    {
        Token dot = _tokens.Take();
        bool optional = _options.OptionalSyntax && _tokens.TryTake("?");
        Token name = Current;
        bool keyword = name.Kind == TokenKind.Identifier && name.Text is "true" or "false" or "null" or "in";
        if (name.Kind is not (TokenKind.Identifier or TokenKind.QuotedIdentifier) || keyword)
        {
            _tokens.Unexpected($"Syntax error: no viable alternative at input '.{(name.Kind == TokenKind.End ? "" : name.Text)}'");
            if (name.Kind is TokenKind.Identifier)
            {
                _tokens.Take();
            }

            return operand;
        }

        _tokens.Take();
        if (optional)
        {
            Place at = new(operand.Place.Start, name.End, dot.Start);
            return _nodes.Call(at, Operators.OptionalSelect, null, operand, _nodes.Const(new Place(name.Start, name.End, name.Start), CelValue.Of(name.Text)));
        }

        if (Current.Is("(") && name.Kind == TokenKind.Identifier)
        {
            Token open = _tokens.Take();
            Expr[] args = _primary.Arguments(out int end);
            return _primary.Call(new Place(operand.Place.Start, end, open.Start), name.Text, operand, args);
        }

        return _nodes.Select(new Place(operand.Place.Start, name.End, dot.Start), operand, name.Text);
    }

    private static string? QualifiedName(Expr expr) => expr switch
    {
        IdentExpr ident => ident.Name,
        SelectExpr { TestOnly: false } select when QualifiedName(select.Operand) is { } prefix => $"{prefix}.{select.Field}",
        _ => null,
    };

    private static Place Span(Expr left, Expr right, int caret) => new(left.Place.Start, right.Place.End, caret);
}
