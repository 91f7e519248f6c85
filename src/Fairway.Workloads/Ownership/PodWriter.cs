using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Ownership;

/// <summary>Creates and deletes the pods of one controller, remembers what its cache does not show yet, and tells of it as events.</summary>
internal sealed class PodWriter(IClusterApi api, Informer<Pod> pods, EventRecorder events, TimeProvider time)
{
    private readonly OwnWrites<Pod> _writes = new(api, pods, time);

    public bool IsBehind => _writes.IsBehind;

    public bool IsDeleted(Pod pod) => _writes.IsDeleted(pod);

    /// <summary>The pods in their newest known version, with those just created.</summary>
    public Task<IReadOnlyList<Pod>> NewestAsync(IReadOnlyList<Pod> cached, IResource owner, CancellationToken cancellation)
        => _writes.OverAsync(cached, pod => pod.Metadata.IsControlledBy(owner), cancellation);

    public void Wrote(Pod pod) => _writes.Wrote(pod);

    /// <exception cref="StatusException">It was refused; an event says so. A namespace that is going is no event.</exception>
    public async Task<Pod> CreateAsync(IResource owner, Pod pod, CancellationToken cancellation)
    {
        try
        {
            Pod created = await api.CreateAsync(pod, cancellation);
            _writes.Wrote(created);
            events.Normal(owner, "SuccessfulCreate", $"Created pod: {created.Metadata.Name}");
            return created;
        }
        catch (StatusException refused) when (!IsNamespaceGoing(refused))
        {
            events.Warning(owner, "FailedCreate", $"Error creating: {refused.Message}");
            throw;
        }
    }

    /// <summary>In batches of 1, 2, 4, …: what fails for one pod fails once, not five hundred times.</summary>
    public async Task CreateAllAsync(IResource owner, IReadOnlyList<Pod> wanted, CancellationToken cancellation)
    {
        int done = 0;
        for (int batch = 1; done < wanted.Count; batch *= 2)
        {
            int size = Math.Min(batch, wanted.Count - done);
            await Task.WhenAll(wanted.Skip(done).Take(size).Select(pod => CreateAsync(owner, pod, cancellation)));
            done += size;
        }
    }

    public async Task DeleteAsync(IResource owner, Pod pod, CancellationToken cancellation)
    {
        if (_writes.IsDeleted(pod))
        {
            return;
        }

        await api.DeleteAsync(pod, cancellation);
        _writes.Deleted(pod);
        events.Normal(owner, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
    }

    /// <summary>The namespace goes, and everything in it: nothing to be done and nothing to be told.</summary>
    public static bool IsNamespaceGoing(StatusException refused)
        => refused.Code == 403 && refused.Message.Contains("being terminated", StringComparison.Ordinal);
}
