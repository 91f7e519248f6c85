using System.Text;
using Fairway.Pipelines.Expressions;
using YamlDotNet.Core;

namespace Fairway.Pipelines.Syntax;

/// <summary>
/// A value in a workflow file: a literal, a text with <c>${{ }}</c> in it, or one expression that gives the value itself.
/// </summary>
public sealed class Template
{
    private readonly ExpressionValue? _literal;
    private readonly IReadOnlyList<Part> _parts;

    private Template(ExpressionValue? literal, IReadOnlyList<Part> parts)
    {
        _literal = literal;
        _parts = parts;
    }

    /// <summary>A value that is known before anything runs; null when expressions are in it.</summary>
    public ExpressionValue? Constant => _literal;

    /// <summary>Expressions in it, in order.</summary>
    internal IEnumerable<Expression> Expressions => _parts.Select(part => part.Expression).OfType<Expression>();

    public static Template Of(ExpressionValue value) => new(value, []);

    public static Template Of(Expression expression) => new(null, [new Part(null, expression)]);

    /// <summary>The value: of a single expression as it is, of a mixture as text.</summary>
    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public ExpressionValue Evaluate(EvaluationContext context)
    {
        if (_literal is not null)
        {
            return _literal;
        }

        if (_parts is [{ Expression: { } whole }])
        {
            return ExpressionEvaluator.Evaluate(whole, context);
        }

        StringBuilder text = new();
        foreach (Part part in _parts)
        {
            text.Append(part.Expression is null ? part.Text : ExpressionEvaluator.Evaluate(part.Expression, context).AsText());
        }

        return ExpressionValue.Of(text.ToString());
    }

    /// <summary>The value as text.</summary>
    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public string EvaluateText(EvaluationContext context) => Evaluate(context).AsText();

    /// <summary>Reads a scalar; a wrong expression becomes a notice at its place, and the template is then a literal.</summary>
    internal static Template Read(YamlTree.Scalar scalar, ExpressionScope scope, NoticeList notices)
    {
        string text = scalar.Text;
        if (!text.Contains("${{", StringComparison.Ordinal))
        {
            return Of(scalar.Value);
        }

        List<Part> parts = [];
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf("${{", at, StringComparison.Ordinal);
            if (open < 0)
            {
                parts.Add(new Part(text[at..], null));
                break;
            }

            if (open > at)
            {
                parts.Add(new Part(text[at..open], null));
            }

            int close = FindClose(text, open + 3);
            if (close < 0)
            {
                (int line, int column) = Position(scalar, open);
                notices.Error(line, column, "The expression is not closed: '}}' is missing.");
                return Of(scalar.Value);
            }

            if (ReadExpression(scalar, open + 3, close, scope, notices) is not { } expression)
            {
                return Of(scalar.Value);
            }

            parts.Add(new Part(null, expression));
            at = close + 2;
        }

        return new Template(null, parts);
    }

    /// <summary>Reads the expression between two offsets of a scalar.</summary>
    internal static Expression? ReadExpression(YamlTree.Scalar scalar, int from, int to, ExpressionScope scope, NoticeList notices)
    {
        try
        {
            return ExpressionParser.Parse(scalar.Text[from..to], scope);
        }
        catch (ExpressionException wrong)
        {
            (int line, int column) = Position(scalar, from + wrong.Position);
            notices.Error(line, column, $"{wrong.Message} in the expression '{scalar.Text[from..to].Trim()}'.");
            return null;
        }
    }

    /// <summary>Where a character of a scalar stands in the file, as exactly as the scalar's style lets it be known.</summary>
    internal static (int Line, int Column) Position(YamlTree.Scalar scalar, int offset)
    {
        int newlines = scalar.Text.AsSpan(0, Math.Min(offset, scalar.Text.Length)).Count('\n');
        return scalar.Style switch
        {
            ScalarStyle.Literal => (scalar.Line + 1 + newlines, 1),
            ScalarStyle.Folded => (scalar.Line + 1, 1),
            ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => (scalar.Line, scalar.Column + 1 + offset),
            _ => (scalar.Line, scalar.Column + offset),
        };
    }

    private static int FindClose(string text, int from)
    {
        bool quoted = false;
        for (int i = from; i < text.Length; i++)
        {
            if (text[i] == '\'')
            {
                quoted = !quoted;
            }
            else if (!quoted && text[i] == '}' && i + 1 < text.Length && text[i + 1] == '}')
            {
                return i;
            }
        }

        return -1;
    }

    private sealed record Part(string? Text, Expression? Expression);
}

/// <summary>A tree of templates, as in a matrix: a closed set.</summary>
public abstract record TemplateTree
{
    private TemplateTree()
    {
    }

    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public abstract ExpressionValue Evaluate(EvaluationContext context);

    public sealed record Scalar(Template Template) : TemplateTree
    {
        public override ExpressionValue Evaluate(EvaluationContext context) => Template.Evaluate(context);
    }

    public sealed record Sequence(IReadOnlyList<TemplateTree> Items) : TemplateTree
    {
        public override ExpressionValue Evaluate(EvaluationContext context)
            => new ExpressionValue.ArrayValue([.. Items.Select(item => item.Evaluate(context))]);
    }

    public sealed record Mapping(IReadOnlyList<KeyValuePair<string, TemplateTree>> Entries) : TemplateTree
    {
        public override ExpressionValue Evaluate(EvaluationContext context)
            => new ExpressionValue.ObjectValue(Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Evaluate(context))));
    }

    internal static TemplateTree Read(YamlTree node, ExpressionScope scope, NoticeList notices) => node switch
    {
        YamlTree.Scalar scalar => new Scalar(Template.Read(scalar, scope, notices)),
        YamlTree.Sequence sequence => new Sequence([.. sequence.Items.Select(item => Read(item, scope, notices))]),
        YamlTree.Mapping mapping => new Mapping([.. mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text, Read(entry.Value, scope, notices)))]),
        _ => throw new InvalidOperationException("There is no other kind of node."),
    };
}
