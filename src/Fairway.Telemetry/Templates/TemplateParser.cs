using Fairway.PromQL;

namespace Fairway.Telemetry.Templates;

/// <summary>Reads templates of Go's text/template.</summary>
internal sealed class TemplateParser
{
    private const int MostDepth = 100;
    private readonly List<(bool IsAction, string Text, int Line)> pieces = [];
    private readonly Dictionary<string, IReadOnlyList<TemplateNode>> defined;

    // Names of functions; null when they are looked up only when they are called.
    private readonly Func<string, bool>? isFunction;
    private readonly List<string> variables = ["$"];
    private int line = 1;
    private int loops;
    private int at;
    private int depth;

    private TemplateParser(Dictionary<string, IReadOnlyList<TemplateNode>> defined, Func<string, bool>? isFunction)
    {
        this.defined = defined;
        this.isFunction = isFunction;
    }

    /// <summary>Reads a text; templates that it defines are added to <paramref name="defined"/>.</summary>
    /// <exception cref="TemplateException">It is no template.</exception>
    public static IReadOnlyList<TemplateNode> Parse(string text, Dictionary<string, IReadOnlyList<TemplateNode>> defined)
    {
        return new TemplateParser(defined, null).Whole(text);
    }

    /// <summary>What is wrong with a text, begun with the line; null when nothing is. Functions and variables have to be known.</summary>
    public static string? Problem(string text, Func<string, bool> isFunction, IEnumerable<string> variables)
    {
        var parser = new TemplateParser(new Dictionary<string, IReadOnlyList<TemplateNode>>(StringComparer.Ordinal), isFunction);
        parser.variables.AddRange(variables);
        try
        {
            parser.Whole(text);
            return null;
        }
        catch (TemplateException broken)
        {
            return $"{parser.line}: {broken.Message}";
        }
    }

    private List<TemplateNode> Whole(string text)
    {
        Cut(text);
        List<TemplateNode> nodes = List(out string? end);
        return end is null ? nodes : throw new TemplateException($"unexpected {{{{{end}}}}}");
    }

    // Texts and actions in turn; "{{- " and " -}}" take the blanks beside them away, comments are nothing.
    private void Cut(string text)
    {
        int from = 0;
        bool trim = false;
        while (true)
        {
            int open = text.IndexOf("{{", from, StringComparison.Ordinal);
            string plain = open < 0 ? text[from..] : text[from..open];
            plain = trim ? plain.TrimStart() : plain;
            if (open < 0)
            {
                pieces.Add((false, plain, line));
                return;
            }

            bool trimBefore = open + 3 < text.Length && text[open + 2] == '-' && char.IsWhiteSpace(text[open + 3]);
            pieces.Add((false, trimBefore ? plain.TrimEnd() : plain, line));
            line += text.AsSpan(from, open - from).Count('\n');
            int close = ActionEnd(text, open + 2);
            trim = text[close - 1] == '-' && char.IsWhiteSpace(text[close - 2]);
            string action = text[(open + (trimBefore ? 3 : 2))..(trim ? close - 1 : close)].Trim();
            if (!action.StartsWith("/*", StringComparison.Ordinal))
            {
                pieces.Add((true, action, line));
            }

            line += text.AsSpan(open, close - open).Count('\n');
            from = close + 2;
        }
    }

    private static int ActionEnd(string text, int at)
    {
        int comment = at;
        while (comment < text.Length && (char.IsWhiteSpace(text[comment]) || text[comment] == '-'))
        {
            comment++;
        }

        if (text.AsSpan(comment).StartsWith("/*", StringComparison.Ordinal))
        {
            at = text.IndexOf("*/", comment, StringComparison.Ordinal);
            at = at < 0 ? throw new TemplateException("unclosed comment") : at;
        }

        for (char quote = '\0'; at < text.Length; at++)
        {
            char c = text[at];
            if (quote != '\0')
            {
                at += c == '\\' && quote == '"' ? 1 : 0;
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '`')
            {
                quote = c;
            }
            else if (c == '}' && at + 1 < text.Length && text[at + 1] == '}')
            {
                return at;
            }
        }

        throw new TemplateException("unclosed action");
    }

    // Nodes up to {{end}}, {{else ...}} or the end of the text (null).
    private List<TemplateNode> List(out string? end)
    {
        if (++depth > MostDepth)
        {
            throw new TemplateException("the template is nested too deeply");
        }

        var nodes = new List<TemplateNode>();
        for (; at < pieces.Count; at++)
        {
            (bool isAction, string text, line) = pieces[at];
            if (!isAction)
            {
                if (text.Length > 0)
                {
                    nodes.Add(new TemplateNode.Text(text));
                }

                continue;
            }

            string word = text.Split([' ', '\t', '\n', '('], 2)[0];
            if (word is "end" or "else")
            {
                end = text;
                depth--;
                return nodes;
            }

            if (Statement(word, text[word.Length..]) is { } node)
            {
                nodes.Add(node);
            }
        }

        end = null;
        depth--;
        return nodes;
    }

    private TemplateNode? Statement(string word, string rest)
    {
        switch (word)
        {
            case "if":
                return Branch(rest, (pipe, then, other) => new TemplateNode.If(pipe, then, other));
            case "with":
                return Branch(rest, (pipe, then, other) => new TemplateNode.With(pipe, then, other));
            case "range":
                loops++;
                TemplateNode range = Branch(rest, (pipe, body, other) => new TemplateNode.Range(pipe, body, other));
                loops--;
                return range;
            case "break":
                return loops > 0 ? new TemplateNode.Break() : throw new TemplateException("{{break}} outside {{range}}");
            case "continue":
                return loops > 0 ? new TemplateNode.Continue() : throw new TemplateException("{{continue}} outside {{range}}");
            case "template":
                List<TemplateToken> words = TemplateLexer.Words(rest);
                return new TemplateNode.Call(Name(words), words.Count > 1 ? Known(words.Skip(1), "template clause") : null);
            case "define" or "block":
                List<TemplateToken> head = TemplateLexer.Words(rest);
                string name = Name(head);
                Pipeline? argument = word == "block" ? Known(head.Skip(1), "block clause") : null;
                at++;
                List<string> outer = [.. variables];
                variables.RemoveRange(1, variables.Count - 1);
                List<TemplateNode> body = List(out string? end);
                variables.Clear();
                variables.AddRange(outer);
                if (end != "end")
                {
                    throw new TemplateException("unexpected EOF");
                }

                defined[name] = body;
                return word == "block" ? new TemplateNode.Call(name, argument) : null;
            default:
                return new TemplateNode.Action(Known(TemplateLexer.Words(word + rest), "command"));
        }
    }

    private List<TemplateNode> Block(out string? end)
    {
        int scope = variables.Count;
        List<TemplateNode> nodes = List(out end);
        variables.RemoveRange(scope, variables.Count - scope);
        return nodes;
    }

    private Pipeline Known(IEnumerable<TemplateToken> words, string clause)
    {
        List<TemplateToken> tokens = [.. words];
        Pipeline pipe = tokens.Count > 0 ? new PipelineParser(tokens).Whole() : throw new TemplateException($"missing value for {clause}");
        if (isFunction is not null)
        {
            Check(pipe);
        }

        return pipe;
    }

    private void Check(Pipeline pipe)
    {
        foreach (Operand word in pipe.Commands.SelectMany(command => command.Words))
        {
            Check(word);
        }

        // An assignment makes the name known as well; whether it exists is found out when it is carried out.
        variables.AddRange(pipe.Variables);
    }

    private void Check(Operand word)
    {
        switch (word)
        {
            case Operand.Function function when !isFunction!(function.Name) && !TemplateBuiltins.All.ContainsKey(function.Name) && function.Name is not ("and" or "or"):
                throw new TemplateException($"function {GoText.Quote(function.Name)} not defined");
            case Operand.Variable variable when !variables.Contains(variable.Name):
                throw new TemplateException($"undefined variable {GoText.Quote(variable.Name)}");
            case Operand.Fields fields:
                Check(fields.From);
                break;
            case Operand.Nested nested:
                Check(nested.Pipe);
                break;
        }
    }

    private static string Name(List<TemplateToken> words)
        => words.Count > 0 && words[0].Value is string name ? name : throw new TemplateException("a template's name has to be a quoted string");

    private TemplateNode Branch(string condition, Func<Pipeline, IReadOnlyList<TemplateNode>, IReadOnlyList<TemplateNode>, TemplateNode> make)
    {
        int scope = variables.Count;
        Pipeline pipe = Known(TemplateLexer.Words(condition), "if");
        at++;
        List<TemplateNode> then = Block(out string? end);
        IReadOnlyList<TemplateNode> other = [];
        if (end is not null && end.StartsWith("else", StringComparison.Ordinal))
        {
            string more = end["else".Length..].Trim();
            string word = more.Split([' ', '\t', '\n', '('], 2)[0];
            if (word is "if" or "with")
            {
                // "else if" closes with the same {{end}}.
                other = [Statement(word, more[word.Length..])!];
                variables.RemoveRange(scope, variables.Count - scope);
                return make(pipe, then, other);
            }

            at++;
            other = Block(out end);
        }

        variables.RemoveRange(scope, variables.Count - scope);
        return end == "end" ? make(pipe, then, other) : throw new TemplateException("unexpected EOF");
    }
}

/// <summary>Reads pipelines from words.</summary>
internal sealed class PipelineParser(IEnumerable<TemplateToken> tokens)
{
    private readonly List<TemplateToken> words = [.. tokens];
    private int at;

    /// <summary>A pipeline of all words.</summary>
    public Pipeline Whole()
    {
        Pipeline pipe = Pipe();
        return at == words.Count ? pipe : throw new TemplateException($"unexpected {GoText.Quote(words[at].Text)} in command");
    }

    private Pipeline Pipe()
    {
        var variables = new List<string>();
        bool declares = false;
        int assignment = words.FindIndex(at, word => word.Kind is ':' or '=');
        if (assignment > at && words.GetRange(at, assignment - at).TrueForAll(word => word.Kind is 'v' or ','))
        {
            variables = [.. words.GetRange(at, assignment - at).Where(word => word.Kind == 'v').Select(word => word.Text)];
            declares = words[assignment].Kind == ':';
            at = assignment + 1;
        }

        var commands = new List<Command> { One() };
        while (at < words.Count && words[at].Kind == '|')
        {
            at++;
            commands.Add(One());
        }

        return new Pipeline(variables, declares, commands);
    }

    private Command One()
    {
        var operands = new List<Operand>();
        while (at < words.Count && words[at].Kind is not (')' or '|'))
        {
            operands.Add(Value());
        }

        return operands.Count > 0 ? new Command(operands) : throw new TemplateException("missing value for command");
    }

    private Operand Value()
    {
        TemplateToken word = words[at++];
        Operand operand;
        switch (word.Kind)
        {
            case 'c':
                return new Operand.Constant(word.Value);
            case '.':
                return new Operand.Dot();
            case 'i':
                return new Operand.Function(word.Text);
            case 'v':
                operand = new Operand.Variable(word.Text);
                break;
            case 'f':
                at--;
                operand = new Operand.Dot();
                break;
            case '(':
                Pipeline inner = Pipe();
                if (at >= words.Count || words[at++].Kind != ')')
                {
                    throw new TemplateException("unclosed left paren");
                }

                operand = new Operand.Nested(inner);
                break;
            default:
                throw new TemplateException($"unexpected {GoText.Quote(word.Text)} in operand");
        }

        var fields = new List<string>();
        bool mayHaveSpace = word.Kind == 'f';
        while (at < words.Count && words[at].Kind == 'f' && (mayHaveSpace || !words[at].SpaceBefore))
        {
            fields.Add(words[at++].Text[1..]);
            mayHaveSpace = false;
        }

        return fields.Count > 0 ? new Operand.Fields(operand, fields) : operand;
    }
}
