using System.Runtime.CompilerServices;
using Fairway.PromQL.Functions;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>
/// Evaluates expressions at all steps at once: every node yields columns with a cell for each step, so that a series is read and
/// walked a single time however many steps there are.
/// </summary>
internal sealed class Evaluator(QueryContext context, long start, long end, long step)
{
    public QueryContext Context => context;

    public int Steps { get; } = end < start ? 0 : (int)Math.Min(int.MaxValue - 1, (end - start) / step) + 1;

    public long Start => start;

    public long End => end;

    public long Step => step;

    public bool IsInstant => start == end;

    public long TimeAt(int index) => start + (index * step);

    /// <summary>An evaluator for other times of the same query.</summary>
    public Evaluator At(long from, long to, long every) => new(context, from, to, every);

    /// <summary>The value of a text expression.</summary>
    public string Text(Expression node) => ((StringLiteral)StepInvariance.Unwrap(node)).Value;

    /// <summary>A scalar expression's value at every step.</summary>
    public double[] Scalar(Expression node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (node)
        {
            case NumberLiteral number:
                double[] constant = new double[Steps];
                Array.Fill(constant, number.Value);
                return constant;
            case ParenExpression paren:
                return Scalar(paren.Inner);
            case UnaryExpression unary:
                double[] operand = Scalar(unary.Operand);
                return unary.Negative ? Array.ConvertAll(operand, value => -value) : operand;
            case BinaryExpression binary:
                double[] left = Scalar(binary.Left);
                double[] right = Scalar(binary.Right);
                double[] combined = new double[Steps];
                for (int i = 0; i < combined.Length; i++)
                {
                    combined[i] = SampleMath.Scalars(binary.Operator, left[i], right[i]);
                }

                return combined;
            case CallExpression call:
                return ScalarFunctions.Call(this, call);
            default:
                throw new ArgumentOutOfRangeException(nameof(node), node.GetType().Name, "no scalar");
        }
    }

    /// <summary>A vector expression's value at every step.</summary>
    public List<Column> Vector(Expression node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        context.Cancellation.ThrowIfCancellationRequested();
        if (Steps == 0)
        {
            return [];
        }

        if (Steps > 1 && StepInvariance.Is(node))
        {
            return Broadcast(At(start, start, step).Vector(node));
        }

        long before = context.Budget.Current;
        List<Column> result = node switch
        {
            ParenExpression paren => Vector(paren.Inner),
            VectorSelector selector => new SelectorReader(this).Vector(selector, Hints(null)),
            AggregateExpression aggregate => new Aggregation(this, aggregate).Evaluate(),
            BinaryExpression binary => new BinaryEvaluation(this, binary).Evaluate(),
            UnaryExpression unary => Unary(unary),
            CallExpression call => Call(call),
            _ => throw new ArgumentOutOfRangeException(nameof(node), node.GetType().Name, "no vector"),
        };
        return context.Budget.Settle(before, result);
    }

    /// <summary>A vector expression whose surroundings the store is told about.</summary>
    public List<Column> Vector(Expression node, SelectHints hints)
        => StepInvariance.Unwrap(node) is VectorSelector { At: null } selector && Steps > 0
            ? new SelectorReader(this).Vector(selector, hints)
            : Vector(node);

    /// <summary>A range expression's samples, as an instant query shows them.</summary>
    public List<SeriesResult> Matrix(Expression node)
    {
        Expression inner = StepInvariance.Unwrap(node);
        var results = new List<SeriesResult>();
        new SelectorReader(this).Windows(inner, Hints(null), (labels, samples, window) =>
        {
            (long from, long to) = window(0);
            samples.Narrow(from, to);
            if (samples.ToPoints() is { Count: > 0 } points)
            {
                results.Add(new SeriesResult(labels, points));
            }
        });
        return results;
    }

    private static SelectHints Hints(string? function) => new(function ?? string.Empty, [], false);

    private List<Column> Unary(UnaryExpression unary)
    {
        List<Column> operand = Vector(unary.Operand);
        if (!unary.Negative)
        {
            return operand;
        }

        var negated = new List<Column>(operand.Count);
        foreach (Column column in operand)
        {
            var result = new Column(column.Labels.WithoutMetadata(), Steps);
            for (int i = 0; i < Steps; i++)
            {
                if (column.Has(i))
                {
                    result.Set(i, -column.Values[i], column.HistogramAt(i) is { } histogram ? HistogramMath.Multiply(histogram, -1) : null);
                }
            }

            negated.Add(result);
        }

        return Column.Merge(negated);
    }

    private List<Column> Call(CallExpression call)
    {
        if (call.Arguments.Any(argument => argument.Type == ValueType.Matrix))
        {
            return new RangeEvaluation(this, call).Evaluate();
        }

        if (call.Function.Name.StartsWith("sort", StringComparison.Ordinal) && !IsInstant)
        {
            context.Notes.Warn(Notes.SortInRange, call.Span);
        }

        return VectorFunctions.Call(this, call);
    }

    private List<Column> Broadcast(List<Column> once)
    {
        var columns = new List<Column>(once.Count);
        foreach (Column column in once)
        {
            var repeated = new Column(column.Labels, Steps);
            for (int i = 0; i < Steps && column.Has(0); i++)
            {
                repeated.Set(i, column.Values[0], column.HistogramAt(0));
            }

            columns.Add(repeated);
        }

        return context.Budget.Settle(context.Budget.Current - once.Count, columns);
    }
}

/// <summary>What surrounds a selector, for stores that can make use of it.</summary>
internal sealed record SelectHints(string Function, IReadOnlyList<string> Grouping, bool By);
