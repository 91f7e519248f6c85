using Fairway.PromQL;

namespace Fairway.Telemetry.Slos;

/// <summary>One time that an alert would have fired.</summary>
/// <param name="Alert">Its name and windows.</param>
/// <param name="Severity">As in <c>page</c>.</param>
/// <param name="Objective">Which objective burned.</param>
/// <param name="From">From when.</param>
/// <param name="To">Until when it still held.</param>
public sealed record BacktestFiring(string Alert, string Severity, string Objective, DateTimeOffset From, DateTimeOffset To);

/// <summary>What an SLO's alerts would have done.</summary>
/// <param name="From">First moment looked at.</param>
/// <param name="To">Last moment looked at.</param>
/// <param name="Measured">Share of the moments at which something was measured at all.</param>
/// <param name="Firings">Each time, in order.</param>
public sealed record BacktestResult(DateTimeOffset From, DateTimeOffset To, double Measured, IReadOnlyList<BacktestFiring> Firings);

/// <summary>
/// Runs an SLO's alerts over stored data: "this SLO would have paged you n times last month". The same expressions that alert now are
/// asked for every moment of the past. Pages of both pairs of windows at the same time count once.
/// </summary>
public sealed class SloBacktest(RangeQuery query)
{
    // Points of a range query at most, as of Prometheus' API.
    private const int MostPoints = 10_000;

    /// <summary>Looks back. Cost: one range query an alert, of at most 10,000 points.</summary>
    /// <exception cref="PromQLException">A query of the SLO fails.</exception>
    public async Task<BacktestResult> RunAsync(Slo slo, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(slo);
        TimeSpan step = TimeSpan.FromMinutes(Math.Max(1, Math.Ceiling((to - from).TotalMinutes / MostPoints)));
        List<BacktestFiring> firings = [];
        double measured = 0;
        foreach (Objective objective in slo.Objectives)
        {
            var expressions = new SloExpressions(objective, slo.Method);
            foreach ((string name, string severity, string expression, TimeSpan after) in AlertsOf(slo, objective, expressions))
            {
                IReadOnlyList<DateTimeOffset> moments = await MomentsAsync(expression, from, to, step, cancellation);
                firings.AddRange(Spans(moments, step, after).Select(span => new BacktestFiring(name, severity, objective.Name, span.From, span.To)));
            }

            int present = (await MomentsAsync($"{expressions.Total(TimeSpan.FromMinutes(5))} > 0", from, to, step, cancellation)).Count;
            measured += present / (((to - from) / step) + 1) / slo.Objectives.Count;
        }

        return new BacktestResult(from, to, Math.Min(1, measured), Merged(firings));
    }

    /// <summary>Moments that follow each other closely, as spans; those shorter than the wait never fired.</summary>
    internal static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Spans(IReadOnlyList<DateTimeOffset> moments, TimeSpan step, TimeSpan after)
    {
        for (int begin = 0; begin < moments.Count;)
        {
            int end = begin;
            while (end + 1 < moments.Count && moments[end + 1] - moments[end] <= step)
            {
                end++;
            }

            if (moments[end] - moments[begin] >= after)
            {
                yield return (moments[begin] + after, moments[end]);
            }

            begin = end + 1;
        }
    }

    private static IEnumerable<(string Name, string Severity, string Expression, TimeSpan After)> AlertsOf(Slo slo, Objective objective, SloExpressions expressions)
        => slo.Alerts.Count == 0
            ? BurnRateWindows.For(slo.Window.Length.Length, objective.Target)
                .Select(pair => ("ErrorBudgetBurn", pair.Severity, SloRules.PairExpression(slo, expressions, objective.Target, pair), TimeSpan.Zero))
            : slo.Alerts.Where(alert => alert.WhenBreaching)
                .Select(alert => (alert.Name, alert.Severity, SloRules.AlertExpression(slo, expressions, objective.Target, alert), alert.After));

    // Who is paged for the hour and for the six hours at once is paged once.
    private static IReadOnlyList<BacktestFiring> Merged(List<BacktestFiring> firings)
    {
        List<BacktestFiring> merged = [];
        foreach (BacktestFiring one in firings.OrderBy(one => one.From))
        {
            int same = merged.FindLastIndex(other => other.Alert == one.Alert && other.Severity == one.Severity && other.Objective == one.Objective && other.To >= one.From);
            if (same < 0)
            {
                merged.Add(one);
            }
            else if (one.To > merged[same].To)
            {
                merged[same] = merged[same] with { To = one.To };
            }
        }

        return merged;
    }

    private async Task<IReadOnlyList<DateTimeOffset>> MomentsAsync(string expression, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation)
    {
        QueryResult result = await query(expression, from, to, step, cancellation);
        return result.Value is MatrixValue matrix
            ? [.. matrix.Series.SelectMany(series => series.Points).Select(point => DateTimeOffset.FromUnixTimeMilliseconds(point.Time)).Distinct().Order()]
            : [];
    }
}
