using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>Numbers at the steps of a query, null where there is none.</summary>
internal sealed record NumberSeries(Labels Labels, double?[] Values);

/// <summary>The steps of a query of numbers, in nanoseconds.</summary>
internal readonly record struct Steps(long From, int Count, long Step)
{
    public long At(int index) => From + (index * Step);

    public long Last => At(Count - 1);

    /// <summary>The steps of a closed range.</summary>
    public static Steps Of(long from, long to, long step) => new(from, (int)((to - from) / Math.Max(1, step)) + 1, Math.Max(1, step));
}
