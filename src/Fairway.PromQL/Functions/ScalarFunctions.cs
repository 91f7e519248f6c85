using Fairway.PromQL.Evaluation;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Functions;

/// <summary>Functions that yield a number at every step.</summary>
internal static class ScalarFunctions
{
    public static double[] Call(Evaluator evaluator, CallExpression call)
    {
        QueryContext context = evaluator.Context;
        switch (call.Function.Name)
        {
            case "pi":
                return Fill(evaluator, Math.PI);
            case "start":
                return Fill(evaluator, context.Start / 1000.0);
            case "end":
                return Fill(evaluator, context.End / 1000.0);
            case "range":
                return Fill(evaluator, (context.End - context.Start) / 1000.0);
            case "step":
                return Fill(evaluator, context.Start == context.End ? 0 : context.Step / 1000.0);
            case "time":
                double[] times = new double[evaluator.Steps];
                for (int i = 0; i < times.Length; i++)
                {
                    times[i] = evaluator.TimeAt(i) / 1000.0;
                }

                return times;
            case "max_of" or "min_of":
                double[] left = evaluator.Scalar(call.Arguments[0]);
                double[] right = evaluator.Scalar(call.Arguments[1]);
                bool isMax = call.Function.Name == "max_of";
                return [.. left.Zip(right, (one, other) => isMax ? Math.Max(one, other) : Math.Min(one, other))];
            default:
                return FromVector(evaluator, call.Arguments[0]);
        }
    }

    private static double[] FromVector(Evaluator evaluator, Expression argument)
    {
        double[] values = Fill(evaluator, double.NaN);
        int[] found = new int[values.Length];
        foreach (Column column in evaluator.Vector(argument))
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (column.Has(i) && column.HistogramAt(i) is null)
                {
                    values[i] = ++found[i] == 1 ? column.Values[i] : double.NaN;
                }
            }
        }

        return values;
    }

    private static double[] Fill(Evaluator evaluator, double value)
    {
        double[] values = new double[evaluator.Steps];
        Array.Fill(values, value);
        return values;
    }
}
