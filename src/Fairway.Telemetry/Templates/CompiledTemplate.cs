using Fairway.PromQL;

namespace Fairway.Telemetry.Templates;

/// <summary>A template that was read once and is filled in often. Safe for several threads.</summary>
internal sealed class CompiledTemplate
{
    private readonly IReadOnlyList<TemplateNode> _nodes;
    private readonly Dictionary<string, IReadOnlyList<TemplateNode>> _defined;

    private CompiledTemplate(IReadOnlyList<TemplateNode> nodes, Dictionary<string, IReadOnlyList<TemplateNode>> defined, IReadOnlyList<string> fields)
    {
        _nodes = nodes;
        _defined = defined;
        Fields = fields;
    }

    /// <summary>The fields of the data that it names, each once.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Reads a text.</summary>
    /// <exception cref="TemplateException">It is no template, or calls a function that is not there.</exception>
    public static CompiledTemplate Of(string text, IReadOnlySet<string> functions)
    {
        var defined = new Dictionary<string, IReadOnlyList<TemplateNode>>(StringComparer.Ordinal);
        IReadOnlyList<TemplateNode> nodes = TemplateParser.Parse(text, defined);
        var walk = new Walk(functions);
        walk.Nodes(nodes);
        foreach (IReadOnlyList<TemplateNode> body in defined.Values)
        {
            walk.Nodes(body);
        }

        return new CompiledTemplate(nodes, defined, [.. walk.Fields]);
    }

    /// <summary>Fills it in.</summary>
    /// <exception cref="TemplateException">It fails.</exception>
    public string Expand(object? data, IReadOnlyDictionary<string, TemplateFunction> functions)
    {
        var run = new TemplateRun(functions, _defined, data, CancellationToken.None);
        run.Execute(_nodes, data);
        return run.Output;
    }

    private sealed class Walk(IReadOnlySet<string> functions)
    {
        public List<string> Fields { get; } = [];

        public void Nodes(IReadOnlyList<TemplateNode> nodes)
        {
            foreach (TemplateNode node in nodes)
            {
                switch (node)
                {
                    case TemplateNode.Action action: Pipe(action.Pipe); break;
                    case TemplateNode.If branch: Branch(branch.Condition, branch.Then, branch.Else); break;
                    case TemplateNode.With with: Branch(with.Value, with.Then, with.Else); break;
                    case TemplateNode.Range range: Branch(range.Over, range.Body, range.Else); break;
                    case TemplateNode.Call { Argument: { } argument }: Pipe(argument); break;
                }
            }
        }

        private void Branch(Pipeline pipe, IReadOnlyList<TemplateNode> then, IReadOnlyList<TemplateNode> otherwise)
        {
            Pipe(pipe);
            Nodes(then);
            Nodes(otherwise);
        }

        private void Pipe(Pipeline pipe)
        {
            foreach (Operand word in pipe.Commands.SelectMany(command => command.Words))
            {
                Word(word);
            }
        }

        private void Word(Operand word)
        {
            switch (word)
            {
                case Operand.Function { Name: not ("and" or "or") } function when !functions.Contains(function.Name) && !TemplateBuiltins.All.ContainsKey(function.Name):
                    throw new TemplateException($"function {GoText.Quote(function.Name)} not defined");
                case Operand.Nested nested:
                    Pipe(nested.Pipe);
                    break;
                case Operand.Fields fields:
                    Word(fields.From);
                    Fields.AddRange(fields.Names.Where(name => !Fields.Contains(name)));
                    break;
            }
        }
    }
}
