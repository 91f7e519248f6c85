using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.EventExpiry;

/// <summary>Removes events that nobody has told again for an hour.</summary>
internal sealed class EventReconciler(IClusterApi api, InformerSet informers, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly Informer<Event> _events = informers.Of<Event>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_events.Get(key) is not { } told)
        {
            return ReconcileResult.Done;
        }

        DateTimeOffset last = told.Series?.LastObservedTime ?? told.LastTimestamp ?? told.EventTime ?? told.Metadata.CreationTimestamp ?? time.GetUtcNow();
        TimeSpan left = last + Kept - time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.After(left + TimeSpan.FromSeconds(1));
        }

        await api.DeleteAsync(told, cancellation);
        return ReconcileResult.Done;
    }
}
