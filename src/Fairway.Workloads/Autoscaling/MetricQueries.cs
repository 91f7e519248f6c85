using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Signals;

namespace Fairway.Workloads.Autoscaling;

/// <summary>What telemetry answered for the metrics of one autoscaler, by query.</summary>
internal sealed class MetricAnswers
{
    private readonly Dictionary<string, IReadOnlyList<SignalSeries>> _series = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);

    public bool Knows(string query) => _series.ContainsKey(query) || _errors.ContainsKey(query);

    public void Answered(string query, IReadOnlyList<SignalSeries> series) => _series[query] = series;

    public void Failed(string query, string error) => _errors[query] = error;

    /// <summary>All values of a query, or why there are none.</summary>
    public MetricReading Values(string query)
        => _errors.TryGetValue(query, out string? error) ? MetricReading.Missing(error)
            : _series.TryGetValue(query, out IReadOnlyList<SignalSeries>? series) && series.Count > 0 ? MetricReading.Of([.. series.Select(one => Amount(one.Value))])
            : MetricReading.Missing($"no series answers the query {query}");

    /// <summary>The value of a query for a pod, by the label <c>pod</c>; null when it has none.</summary>
    public Quantity? OfPod(string query, string pod)
        => _series.TryGetValue(query, out IReadOnlyList<SignalSeries>? series) && series.FirstOrDefault(one => one.Labels.GetValueOrDefault("pod") == pod) is { } found
            ? Amount(found.Value)
            : null;

    /// <summary>As exact as a quantity is; what is too large for one is as large as one can be.</summary>
    private static Quantity Amount(double value)
        => new(((decimal)Math.Clamp(Math.Round(value, 9), -9e15, 9e15)).ToString(CultureInfo.InvariantCulture));
}

/// <summary>
/// The metrics of pods, of objects and from outside as telemetry has them. A metric's name is the series' name and its selector the
/// series' labels; or the name is itself a query, and then stands as it is. Series of other clusters do not count.
/// </summary>
internal static partial class MetricQueries
{
    /// <summary>Asks for every such metric of a spec, each query once.</summary>
    public static async Task<MetricAnswers> AskAsync(
        ISignalQueries? signals, HorizontalPodAutoscalerSpec spec, string cluster, string @namespace, CancellationToken cancellation)
    {
        var answers = new MetricAnswers();
        foreach (MetricSpec metric in spec.Metrics ?? [])
        {
            string? query = metric switch
            {
                { Type: "Object", Object: { } source } => OfObject(source, cluster, @namespace),
                { Type: "External", External: { } source } => OfExternal(source, cluster),
                { Type: "Pods", Pods: { } source } => OfPods(source, cluster, @namespace),
                _ => null,
            };
            if (query is null || answers.Knows(query))
            {
                continue;
            }

            if (signals is null)
            {
                answers.Failed(query, "no metrics store answers here");
                continue;
            }

            try
            {
                answers.Answered(query, await signals.AskSeriesAsync(query, cancellation));
            }
            catch (SignalQueryException failure)
            {
                answers.Failed(query, failure.Message);
            }
        }

        return answers;
    }

    /// <summary>The series of that name with the selector's labels.</summary>
    public static string OfExternal(ExternalMetricSource source, string cluster) => Series(source.Metric, [Of(cluster)]);

    /// <summary>The sum of the series that have the labels <c>namespace</c> and the kind in lower case.</summary>
    public static string OfObject(ObjectMetricSource source, string cluster, string @namespace)
    {
        string kind = source.DescribedObject.Kind.ToLowerInvariant();
        string[] about = kind == "namespace" ? [$"namespace={Quote(source.DescribedObject.Name)}"] : [$"namespace={Quote(@namespace)}", $"{kind}={Quote(source.DescribedObject.Name)}"];
        return $"sum({Series(source.Metric, [Of(cluster), .. about])})";
    }

    /// <summary>For each pod the sum of its series.</summary>
    public static string OfPods(PodsMetricSource source, string cluster, string @namespace)
        => $"sum by (pod) ({Series(source.Metric, [Of(cluster), $"namespace={Quote(@namespace)}", "pod!=\"\""])})";

    private static string Series(MetricIdentifier metric, IEnumerable<string> own)
        => !SeriesName().IsMatch(metric.Name) ? metric.Name : $"{metric.Name}{{{string.Join(',', own.Concat(Matchers(metric.Selector)))}}}";

    /// <summary>Series without a cluster are everyone's.</summary>
    private static string Of(string cluster) => $"cluster=~{Quote($"{Regex.Escape(cluster)}|")}";

    private static IEnumerable<string> Matchers(LabelSelectorSpec? selector)
        =>
        [
            .. (selector?.MatchLabels ?? new Dictionary<string, string>()).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={Quote(label.Value)}"),
            .. (selector?.MatchExpressions ?? []).Select(each => each.Operator switch
            {
                "In" => $"{each.Key}=~{Quote(string.Join('|', (each.Values ?? []).Select(Regex.Escape)))}",
                "NotIn" => $"{each.Key}!~{Quote(string.Join('|', (each.Values ?? []).Select(Regex.Escape)))}",
                "DoesNotExist" => $"{each.Key}=\"\"",
                _ => $"{each.Key}!=\"\"",
            }),
        ];

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex SeriesName();
}
