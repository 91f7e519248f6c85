using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Prometheus;

namespace Fairway.Telemetry.Scrape;

/// <summary>What the object that asked for a target says of how it is fetched.</summary>
internal sealed record ScrapeSettings(string Pool)
{
    public IReadOnlyList<RelabelRule> Rules { get; init; } = [];

    public IReadOnlyList<RelabelRule> MetricRules { get; init; } = [];

    public ScrapeLimits Limits { get; init; } = new();

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public bool HonorLabels { get; init; }

    public bool HonorTimestamps { get; init; } = true;

    public bool AnyCertificate { get; init; }

    public Func<string?>? Token { get; init; }

    public string Version { get; init; } = "";
}

/// <summary>Makes targets of what discovery found, by the steps that Prometheus takes: defaults, relabelling, address, <c>instance</c>.</summary>
internal static class TargetBuilder
{
    /// <summary>The target, or null when the rules drop it or what they leave is no address.</summary>
    /// <param name="found">All labels that discovery has; those with two underscores in front are not put on series.</param>
    /// <param name="settings">How it is fetched.</param>
    public static ScrapeTarget? Build(Labels found, ScrapeSettings settings)
    {
        var labels = new LabelsBuilder(found);
        Default(labels, "__scheme__", "http");
        Default(labels, "__metrics_path__", "/metrics");
        Default(labels, "__scrape_interval__", Duration(settings.Interval));
        Default(labels, "__scrape_timeout__", Duration(settings.Timeout));
        Labels discovered = labels.ToLabels();
        if (!RelabelRule.Apply(settings.Rules, labels))
        {
            return null;
        }

        string address = labels["__address__"];
        string scheme = labels["__scheme__"].ToLowerInvariant();
        string path = labels["__metrics_path__"];
        string query = string.Join('&', labels.ToLabels().Pairs
            .Where(pair => pair.Key.StartsWith("__param_", StringComparison.Ordinal))
            .Select(pair => $"{Uri.EscapeDataString(pair.Key["__param_".Length..])}={Uri.EscapeDataString(pair.Value)}"));
        if (address.Length == 0
            || scheme is not ("http" or "https")
            || !Uri.TryCreate($"{scheme}://{address}{(path.StartsWith('/') ? "" : "/")}{path}{(query.Length > 0 ? "?" + query : "")}", UriKind.Absolute, out Uri? page))
        {
            return null;
        }

        Default(labels, "instance", address);
        TimeSpan interval = ApiTime.ParseDuration(labels["__scrape_interval__"], out _) ?? settings.Interval;
        TimeSpan timeout = ApiTime.ParseDuration(labels["__scrape_timeout__"], out _) ?? settings.Timeout;
        foreach ((string name, _) in labels.ToLabels().Pairs)
        {
            if (name.StartsWith("__", StringComparison.Ordinal))
            {
                labels.Remove(name);
            }
        }

        return new ScrapeTarget(settings.Pool, page, labels.ToLabels(), discovered)
        {
            HonorLabels = settings.HonorLabels,
            HonorTimestamps = settings.HonorTimestamps,
            Interval = interval < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : interval,
            Timeout = timeout > interval ? interval : timeout,
            Token = settings.Token,
            AnyCertificate = settings.AnyCertificate,
            Limits = settings.Limits,
            MetricRules = settings.MetricRules,
            Version = settings.Version,
        };
    }

    /// <summary>A duration as Prometheus writes it.</summary>
    public static string Duration(TimeSpan span)
        => span.Milliseconds != 0 ? string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalMilliseconds}ms")
            : span.Seconds != 0 && span.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{span.Seconds}s")
            : span is { Seconds: 0, Minutes: 0 } && span.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}h")
            : string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalMinutes}m{(span.Seconds == 0 ? "" : $"{span.Seconds}s")}");

    private static void Default(LabelsBuilder labels, string name, string value)
    {
        if (labels[name].Length == 0)
        {
            labels.Set(name, value);
        }
    }
}
