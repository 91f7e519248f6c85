using Fairway.PromQL.Functions;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Calls functions over windows of samples: series by series, and for each series step by step.</summary>
internal sealed class RangeEvaluation(Evaluator evaluator, CallExpression call)
{
    private static readonly string[] CounterSuffixes = ["_total", "_sum", "_count", "_bucket"];
    private readonly QueryContext context = evaluator.Context;

    public List<Column> Evaluate()
    {
        string name = call.Function.Name;
        int position = call.Arguments.ToList().FindIndex(argument => argument.Type == ValueType.Matrix);
        Expression matrix = StepInvariance.Unwrap(call.Arguments[position]);
        double[][] scalars = [.. call.Arguments.Where((_, i) => i != position).Select(evaluator.Scalar)];
        RangeFunction function = RangeFunctions.All[name];
        RangeCall one = Prepare(matrix, name);
        var columns = new List<Column>();
        bool keepName = name is "last_over_time" or "first_over_time";
        new SelectorReader(evaluator).Windows(matrix, new SelectHints(name, [], false), (labels, samples, window) =>
        {
            Column? column = null;
            one.Metric = labels.Name;
            for (int i = 0; i < evaluator.Steps; i++)
            {
                (long from, long to) = window(i);
                Window content = samples.At(from, to);
                if (content.Count == 0)
                {
                    continue;
                }

                context.Budget.Total += content.Count;
                one.Start(evaluator.TimeAt(i), from, to, scalars, i);
                if (function(content, one))
                {
                    column ??= new Column(keepName ? labels : labels.WithoutMetadata(), evaluator.Steps);
                    column.Set(i, one.Value, one.Histogram);
                }
            }

            context.Cancellation.ThrowIfCancellationRequested();
            if (column is not null)
            {
                context.Budget.Hold(column.CountCells());
                columns.Add(column);
                NoteNonCounter(name, labels.Name, column);
            }
        });
        return name == "absent_over_time" ? Absent(columns) : Distinct(columns);
    }

    private RangeCall Prepare(Expression matrix, string name)
    {
        VectorSelector? selector = (matrix as MatrixSelector)?.Selector;
        long range = context.Durations.Range(matrix is MatrixSelector plain ? plain.Range : ((SubqueryExpression)matrix).Range);
        if (selector is { Anchored: true } && !ExtendedRates.AnchoredFunctions.Contains(name))
        {
            throw PromQLException.Execution($"anchored modifier can only be used with: {string.Join(", ", ExtendedRates.AnchoredFunctions)} - not with {name}");
        }

        if (selector is { Smoothed: true } && !ExtendedRates.SmoothedFunctions.Contains(name))
        {
            throw PromQLException.Execution($"smoothed modifier can only be used with: {string.Join(", ", ExtendedRates.SmoothedFunctions)} - not with {name}");
        }

        // A subquery's samples have no place in the query's text.
        TextSpan first = StepInvariance.Unwrap(call.Arguments[0]) is SubqueryExpression ? default : call.Arguments[0].Span;
        return new RangeCall(context.Notes)
        {
            Range = range,
            Argument = first,
            Arguments = matrix is SubqueryExpression ? default : call.Arguments[0].Span.To(call.Arguments[^1].Span),
            Anchored = selector?.Anchored ?? false,
            Smoothed = selector?.Smoothed ?? false,
            Lookback = context.Lookback,
        };
    }

    private void NoteNonCounter(string function, string metric, Column column)
    {
        bool hasFloat = column.Histograms is null || Enumerable.Range(0, column.Values.Length).Any(i => column.Has(i) && column.HistogramAt(i) is null);
        if (function is "rate" or "increase" && metric.Length > 0 && hasFloat
            && !CounterSuffixes.Any(suffix => metric.EndsWith(suffix, StringComparison.Ordinal)))
        {
            TextSpan span = StepInvariance.Unwrap(call.Arguments[0]) is SubqueryExpression ? default : call.Arguments[0].Span;
            context.Notes.Info(Notes.PossibleNonCounter(metric), span);
        }
    }

    private List<Column> Absent(List<Column> present)
    {
        var column = new Column(AbsentLabels.Of(call.Arguments[0]), evaluator.Steps);
        for (int i = 0; i < evaluator.Steps; i++)
        {
            if (!present.Any(one => one.Has(i)))
            {
                column.Set(i, 1, null);
            }
        }

        return [column];
    }

    private static List<Column> Distinct(List<Column> columns)
    {
        var seen = new HashSet<Labels>(columns.Count);
        return columns.TrueForAll(column => seen.Add(column.Labels)) ? columns : throw Column.Duplicate();
    }
}

/// <summary>A function over one window; false when it has no value there.</summary>
internal delegate bool RangeFunction(Window window, RangeCall call);

/// <summary>What a range function may look at besides the samples, and where it puts its result.</summary>
internal sealed class RangeCall(Annotations notes)
{
    private double[][] scalars = [];
    private int step;

    public Annotations Notes => notes;

    /// <summary>The evaluation time.</summary>
    public long Time { get; private set; }

    /// <summary>Open left end of the window; of extended selectors, of the range itself.</summary>
    public long From { get; private set; }

    /// <summary>Closed right end.</summary>
    public long To { get; private set; }

    public long Range { get; init; }

    public long Lookback { get; init; }

    public bool Anchored { get; init; }

    public bool Smoothed { get; init; }

    /// <summary>Where the first argument stands.</summary>
    public TextSpan Argument { get; init; }

    /// <summary>Where all arguments stand.</summary>
    public TextSpan Arguments { get; init; }

    public string Metric { get; set; } = string.Empty;

    public double Value { get; private set; }

    public FloatHistogram? Histogram { get; private set; }

    public double Scalar(int index) => scalars[index][step];

    public void Start(long time, long from, long to, double[][] arguments, int index)
    {
        Time = time;
        From = from + (Anchored || Smoothed ? Lookback : 0);
        To = to - (Smoothed ? Lookback : 0);
        scalars = arguments;
        step = index;
    }

    public bool Yield(double value)
    {
        Value = value;
        Histogram = null;
        return true;
    }

    public bool Yield(FloatHistogram histogram)
    {
        Value = 0;
        Histogram = histogram;
        return true;
    }

    public void NoteIgnored(Window window)
    {
        if (window.Histograms.Length > 0)
        {
            notes.Info(Evaluation.Notes.IgnoredInRange(Metric), Argument);
        }
    }
}
