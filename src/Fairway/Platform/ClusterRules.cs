using System.Text.Json.Nodes;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Monitoring;
using Fairway.Telemetry.Rules;
using Microsoft.Extensions.Logging;

namespace Fairway.Platform;

/// <summary>
/// The rules of a cluster's PrometheusRules, evaluated by the platform under the name <c>CLUSTER/NAMESPACE/NAME</c>. An object with an
/// error in any rule is left out as a whole, as the Prometheus operator does, and an event on it says why.
/// </summary>
internal sealed partial class ClusterRules
{
    private readonly string _cluster;
    private readonly RuleBook _book;
    private readonly EventRecorder _events;
    private readonly ILogger _log;

    private ClusterRules(string cluster, RuleBook book, EventRecorder events, ILogger log)
    {
        _cluster = cluster;
        _book = book;
        _events = events;
        _log = log;
    }

    public static void AddTo(ControllerHost host, string cluster, InformerSet informers, RuleBook book, TimeProvider time, ILoggerFactory logs)
    {
        var events = new EventRecorder(informers.Api, "rules", time, logs);
        var rules = new ClusterRules(cluster, book, events, logs.CreateLogger<ClusterRules>());
        informers.Of<PrometheusRule>().Documents.Subscribe(rules.Take);
        host.Add($"{cluster}/rule-events", events.RunAsync);
    }

    private void Take(InformerChange change)
    {
        string name = $"{_cluster}/{change.Key.Namespace}/{change.Key.Name}";
        if (change.After is not { } document)
        {
            _book.Set(name, (string?)null);
            return;
        }

        if (change.Before?.Header.Generation == document.Header.Generation && change.Before?.Header.Uid == document.Header.Uid)
        {
            return;
        }

        try
        {
            _book.Set(name, TextOf(document));
        }
        catch (RuleFileException refused)
        {
            _book.Set(name, (string?)null);
            LogRefused(_log, name, refused.Message);
            _events.Warning(document.As<PrometheusRule>(), "InvalidConfiguration", $"\"{change.Key.Name}\" was rejected due to invalid configuration: {refused.Message}");
        }
    }

    /// <summary>As a rule file: without what is for Thanos only.</summary>
    private static string TextOf(Document document)
    {
        var spec = document.ToNode()["spec"] as JsonObject ?? [];
        foreach (JsonObject group in (spec["groups"] as JsonArray ?? []).OfType<JsonObject>())
        {
            group.Remove("partial_response_strategy");
        }

        return spec.ToJsonString();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rules of {Name} are left out: {Reason}")]
    private static partial void LogRefused(ILogger logger, string name, string reason);
}
