using Fairway.ApiServer;
using Fairway.PromQL;
using Fairway.Telemetry;
using Fairway.Telemetry.Rules;

namespace Fairway.Platform;

/// <summary>PrometheusRules are judged when they are written, by the reader that evaluates them later.</summary>
internal static class RuleObjects
{
    /// <summary>The check; telemetry may come after the API.</summary>
    public static ObjectCheck Check(Func<TelemetryArea?> telemetry)
        => new("prometheusrules.monitoring.coreos.com", (target, errors) => PrometheusRuleCheck.Judge(target, telemetry()?.Engine.Options.Parser ?? ParserOptions.Stable, errors));
}
