using System.Collections.Concurrent;
using Fairway.ControllerRuntime;
using Fairway.Node.Runtimes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Usage;
using Microsoft.Extensions.Logging;

namespace Fairway.Node.Usage;

/// <summary>
/// Looks at what the pods of a cluster's nodes use, again and again: CPU is the difference of two looks. One pass costs one question
/// to the runtime for each running container.
/// </summary>
internal sealed partial class UsageSampler(NodeFleet fleet, Informer<Pod> pods, TimeProvider time, ILogger log) : IResourceUsage
{
    private const int ManyPods = 200;
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, ContainerStats>> _last = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PodUsageSample> _samples = new(StringComparer.Ordinal);

    public IReadOnlyList<PodUsageSample> Pods(string? @namespace)
        => [.. _samples.Values.Where(sample => string.IsNullOrEmpty(@namespace) || sample.Namespace == @namespace)];

    /// <summary>Samples until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            Pod[] running = [.. pods.List().Where(pod => pod.Status?.Phase == "Running" && !string.IsNullOrEmpty(pod.Spec.NodeName))];
            foreach (Pod pod in running)
            {
                await SampleAsync(pod, cancellation);
            }

            Forget(running);
            await Task.Delay(running.Length > ManyPods ? Seldom : Often, time, cancellation);
        }
    }

    private async Task SampleAsync(Pod pod, CancellationToken cancellation)
    {
        string uid = pod.Metadata.Uid!;
        IReadOnlyDictionary<string, ContainerStats> now;
        try
        {
            now = await fleet.StatsAsync(pod, cancellation);
        }
        catch (Exception gone) when (gone is StatusException or ContainerException or IOException)
        {
            // The pod or its node went in between.
            LogUnknown(log, pod.Metadata.Namespace ?? "", pod.Metadata.Name, gone.Message);
            return;
        }

        IReadOnlyDictionary<string, ContainerStats>? before = _last.GetValueOrDefault(uid);
        _last[uid] = now;
        if (before is null || now.Count == 0 || Rates(before, now) is not { Count: > 0 } containers)
        {
            return;
        }

        (string first, ContainerStats end) = now.First(each => before.ContainsKey(each.Key));
        _samples[uid] = new PodUsageSample
        {
            Namespace = pod.Metadata.Namespace ?? "",
            Name = pod.Metadata.Name,
            Node = pod.Spec.NodeName!,
            Labels = pod.Metadata.Labels,
            At = end.At,
            Window = end.At - before[first].At,
            Containers = containers,
        };
    }

    /// <summary>A container that started again since counts from zero: it waits for the next look.</summary>
    private static List<ContainerUsageSample> Rates(IReadOnlyDictionary<string, ContainerStats> before, IReadOnlyDictionary<string, ContainerStats> now)
    {
        var rates = new List<ContainerUsageSample>();
        foreach ((string name, ContainerStats end) in now)
        {
            if (before.TryGetValue(name, out ContainerStats? start) && end.At > start.At && end.CpuTime >= start.CpuTime)
            {
                double cores = (end.CpuTime - start.CpuTime) / (end.At - start.At);
                rates.Add(new ContainerUsageSample(name, (long)(cores * 1e9), end.MemoryBytes) { CpuTime = end.CpuTime });
            }
        }

        return rates;
    }

    private void Forget(Pod[] running)
    {
        var known = running.Select(pod => pod.Metadata.Uid!).ToHashSet(StringComparer.Ordinal);
        foreach (string uid in _last.Keys.Where(uid => !known.Contains(uid)))
        {
            _last.TryRemove(uid, out _);
        }

        foreach (string uid in _samples.Keys.Where(uid => !known.Contains(uid)))
        {
            _samples.TryRemove(uid, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "What pod {Namespace}/{Name} uses is not known: {Error}")]
    private static partial void LogUnknown(ILogger logger, string @namespace, string name, string error);
}
