using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>What a reconcile asks for next.</summary>
/// <param name="RequeueAfter">Look again after this long, whether or not anything changes; null to wait for changes.</param>
public readonly record struct ReconcileResult(TimeSpan? RequeueAfter)
{
    /// <summary>Nothing more until something changes.</summary>
    public static ReconcileResult Done { get; }

    public static ReconcileResult After(TimeSpan delay) => new(delay);
}

/// <summary>
/// Brings one object from what is observed to what is desired. Level-triggered: given a key, never an event. Idempotent: it may
/// be called at any time, any number of times, and stopped at any instruction. An exception is logged once and retried with
/// backoff; it costs one reconcile, not the process.
/// </summary>
public delegate Task<ReconcileResult> Reconcile(ObjectKey key, CancellationToken cancellation);
