using System.Collections.Concurrent;
using Fairway.Resources;
using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Workloads.Autoscaling;

/// <summary>
/// What the autoscalers recommended and did, for as long as any window looks back. In memory only, like kube-controller-manager's:
/// after a restart the present size counts as the first recommendation, so that nothing shrinks before a window has passed.
/// </summary>
internal sealed class ScalingMemory(TimeProvider time)
{
    /// <summary>The longest window and period that a spec may ask for.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3600);

    private readonly ConcurrentDictionary<ObjectKey, Remembered> _all = new();

    public ScalingHistory Of(ObjectKey key)
    {
        DateTimeOffset now = time.GetUtcNow();
        return !_all.TryGetValue(key, out Remembered? remembered) ? new ScalingHistory() : new ScalingHistory
        {
            Recommendations = [.. remembered.Recommendations.Select(each => new Recommendation((each.At - now).TotalSeconds, each.Number))],
            Ups = [.. remembered.Ups.Select(each => new ScaleEvent((each.At - now).TotalSeconds, each.Number))],
            Downs = [.. remembered.Downs.Select(each => new ScaleEvent((each.At - now).TotalSeconds, each.Number))],
        };
    }

    /// <summary>The first size that was seen counts as recommended.</summary>
    public void Begin(ObjectKey key, int current) => _all.TryAdd(key, new Remembered([(time.GetUtcNow(), current)], [], []));

    public void Recommend(ObjectKey key, int replicas) => Change(key, all => all with { Recommendations = Added(all.Recommendations, replicas) });

    /// <summary>Notes a change of size; without a behaviour nobody asks for it.</summary>
    public void Rescaled(ObjectKey key, HorizontalPodAutoscalerBehavior? behavior, int from, int to)
    {
        if (behavior is not null)
        {
            Change(key, all => to > from ? all with { Ups = Added(all.Ups, to - from) } : all with { Downs = Added(all.Downs, from - to) });
        }
    }

    public void Forget(ObjectKey key) => _all.TryRemove(key, out _);

    private void Change(ObjectKey key, Func<Remembered, Remembered> change)
        => _all.AddOrUpdate(key, _ => change(new Remembered([], [], [])), (_, all) => change(all));

    private (DateTimeOffset At, int Number)[] Added((DateTimeOffset At, int Number)[] past, int number)
    {
        DateTimeOffset now = time.GetUtcNow();
        return [.. past.Where(each => now - each.At <= Longest), (now, number)];
    }

    private sealed record Remembered(
        (DateTimeOffset At, int Number)[] Recommendations, (DateTimeOffset At, int Number)[] Ups, (DateTimeOffset At, int Number)[] Downs);
}
