using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>One container of a pod.</summary>
public sealed record Container
{
    /// <summary>Unique within the pod.</summary>
    public required string Name { get; init; }

    /// <summary>The image's name: <c>shop/web@sha256:…</c>.</summary>
    public string? Image { get; init; }

    /// <summary>Replaces the image's entrypoint. <c>$(NAME)</c> stands for a variable's value.</summary>
    [Atomic]
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Replaces the image's arguments.</summary>
    [Atomic]
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Replaces the image's working directory.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>Ports that the container listens on.</summary>
    [ListMap("containerPort", "protocol", MergeKey = "containerPort")]
    public IReadOnlyList<ContainerPort>? Ports { get; init; }

    /// <summary>ConfigMaps and Secrets whose every key becomes a variable; later ones win, and <see cref="Env"/> over all.</summary>
    [Atomic]
    public IReadOnlyList<EnvFromSource>? EnvFrom { get; init; }

    /// <summary>Environment variables.</summary>
    [ListMap("name")]
    public IReadOnlyList<EnvVar>? Env { get; init; }

    /// <summary>What the container asks for and may use at most.</summary>
    [Default("{}")]
    public ResourceRequirements? Resources { get; init; }

    [Atomic]
    public IReadOnlyList<ContainerResizePolicy>? ResizePolicy { get; init; }

    /// <summary>Init containers only: Always makes it run beside the containers.</summary>
    [OneOf("Always")]
    public string? RestartPolicy { get; init; }

    [ListMap("mountPath")]
    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }

    [ListMap("devicePath")]
    public IReadOnlyList<VolumeDevice>? VolumeDevices { get; init; }

    /// <summary>When it fails, the container is restarted.</summary>
    public Probe? LivenessProbe { get; init; }

    /// <summary>While it fails, services send no traffic.</summary>
    public Probe? ReadinessProbe { get; init; }

    /// <summary>Until it succeeds, the other probes wait; when it fails, the container is restarted.</summary>
    public Probe? StartupProbe { get; init; }

    /// <summary>What runs after the start and before the end.</summary>
    public Lifecycle? Lifecycle { get; init; }

    [Default("\"/dev/termination-log\"")]
    public string? TerminationMessagePath { get; init; }

    [OneOf("File", "FallbackToLogsOnError")]
    [Default("\"File\"")]
    public string? TerminationMessagePolicy { get; init; }

    /// <summary>Always, Never or IfNotPresent. Always when the tag is latest or absent, else IfNotPresent.</summary>
    [OneOf("Always", "Never", "IfNotPresent")]
    public string? ImagePullPolicy { get; init; }

    public SecurityContext? SecurityContext { get; init; }

    public bool? Stdin { get; init; }

    public bool? StdinOnce { get; init; }

    public bool? Tty { get; init; }
}

/// <summary>What a change of a resource does to the container.</summary>
public sealed record ContainerResizePolicy
{
    public required string ResourceName { get; init; }

    public required string RestartPolicy { get; init; }
}

/// <summary>A port that a container listens on.</summary>
public sealed record ContainerPort
{
    /// <summary>A name by which services and probes can refer to it.</summary>
    public string? Name { get; init; }

    /// <summary>The port number within the container.</summary>
    [Bounds(Minimum = 1, Maximum = 65535)]
    [JsonPropertyName("containerPort")]
    public required int Number { get; init; }

    [OneOf("TCP", "UDP", "SCTP")]
    [Default("\"TCP\"")]
    public string? Protocol { get; init; }

    [Bounds(Minimum = 0, Maximum = 65535)]
    public int? HostPort { get; init; }

    [JsonPropertyName("hostIP")]
    public string? HostIP { get; init; }
}

/// <summary>A variable of a container's environment.</summary>
public sealed record EnvVar
{
    public required string Name { get; init; }

    /// <summary>The value; <c>$(NAME)</c> stands for a variable defined before, <c>$$</c> for a dollar.</summary>
    public string? Value { get; init; }

    /// <summary>Where the value comes from; not together with <see cref="Value"/>.</summary>
    public EnvVarSource? ValueFrom { get; init; }
}

/// <summary>Where a variable's value comes from: one member is set.</summary>
public sealed record EnvVarSource
{
    [Atomic]
    public ObjectFieldSelector? FieldRef { get; init; }

    [Atomic]
    public ResourceFieldSelector? ResourceFieldRef { get; init; }

    [Atomic]
    public KeySelector? ConfigMapKeyRef { get; init; }

    [Atomic]
    public KeySelector? SecretKeyRef { get; init; }
}

/// <summary>A field of the pod.</summary>
public sealed record ObjectFieldSelector
{
    [Default("\"v1\"")]
    public string? ApiVersion { get; init; }

    public required string FieldPath { get; init; }
}

/// <summary>A request or limit of a container.</summary>
public sealed record ResourceFieldSelector
{
    public string? ContainerName { get; init; }

    /// <summary><c>limits.cpu</c>, <c>requests.memory</c>, …</summary>
    public required string Resource { get; init; }

    public Quantity? Divisor { get; init; }
}

/// <summary>A key of a ConfigMap or Secret.</summary>
public sealed record KeySelector
{
    public string? Name { get; init; }

    public required string Key { get; init; }

    public bool? Optional { get; init; }
}

/// <summary>A ConfigMap or Secret whose keys become variables.</summary>
public sealed record EnvFromSource
{
    /// <summary>Put before each key.</summary>
    public string? Prefix { get; init; }

    public EnvSource? ConfigMapRef { get; init; }

    public EnvSource? SecretRef { get; init; }
}

/// <summary>A ConfigMap or Secret.</summary>
public sealed record EnvSource
{
    public string? Name { get; init; }

    public bool? Optional { get; init; }
}

/// <summary>What a container asks for and may use at most.</summary>
public sealed record ResourceRequirements
{
    public IReadOnlyDictionary<string, Quantity>? Limits { get; init; }

    /// <summary>The limits where absent.</summary>
    public IReadOnlyDictionary<string, Quantity>? Requests { get; init; }

    [ListMap("name")]
    public IReadOnlyList<ResourceClaim>? Claims { get; init; }
}

/// <summary>A device claim of the pod that the container uses.</summary>
public sealed record ResourceClaim
{
    public required string Name { get; init; }

    public string? Request { get; init; }
}

/// <summary>Where a volume appears in a container.</summary>
public sealed record VolumeMount
{
    /// <summary>The name of a volume of the pod.</summary>
    public required string Name { get; init; }

    public bool? ReadOnly { get; init; }

    public string? RecursiveReadOnly { get; init; }

    public required string MountPath { get; init; }

    /// <summary>A path within the volume instead of its root.</summary>
    public string? SubPath { get; init; }

    public string? SubPathExpr { get; init; }

    public string? MountPropagation { get; init; }
}

/// <summary>Where a block device appears in a container.</summary>
public sealed record VolumeDevice
{
    public required string Name { get; init; }

    public required string DevicePath { get; init; }
}
