namespace Fairway.Telemetry.Templates;

/// <summary>Parts of a template.</summary>
internal abstract record TemplateNode
{
    public sealed record Text(string Value) : TemplateNode;

    /// <summary>A pipeline whose value is printed, or assigned to variables.</summary>
    public sealed record Action(Pipeline Pipe) : TemplateNode;

    public sealed record If(Pipeline Condition, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode;

    public sealed record With(Pipeline Value, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode;

    public sealed record Range(Pipeline Over, IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Else) : TemplateNode;

    public sealed record Call(string Name, Pipeline? Argument) : TemplateNode;

    public sealed record Break : TemplateNode;

    public sealed record Continue : TemplateNode;
}

/// <summary>Commands whose values flow into each other, after optional variables.</summary>
/// <param name="Variables">Names with their dollar sign.</param>
/// <param name="Declares">Whether the variables are new (<c>:=</c>).</param>
/// <param name="Commands">Commands, the result of each the last argument of the next.</param>
internal sealed record Pipeline(IReadOnlyList<string> Variables, bool Declares, IReadOnlyList<Command> Commands);

/// <summary>A function or value with arguments.</summary>
internal sealed record Command(IReadOnlyList<Operand> Words);

/// <summary>A value in a command.</summary>
internal abstract record Operand
{
    public sealed record Constant(object? Value) : Operand;

    public sealed record Dot : Operand;

    public sealed record Variable(string Name) : Operand;

    public sealed record Function(string Name) : Operand;

    public sealed record Nested(Pipeline Pipe) : Operand;

    /// <summary>Fields of a value, the last of which may take arguments.</summary>
    public sealed record Fields(Operand From, IReadOnlyList<string> Names) : Operand;
}

/// <summary>A template that does not parse or fails while it is filled in.</summary>
public sealed class TemplateException(string message) : Exception(message);
