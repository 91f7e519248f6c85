using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.PromQL;

namespace Fairway.Telemetry.Slos;

/// <summary>How SLOs stand, as JSON for the portal and for scripts.</summary>
internal sealed class SloReport(SloBook book, TimeProvider time)
{
    private const int Slots = 120;
    private static readonly TimeSpan BurnWindow = TimeSpan.FromHours(1);

    /// <summary><c>{"items": […], "problems": […]}</c></summary>
    public async Task<JsonObject> AllAsync(CancellationToken cancellation)
    {
        JsonArray items = [];
        List<string> problems = [.. book.Catalog.Problems.Select(problem => problem.ToString())];
        foreach (Slo slo in book.Catalog.Slos)
        {
            try
            {
                items.Add(await OneAsync(slo, cancellation));
            }
            catch (PromQLException refused)
            {
                problems.Add($"{slo.Source}: a query of {slo.Name} is refused: {refused.Message}");
            }
        }

        return new JsonObject { ["items"] = items, ["problems"] = new JsonArray([.. problems.Select(problem => JsonValue.Create(problem))]) };
    }

    /// <summary>
    /// What was left of the budget as its period went on: <c>{"points": [{"at", "remaining"}]}</c>; null before anything was measured.
    /// </summary>
    public async Task<JsonObject> BurnDownAsync(Slo slo, Objective objective, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        (DateTimeOffset from, DateTimeOffset to) = slo.Window.At(now);
        DateTimeOffset end = to < now ? to : now;
        TimeSpan slot = (end - from) / Slots;
        var expressions = new SloExpressions(objective, slo.Method);
        Dictionary<long, double> bad = await SlotsAsync(expressions.Bad(slot), from + slot, end, slot, cancellation);
        Dictionary<long, double> total = await SlotsAsync(expressions.Total(slot), from + slot, end, slot, cancellation);
        ErrorBudget budget = await book.Measurements.BudgetAsync(slo, objective, now, cancellation);
        JsonArray points = [];
        double spent = 0;
        bool measured = false;
        for (int index = 1; index <= Slots; index++)
        {
            DateTimeOffset at = from + (slot * index);
            long key = Key(at);
            bool counts = !slo.Corrections.Any(one => one.From < at && one.To > at - slot);
            measured |= total.GetValueOrDefault(key) > 0;
            spent += counts ? bad.GetValueOrDefault(key) : 0;
            points.Add(new JsonObject
            {
                ["at"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["remaining"] = measured && budget.Allowed > 0 ? Math.Round(1 - (spent / budget.Allowed), 6) : null,
            });
        }

        return new JsonObject { ["points"] = points };
    }

    private async Task<JsonObject> OneAsync(Slo slo, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        JsonArray objectives = [];
        List<ErrorBudget> budgets = [];
        foreach (Objective objective in slo.Objectives)
        {
            ErrorBudget budget = await book.Measurements.BudgetAsync(slo, objective, now, cancellation);
            budgets.Add(budget);
            objectives.Add(new JsonObject
            {
                ["name"] = objective.Name,
                ["displayName"] = objective.DisplayName,
                ["target"] = objective.Target,
                ["ratio"] = budget.Ratio,
                ["remaining"] = budget.Remaining,
                ["burnRate"] = await book.Measurements.BurnRateAsync(slo, objective, BurnWindow, now, cancellation),
                ["measured"] = new JsonObject { ["bad"] = budget.Measured.Bad, ["total"] = budget.Measured.Total },
            });
        }

        return new JsonObject
        {
            ["name"] = slo.Name,
            ["displayName"] = slo.DisplayName,
            ["description"] = slo.Description,
            ["service"] = slo.Service,
            ["environment"] = slo.Labels.GetValueOrDefault("environment"),
            ["method"] = slo.Method.ToString(),
            ["window"] = slo.Window.Length.ToString(),
            ["from"] = budgets[0].From,
            ["to"] = budgets[0].To,
            ["remaining"] = slo.IsComposite ? ErrorBudgets.Composite(slo, budgets) : budgets.Min(budget => budget.Remaining),
            ["objectives"] = objectives,
            ["corrections"] = new JsonArray([.. slo.Corrections.Select(one => new JsonObject { ["from"] = one.From, ["to"] = one.To, ["reason"] = one.Reason })]),
        };
    }

    private async Task<Dictionary<long, double>> SlotsAsync(string expression, DateTimeOffset from, DateTimeOffset to, TimeSpan slot, CancellationToken cancellation)
    {
        QueryResult result = await book.Ranges(expression, from, to, slot, cancellation);
        Dictionary<long, double> sums = [];
        foreach (Point point in result.Value is MatrixValue matrix ? matrix.Series.SelectMany(series => series.Points) : [])
        {
            long key = Key(DateTimeOffset.FromUnixTimeMilliseconds(point.Time));
            sums[key] = sums.GetValueOrDefault(key) + (double.IsFinite(point.Value) ? point.Value : 0);
        }

        return sums;
    }

    // Steps of a range and slots of a period may differ by the rounding of a millisecond.
    private static long Key(DateTimeOffset at) => (long)Math.Round(at.ToUnixTimeMilliseconds() / 1000.0);
}
