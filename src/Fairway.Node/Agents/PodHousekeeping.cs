using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Agents;

/// <summary>
/// What a pod needs now and then though nothing happens to it: tokens are renewed, and directories that have a limit are
/// measured. Pods that have neither cost nothing.
/// </summary>
internal sealed class PodHousekeeping(PodServices services)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private DateTimeOffset? _last;

    /// <summary>Volumes whose content changes by itself.</summary>
    public static bool HasChangingVolumes(Pod pod)
        => (pod.Spec.Volumes ?? []).Any(volume => (volume.Projected?.Sources ?? []).Any(source => source.ServiceAccountToken is not null));

    /// <summary>Volumes that show fields of the pod.</summary>
    public static bool ShowsItself(Pod pod)
        => (pod.Spec.Volumes ?? []).Any(volume => volume.DownwardApi is not null || (volume.Projected?.Sources ?? []).Any(source => source.DownwardApi is not null));

    /// <summary>The fields that may change and that volumes can show are as before.</summary>
    public static bool LooksSame(Pod before, Pod after)
        => Same(before.Metadata.Labels, after.Metadata.Labels) && Same(before.Metadata.Annotations, after.Metadata.Annotations);

    public bool IsDue(Pod pod, DateTimeOffset now)
    {
        if (NextIn(pod, now) is not { } next || next > TimeSpan.Zero)
        {
            return false;
        }

        _last = now;
        return true;
    }

    /// <summary>When to look again; null when there is nothing to look after.</summary>
    public TimeSpan? NextIn(Pod pod, DateTimeOffset now)
        => pod.Status?.Phase != "Running" || !(HasChangingVolumes(pod) || Limits(pod).Any()) ? null
            : _last is { } last && last + Period > now ? last + Period - now
            : TimeSpan.Zero;

    /// <summary>Which limit the pod's files have outgrown, in the kubelet's words; null for none.</summary>
    public string? Overflow(Pod pod)
    {
        (string Name, Quantity Limit)[] limits = [.. Limits(pod)];
        if (limits.Length == 0)
        {
            return null;
        }

        IReadOnlyDictionary<string, long> sizes = services.Volumes.Sizes(pod, limits.Select(each => each.Name));
        foreach ((string name, Quantity limit) in limits)
        {
            if (sizes[name] > limit.Value)
            {
                return $"Usage of EmptyDir volume \"{name}\" exceeds the limit \"{limit}\". ";
            }
        }

        return null;
    }

    private static IEnumerable<(string Name, Quantity Limit)> Limits(Pod pod)
    {
        foreach (Volume volume in pod.Spec.Volumes ?? [])
        {
            if (volume.EmptyDir?.SizeLimit is { } limit && limit.Nanos.Sign > 0)
            {
                yield return (volume.Name, limit);
            }
        }
    }

    private static bool Same(IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string>? after)
        => (before?.Count ?? 0) == (after?.Count ?? 0)
            && (before ?? new Dictionary<string, string>()).All(pair => after!.TryGetValue(pair.Key, out string? value) && value == pair.Value);
}
