using System.Text.Json.Nodes;
using Fairway.PromQL;

namespace Fairway.Telemetry.Alerting;

/// <summary>Where alerts go: a configuration of Alertmanager.</summary>
/// <param name="Root">The routing tree.</param>
/// <param name="Receivers">Those who are told, in the order written.</param>
/// <param name="Inhibitions">What keeps what quiet.</param>
/// <param name="Intervals">Named times.</param>
/// <param name="TemplateFiles">Patterns of template files.</param>
/// <param name="Global">Global settings with their defaults.</param>
/// <param name="Original">The configuration as shown: with defaults, without secrets.</param>
internal sealed record AlertConfig(
    Route Root,
    OrderedDictionary<string, Receiver> Receivers,
    IReadOnlyList<InhibitRule> Inhibitions,
    IReadOnlyDictionary<string, IReadOnlyList<TimeInterval>> Intervals,
    IReadOnlyList<string> TemplateFiles,
    JsonObject Global,
    string Original)
{
    /// <summary>After which time an alert without news counts as ended.</summary>
    public TimeSpan ResolveTimeout { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>A node of the routing tree, settings inherited.</summary>
internal sealed record Route(
    string Key,
    string Receiver,
    IReadOnlyList<LabelMatcher> Matchers,
    bool Continue,
    IReadOnlyList<string> GroupBy,
    bool GroupByAll,
    TimeSpan GroupWait,
    TimeSpan GroupInterval,
    TimeSpan RepeatInterval,
    IReadOnlyList<string> Mute,
    IReadOnlyList<string> Active,
    IReadOnlyList<Route> Routes)
{
    /// <summary>Its place in the tree. Siblings may have the same key; their groups are not the same.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>The deepest routes that take an alert, in order.</summary>
    public List<Route> Find(Labels labels)
    {
        if (!AlertMatchers.Match(Matchers, labels))
        {
            return [];
        }

        var found = new List<Route>();
        foreach (Route child in Routes)
        {
            List<Route> below = child.Find(labels);
            found.AddRange(below);
            if (below.Count > 0 && !child.Continue)
            {
                break;
            }
        }

        return found.Count > 0 ? found : [this];
    }
}

/// <summary>Someone who is told: a name with ways of telling.</summary>
internal sealed record Receiver(string Name, IReadOnlyList<Integration> Integrations);

/// <summary>One way of telling.</summary>
/// <param name="Kind">webhook, email, slack, pagerduty and so on.</param>
/// <param name="Index">Position among those of its kind.</param>
/// <param name="SendResolved">Whether ends are told, too.</param>
/// <param name="Settings">As configured, with what is inherited from the global settings.</param>
internal sealed record Integration(string Kind, int Index, bool SendResolved, JsonObject Settings);

/// <summary>Alerts that keep others quiet.</summary>
internal sealed record InhibitRule(IReadOnlyList<LabelMatcher> Sources, IReadOnlyList<LabelMatcher> Targets, IReadOnlyList<string> Equal);

/// <summary>A configuration that cannot be used; the message names the place.</summary>
public sealed class AlertConfigException(string message) : Exception(message);
