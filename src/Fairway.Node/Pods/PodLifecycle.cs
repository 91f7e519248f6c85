using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Pods;

/// <summary>
/// The life of a pod on its node, as a function from what is observed to what to do and what to show. Invariant: no I/O, no
/// clock, no random.
/// </summary>
/// <remarks>
/// One decision in steps: (1) note deletion, deadline and completion, which stop everything; (2) ask probes and stop what fails
/// its liveness or startup probe; (3) carry every stop one step further; (4) start what is due, init containers in order;
/// (5) forget attempts nobody can ask for; (6) compose the status from what was decided.
/// </remarks>
internal sealed class PodLifecycle
{
    /// <summary>After the grace period is used up by a preStop hook, the signal still gets this long.</summary>
    private static readonly TimeSpan LastGrace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan KillAgain = TimeSpan.FromSeconds(5);

    private readonly PodObservation _observed;
    private readonly Pod _pod;
    private readonly DateTimeOffset _now;
    private readonly List<PodAction> _actions = [];
    private PodMemory _memory;
    private IReadOnlyList<ContainerView> _containers;
    private DateTimeOffset? _lookAgainAt;

    private PodLifecycle(PodObservation observed)
    {
        _observed = observed;
        _pod = observed.Pod;
        _now = observed.Now;
        _memory = observed.Memory;
        _containers = ContainerView.Of(observed);
    }

    private bool IsDeleting => _pod.Metadata.DeletionTimestamp is not null;

    private bool IsOver => _pod.Status?.Phase is "Succeeded" or "Failed";

    private string? Policy => _pod.Spec.RestartPolicy;

    public static PodPlan Decide(PodObservation observed) => new PodLifecycle(observed).Decide();

    private PodPlan Decide()
    {
        PodFailure? failure = NoteFailure();
        if (IsDeleting)
        {
            NoteDeletion();
        }
        else if (failure is not null || IsOver || MainIsOver())
        {
            StopEverything(failure?.Reason ?? "the pod has ended", failure?.Reason == PodFailure.Eviction ? 0 : _pod.Spec.TerminationGracePeriodSeconds);
        }
        else
        {
            foreach (ContainerView container in _containers.Where(container => container.IsRunning && container.Memory.Stop is null))
            {
                Probe(container);
            }
        }

        Refresh();
        foreach (ContainerView container in _containers.Where(container => container.Memory.Stop is not null))
        {
            Stop(container);
        }

        if (!IsDeleting && failure is null && !IsOver)
        {
            Start();
        }

        Forget();
        Refresh();
        PodStatus status = StatusComposer.Compose(_observed with { Memory = _memory }, _containers, failure);
        if (IsDeleting && !_containers.Any(container => container.IsAlive))
        {
            _actions.Add(new PodAction.FinishDeletion());
        }

        return new PodPlan(status, _memory, _actions, _lookAgainAt);
    }

    /// <summary>Why the pod as a whole fails, if it does: its time is over, or the node ends it.</summary>
    private PodFailure? NoteFailure()
    {
        if (_pod.Status is { Reason: PodFailure.Deadline or PodFailure.Eviction } status)
        {
            return new PodFailure(status.Reason, status.Message ?? "");
        }

        if (IsOver)
        {
            return null;
        }

        if (_memory.Evicted is { } why)
        {
            _actions.Add(new PodAction.Tell("Warning", PodFailure.Eviction, why));
            return new PodFailure(PodFailure.Eviction, why);
        }

        if (_pod.Spec.ActiveDeadlineSeconds is not { } seconds || _pod.Status?.StartTime is not { } started)
        {
            return null;
        }

        DateTimeOffset deadline = started + TimeSpan.FromSeconds(seconds);
        if (_now < deadline)
        {
            LookAt(deadline);
            return null;
        }

        const string message = "Pod was active on the node longer than the specified deadline";
        _actions.Add(new PodAction.Tell("Normal", PodFailure.Deadline, message));
        return new PodFailure(PodFailure.Deadline, message);
    }

    private void NoteDeletion()
    {
        _memory = _memory with { DeletionSeenAt = _memory.DeletionSeenAt ?? _now };
        bool shown = _pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready") is not { Status: "True" };
        if (shown && _memory.TerminatingShownAt is null)
        {
            _memory = _memory with { TerminatingShownAt = _now };
        }

        StopEverything("deletion", _pod.Metadata.DeletionGracePeriodSeconds ?? _pod.Spec.TerminationGracePeriodSeconds);
    }

    private bool MainIsOver()
        => InitHasFailed()
            || (_containers.Any(container => container.Role == ContainerRole.Main)
                && _containers.Where(container => container.Role == ContainerRole.Main).All(container => container.IsExited && !container.Restarts(Policy)));

    private bool InitHasFailed()
        => _containers.Any(container => container is { Role: ContainerRole.Init, IsExited: true, Succeeded: false } && !container.Restarts(Policy));

    private void StopEverything(string why, long? graceSeconds)
    {
        TimeSpan grace = TimeSpan.FromSeconds(Math.Max(0, graceSeconds ?? 30));
        foreach (ContainerView container in _containers.Where(container => container.IsRunning))
        {
            RequestStop(container, why, grace);
        }
    }

    private void RequestStop(ContainerView container, string why, TimeSpan grace)
    {
        if (container.Memory.Stop is { } stop)
        {
            // A later request can only shorten the wait.
            DateTimeOffset sooner = stop.RequestedAt + grace;
            if (sooner < stop.Deadline)
            {
                Remember(container, memory => memory with { Stop = stop with { Deadline = sooner } });
            }

            return;
        }

        Remember(container, memory => memory with { Stop = new StopProgress { RequestedAt = _now, Deadline = _now + grace, Why = why } });
        _actions.Add(new PodAction.Tell("Normal", "Killing", $"Stopping container {container.Name}", container.Name));
    }

    private void Probe(ContainerView container)
    {
        ContainerRecord running = container.Latest!;
        if (container.Spec.StartupProbe is { } startup && container.Memory.Tally(ProbeKind.Startup).Verdict != true)
        {
            Ask(container, running, ProbeKind.Startup, startup, _observed.Settings.EagerProbes);
            if (container.Memory.Tally(ProbeKind.Startup).Verdict == false)
            {
                RestartUnhealthy(container, startup, "startup");
            }

            return;
        }

        if (container.Spec.ReadinessProbe is { } readiness)
        {
            Ask(container, running, ProbeKind.Readiness, readiness, _observed.Settings.EagerProbes);
        }

        if (container.Spec.LivenessProbe is { } liveness)
        {
            Ask(container, running, ProbeKind.Liveness, liveness, eager: null);
            if (container.Memory.Tally(ProbeKind.Liveness).Verdict == false)
            {
                RestartUnhealthy(container, liveness, "liveness");
            }
        }
    }

    private void Ask(ContainerView container, ContainerRecord running, ProbeKind kind, Probe probe, TimeSpan? eager)
    {
        ProbeTally tally = container.Memory.Tally(kind);
        if (tally.InFlight)
        {
            return;
        }

        DateTimeOffset due = tally.DueAt(probe, running.StartedAt ?? _now, eager);
        if (due > _now)
        {
            LookAt(due);
            return;
        }

        Remember(container, memory => memory with { Probes = memory.Probes.SetItem(kind, tally.Sent(_now)) });
        _actions.Add(new PodAction.AskProbe(running.Identity, kind));
    }

    private void RestartUnhealthy(ContainerView container, Probe probe, string which)
    {
        _actions.Add(new PodAction.Tell(
            "Normal", "Killing", $"Container {container.Name} failed {which} probe, will be restarted", container.Name));
        long grace = probe.TerminationGracePeriodSeconds ?? _pod.Spec.TerminationGracePeriodSeconds ?? 30;
        Remember(container, memory => memory with
        {
            Stop = new StopProgress { RequestedAt = _now, Deadline = _now + TimeSpan.FromSeconds(grace), Why = $"{which} probe failed" },
        });
    }

    /// <summary>preStop, then the drain, then the signal, then the kill; each waits for the one before, none beyond the deadline.</summary>
    private void Stop(ContainerView container)
    {
        StopProgress stop = container.Memory.Stop!;
        if (!container.IsRunning)
        {
            return;
        }

        ContainerIdentity identity = container.Latest!.Identity;
        if (stop.TerminatedAt is { } terminated)
        {
            DateTimeOffset kill = stop.KilledAt is { } killed ? killed + KillAgain
                : Later(stop.Deadline, stop.PreStopStarted ? terminated + LastGrace : stop.Deadline);
            if (_now >= kill)
            {
                Advance(container, stop with { KilledAt = _now }, new PodAction.Signal(identity, ContainerSignal.Kill));
                kill = _now + KillAgain;
            }

            LookAt(kill);
            return;
        }

        if (stop.Deadline <= stop.RequestedAt)
        {
            Advance(container, stop with { TerminatedAt = _now, KilledAt = _now }, new PodAction.Signal(identity, ContainerSignal.Kill));
            LookAt(_now + KillAgain);
            return;
        }

        if (container.Spec.Lifecycle?.PreStop is not null && !stop.PreStopStarted)
        {
            stop = stop with { PreStopStarted = true };
            Advance(container, stop, new PodAction.RunPreStop(identity));
        }

        if (_now < stop.Deadline && !MayTerminate(container, stop))
        {
            LookAt(stop.Deadline);
            return;
        }

        Advance(container, stop with { TerminatedAt = _now }, new PodAction.Signal(identity, ContainerSignal.Terminate));
        LookAt(Later(stop.Deadline, stop.PreStopStarted ? _now + LastGrace : stop.Deadline));
    }

    private bool MayTerminate(ContainerView container, StopProgress stop)
    {
        if (stop.PreStopStarted && !stop.PreStopDone)
        {
            return false;
        }

        // Sidecars serve the others to the end, and end in the reverse of their order.
        if (container.Role == ContainerRole.Sidecar
            && _containers.SkipWhile(other => other.Name != container.Name).Skip(1).Any(other => other.IsAlive))
        {
            return false;
        }

        if (!IsDeleting)
        {
            return true;
        }

        if (_memory.TerminatingShownAt is not { } shown)
        {
            return false;
        }

        DateTimeOffset drained = shown + _observed.Settings.DrainDelay;
        LookAt(drained);
        return _now >= drained;
    }

    private void Start()
    {
        bool mainBegan = _containers.Any(container
            => container.Role == ContainerRole.Main && (container.Latest is not null || container.Memory.Starting));
        foreach (ContainerView container in _containers.Where(container => container is { Role: ContainerRole.Ephemeral, IsAlive: false, IsExited: false }))
        {
            StartWhenDue(container);
        }

        foreach (ContainerView container in _containers.Where(container => container.Role != ContainerRole.Ephemeral))
        {
            bool runToCompletion = container.Role == ContainerRole.Init;
            if (runToCompletion && (mainBegan || container.Succeeded))
            {
                continue;
            }

            if (!container.IsAlive && (!container.IsExited || container.Restarts(Policy)) && !MainIsOver())
            {
                StartWhenDue(container);
            }

            bool nextMayStart = container.Role switch
            {
                ContainerRole.Init => false,
                ContainerRole.Sidecar => mainBegan || container.IsStarted,
                _ => true,
            };
            if (!nextMayStart)
            {
                return;
            }
        }
    }

    private void StartWhenDue(ContainerView container)
    {
        if (container.Memory.Failure is { } failure && failure.RetryAt > _now)
        {
            LookAt(failure.RetryAt);
            LookAt(failure.At + StatusComposer.FailureShownFor);
            TellOfPullBackOff(container, failure);
            return;
        }

        RestartBackOff? backOff = container.Memory.BackOff;
        if (container.IsExited)
        {
            DateTimeOffset ended = container.Latest!.FinishedAt ?? _now;
            DateTimeOffset due = RestartBackOff.MayStartAt(backOff, ended);
            if (due > _now)
            {
                TellOfBackOff(container);
                LookAt(due);
                LookAt(ended + StatusComposer.RunErrorShownFor);
                return;
            }

            backOff = RestartBackOff.Next(backOff, ended, _now);
        }

        Remember(container, memory => memory with { Starting = true, BackOff = backOff });
        _actions.Add(new PodAction.Start(container.Name, container.NextAttempt));
    }

    private void TellOfPullBackOff(ContainerView container, StartFailure failure)
    {
        if (failure.Reason != StartFailure.ImagePull || _now - failure.At < StatusComposer.FailureShownFor || container.Memory.PullBackOffTold == failure.At)
        {
            return;
        }

        Remember(container, memory => memory with { PullBackOffTold = failure.At });
        _actions.Add(new PodAction.Tell("Normal", "BackOff", $"Back-off pulling image \"{container.Spec.Image}\"", container.Name));
        _actions.Add(new PodAction.Tell("Warning", "Failed", "Error: ImagePullBackOff", container.Name));
    }

    private void TellOfBackOff(ContainerView container)
    {
        int attempt = container.Latest!.Identity.Attempt;
        if (container.Memory.BackOffTold == attempt)
        {
            return;
        }

        Remember(container, memory => memory with { BackOffTold = attempt });
        _actions.Add(new PodAction.Tell(
            "Warning",
            "BackOff",
            $"Back-off restarting failed container {container.Name} in pod {_pod.Metadata.Name}_{_pod.Metadata.Namespace}({_pod.Metadata.Uid})",
            container.Name));
    }

    /// <summary>Of each container the last attempt and the one before are kept (<c>kubectl logs --previous</c>).</summary>
    private void Forget()
    {
        foreach (ContainerView container in _containers)
        {
            foreach (ContainerRecord old in container.Attempts.Skip(2))
            {
                _actions.Add(new PodAction.Remove(old.Identity));
            }
        }
    }

    private void Advance(ContainerView container, StopProgress stop, PodAction action)
    {
        Remember(container, memory => memory with { Stop = stop });
        _actions.Add(action);
    }

    private void Remember(ContainerView container, Func<ContainerMemory, ContainerMemory> change)
        => _memory = _memory.With(
            container.Name, memory => change(container.Latest is { } latest ? memory.For(latest.Identity.Attempt) : memory));

    /// <summary>Looks at the containers again with what has been decided so far.</summary>
    private void Refresh() => _containers = ContainerView.Of(_observed with { Memory = _memory });

    private void LookAt(DateTimeOffset at)
    {
        if (at > _now && (_lookAgainAt is null || at < _lookAgainAt))
        {
            _lookAgainAt = at;
        }
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
