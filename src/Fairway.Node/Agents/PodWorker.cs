using System.Collections.Concurrent;
using System.Globalization;
using Fairway.Client;
using Fairway.Node.Pods;
using Fairway.Node.Runtimes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging;

namespace Fairway.Node.Agents;

/// <summary>
/// Looks after one pod, one decision at a time: observe, decide, show the status, act, wait for news. What takes long runs
/// beside the loop and reports back; only the loop touches the memory.
/// </summary>
internal sealed partial class PodWorker(Pod pod, PodServices services, ContainerStarter starter, ILogger logger)
{
    /// <summary>Looks again after this long though nothing was heard: a lost notification costs no more.</summary>
    private static readonly TimeSpan Resync = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan AfterError = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<Func<PodMemory, PodMemory>> _news = new();
    private readonly SemaphoreSlim _wake = new(1, 1);
    private readonly LastWords _lastWords = new(services.Runtime);
    private CancellationTokenSource _operations = new();
    private CancellationTokenSource _starts = new();
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly PodHousekeeping _housekeeping = new(services);
    private PodMemory _memory = PodMemory.Empty;
    private Pod _pod = pod;
    private volatile bool _gone;
    private bool _finished;

    public Pod Pod => Volatile.Read(ref _pod);

    /// <summary>The pod as the API has it now.</summary>
    public void Offer(Pod fresh)
    {
        Pod known = Pod;
        if (IsNewer(fresh, known))
        {
            Volatile.Write(ref _pod, fresh);
            if (PodHousekeeping.ShowsItself(fresh) && !PodHousekeeping.LooksSame(known, fresh))
            {
                RunBeside(RefreshVolumesAsync);
            }
        }

        if (fresh.Metadata.DeletionTimestamp is not null)
        {
            // Whatever a start still waits for (an image, a hook), it is not worth waiting for any more.
            _starts.Cancel();
        }

        Wake();
    }

    /// <summary>The API no longer has the pod: whatever runs of it is ended at once.</summary>
    public void Gone()
    {
        _gone = true;
        Wake();
    }

    /// <summary>Something that the pod refers to has changed: files are brought up to date, and failed starts tried again.</summary>
    public void ConfigurationChanged()
    {
        Post(memory =>
        {
            foreach ((string name, ContainerMemory container) in memory.Containers)
            {
                if (container.Failure is { Reason: StartFailure.Config or StartFailure.Mount } failure)
                {
                    memory = memory.With(name, old => old with { Failure = failure with { At = DateTimeOffset.MinValue } });
                }
            }

            return memory;
        });
        RunBeside(RefreshVolumesAsync);
    }

    public void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Two wakers at once: one is enough.
        }
    }

    /// <summary>Runs until nothing of the pod is left here. Containers go on when it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // A run after another one knows nothing of what that had under way.
        _memory = PodMemory.Empty;
        _news.Clear();
        _operations = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _starts = CancellationTokenSource.CreateLinkedTokenSource(_operations.Token);
        while (true)
        {
            TimeSpan wait;
            try
            {
                if (_gone)
                {
                    await CleanUpAsync(cancellation);
                    return;
                }

                wait = await StepAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failed)
            {
                LogFailed(logger, failed, Pod.Metadata.Namespace, Pod.Metadata.Name);
                wait = AfterError;
            }

            if (wait > TimeSpan.Zero && !await WaitAsync(wait, cancellation))
            {
                break;
            }
        }

        await Task.WhenAll(_underWay.Keys);
    }

    /// <summary>One decision. Returns how long to wait for news before the next.</summary>
    private async Task<TimeSpan> StepAsync(CancellationToken cancellation)
    {
        while (_news.TryDequeue(out Func<PodMemory, PodMemory>? news))
        {
            _memory = news(_memory);
        }

        if (_finished)
        {
            return Resync;
        }

        Pod observed = Pod;
        DateTimeOffset now = services.Time.GetUtcNow();
        if (_housekeeping.IsDue(observed, now))
        {
            RunBeside(KeepHouseAsync);
        }

        PodPlan plan = PodLifecycle.Decide(new PodObservation
        {
            Pod = observed,
            Containers = await _lastWords.AddAsync(
                observed, await services.Runtime.ListAsync(observed.Metadata.Uid, cancellation), cancellation),
            Memory = _memory,
            Now = now,
            Settings = services.Settings,
        });

        // The status first: nobody is sent a signal before everybody can see why.
        bool settled = await ShowAsync(observed, plan.Status, cancellation);
        _memory = plan.Memory;
        foreach (PodAction action in plan.Actions)
        {
            settled &= await ActAsync(observed, action, cancellation);
        }

        if (!settled)
        {
            return TimeSpan.Zero;
        }

        TimeSpan until = plan.LookAgainAt is { } at ? at - services.Time.GetUtcNow() : Resync;
        TimeSpan most = _housekeeping.NextIn(observed, services.Time.GetUtcNow()) is { } next && next < Resync ? next : Resync;
        return until < TimeSpan.Zero ? TimeSpan.Zero : until < most ? until : most;
    }

    /// <summary>Writes the status if it differs.</summary>
    /// <returns>False when the pod has changed by it, or had changed before: decide again.</returns>
    private async Task<bool> ShowAsync(Pod observed, PodStatus status, CancellationToken cancellation)
    {
        try
        {
            Pod written = await services.Cluster.WriteStatusAsync(observed, observed with { Status = status }, cancellation);
            if (ReferenceEquals(written, observed))
            {
                return true;
            }

            Offer(written);
            return false;
        }
        catch (StatusException refused) when (refused.IsConflict)
        {
            if (await services.Cluster.FindAsync<Pod>(observed.Metadata.Namespace, observed.Metadata.Name, cancellation) is { } fresh
                && fresh.Metadata.Uid == observed.Metadata.Uid)
            {
                Offer(fresh);
            }
            else
            {
                _gone = true;
            }

            return false;
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            _gone = true;
            return false;
        }
        catch (StatusException refused)
        {
            // The actions that were decided must happen all the same; the status is written with the next decision.
            LogNotShown(logger, observed.Metadata.Namespace, observed.Metadata.Name, refused.Message);
            return true;
        }
    }

    /// <returns>False when the next decision should follow at once.</returns>
    private async Task<bool> ActAsync(Pod observed, PodAction action, CancellationToken cancellation)
    {
        switch (action)
        {
            case PodAction.Start start:
                RunBeside(token => StartAsync(observed, start, token));
                return true;
            case PodAction.AskProbe ask:
                RunBeside(token => AskAsync(observed, ask, token));
                return true;
            case PodAction.RunPreStop hook:
                RunBeside(token => PreStopAsync(observed, hook, token));
                return true;
            case PodAction.Signal signal:
                await services.Runtime.SignalAsync(signal.Container, signal.With, cancellation);
                return true;
            case PodAction.Remove remove:
                await services.Runtime.RemoveAsync(remove.Container, cancellation);
                return true;
            case PodAction.Tell tell:
                services.Events.Tell(observed, tell.Container, tell.Type, tell.Reason, tell.Message);
                return true;
            case PodAction.FinishDeletion:
                await FinishAsync(observed, cancellation);
                return false;
            default:
                throw new InvalidOperationException($"{action} is not known.");
        }
    }

    private async Task StartAsync(Pod observed, PodAction.Start start, CancellationToken cancellation)
    {
        Container container = observed.Spec.AllContainers().First(candidate => candidate.Name == start.Container);
        StartFailure? failure = null;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_starts.Token, cancellation);
            await starter.StartAsync(observed, container, start.Attempt, either.Token);
        }
        catch (OperationCanceledException) when (_starts.IsCancellationRequested)
        {
            // The pod is being deleted, or the platform stops.
        }
        catch (StartException refused)
        {
            failure = new StartFailure(refused.Reason, refused.Message, services.Time.GetUtcNow(), 1);
        }
        catch (Exception failed)
        {
            LogFailed(logger, failed, observed.Metadata.Namespace, observed.Metadata.Name);
            failure = new StartFailure(StartFailure.Create, failed.Message, services.Time.GetUtcNow(), 1);
        }

        Post(memory => memory.With(start.Container, old => old with
        {
            Starting = false,
            Failure = failure is null ? null : failure with { Count = old.Failure?.Reason == failure.Reason ? old.Failure.Count + 1 : 1 },
        }));
    }

    private async Task AskAsync(Pod observed, PodAction.AskProbe ask, CancellationToken cancellation)
    {
        Container container = observed.Spec.AllContainers().First(candidate => candidate.Name == ask.Container.Container);
        Probe probe = (ask.Kind switch
        {
            ProbeKind.Startup => container.StartupProbe,
            ProbeKind.Readiness => container.ReadinessProbe,
            _ => container.LivenessProbe,
        })!;
        ProbeAnswer answer;
        try
        {
            answer = Hooks.Target(container, probe) is { } target
                ? await services.Runtime.ProbeAsync(ask.Container, target, TimeSpan.FromSeconds(probe.TimeoutSeconds ?? 1), cancellation)
                : new ProbeAnswer(false, "the probe has no action, or names a port that does not exist");
        }
        catch (ContainerException gone)
        {
            answer = new ProbeAnswer(false, gone.Message);
        }

        Post(memory => memory.With(ask.Container.Container, old =>
        {
            if (old.Attempt != ask.Container.Attempt)
            {
                return old;
            }

            ProbeTally before = old.Tally(ask.Kind);
            ProbeTally after = before.With(answer.Healthy, answer.Message, probe);
            if (after.Failures > before.Failures)
            {
                services.Events.Tell(observed, ask.Container.Container, "Warning", "Unhealthy", $"{ask.Kind} probe failed: {answer.Message}");
            }

            return old with { Probes = old.Probes.SetItem(ask.Kind, after) };
        }));
    }

    private async Task PreStopAsync(Pod observed, PodAction.RunPreStop hook, CancellationToken cancellation)
    {
        Container container = observed.Spec.AllContainers().First(candidate => candidate.Name == hook.Container.Container);
        ProbeAnswer answer;
        try
        {
            answer = await Hooks.RunAsync(services.Runtime, services.Time, container, hook.Container, container.Lifecycle!.PreStop!, cancellation);
        }
        catch (ContainerException failed)
        {
            answer = new ProbeAnswer(false, failed.Message);
        }

        if (!answer.Healthy)
        {
            services.Events.Tell(observed, container.Name, "Warning", "FailedPreStopHook", "PreStopHook failed");
        }

        Post(memory => memory.With(hook.Container.Container, old => old.Attempt == hook.Container.Attempt && old.Stop is { } stop
            ? old with { Stop = stop with { PreStopDone = true } }
            : old));
    }

    private async Task KeepHouseAsync(CancellationToken cancellation)
    {
        Pod observed = Pod;
        if (_housekeeping.Overflow(observed) is { } why)
        {
            Post(memory => memory with { Evicted = why });
        }

        if (PodHousekeeping.HasChangingVolumes(observed))
        {
            await RefreshVolumesAsync(cancellation);
        }
    }

    private async Task RefreshVolumesAsync(CancellationToken cancellation)
    {
        try
        {
            await services.Volumes.FillAsync(Pod, cancellation);
        }
        catch (Exception failed) when (failed is Configuration.ConfigurationException or StatusException)
        {
            // What is mounted stays as it is, as long as the new content cannot be had.
            services.Events.Warning(Pod, "FailedMount", failed.Message);
        }
    }

    private async Task FinishAsync(Pod observed, CancellationToken cancellation)
    {
        try
        {
            await services.Cluster.DeleteAsync(
                KindOf<Pod>.Type,
                observed.Metadata.Namespace,
                observed.Metadata.Name,
                new DeleteOptions { GracePeriodSeconds = 0, PreconditionUid = observed.Metadata.Uid },
                cancellation);
        }
        catch (StatusException refused) when (refused.IsNotFound || refused.IsConflict)
        {
            // Gone, or another pod of the same name by now.
        }

        await RemoveEverythingAsync(cancellation);
        _finished = true;
    }

    private async Task CleanUpAsync(CancellationToken cancellation)
    {
        await _operations.CancelAsync();
        await Task.WhenAll(_underWay.Keys).WaitAsync(cancellation);
        await RemoveEverythingAsync(cancellation);
    }

    private async Task RemoveEverythingAsync(CancellationToken cancellation)
    {
        string uid = Pod.Metadata.Uid!;
        foreach (ContainerRecord record in await services.Runtime.ListAsync(uid, cancellation))
        {
            await services.Runtime.RemoveAsync(record.Identity, cancellation);
        }

        await services.Runtime.RemovePodAsync(uid, cancellation);
        services.Volumes.Remove(uid);
        services.Ports.Release(uid);
    }

    private void Post(Func<PodMemory, PodMemory> news)
    {
        _news.Enqueue(news);
        Wake();
    }

    private void RunBeside(Func<CancellationToken, Task> operation)
    {
        Task task = Task.Run(async () =>
        {
            try
            {
                await operation(_operations.Token);
            }
            catch (OperationCanceledException) when (_operations.IsCancellationRequested)
            {
                // The worker ends.
            }
            catch (Exception failed)
            {
                LogFailed(logger, failed, Pod.Metadata.Namespace, Pod.Metadata.Name);
            }
        });
        _underWay[task] = true;
        _ = task.ContinueWith(done => _underWay.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task<bool> WaitAsync(TimeSpan wait, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(wait, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return !cancellation.IsCancellationRequested;
        }

        return true;
    }

    private static bool IsNewer(Pod fresh, Pod known)
        => fresh.Metadata.Uid == known.Metadata.Uid
            && (!long.TryParse(fresh.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out long after)
                || !long.TryParse(known.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out long before)
                || after > before);

    [LoggerMessage(LogLevel.Error, "Pod {Namespace}/{Name} could not be looked after")]
    private static partial void LogFailed(ILogger logger, Exception failure, string? @namespace, string name);

    [LoggerMessage(LogLevel.Warning, "The status of pod {Namespace}/{Name} was not taken: {Reason}")]
    private static partial void LogNotShown(ILogger logger, string? @namespace, string name, string reason);
}
