using Fairway.ControllerRuntime;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Rules;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Alerting;

/// <summary>Rules and the alert manager over a telemetry area: opened together, served together.</summary>
public sealed class AlertingFeature : IDisposable
{
    private readonly AlertEndpoints endpoints;

    private AlertingFeature(RuleBook rules, AlertManager alerts)
    {
        Rules = rules;
        Alerts = alerts;
        endpoints = new AlertEndpoints(alerts);
    }

    /// <summary>All rules; others may add theirs.</summary>
    public RuleBook Rules { get; }

    /// <summary>Tells people.</summary>
    public AlertManager Alerts { get; }

    /// <summary>Opens both and serves their APIs with those of the area; call it before the area's routes are mapped.</summary>
    /// <exception cref="AlertConfigException">The alert configuration cannot be used.</exception>
    public static AlertingFeature Open(TelemetryArea area, RuleOptions rules, AlertManagerOptions alerts, TimeProvider time, ILoggerFactory logs)
    {
        var manager = new AlertManager(alerts, time, logs);
        var context = new RuleContext(
            area.Engine,
            area.Metrics,
            (samples, cancellation) => AppendAsync(area.Metrics, samples, cancellation),
            manager.Take,
            new Dictionary<string, string>(StringComparer.Ordinal),
            alerts.ExternalUrl);
        var book = new RuleBook(context, rules, time, logs);
        var feature = new AlertingFeature(book, manager);
        var ruleEndpoints = new RuleEndpoints(book);
        area.Rules = ruleEndpoints.RulesAsync;
        area.Alerts = ruleEndpoints.AlertsAsync;
        area.Serve(feature.endpoints.MapTo);
        return feature;
    }

    /// <summary>Adds the parts that evaluate and tell.</summary>
    public void AddTo(ControllerHost host)
    {
        host.Add("telemetry/rules", Rules.RunAsync);
        host.Add("telemetry/alerts", Alerts.RunAsync);
    }

    /// <summary>Maps the alert manager's API once more, elsewhere.</summary>
    public void MapTo(TelemetryRoutes routes) => endpoints.MapTo(routes);

    /// <inheritdoc/>
    public void Dispose() => Alerts.Dispose();

    private static async ValueTask AppendAsync(MetricStore store, IReadOnlyList<Sample> samples, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (samples.Count == 0)
        {
            return;
        }

        MetricBatch batch = store.NewBatch();
        foreach (Sample sample in samples)
        {
            MemorySeries? series = batch.Series(sample.Labels, out _);
            if (series is not null && sample.Histogram is { } histogram)
            {
                batch.Append(series, sample.Time, histogram);
            }
            else if (series is not null)
            {
                batch.Append(series, sample.Time, sample.Value);
            }
        }

        await batch.CommitAsync();
    }
}
