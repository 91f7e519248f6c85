using System.Globalization;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Analysis;

/// <summary>Judges the number that a query gave by its limits.</summary>
internal static class QueryJudge
{
    public static Measurement Judge(QueryMeasure query, SignalAnswer answer, DateTimeOffset now)
    {
        double[] values = [.. answer.Canary.Where(double.IsFinite)];
        if (values.Length == 0)
        {
            return new Measurement { At = now, Phase = "Inconclusive", Message = "the query gave no number: nothing was measured" };
        }

        if (values.Length > 1)
        {
            return new Measurement { At = now, Phase = "Error", Message = $"the query gave {values.Length} series; aggregate them to one (sum, max, …)" };
        }

        double value = values[0];
        bool succeeds = value >= (query.Minimum ?? double.NegativeInfinity) && value <= (query.Maximum ?? double.PositiveInfinity);
        bool fails = value < (query.FailBelow ?? query.Minimum ?? double.NegativeInfinity) || value > (query.FailAbove ?? query.Maximum ?? double.PositiveInfinity);
        return new Measurement
        {
            At = now,
            Phase = succeeds ? "Successful" : fails ? "Failed" : "Inconclusive",
            Value = value,
            Samples = 1,
            Message = $"the query gave {Text(value)}, {Wanted(query)} wanted",
        };
    }

    private static string Wanted(QueryMeasure query) => (query.Minimum, query.Maximum) switch
    {
        ({ } minimum, { } maximum) => $"{Text(minimum)} to {Text(maximum)}",
        ({ } minimum, null) => $"at least {Text(minimum)}",
        (null, { } maximum) => $"at most {Text(maximum)}",
        _ => "anything",
    };

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
