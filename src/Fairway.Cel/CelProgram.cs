using Fairway.Cel.Checking;
using Fairway.Cel.Evaluation;
using Fairway.Cel.Syntax;

namespace Fairway.Cel;

/// <summary>One step of an evaluation, for explaining it: a part of the text and the value it had.</summary>
public sealed record CelTraceStep(int Offset, int Length, string Text, CelValue Value);

/// <summary>A compiled expression. Immutable and safe to evaluate from many threads at once.</summary>
public sealed class CelProgram
{
    private readonly CelEnvironment _environment;
    private readonly Expr _root;
    private readonly CheckedTree? _tree;
    private readonly Lazy<(Evaluator Root, int Slots)> _plan;
    private HashSet<string>? _variables;

    internal CelProgram(CelEnvironment environment, string text, Expr root, CheckedTree? tree)
    {
        _environment = environment;
        _root = root;
        _tree = tree;
        Text = text;
        _plan = new Lazy<(Evaluator, int)>(() => ExpressionPlanner.Plan(environment, root, tree));
    }

    public string Text { get; }

    /// <summary>The type of the result; dyn when it was not checked.</summary>
    public CelType Type => _tree?.Type(_root) ?? CelType.Dyn;

    /// <summary>The text in the language's plain form, macros as written.</summary>
    public string Print() => Unparser.Print(_root);

    /// <summary>The variables of the environment that the expression names.</summary>
    public IReadOnlySet<string> VariableNames => _variables ??= [.. Walk.All(_root)
        .Where(expr => expr is IdentExpr or SelectExpr && _tree?.Refers(expr) is { Constant: null, Name: not null })
        .Select(expr => _tree!.Refers(expr)!.Name!)];

    internal Expr Root => _root;

    internal CheckedTree? Tree => _tree;

    internal CelEnvironment Environment => _environment;

    /// <summary>Evaluates the expression. Failures, limits and cancellation are error values; nothing is thrown.</summary>
    public CelResult Evaluate(CelBindings bindings, CelLimits limits, CancellationToken cancellationToken)
    {
        (Evaluator root, int slots) = _plan.Value;
        var frame = new Frame(bindings, slots, limits, cancellationToken);
        return Guard(frame, root);
    }

    /// <summary>The same result by the plain interpreter, and the value of every part of the text in the order of evaluation.</summary>
    /// <remarks>Some ten times slower than <see cref="Evaluate"/>; at most 10,000 steps are kept.</remarks>
    public (CelResult Result, IReadOnlyList<CelTraceStep> Steps) Trace(CelBindings bindings, CelLimits limits, CancellationToken cancellationToken)
    {
        var steps = new List<CelTraceStep>();
        var written = new HashSet<Place>(Walk.All(_root).OfType<LoopExpr>().Select(loop => loop.Place));
        var frame = new Frame(bindings, 0, limits, cancellationToken)
        {
            Observer = (expr, value) =>
            {
                if (steps.Count < 10_000 && expr is not ConstExpr && (expr is LoopExpr { MacroCall: not null } || !written.Contains(expr.Place)))
                {
                    steps.Add(new CelTraceStep(expr.Place.Start, expr.Place.End - expr.Place.Start, Text[expr.Place.Start..expr.Place.End], value));
                }
            },
        };
        return (Guard(frame, f => new Interpreter(_environment, _tree, f).Evaluate(_root)), steps);
    }

    /// <summary>Evaluates by the plain interpreter; what the delegates are tested against.</summary>
    internal CelResult Interpret(CelBindings bindings, CelLimits limits, CancellationToken cancellationToken)
        => Guard(new Frame(bindings, 0, limits, cancellationToken), f => new Interpreter(_environment, _tree, f).Evaluate(_root));

    private static CelResult Guard(Frame frame, Evaluator root)
    {
        try
        {
            return new CelResult(root(frame), frame.Cost);
        }
        catch (EvaluationStopped stopped)
        {
            return new CelResult(CelValue.Fail(stopped.Error), frame.Cost);
        }
        catch (InsufficientExecutionStackException)
        {
            return new CelResult(CelValue.Fail(new CelError("operation cancelled: expression nests too deeply", CelErrorKind.Limit)), frame.Cost);
        }
    }
}
