using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Pipelines.Execution;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Runs;

/// <summary>Sees to it that every run that is not finished is under way, and that a finished one leaves nothing behind but its logs.</summary>
internal sealed class PipelineRunReconciler(IClusterApi hub, RunEngine engine, RunPaths paths, PipelinesOptions options, TimeProvider time)
{
    // A run that broke off is looked at again soon, but not in a circle.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        await engine.WaitUntilReadyAsync(cancellation);

        // The server is asked, not the cache: a stale view could start a run that is finished.
        PipelineRun? run = await hub.FindAsync<PipelineRun>(key.Namespace, key.Name, cancellation);
        if (run is null)
        {
            await engine.ForgetAsync(key, cancellation);
            return ReconcileResult.Done;
        }

        if (run.Status?.FinishedAt is { } finished)
        {
            return CleanUp(key, finished);
        }

        if (run.Spec.Cancel == true && run.Status?.StartedAt is null && !engine.IsActive(key))
        {
            await hub.WriteStatusAsync(run, run with { Status = CancelledAtOnce(run) }, cancellation);
            return ReconcileResult.Done;
        }

        engine.EnsureStarted(run, () => { });
        if (run.Spec.Cancel == true)
        {
            engine.Cancel(key);
        }

        return ReconcileResult.After(Again);
    }

    private PipelineRunStatus CancelledAtOnce(PipelineRun run)
    {
        DateTimeOffset now = time.GetUtcNow();
        return (run.Status ?? new PipelineRunStatus()) with { Phase = "Cancelled", Message = "Cancelled before it started.", StartedAt = now, FinishedAt = now };
    }

    private ReconcileResult CleanUp(ObjectKey key, DateTimeOffset finished)
    {
        string work = paths.WorkDirectory(key);
        if (engine.IsActive(key) || !Directory.Exists(work))
        {
            return ReconcileResult.Done;
        }

        TimeSpan left = finished + options.WorkspaceRetention - time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.After(left);
        }

        RunPaths.Remove(work);
        return ReconcileResult.Done;
    }
}
