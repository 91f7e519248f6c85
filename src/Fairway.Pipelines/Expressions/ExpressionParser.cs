using static Fairway.Pipelines.Expressions.Expression;

namespace Fairway.Pipelines.Expressions;

/// <summary>Reads expressions. Names of contexts and functions, and counts of arguments, are checked here, before anything runs.</summary>
public static class ExpressionParser
{
    /// <exception cref="ExpressionException">The text is no expression, or names what its place does not have.</exception>
    public static Expression Parse(string text, ExpressionScope scope)
    {
        if (text.Length > MaxLength)
        {
            throw new ExpressionException($"Exceeded max expression length {MaxLength}", 0);
        }

        Reader reader = new(Lexer.Read(text), scope);
        return reader.ReadAll();
    }

    private sealed class Reader(List<Token> tokens, ExpressionScope scope)
    {
        // Parentheses make no node, so the depth of the tree alone would not keep the stack in bounds.
        private const int MaxNesting = 200;

        private int _at;
        private int _nesting;

        private Token Current => tokens[_at];

        public Expression ReadAll()
        {
            if (Current.Kind == TokenKind.End)
            {
                throw new ExpressionException("An expression is expected", 0);
            }

            Expression expression = ReadOr();
            return Current.Kind == TokenKind.End ? expression : throw Unexpected();
        }

        private Expression ReadOr() => ReadChain(TokenKind.Or, ReadAnd);

        private Expression ReadAnd() => ReadChain(TokenKind.And, ReadEquality);

        private Expression ReadChain(TokenKind between, Func<Expression> readOperand)
        {
            Expression first = readOperand();
            if (Current.Kind != between)
            {
                return first;
            }

            List<Expression> operands = [first];
            while (Take(between))
            {
                operands.Add(readOperand());
            }

            return new Logical(between == TokenKind.And, operands);
        }

        private Expression ReadEquality()
        {
            Expression left = ReadRelation();
            while (Current.Kind is TokenKind.Equal or TokenKind.NotEqual)
            {
                left = new Compare(Next().Kind == TokenKind.Equal ? CompareOperator.Equal : CompareOperator.NotEqual, left, ReadRelation());
            }

            return left;
        }

        private Expression ReadRelation()
        {
            Expression left = ReadUnary();
            while (Current.Kind is TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater or TokenKind.GreaterOrEqual)
            {
                CompareOperator comparison = Next().Kind switch
                {
                    TokenKind.Less => CompareOperator.Less,
                    TokenKind.LessOrEqual => CompareOperator.LessOrEqual,
                    TokenKind.Greater => CompareOperator.Greater,
                    _ => CompareOperator.GreaterOrEqual,
                };
                left = new Compare(comparison, left, ReadUnary());
            }

            return left;
        }

        private Expression ReadUnary()
        {
            int nots = 0;
            while (Take(TokenKind.Not))
            {
                nots++;
            }

            Expression operand = ReadPostfix();
            for (; nots > 0; nots--)
            {
                operand = new Not(operand);
            }

            return operand;
        }

        private Expression ReadPostfix()
        {
            Expression target = ReadPrimary();
            while (true)
            {
                if (Take(TokenKind.Dot))
                {
                    target = new Access(target, ReadMember());
                }
                else if (target is not Literal && Take(TokenKind.OpenBracket))
                {
                    target = new Access(target, Take(TokenKind.Star) ? null : Nested(ReadOr));
                    Expect(TokenKind.CloseBracket);
                }
                else
                {
                    return target;
                }
            }
        }

        private Literal? ReadMember()
        {
            if (Take(TokenKind.Star))
            {
                return null;
            }

            return Current.Kind == TokenKind.Name ? new Literal(ExpressionValue.Of(Next().Text)) : throw Unexpected();
        }

        private Expression ReadPrimary()
        {
            Token token = Current;
            switch (token.Kind)
            {
                case TokenKind.Literal:
                    Next();
                    return new Literal(token.Value!);
                case TokenKind.OpenParenthesis:
                    Next();
                    Expression inner = Nested(ReadOr);
                    Expect(TokenKind.CloseParenthesis);
                    return inner;
                case TokenKind.Name when tokens[_at + 1].Kind == TokenKind.OpenParenthesis:
                    return ReadCall();
                case TokenKind.Name:
                    Next();
                    return scope.HasContext(token.Text) ? new Context(token.Text) : throw UnknownContext(token);
                default:
                    throw Unexpected();
            }
        }

        private Call ReadCall()
        {
            Token name = Next();
            (int Min, int Max) arity = scope.FindFunction(name.Text) ?? throw new ExpressionException($"Unrecognized function: '{name.Text}'", name.Position);
            Next();
            List<Expression> arguments = [];
            if (!Take(TokenKind.CloseParenthesis))
            {
                do
                {
                    arguments.Add(Nested(ReadOr));
                }
                while (Take(TokenKind.Comma));

                Expect(TokenKind.CloseParenthesis);
            }

            if (arguments.Count < arity.Min)
            {
                throw new ExpressionException($"Too few parameters supplied: '{name.Text}' takes at least {arity.Min}", name.Position);
            }

            if (arguments.Count > arity.Max)
            {
                throw new ExpressionException($"Too many parameters supplied: '{name.Text}' takes at most {arity.Max}", name.Position);
            }

            if (name.Text.Equals("case", StringComparison.OrdinalIgnoreCase) && arguments.Count % 2 == 0)
            {
                throw new ExpressionException("Even number of parameters supplied: 'case' takes pairs and a default", name.Position);
            }

            return new Call(name.Text, arguments);
        }

        private Expression Nested(Func<Expression> read)
        {
            if (++_nesting > MaxNesting)
            {
                throw new ExpressionException($"Exceeded max expression depth {MaxDepth}", Current.Position);
            }

            Expression inner = read();
            _nesting--;
            return inner;
        }

        private Token Next() => tokens[_at++];

        private bool Take(TokenKind kind)
        {
            if (Current.Kind != kind)
            {
                return false;
            }

            _at++;
            return true;
        }

        private void Expect(TokenKind kind)
        {
            if (!Take(kind))
            {
                throw Unexpected();
            }
        }

        private ExpressionException Unexpected()
            => Current.Kind == TokenKind.End
                ? new ExpressionException($"Unexpected end of expression: '{(_at == 0 ? "" : tokens[_at - 1].Text)}'", _at == 0 ? 0 : tokens[_at - 1].Position)
                : new ExpressionException($"Unexpected symbol '{Current.Text}'", Current.Position);

        private ExpressionException UnknownContext(Token token)
        {
            string available = scope.Contexts.Count == 0 ? "none" : string.Join(", ", scope.Contexts.Order(StringComparer.Ordinal));
            return new ExpressionException($"Unrecognized named-value: '{token.Text}' (available here: {available})", token.Position);
        }
    }
}
