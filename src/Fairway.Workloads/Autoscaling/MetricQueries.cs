using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Signals;

namespace Fairway.Workloads.Autoscaling;

/// <summary>
/// Metrics of objects and from outside as telemetry has them: the metric's name is the series' name and its selector the series'
/// labels. A metric of an object is asked for with the labels <c>namespace</c> and the kind in lower case.
/// </summary>
internal static class MetricQueries
{
    /// <summary>Asks for every such metric of a spec, by its query.</summary>
    public static async Task<IReadOnlyDictionary<string, MetricReading>> AskAsync(
        ISignalQueries? signals, HorizontalPodAutoscalerSpec spec, string @namespace, CancellationToken cancellation)
    {
        var answers = new Dictionary<string, MetricReading>(StringComparer.Ordinal);
        foreach (MetricSpec metric in spec.Metrics ?? [])
        {
            string? query = metric switch
            {
                { Type: "Object", Object: { } source } => OfObject(source, @namespace),
                { Type: "External", External: { } source } => OfExternal(source),
                _ => null,
            };
            if (query is not null && !answers.ContainsKey(query))
            {
                answers[query] = signals is null ? MetricReading.Missing("no metrics store answers here") : await AskAsync(signals, query, cancellation);
            }
        }

        return answers;
    }

    public static string OfExternal(ExternalMetricSource source) => source.Metric.Name + Matchers(source.Metric.Selector, []);

    public static string OfObject(ObjectMetricSource source, string @namespace)
        => source.Metric.Name + Matchers(source.Metric.Selector, [("namespace", @namespace), (source.DescribedObject.Kind.ToLowerInvariant(), source.DescribedObject.Name)]);

    private static async Task<MetricReading> AskAsync(ISignalQueries signals, string query, CancellationToken cancellation)
    {
        try
        {
            IReadOnlyList<double> values = await signals.AskAsync(new SignalQuestion(SignalSource.Metrics, query), cancellation);
            return values.Count == 0
                ? MetricReading.Missing($"no series answers the query {query}")
                : MetricReading.Of([.. values.Select(value => new Quantity(((decimal)Math.Round(value, 9)).ToString(CultureInfo.InvariantCulture)))]);
        }
        catch (Exception failure) when (failure is SignalQueryException or OverflowException)
        {
            return MetricReading.Missing(failure.Message);
        }
    }

    private static string Matchers(LabelSelectorSpec? selector, IEnumerable<(string Name, string Value)> own)
    {
        string[] matchers =
        [
            .. own.Select(label => $"{label.Name}={Quote(label.Value)}"),
            .. (selector?.MatchLabels ?? new Dictionary<string, string>()).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={Quote(label.Value)}"),
            .. (selector?.MatchExpressions ?? []).Select(each => each.Operator switch
            {
                "In" => $"{each.Key}=~{Quote(string.Join('|', (each.Values ?? []).Select(System.Text.RegularExpressions.Regex.Escape)))}",
                "NotIn" => $"{each.Key}!~{Quote(string.Join('|', (each.Values ?? []).Select(System.Text.RegularExpressions.Regex.Escape)))}",
                "DoesNotExist" => $"{each.Key}=\"\"",
                _ => $"{each.Key}!=\"\"",
            }),
        ];
        return matchers.Length == 0 ? "" : $"{{{string.Join(',', matchers)}}}";
    }

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
