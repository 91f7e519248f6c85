using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Yaml;

namespace Fairway.Telemetry.Slos;

/// <summary>
/// Makes Prometheus rules of SLOs: what is recorded about each objective and when somebody is told. The result is a rule file that
/// any Prometheus reads; Fairway evaluates the same text itself.
/// </summary>
/// <remarks>
/// Recorded, with the labels <c>slo</c>, <c>service</c> and <c>objective</c>: <c>slo:objective:ratio</c>,
/// <c>slo:error_budget:ratio</c>, <c>slo:sli_error:ratio_rate5m</c> (and one for each other window in use),
/// <c>slo:current_burn_rate:ratio</c>, <c>slo:period_burn_rate:ratio</c>, <c>slo:period_error_budget_remaining:ratio</c>,
/// <c>slo:correction:active</c>.
/// </remarks>
public static class SloRules
{
    /// <summary>The objective under which a composite's own figures are recorded.</summary>
    public const string Composite = "composite";

    private static readonly TimeSpan Current = TimeSpan.FromMinutes(5);

    /// <summary>A rule file for some SLOs.</summary>
    public static string ToYaml(IEnumerable<Slo> slos)
    {
        ArgumentNullException.ThrowIfNull(slos);
        JsonArray groups = [.. slos.SelectMany(GroupsOf)];
        return YamlWriter.Write(new JsonObject { ["groups"] = groups });
    }

    /// <summary>The expression on which a usual alert fires; nothing while a correction is active.</summary>
    internal static string PairExpression(Slo slo, SloExpressions expressions, double target, BurnRateWindow pair)
    {
        string limit = SloExpressions.Number(pair.Factor * (1 - target));
        string expression = $"({expressions.ErrorRatio(pair.Long)} > {limit}) and on() ({expressions.ErrorRatio(pair.Short)} > {limit})";
        return Guarded(slo, expressions, pair.Long, expression);
    }

    /// <summary>The expression on which an alert of the documents fires.</summary>
    internal static string AlertExpression(Slo slo, SloExpressions expressions, double target, BurnAlert alert)
        => Guarded(
            slo,
            expressions,
            alert.Lookback,
            $"(({expressions.ErrorRatio(alert.Lookback)}) / {SloExpressions.Number(1 - target)}) {Sign(alert.Operator)} {SloExpressions.Number(alert.Threshold)}");

    /// <summary>How long nothing may be measured before somebody is told: a twentieth of the budget, were it an outage.</summary>
    internal static TimeSpan AbsentFor(TimeSpan period, double target)
    {
        TimeSpan share = period * (1 - target) * 0.05;
        return TimeSpan.FromMinutes(Math.Round(Math.Clamp(share.TotalMinutes, 5, 60)));
    }

    private static IEnumerable<JsonObject> GroupsOf(Slo slo)
    {
        foreach (Objective objective in slo.Objectives)
        {
            JsonArray rules = [.. Records(slo, objective), .. Alerts(slo, objective)];
            yield return new JsonObject { ["name"] = $"slo:{slo.Name}:{objective.Name}", ["interval"] = "1m", ["rules"] = rules };
        }

        if (slo.IsComposite)
        {
            yield return new JsonObject { ["name"] = $"slo:{slo.Name}:{Composite}", ["interval"] = "1m", ["rules"] = new JsonArray([.. CompositeRules(slo)]) };
        }
    }

    private static IEnumerable<JsonObject> Records(Slo slo, Objective objective)
    {
        var expressions = new SloExpressions(objective, slo.Method);
        TimeSpan period = slo.Window.Length.Length;
        string budget = SloExpressions.Number(1 - objective.Target);
        JsonObject Record(string name, string expression) => new() { ["record"] = name, ["expr"] = expression, ["labels"] = Labels(slo, objective.Name) };
        string self = Selector(slo, objective.Name);
        yield return Record("slo:objective:ratio", $"vector({SloExpressions.Number(objective.Target)})");
        yield return Record("slo:error_budget:ratio", $"vector({budget})");
        foreach (TimeSpan window in Windows(slo, objective))
        {
            yield return Record($"slo:sli_error:ratio_rate{PromDuration.Of(window)}", expressions.ErrorRatio(window));
        }

        yield return Record("slo:current_burn_rate:ratio", $"slo:sli_error:ratio_rate{PromDuration.Of(Current)}{self} / {budget}");
        yield return Record("slo:period_burn_rate:ratio", $"({expressions.ErrorRatio(period)}) / {budget}");
        yield return Record("slo:period_error_budget_remaining:ratio", $"1 - slo:period_burn_rate:ratio{self}");
        if (slo.Corrections.Count > 0)
        {
            yield return Record("slo:correction:active", $"{ActiveCorrection(slo)} or vector(0)");
        }
    }

    private static IEnumerable<JsonObject> Alerts(Slo slo, Objective objective)
    {
        var expressions = new SloExpressions(objective, slo.Method);
        string what = $"{slo.Service}: {slo.DisplayName ?? slo.Name} ({objective.DisplayName ?? objective.Name})";
        if (slo.Alerts.Count == 0)
        {
            TimeSpan period = slo.Window.Length.Length;
            foreach (BurnRateWindow pair in BurnRateWindows.For(period, objective.Target))
            {
                string factor = pair.Factor.ToString("0.##", CultureInfo.InvariantCulture);
                yield return Alert(
                    slo, objective, "ErrorBudgetBurn", PairExpression(slo, expressions, objective.Target, pair), null, pair.Severity,
                    $"{what} burns its error budget {factor} times too fast",
                    $"{pair.Budget * 100:0.#} % of the budget of {slo.Window.Length} is gone in {PromDuration.Of(pair.Long)} at this rate.",
                    ("long_window", PromDuration.Of(pair.Long)));
            }

            yield return Absent(slo, objective, expressions, what, "ticket", []);
            yield break;
        }

        foreach (BurnAlert alert in slo.Alerts)
        {
            (string, string)[] targets = alert.Targets.Count == 0 ? [] : [("targets", string.Join(",", alert.Targets))];
            if (alert.WhenBreaching || alert.WhenResolved)
            {
                yield return Alert(
                    slo, objective, alert.Name, AlertExpression(slo, expressions, objective.Target, alert), alert.After, alert.Severity,
                    $"{what}: burn rate over {PromDuration.Of(alert.Lookback)} is {Words(alert.Operator)} {SloExpressions.Number(alert.Threshold)}",
                    alert.Description ?? "",
                    [.. targets, ("notify", (alert.WhenBreaching, alert.WhenResolved) switch { (true, true) => "both", (true, _) => "breaching", _ => "resolved" })]);
            }

            if (alert.WhenNoData)
            {
                yield return Absent(slo, objective, expressions, what, alert.Severity, targets);
            }
        }
    }

    private static JsonObject Absent(Slo slo, Objective objective, SloExpressions expressions, string what, string severity, (string, string)[] labels)
        => Alert(
            slo, objective, "SLOHasNoData", $"absent({expressions.Presence()})", AbsentFor(slo.Window.Length.Length, objective.Target), severity,
            $"{what}: nothing is measured", "An SLO without data is not met, it is not known. Look at the service's metrics and at the query.", labels);

    private static IEnumerable<JsonObject> CompositeRules(Slo slo)
    {
        JsonObject Record(string name, string expression) => new() { ["record"] = name, ["expr"] = expression, ["labels"] = Labels(slo, Composite) };
        yield return Record("slo:current_burn_rate:ratio", Weighted(slo, "slo:current_burn_rate:ratio"));
        yield return Record("slo:period_burn_rate:ratio", Weighted(slo, "slo:period_burn_rate:ratio"));
        yield return Record("slo:period_error_budget_remaining:ratio", $"1 - slo:period_burn_rate:ratio{Selector(slo, Composite)}");
    }

    // Events: each objective burns the whole at its own rate times its weight. Slices: the worst one decides.
    private static string Weighted(Slo slo, string metric)
    {
        IEnumerable<string> burns = slo.Objectives.Select(objective => $"(sum({metric}{Selector(slo, objective.Name)}) * {SloExpressions.Number(objective.Weight)} or vector(0))");
        return slo.Method == BudgetingMethod.Timeslices
            ? $"max({string.Join(" or ", slo.Objectives.Select(objective => $"{metric}{Selector(slo, objective.Name)}"))})"
            : string.Join(" + ", burns);
    }

    private static JsonObject Alert(
        Slo slo, Objective objective, string name, string expression, TimeSpan? after, string severity, string summary, string description, params (string Key, string Value)[] more)
    {
        JsonObject labels = Labels(slo, objective.Name);
        labels["severity"] = severity;
        foreach ((string key, string value) in more)
        {
            labels[key] = value;
        }

        var alert = new JsonObject { ["alert"] = name, ["expr"] = expression };
        if (after > TimeSpan.Zero)
        {
            alert["for"] = PromDuration.Of(after.Value);
        }

        alert["labels"] = labels;
        alert["annotations"] = new JsonObject { ["summary"] = summary, ["description"] = description };
        return alert;
    }

    private static string Guarded(Slo slo, SloExpressions expressions, TimeSpan window, string expression)
    {
        if (slo.MinimumEvents > 0)
        {
            expression = $"({expression}) and on() ({expressions.Total(window)} >= {SloExpressions.Number(slo.MinimumEvents)})";
        }

        if (slo.MinimumErrors > 0)
        {
            expression = $"({expression}) and on() ({expressions.Bad(window)} >= {SloExpressions.Number(slo.MinimumErrors)})";
        }

        return slo.Corrections.Count == 0 ? expression : $"({expression}) unless on() {ActiveCorrection(slo)}";
    }

    private static string ActiveCorrection(Slo slo)
        => $"({string.Join(" or ", slo.Corrections.Select(one => string.Create(
            CultureInfo.InvariantCulture,
            $"((vector(time()) >= {one.From.ToUnixTimeSeconds()}) and on() (vector(time()) < {one.To.ToUnixTimeSeconds()}))")))}) * 0 + 1";

    private static IEnumerable<TimeSpan> Windows(Slo slo, Objective objective)
        => BurnRateWindows.For(slo.Window.Length.Length, objective.Target)
            .SelectMany(pair => (TimeSpan[])[pair.Short, pair.Long])
            .Append(Current)
            .Distinct()
            .Order();

    private static JsonObject Labels(Slo slo, string objective) => new() { ["slo"] = slo.Name, ["service"] = slo.Service, ["objective"] = objective };

    private static string Selector(Slo slo, string objective)
        => string.Create(CultureInfo.InvariantCulture, $$"""{slo="{{slo.Name}}",service="{{Escaped(slo.Service)}}",objective="{{objective}}"}""");

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Sign(SloOperator comparison) => comparison switch
    {
        SloOperator.Lte => "<=",
        SloOperator.Gte => ">=",
        SloOperator.Lt => "<",
        _ => ">",
    };

    private static string Words(SloOperator comparison) => comparison switch
    {
        SloOperator.Lte => "at most",
        SloOperator.Gte => "at least",
        SloOperator.Lt => "below",
        _ => "above",
    };
}
