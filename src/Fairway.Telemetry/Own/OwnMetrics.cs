using System.Globalization;
using System.Text;
using Fairway.PromQL;
using Fairway.Resources.Traffic;
using Fairway.Resources.Usage;
using Fairway.Telemetry.Identity;
using Fairway.Telemetry.Metrics;

namespace Fairway.Telemetry.Own;

/// <summary>One sample of the platform's own.</summary>
/// <param name="At">When it was measured, in milliseconds since 1970; null for now.</param>
internal readonly record struct OwnSample(string Name, double Value, IReadOnlyList<(string Name, string Value)> Labels, long? At = null);

/// <summary>A metric family of the platform's own.</summary>
internal sealed record OwnFamily(string Name, string Type, string Help, IReadOnlyList<OwnSample> Samples);

/// <summary>What the platform says of itself and of the traffic through its gateway: the page <c>/metrics</c>, and the same in its own store.</summary>
internal sealed class OwnMetrics(MetricStore store, WorkloadIdentity identity, ITrafficTotals? traffic, Func<string, IResourceUsage?> usage, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    private static readonly (string, string)[] None = [];
    private readonly long _started = time.GetUtcNow().ToUnixTimeSeconds();
    private HashSet<Labels> _before = [];

    /// <summary>Families of other parts.</summary>
    public Func<IEnumerable<OwnFamily>> Others { get; init; } = static () => [];

    /// <summary>All families, as they are now.</summary>
    public IReadOnlyList<OwnFamily> Collect() => [.. Gateway(), .. Pods(), .. Usage(), .. Platform(), .. Others()];

    /// <summary>The page in the text format.</summary>
    public string Page()
    {
        var page = new StringBuilder();
        foreach (OwnFamily family in Collect())
        {
            page.Append(CultureInfo.InvariantCulture, $"# HELP {family.Name} {family.Help}\n# TYPE {family.Name} {family.Type}\n");
            foreach (OwnSample sample in family.Samples)
            {
                page.Append(sample.Name);
                if (sample.Labels.Count > 0)
                {
                    page.Append('{').AppendJoin(',', sample.Labels.Select(label => $"{label.Name}=\"{Escape(label.Value)}\"")).Append('}');
                }

                page.Append(' ').Append(GoText.FormatPlain(sample.Value));
                if (sample.At is { } at)
                {
                    page.Append(' ').Append(at.ToString(CultureInfo.InvariantCulture));
                }

                page.Append('\n');
            }
        }

        return page.ToString();
    }

    /// <summary>Writes the families into the store again and again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            await WriteAsync();
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <summary>Writes the families once; what was there before and is not now is marked as ended.</summary>
    public async Task WriteAsync()
    {
        MetricBatch batch = store.NewBatch();
        var present = new HashSet<Labels>();
        foreach (OwnFamily family in Collect())
        {
            batch.Describe(family.Name, new MetricMetadata(family.Type, family.Help, ""));
            foreach (OwnSample sample in family.Samples)
            {
                var labels = new LabelsBuilder();
                foreach ((string name, string value) in sample.Labels)
                {
                    labels.Set(name, value);
                }

                Labels made = labels.Set("job", "fairway").Set(Labels.MetricName, sample.Name).ToLabels();
                present.Add(made);
                if (batch.Series(made, out _) is { } series)
                {
                    batch.Append(series, sample.At ?? batch.Now, sample.Value);
                }
            }
        }

        foreach (Labels gone in _before.Except(present))
        {
            if (batch.Series(gone, out _) is { } series)
            {
                batch.Append(series, batch.Now, StaleMarker.Value);
            }
        }

        _before = present;
        await batch.CommitAsync();
    }

    // Counted from zero, so that rates see the first failure of a version too, and a version without any has a rate of zero.
    private static readonly int[] Failures = [500, 502, 503, 504];

    private IEnumerable<OwnFamily> Gateway()
    {
        if (traffic is null)
        {
            return [];
        }

        var requests = new List<OwnSample>();
        var durations = new List<OwnSample>();
        foreach (TrafficTotal total in traffic.Totals())
        {
            (string, string)[] labels =
            [
                ("cluster", total.Cluster), ("namespace", total.Namespace), ("service", total.Service), ("release", total.Release),
                .. identity.OfService(total.Cluster, total.Namespace, total.Service),
            ];
            requests.AddRange(total.Codes.Select(code => new OwnSample("fairway_gateway_requests_total", code.Value, [.. labels, ("code", Text(code.Key))])));
            requests.AddRange(Failures.Where(code => !total.Codes.ContainsKey(code)).Select(code => new OwnSample("fairway_gateway_requests_total", 0, [.. labels, ("code", Text(code))])));
            durations.AddRange(total.Latency.Select(bucket => new OwnSample(
                "fairway_gateway_request_duration_seconds_bucket", bucket.CumulativeCount, [.. labels, ("le", GoText.FormatPlain(bucket.UpperBound))])));
            durations.Add(new OwnSample("fairway_gateway_request_duration_seconds_sum", total.Seconds, labels));
            durations.Add(new OwnSample("fairway_gateway_request_duration_seconds_count", total.Latency[^1].CumulativeCount, labels));
        }

        return
        [
            new OwnFamily("fairway_gateway_requests_total", "counter", "Requests that a Service's pods answered through the gateway.", requests),
            new OwnFamily("fairway_gateway_request_duration_seconds", "histogram", "Time from a request's arrival to the end of its answer.", durations),
        ];
    }

    private IEnumerable<OwnFamily> Pods()
    {
        var restarts = new List<OwnSample>();
        var phases = new List<OwnSample>();
        foreach ((string cluster, Resources.Kinds.Core.Pod pod) in identity.Pods)
        {
            (string, string)[] labels = [.. identity.OfPod(cluster, pod), ("pod", pod.Metadata.Name ?? "")];
            phases.Add(new OwnSample("kube_pod_status_phase", 1, [.. labels, ("phase", pod.Status?.Phase ?? "Pending")]));
            restarts.AddRange((pod.Status?.ContainerStatuses ?? []).Select(container => new OwnSample(
                "kube_pod_container_status_restarts_total", container.RestartCount, [.. labels, ("container", container.Name)])));
        }

        yield return new OwnFamily("kube_pod_status_phase", "gauge", "The phase that a pod is in.", phases);
        yield return new OwnFamily("kube_pod_container_status_restarts_total", "counter", "How often a container was started anew.", restarts);
    }

    /// <summary>What containers use, under the names and at the times of cAdvisor: the moment of measuring, so that rates are exact.</summary>
    private IEnumerable<OwnFamily> Usage()
    {
        var cpu = new List<OwnSample>();
        var memory = new List<OwnSample>();
        foreach (string cluster in identity.Clusters)
        {
            foreach (PodUsageSample sample in usage(cluster)?.Pods(null) ?? [])
            {
                if (identity.Pod(cluster, sample.Namespace, sample.Name) is not { } pod)
                {
                    continue;
                }

                (string, string)[] labels = [.. identity.OfPod(cluster, pod), ("pod", sample.Name)];
                long at = sample.At.ToUnixTimeMilliseconds();
                foreach (ContainerUsageSample container in sample.Containers)
                {
                    (string, string)[] own = [.. labels, ("container", container.Name)];
                    cpu.Add(new OwnSample("container_cpu_usage_seconds_total", container.CpuTime.TotalSeconds, own, at));
                    memory.Add(new OwnSample("container_memory_working_set_bytes", container.MemoryBytes, own, at));
                }
            }
        }

        yield return new OwnFamily("container_cpu_usage_seconds_total", "counter", "CPU time that a container used.", cpu);
        yield return new OwnFamily("container_memory_working_set_bytes", "gauge", "Memory that a container uses.", memory);
    }

    private IEnumerable<OwnFamily> Platform()
    {
        yield return One("up", "gauge", "Whether the platform answers.", 1);
        yield return One("process_start_time_seconds", "gauge", "When the platform started.", _started);
        yield return One("process_cpu_seconds_total", "counter", "Processor time of the platform.", Environment.CpuUsage.TotalTime.TotalSeconds);
        yield return One("process_resident_memory_bytes", "gauge", "Memory of the platform.", Environment.WorkingSet);
        yield return One("fairway_metrics_samples_appended_total", "counter", "Samples that the metric store took.", store.SamplesAppended);
        yield return One("fairway_metrics_series", "gauge", "Series in the memory of the metric store.", store.Head.Count);
        yield return One("fairway_metrics_blocks", "gauge", "Blocks of the metric store.", store.Blocks.Length);
        yield return One("fairway_metrics_block_bytes", "gauge", "Size of the metric store's blocks.", store.Blocks.Sum(block => block.Size));
        yield return One("fairway_metrics_invalid_series_total", "counter", "Series that were left out for invalid labels.", store.InvalidSeries);
        yield return new OwnFamily(
            "fairway_metrics_refused_series_total",
            "counter",
            "New series that were refused because their service has too many.",
            [.. store.Limits.Refused.Select(one => new OwnSample("fairway_metrics_refused_series_total", one.Value, [("service", one.Key)]))]);
    }

    private static OwnFamily One(string name, string type, string help, double value) => new(name, type, help, [new OwnSample(name, value, None)]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
