using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>Security settings of one container; they win over the pod's.</summary>
public sealed record SecurityContext
{
    public Capabilities? Capabilities { get; init; }

    public bool? Privileged { get; init; }

    public SeLinuxOptions? SeLinuxOptions { get; init; }

    public long? RunAsUser { get; init; }

    public long? RunAsGroup { get; init; }

    public bool? RunAsNonRoot { get; init; }

    public bool? ReadOnlyRootFilesystem { get; init; }

    public bool? AllowPrivilegeEscalation { get; init; }

    public string? ProcMount { get; init; }

    public SecurityProfile? SeccompProfile { get; init; }

    public SecurityProfile? AppArmorProfile { get; init; }

    public WindowsSecurityContextOptions? WindowsOptions { get; init; }
}

/// <summary>Security settings that only Windows has.</summary>
public sealed record WindowsSecurityContextOptions
{
    public string? GmsaCredentialSpecName { get; init; }

    public string? GmsaCredentialSpec { get; init; }

    public string? RunAsUserName { get; init; }

    public bool? HostProcess { get; init; }
}

/// <summary>Security settings of all containers of a pod.</summary>
public sealed record PodSecurityContext
{
    public SeLinuxOptions? SeLinuxOptions { get; init; }

    public long? RunAsUser { get; init; }

    public long? RunAsGroup { get; init; }

    public bool? RunAsNonRoot { get; init; }

    [Atomic]
    public IReadOnlyList<long>? SupplementalGroups { get; init; }

    public string? SupplementalGroupsPolicy { get; init; }

    public long? FsGroup { get; init; }

    public string? FsGroupChangePolicy { get; init; }

    [Atomic]
    public IReadOnlyList<Sysctl>? Sysctls { get; init; }

    public SecurityProfile? SeccompProfile { get; init; }

    public SecurityProfile? AppArmorProfile { get; init; }

    public WindowsSecurityContextOptions? WindowsOptions { get; init; }

    [JsonPropertyName("seLinuxChangePolicy")]
    public string? SeLinuxChangePolicy { get; init; }
}

public sealed record Capabilities
{
    [Atomic]
    public IReadOnlyList<string>? Add { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Drop { get; init; }
}

public sealed record SeLinuxOptions
{
    public string? User { get; init; }

    public string? Role { get; init; }

    public string? Type { get; init; }

    public string? Level { get; init; }
}

/// <summary>A seccomp or AppArmor profile.</summary>
public sealed record SecurityProfile
{
    [OneOf("Localhost", "RuntimeDefault", "Unconfined")]
    public required string Type { get; init; }

    public string? LocalhostProfile { get; init; }
}

public sealed record Sysctl
{
    public required string Name { get; init; }

    public required string Value { get; init; }
}
