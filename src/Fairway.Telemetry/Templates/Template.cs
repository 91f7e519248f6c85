using System.Collections;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Templates;

/// <summary>A function that templates may call.</summary>
internal delegate object? TemplateFunction(IReadOnlyList<object?> arguments);

/// <summary>A text that a template calls safe as it is.</summary>
internal sealed record SafeText(string Text)
{
    public override string ToString() => Text;
}

/// <summary>An object with fields and methods for templates.</summary>
internal abstract class TemplateObject
{
    /// <summary>A field, or a method called with arguments; <see cref="NoSuchField"/> when there is none.</summary>
    public abstract object? Member(string name, IReadOnlyList<object?> arguments);

    /// <summary>Whether it counts as true; Go says so of every struct.</summary>
    public virtual bool IsTrue => true;

    protected TemplateException NoSuchField(string name) => new($"can't evaluate field {name} in type {GetType().Name}");
}

/// <summary>
/// Templates of Go's text/template as Prometheus and Alertmanager offer them: actions, pipelines, variables, conditions, loops, named
/// templates. Output and steps are limited, so that no template holds the program up.
/// </summary>
internal sealed class Template
{
    private readonly Dictionary<string, IReadOnlyList<TemplateNode>> defined;
    private readonly IReadOnlyDictionary<string, TemplateFunction> functions;

    public Template(IReadOnlyDictionary<string, TemplateFunction> functions)
        : this(functions, new Dictionary<string, IReadOnlyList<TemplateNode>>(StringComparer.Ordinal))
    {
    }

    private Template(IReadOnlyDictionary<string, TemplateFunction> functions, Dictionary<string, IReadOnlyList<TemplateNode>> defined)
    {
        this.functions = functions;
        this.defined = defined;
    }

    /// <summary>Adds the templates that a text defines.</summary>
    /// <exception cref="TemplateException">It is no template.</exception>
    public void Define(string text) => TemplateParser.Parse(text, defined);

    /// <summary>Fills a text in.</summary>
    /// <exception cref="TemplateException">It is no template, or fails.</exception>
    public string Expand(
        string text, object? data, IReadOnlyDictionary<string, object?>? variables = null, Func<string, string>? escape = null, CancellationToken cancellation = default)
    {
        if (!text.Contains("{{", StringComparison.Ordinal))
        {
            return text;
        }

        var own = new Dictionary<string, IReadOnlyList<TemplateNode>>(defined, StringComparer.Ordinal);
        IReadOnlyList<TemplateNode> nodes = TemplateParser.Parse(text, own);
        var run = new TemplateRun(functions, own, data, cancellation) { Escape = escape };
        foreach ((string name, object? value) in variables ?? new Dictionary<string, object?>())
        {
            run.Declare(name, value);
        }

        run.Execute(nodes, data);
        return run.Output;
    }
}

/// <summary>One filling in.</summary>
internal sealed class TemplateRun
{
    private const int MostOutput = 1024 * 1024;
    private const int MostSteps = 1_000_000;
    private const int MostDepth = 100;
    private readonly IReadOnlyDictionary<string, TemplateFunction> functions;
    private readonly Dictionary<string, IReadOnlyList<TemplateNode>> defined;
    private readonly CancellationToken cancellation;
    private readonly StringBuilder output = new();
    private List<(string Name, object? Value)> variables = [];
    private int steps;
    private int depth;

    public TemplateRun(
        IReadOnlyDictionary<string, TemplateFunction> functions,
        Dictionary<string, IReadOnlyList<TemplateNode>> defined,
        object? data,
        CancellationToken cancellation)
    {
        this.functions = functions;
        this.defined = defined;
        this.cancellation = cancellation;
        Declare("$", data);
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>Makes what actions print harmless; null when nothing needs to be.</summary>
    public Func<string, string>? Escape { get; init; }

    public string Output => output.ToString();

    public void Declare(string name, object? value) => variables.Add((name, value));

    public void Execute(IReadOnlyList<TemplateNode> nodes, object? dot) => List(nodes, dot);

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        double number => number != 0,
        long number => number != 0,
        int number => number != 0,
        TemplateObject thing => thing.IsTrue,
        IReadOnlyDictionary<string, string> map => map.Count > 0,
        ICollection list => list.Count > 0,
        IEnumerable list => list.Cast<object?>().Any(),
        _ => true,
    };

    private Flow List(IReadOnlyList<TemplateNode> nodes, object? dot)
    {
        int scope = variables.Count;
        foreach (TemplateNode node in nodes)
        {
            Flow flow = Node(node, dot);
            if (flow != Flow.Next)
            {
                Leave(scope);
                return flow;
            }
        }

        Leave(scope);
        return Flow.Next;
    }

    private void Leave(int scope) => variables.RemoveRange(scope, variables.Count - scope);

    private Flow Node(TemplateNode node, object? dot)
    {
        cancellation.ThrowIfCancellationRequested();
        if (++steps > MostSteps)
        {
            throw new TemplateException("the template takes too many steps");
        }

        switch (node)
        {
            case TemplateNode.Text text:
                Write(text.Value);
                return Flow.Next;
            case TemplateNode.Action action:
                object? printed = Pipe(action.Pipe, dot);
                if (action.Pipe.Variables.Count == 0)
                {
                    Write(printed is SafeText safe ? safe.Text : Escape is null ? GoFormat.Print(printed) : Escape(GoFormat.Print(printed)));
                }

                return Flow.Next;
            case TemplateNode.If branch:
                return Scoped(() => List(IsTrue(Pipe(branch.Condition, dot)) ? branch.Then : branch.Else, dot));
            case TemplateNode.With with:
                return Scoped(() => Pipe(with.Value, dot) is { } value && IsTrue(value) ? List(with.Then, value) : List(with.Else, dot));
            case TemplateNode.Range range:
                return Scoped(() => Loop(range, dot));
            case TemplateNode.Call call:
                Call(call, dot);
                return Flow.Next;
            case TemplateNode.Break:
                return Flow.Break;
            default:
                return Flow.Continue;
        }
    }

    private Flow Scoped(Func<Flow> body)
    {
        int scope = variables.Count;
        Flow flow = body();
        Leave(scope);
        return flow;
    }

    private void Write(string text)
    {
        output.Append(text);
        if (output.Length > MostOutput)
        {
            throw new TemplateException("the template's output is too long");
        }
    }

    private void Call(TemplateNode.Call call, object? dot)
    {
        if (!defined.TryGetValue(call.Name, out IReadOnlyList<TemplateNode>? body))
        {
            throw new TemplateException($"template {GoText.Quote(call.Name)} not defined");
        }

        if (++depth > MostDepth)
        {
            throw new TemplateException("exceeded maximum template depth");
        }

        object? argument = call.Argument is null ? null : Pipe(call.Argument, dot);
        List<(string Name, object? Value)> outer = variables;
        variables = [("$", argument)];
        List(body, argument);
        variables = outer;
        depth--;
    }

    private Flow Loop(TemplateNode.Range range, object? dot)
    {
        object? over = Pipe(range.Over with { Variables = [] }, dot);
        bool any = false;
        foreach ((object? key, object? value) in Elements(over))
        {
            any = true;
            int scope = variables.Count;
            IReadOnlyList<string> names = range.Over.Variables;
            if (names.Count > 0)
            {
                Declare(names[^1], value);
            }

            if (names.Count > 1)
            {
                Declare(names[0], key);
            }

            Flow flow = List(range.Body, value);
            Leave(scope);
            if (flow == Flow.Break)
            {
                break;
            }
        }

        return any ? Flow.Next : List(range.Else, dot);
    }

    private static IEnumerable<(object? Key, object? Value)> Elements(object? over) => over switch
    {
        null => [],
        IReadOnlyDictionary<string, string> map => map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => ((object?)pair.Key, (object?)pair.Value)),
        IReadOnlyDictionary<string, object?> map => map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => ((object?)pair.Key, pair.Value)),
        string => throw new TemplateException("range can't iterate over a string"),
        IEnumerable list => list.Cast<object?>().Select((value, i) => ((object?)(long)i, value)),
        long count => Enumerable.Range(0, (int)Math.Clamp(count, 0, MostSteps)).Select(i => ((object?)(long)i, (object?)(long)i)),
        _ => throw new TemplateException($"range can't iterate over {GoFormat.Print(over)}"),
    };

    private object? Pipe(Pipeline pipe, object? dot)
    {
        object? value = null;
        for (int i = 0; i < pipe.Commands.Count; i++)
        {
            value = Run(pipe.Commands[i], dot, i > 0, value);
        }

        foreach (string name in pipe.Variables)
        {
            if (pipe.Declares)
            {
                Declare(name, value);
                continue;
            }

            int found = variables.FindLastIndex(variable => variable.Name == name);
            variables[found < 0 ? throw new TemplateException($"undefined variable {GoText.Quote(name)}") : found] = (name, value);
        }

        return value;
    }

    private object? Run(Command command, object? dot, bool hasInput, object? input)
    {
        Operand first = command.Words[0];
        bool hasArguments = command.Words.Count > 1 || hasInput;
        if (first is Operand.Function { Name: "and" or "or" } choice)
        {
            return Choose(choice.Name == "and", command, dot, hasInput, input);
        }

        if (first is Operand.Function function)
        {
            TemplateFunction found = functions.GetValueOrDefault(function.Name) ?? TemplateBuiltins.All.GetValueOrDefault(function.Name)
                ?? throw new TemplateException($"function {GoText.Quote(function.Name)} not defined");
            return found(Arguments(command, dot, hasInput, input));
        }

        if (first is Operand.Fields fields && hasArguments)
        {
            object? from = Value(fields.From, dot);
            foreach (string name in fields.Names.Take(fields.Names.Count - 1))
            {
                from = Field(from, name, []);
            }

            return Field(from, fields.Names[^1], Arguments(command, dot, hasInput, input));
        }

        return hasArguments ? throw new TemplateException("can't give argument to non-function") : Value(first, dot);
    }

    // Arguments are evaluated only as far as needed.
    private object? Choose(bool isAnd, Command command, object? dot, bool hasInput, object? input)
    {
        object? value = null;
        foreach (Operand word in command.Words.Skip(1))
        {
            value = Value(word, dot);
            if (IsTrue(value) != isAnd)
            {
                return value;
            }
        }

        return hasInput ? input : value;
    }

    private List<object?> Arguments(Command command, object? dot, bool hasInput, object? input)
    {
        var arguments = new List<object?>();
        foreach (Operand word in command.Words.Skip(1))
        {
            arguments.Add(Value(word, dot));
        }

        if (hasInput)
        {
            arguments.Add(input);
        }

        return arguments;
    }

    private object? Value(Operand operand, object? dot)
    {
        switch (operand)
        {
            case Operand.Constant constant:
                return constant.Value;
            case Operand.Dot:
                return dot;
            case Operand.Variable variable:
                int found = variables.FindLastIndex(one => one.Name == variable.Name);
                return found < 0 ? throw new TemplateException($"undefined variable {GoText.Quote(variable.Name)}") : variables[found].Value;
            case Operand.Nested nested:
                return Pipe(nested.Pipe, dot);
            case Operand.Fields fields:
                object? value = Value(fields.From, dot);
                foreach (string name in fields.Names)
                {
                    value = Field(value, name, []);
                }

                return value;
            default:
                return Run(new Command([operand]), dot, false, null);
        }
    }

    private static object? Field(object? from, string name, IReadOnlyList<object?> arguments) => from switch
    {
        TemplateObject thing => thing.Member(name, arguments),
        IReadOnlyDictionary<string, string> map => map.GetValueOrDefault(name) ?? string.Empty,
        IReadOnlyDictionary<string, object?> map => map.GetValueOrDefault(name),
        DateTimeOffset time => TemplateTimes.Member(time, name, arguments),
        TimeSpan duration when name == "Seconds" => duration.TotalSeconds,
        TimeSpan duration when name == "Minutes" => duration.TotalMinutes,
        TimeSpan duration when name == "Hours" => duration.TotalHours,
        null => throw new TemplateException($"nil data; no entry for key {GoText.Quote(name)}"),
        _ => throw new TemplateException($"can't evaluate field {name} in type {from.GetType().Name}"),
    };
}
