namespace Fairway.Resources.Kinds.Core;

/// <summary>A container that was added to a running pod to look into it; it is never restarted.</summary>
public sealed record EphemeralContainer
{
    /// <summary>Unique among all containers of the pod.</summary>
    public required string Name { get; init; }

    public string? Image { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Command { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Args { get; init; }

    public string? WorkingDir { get; init; }

    [ListMap("containerPort", "protocol", MergeKey = "containerPort")]
    public IReadOnlyList<ContainerPort>? Ports { get; init; }

    [Atomic]
    public IReadOnlyList<EnvFromSource>? EnvFrom { get; init; }

    [ListMap("name")]
    public IReadOnlyList<EnvVar>? Env { get; init; }

    [Default("{}")]
    public ResourceRequirements? Resources { get; init; }

    [Atomic]
    public IReadOnlyList<ContainerResizePolicy>? ResizePolicy { get; init; }

    public string? RestartPolicy { get; init; }

    [ListMap("mountPath")]
    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }

    [ListMap("devicePath")]
    public IReadOnlyList<VolumeDevice>? VolumeDevices { get; init; }

    public Probe? LivenessProbe { get; init; }

    public Probe? ReadinessProbe { get; init; }

    public Probe? StartupProbe { get; init; }

    public Lifecycle? Lifecycle { get; init; }

    [Default("\"/dev/termination-log\"")]
    public string? TerminationMessagePath { get; init; }

    [OneOf("File", "FallbackToLogsOnError")]
    [Default("\"File\"")]
    public string? TerminationMessagePolicy { get; init; }

    [OneOf("Always", "Never", "IfNotPresent")]
    public string? ImagePullPolicy { get; init; }

    public SecurityContext? SecurityContext { get; init; }

    public bool? Stdin { get; init; }

    public bool? StdinOnce { get; init; }

    public bool? Tty { get; init; }

    /// <summary>The container whose processes it looks at.</summary>
    public string? TargetContainerName { get; init; }

    /// <summary>The same as a container, which is how it runs.</summary>
    public Container ToContainer() => new()
    {
        Name = Name,
        Image = Image,
        Command = Command,
        Args = Args,
        WorkingDir = WorkingDir,
        EnvFrom = EnvFrom,
        Env = Env,
        Resources = Resources,
        VolumeMounts = VolumeMounts,
        TerminationMessagePath = TerminationMessagePath,
        TerminationMessagePolicy = TerminationMessagePolicy,
        ImagePullPolicy = ImagePullPolicy,
        SecurityContext = SecurityContext,
        Stdin = Stdin,
        StdinOnce = StdinOnce,
        Tty = Tty,
    };
}
