using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Evaluation;

/// <summary>Computes durations that are written as arithmetic.</summary>
internal sealed class DurationEvaluation(long start, long end, long step)
{
    public long Range(DurationValue duration) => Milliseconds(duration, mayBeNegative: false);

    public long Offset(DurationValue duration) => Milliseconds(duration, mayBeNegative: true);

    private long Milliseconds(DurationValue duration, bool mayBeNegative)
    {
        if (duration.Formula is not { } formula)
        {
            return duration.Milliseconds;
        }

        double seconds = Seconds(formula);
        string where = $"{formula.Span.Start}:{formula.Span.End}: ";
        if (!double.IsFinite(seconds))
        {
            throw PromQLException.Execution(where + "duration is NaN or infinite");
        }

        if (seconds <= 0 && !mayBeNegative)
        {
            throw PromQLException.Execution(where + "duration must be greater than 0");
        }

        return Math.Abs(seconds) > 9.2e9 ? throw PromQLException.Execution(where + "duration is out of range") : (long)(seconds * 1000);
    }

    private double Seconds(DurationFormula node)
    {
        double left = node.Left is null ? 0 : Seconds(node.Left);
        double right = node.Right is null ? 0 : Seconds(node.Right);
        string where = $"{node.Span.Start}:{node.Span.End}: ";
        return node.Operation switch
        {
            "number" => node.Literal!.Value,
            "step" => step / 1000.0,
            "range" => (end - start) / 1000.0,
            "min_of" => Math.Min(left, right),
            "max_of" => Math.Max(left, right),
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => right == 0 ? throw PromQLException.Execution(where + "division by zero") : left / right,
            "%" => right == 0 ? throw PromQLException.Execution(where + "modulo by zero") : left % right,
            _ => Math.Pow(left, right),
        };
    }
}
