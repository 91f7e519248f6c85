using System.Globalization;

namespace Fairway.Telemetry.Slos;

/// <summary>
/// The PromQL of an objective: how much was measured over a window that ends now, and how much of it was bad. The two are counted
/// in the same unit (events, samples or slices, by indicator and budgeting method), so windows add up: what is true of two halves
/// is true of the whole.
/// </summary>
/// <remarks>A slice without a single event is not counted. Queries may say <c>{{.window}}</c> where the window belongs.</remarks>
internal sealed class SloExpressions
{
    private const string WindowMark = "{{.window}}";

    // Between samples of an expression that is not a plain selector.
    private static readonly TimeSpan Resolution = TimeSpan.FromMinutes(1);

    private readonly Objective _objective;
    private readonly BudgetingMethod _method;

    public SloExpressions(Objective objective, BudgetingMethod method)
    {
        _objective = objective;
        _method = method;
    }

    /// <summary>What was bad over a window.</summary>
    public string Bad(TimeSpan window) => _method switch
    {
        BudgetingMethod.Occurrences => BadEvents(window),
        BudgetingMethod.Timeslices =>
            $"sum_over_time(({SliceRatio()} > bool {Number(1 - _objective.SliceTarget!.Value)})[{InSlices(window)}])",
        _ => $"sum_over_time(({SliceRatio()})[{InSlices(window)}])",
    };

    /// <summary>What was measured over a window.</summary>
    public string Total(TimeSpan window) => _method == BudgetingMethod.Occurrences
        ? AllEvents(window)
        : $"count_over_time(({SliceRatio()})[{InSlices(window)}])";

    /// <summary>The share that was bad; nothing when nothing was measured.</summary>
    public string ErrorRatio(TimeSpan window) => $"({Bad(window)}) / ({Total(window)} > 0)";

    /// <summary>Whether anything is measured at all.</summary>
    public string Presence() => _objective.Indicator switch
    {
        Indicator.Ratio ratio => ratio.Total.Replace(WindowMark, "5m", StringComparison.Ordinal),
        Indicator.RawRatio raw => raw.Query.Replace(WindowMark, "5m", StringComparison.Ordinal),
        Indicator.Threshold threshold => threshold.Query.Replace(WindowMark, "5m", StringComparison.Ordinal),
        _ => throw new InvalidOperationException("An indicator of no known kind."),
    };

    /// <summary>A number as PromQL reads it back.</summary>
    public static string Number(double value) => Math.Round(value, 12).ToString("R", CultureInfo.InvariantCulture);

    private string SliceRatio() => $"({BadEvents(Slice)}) / ({AllEvents(Slice)} > 0)";

    private TimeSpan Slice => _objective.Slice!.Value;

    // A window shorter than a slice looks at the last slice.
    private string InSlices(TimeSpan window) => $"{PromDuration.Of(window < Slice ? Slice : window)}:{PromDuration.Of(Slice)}";

    private string BadEvents(TimeSpan window)
    {
        switch (_objective.Indicator)
        {
            case Indicator.Ratio { PartIsBad: true } ratio:
                // No series of bad events yet is none of them, as long as there are events at all.
                return $"{Events(ratio.Part, ratio.IsCounter, window)} or 0 * {Events(ratio.Total, ratio.IsCounter, window)}";
            case Indicator.Ratio ratio:
                string total = Events(ratio.Total, ratio.IsCounter, window);
                return $"clamp_min({total} - ({Events(ratio.Part, ratio.IsCounter, window)} or 0 * {total}), 0)";
            case Indicator.RawRatio raw:
                string share = Sampled(raw.OfFailures ? $"({raw.Query})" : $"1 - ({raw.Query})", window);
                return $"sum(sum_over_time({share}))";
            case Indicator.Threshold threshold:
                return $"sum(sum_over_time({Sampled($"1 - (({threshold.Query}) {Comparison()} bool {Number(_objective.Value!.Value)})", window)}))";
            default:
                throw new InvalidOperationException("An indicator of no known kind.");
        }
    }

    private string AllEvents(TimeSpan window) => _objective.Indicator switch
    {
        Indicator.Ratio ratio => Events(ratio.Total, ratio.IsCounter, window),
        Indicator.RawRatio raw => $"sum(count_over_time({Sampled($"({raw.Query})", window)}))",
        Indicator.Threshold threshold => $"sum(count_over_time({Sampled($"({threshold.Query})", window)}))",
        _ => throw new InvalidOperationException("An indicator of no known kind."),
    };

    private string Comparison() => _objective.Operator switch
    {
        SloOperator.Lte => "<=",
        SloOperator.Gte => ">=",
        SloOperator.Lt => "<",
        _ => ">",
    };

    private static string Sampled(string expression, TimeSpan window)
        => $"({expression})[{PromDuration.Of(window < Resolution ? Resolution : window)}:{PromDuration.Of(Resolution)}]";

    private static string Events(string query, bool isCounter, TimeSpan window)
        => query.Contains(WindowMark, StringComparison.Ordinal)
            ? $"sum({query.Replace(WindowMark, PromDuration.Of(window), StringComparison.Ordinal)})"
            : EventWindows.Over(query, isCounter ? "increase" : "sum_over_time", window, Resolution);
}
