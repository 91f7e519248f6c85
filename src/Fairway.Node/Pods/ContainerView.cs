using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Pods;

internal enum ContainerRole
{
    /// <summary>Runs to completion before the next one.</summary>
    Init,

    /// <summary>An init container with restartPolicy Always: starts in order, then stays beside the others.</summary>
    Sidecar,

    Main,

    /// <summary>Added to the running pod to look into it: started once, never counted.</summary>
    Ephemeral,
}

/// <summary>One container of a pod with what is observed of it.</summary>
internal sealed record ContainerView
{
    public required Container Spec { get; init; }

    public required ContainerRole Role { get; init; }

    /// <summary>Attempts in the runtime, newest first.</summary>
    public required IReadOnlyList<ContainerRecord> Attempts { get; init; }

    /// <summary>What the pod's status says now.</summary>
    public ContainerStatus? Shown { get; init; }

    public required ContainerMemory Memory { get; init; }

    public string Name => Spec.Name;

    public ContainerRecord? Latest => Attempts.Count > 0 ? Attempts[0] : null;

    public bool IsRunning => Latest?.Phase == ContainerPhase.Running && !Memory.Starting;

    /// <summary>There is a process, or there will be one in a moment.</summary>
    public bool IsAlive => Memory.Starting || Latest?.Phase == ContainerPhase.Running;

    public bool IsExited => Latest?.Phase == ContainerPhase.Exited && !Memory.Starting;

    public bool Succeeded => IsExited && Latest!.ExitCode == 0;

    public bool HasReadinessProbe => Spec.ReadinessProbe is not null;

    /// <summary>Running, with its startup probe passed if it has one.</summary>
    public bool IsStarted => IsRunning && (Spec.StartupProbe is null || (Memory.Tally(ProbeKind.Startup).Verdict ?? WasReady));

    public bool IsReady => Role switch
    {
        ContainerRole.Init => Succeeded,
        ContainerRole.Ephemeral => false,
        _ => IsStarted && (!HasReadinessProbe || (Memory.Tally(ProbeKind.Readiness).Verdict ?? WasReady)),
    };

    /// <summary>
    /// The API says that this very attempt was ready. After a restart of the platform that holds until probes say otherwise: a
    /// container that served all along must not lose its traffic because nobody has asked it yet.
    /// </summary>
    private bool WasReady => Shown is { Ready: true, State.Running: not null } shown && shown.RestartCount == Latest?.Identity.Attempt;

    /// <summary>The number of the next attempt: never one that was used, even if the runtime has forgotten it.</summary>
    public int NextAttempt => Latest is { } latest ? latest.Identity.Attempt + 1 : Shown?.RestartCount ?? 0;

    public int RestartCount => Math.Max(Latest?.Identity.Attempt ?? 0, Shown?.RestartCount ?? 0);

    /// <summary>All containers of the pod: init containers and sidecars in order, then the others.</summary>
    public static IReadOnlyList<ContainerView> Of(PodObservation observed)
    {
        ILookup<string, ContainerRecord> records = observed.Containers.ToLookup(record => record.Identity.Container);
        IEnumerable<ContainerStatus> shown =
            [.. observed.Pod.Status?.InitContainerStatuses ?? [], .. observed.Pod.Status?.ContainerStatuses ?? [], .. observed.Pod.Status?.EphemeralContainerStatuses ?? []];
        var statuses = shown.GroupBy(status => status.Name).ToDictionary(group => group.Key, group => group.First());
        return
        [
            .. (observed.Pod.Spec.InitContainers ?? []).Select(spec
                => View(spec, spec.RestartPolicy == "Always" ? ContainerRole.Sidecar : ContainerRole.Init)),
            .. observed.Pod.Spec.Containers.Select(spec => View(spec, ContainerRole.Main)),
            .. (observed.Pod.Spec.EphemeralContainers ?? []).Select(spec => View(spec.ToContainer(), ContainerRole.Ephemeral)),
        ];

        ContainerView View(Container spec, ContainerRole role)
        {
            ContainerRecord[] attempts = [.. records[spec.Name].OrderByDescending(record => record.Identity.Attempt)];
            ContainerMemory memory = observed.Memory.Of(spec.Name);
            if (attempts.Length == 0 && !memory.Starting && Lost(observed, statuses.GetValueOrDefault(spec.Name)) is { } lost)
            {
                attempts = [lost];
            }

            return new ContainerView
            {
                Spec = spec,
                Role = role,
                Attempts = attempts,
                Shown = statuses.GetValueOrDefault(spec.Name),
                Memory = attempts.Length > 0 ? memory.For(attempts[0].Identity.Attempt) : memory,
            };
        }
    }

    /// <summary>A container that the status shows and the runtime does not have: it has ended, and how is as last shown, or unknown.</summary>
    private static ContainerRecord? Lost(PodObservation observed, ContainerStatus? shown)
    {
        if (shown?.ContainerID is null)
        {
            return null;
        }

        ContainerStateTerminated? ended = shown.State?.Terminated ?? (shown.State?.Waiting is not null ? shown.LastState?.Terminated : null);
        return new ContainerRecord
        {
            Identity = new ContainerIdentity(observed.Pod.Metadata.Uid ?? "", shown.Name, shown.RestartCount),
            Namespace = observed.Pod.Metadata.Namespace ?? "",
            PodName = observed.Pod.Metadata.Name,
            Image = shown.Image,
            ImageDigest = shown.ImageID,
            Phase = ContainerPhase.Exited,
            CreatedAt = ended?.StartedAt ?? observed.Now,
            StartedAt = ended?.StartedAt ?? shown.State?.Running?.StartedAt ?? observed.Now,
            FinishedAt = ended?.FinishedAt ?? observed.Now,
            ExitCode = ended?.ExitCode ?? 137,
            Reason = ended is null ? ContainerRecord.StatusUnknown : ended.Reason,
            Message = ended is null ? "The container could not be located on the node" : ended.Message,
        };
    }

    /// <summary>Whether an attempt that ended is followed by another one.</summary>
    public bool Restarts(string? podPolicy) => Role switch
    {
        ContainerRole.Sidecar => true,
        ContainerRole.Ephemeral => false,
        ContainerRole.Init => !Succeeded && podPolicy != "Never",
        _ => podPolicy switch { "Never" => false, "OnFailure" => !Succeeded, _ => true },
    };
}
