using System.Globalization;
using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Pods;

/// <summary>Composes a pod's status from what is observed and decided. Pure.</summary>
internal static class StatusComposer
{
    /// <summary>A failed pull shows its own error this long, then that it is waiting for the next try.</summary>
    public static readonly TimeSpan FailureShownFor = TimeSpan.FromSeconds(2);

    /// <summary>A program that could not be started shows its own error this long, then that it is waiting for the next try.</summary>
    public static readonly TimeSpan RunErrorShownFor = TimeSpan.FromSeconds(5);

    public static PodStatus Compose(PodObservation observed, IReadOnlyList<ContainerView> containers, PodFailure? failure)
    {
        Pod pod = observed.Pod;
        PodStatus shown = pod.Status ?? new PodStatus();
        bool deleting = pod.Metadata.DeletionTimestamp is not null;
        bool initialized = IsInitialized(containers);
        string phase = shown.Phase is "Succeeded" or "Failed" ? shown.Phase : Phase(pod, containers, initialized, failure);
        ContainerStatus[] inits = [.. containers.Where(container => container.Role is ContainerRole.Init or ContainerRole.Sidecar).Select(Status)];
        ContainerStatus[] mains = [.. containers.Where(container => container.Role == ContainerRole.Main).Select(Status)];
        ContainerStatus[] ephemeral = [.. containers.Where(container => container.Role == ContainerRole.Ephemeral).Select(Status)];
        bool addressed = shown.PodIP is not null || containers.Any(container => container.Latest?.StartedAt is not null);
        return shown with
        {
            Phase = phase,
            Reason = failure?.Reason ?? shown.Reason,
            Message = failure?.Message ?? shown.Message,
            HostIP = observed.Settings.HostIP,
            HostIPs = [new IPAddressEntry { Ip = observed.Settings.HostIP }],
            PodIP = addressed ? observed.Settings.HostIP : null,
            PodIPs = addressed ? [new IPAddressEntry { Ip = observed.Settings.HostIP }] : null,
            StartTime = shown.StartTime ?? observed.Now,
            QosClass = shown.QosClass ?? Quality.Of(pod.Spec),
            InitContainerStatuses = inits.Length == 0 ? null : inits,
            ContainerStatuses = mains,
            EphemeralContainerStatuses = ephemeral.Length == 0 ? null : ephemeral,
            Conditions = PodConditions.Compose(observed, containers, phase, initialized),
        };

        ContainerStatus Status(ContainerView container) => ContainerStatusOf(container, observed, initialized, deleting);
    }

    /// <summary>Init containers have completed and sidecars have started.</summary>
    public static bool IsInitialized(IReadOnlyList<ContainerView> containers)
        => containers.Any(container => container.Role == ContainerRole.Main && container.Latest is not null)
            || containers.All(container => container.Role switch
            {
                ContainerRole.Init => container.Succeeded,
                ContainerRole.Sidecar => container.IsStarted,
                _ => true,
            });

    private static string Phase(Pod pod, IReadOnlyList<ContainerView> containers, bool initialized, PodFailure? failure)
    {
        if (failure is not null && !containers.Any(container => container.IsAlive))
        {
            return "Failed";
        }

        string? policy = pod.Spec.RestartPolicy;
        if (containers.Any(container => container is { Role: ContainerRole.Init, IsExited: true, Succeeded: false } && !container.Restarts(policy)))
        {
            return containers.Any(container => container.IsAlive) ? "Pending" : "Failed";
        }

        ContainerView[] mains = [.. containers.Where(container => container.Role == ContainerRole.Main)];
        if (!initialized || mains.Any(container => container.Latest is null))
        {
            return "Pending";
        }

        if (mains.Any(container => container.IsAlive || container.Restarts(policy))
            || containers.Any(container => container.Role == ContainerRole.Sidecar && container.IsAlive))
        {
            return "Running";
        }

        return mains.All(container => container.Succeeded) ? "Succeeded" : "Failed";
    }

    private static ContainerStatus ContainerStatusOf(ContainerView container, PodObservation observed, bool initialized, bool deleting)
    {
        string runtime = observed.Settings.Runtime;
        ContainerRecord? latest = container.Latest;
        Resources.Kinds.Core.ContainerState state = State(container, observed, initialized);
        ContainerRecord? before = state.Waiting is not null && latest?.Phase == ContainerPhase.Exited ? latest : container.Attempts.ElementAtOrDefault(1);
        bool running = state.Running is not null;
        return new ContainerStatus
        {
            Name = container.Name,
            State = state,
            LastState = before is { Phase: ContainerPhase.Exited }
                ? new Resources.Kinds.Core.ContainerState { Terminated = Terminated(before, runtime) }
                : LastShown(container.Shown, state),
            Ready = container.IsReady && !deleting && (running || container.Role == ContainerRole.Init),
            Started = container.Role == ContainerRole.Init ? running : container.IsStarted,
            RestartCount = container.RestartCount,
            Image = latest?.Image ?? container.Spec.Image ?? "",
            ImageID = latest?.ImageDigest ?? container.Shown?.ImageID ?? "",
            ContainerID = latest is null ? container.Shown?.ContainerID : $"{runtime}://{latest.Identity}",
            VolumeMounts = container.Spec.VolumeMounts is { Count: > 0 } mounts ? [.. mounts.Select(Mount)] : null,
        };
    }

    /// <summary>What was shown, unless that is the very end that <paramref name="state"/> shows now (it was waiting in between).</summary>
    private static Resources.Kinds.Core.ContainerState LastShown(ContainerStatus? shown, Resources.Kinds.Core.ContainerState state)
        => shown?.LastState is { } last && (last.Terminated is null || last.Terminated.ContainerID != state.Terminated?.ContainerID)
            ? last
            : new Resources.Kinds.Core.ContainerState();

    private static VolumeMountStatus Mount(VolumeMount mount) => new()
    {
        Name = mount.Name,
        MountPath = mount.MountPath,
        ReadOnly = mount.ReadOnly == true ? true : null,
        RecursiveReadOnly = mount.ReadOnly == true ? "Disabled" : null,
    };

    private static Resources.Kinds.Core.ContainerState State(ContainerView container, PodObservation observed, bool initialized)
    {
        if (container.IsRunning)
        {
            return new() { Running = new ContainerStateRunning { StartedAt = container.Latest!.StartedAt } };
        }

        if (container.IsExited)
        {
            bool over = observed.Pod.Metadata.DeletionTimestamp is not null || observed.Pod.Status?.Phase is "Succeeded" or "Failed"
                || !container.Restarts(observed.Pod.Spec.RestartPolicy);
            DateTimeOffset due = RestartBackOff.MayStartAt(container.Memory.BackOff, container.Latest!.FinishedAt ?? observed.Now);
            if (!over && container.Memory.Failure is { } failure)
            {
                return Waiting(failure, container, observed);
            }

            if (!over && due > observed.Now && IsFreshRunError(container.Latest, observed.Now))
            {
                return new() { Waiting = new ContainerStateWaiting { Reason = "RunContainerError", Message = container.Latest.Message } };
            }

            return over || due <= observed.Now
                ? new() { Terminated = Terminated(container.Latest, observed.Settings.Runtime) }
                : new() { Waiting = new ContainerStateWaiting { Reason = "CrashLoopBackOff", Message = BackOffMessage(container, observed.Pod) } };
        }

        if (container.Memory.Failure is { } refused && !(container.Memory.Starting && container.Latest is not null))
        {
            return Waiting(refused, container, observed);
        }

        return new()
        {
            Waiting = new ContainerStateWaiting
            {
                Reason = initialized || container.Role == ContainerRole.Ephemeral || (container.Role != ContainerRole.Main && (container.IsAlive || container.Latest is not null))
                    ? "ContainerCreating"
                    : "PodInitializing",
            },
        };
    }

    private static bool IsFreshRunError(ContainerRecord record, DateTimeOffset now)
        => record.Reason == ContainerRecord.CannotRun && now - (record.FinishedAt ?? now) < RunErrorShownFor;

    private static Resources.Kinds.Core.ContainerState Waiting(StartFailure failure, ContainerView container, PodObservation observed)
    {
        (string reason, string message) = failure.Reason switch
        {
            StartFailure.Mount => ("ContainerCreating", failure.Message),
            StartFailure.ImagePull when observed.Now - failure.At >= FailureShownFor
                => ("ImagePullBackOff", $"Back-off pulling image \"{container.Spec.Image}\": ErrImagePull: {failure.Message}"),
            _ => (failure.Reason, failure.Message),
        };
        return new() { Waiting = new ContainerStateWaiting { Reason = reason, Message = message } };
    }

    private static string BackOffMessage(ContainerView container, Pod pod)
        => string.Create(
            CultureInfo.InvariantCulture,
            $"back-off {Duration(container.Memory.BackOff!.Delay)} restarting failed container={container.Name} pod={pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})");

    /// <summary><c>10s</c>, <c>1m20s</c>, as Go prints it.</summary>
    private static string Duration(TimeSpan span)
        => span.TotalMinutes < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalSeconds}s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes}m{span.Seconds}s");

    private static ContainerStateTerminated Terminated(ContainerRecord record, string runtime) => new()
    {
        ExitCode = record.ExitCode ?? 0,
        Reason = record.OutOfMemory ? "OOMKilled" : record.Reason ?? (record.ExitCode == 0 ? "Completed" : "Error"),
        Message = record.Message,
        StartedAt = record.StartedAt,
        FinishedAt = record.FinishedAt,
        ContainerID = $"{runtime}://{record.Identity}",
    };
}
