namespace Fairway.Pipelines.Execution;

/// <summary>Tells those who follow a run's logs that there is more. Safe for concurrent use.</summary>
internal sealed class RunFeed
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next pulse; take it before looking, so that nothing falls in between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Pulse()
        => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
