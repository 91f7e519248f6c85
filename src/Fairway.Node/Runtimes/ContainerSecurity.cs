using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Runtimes;

/// <summary>The security settings that a runtime with containers of its own keeps; null and empty leave the image's and the program's.</summary>
public sealed record ContainerSecurity
{
    /// <summary>Nothing is asked for.</summary>
    public static ContainerSecurity None { get; } = new();

    public long? User { get; init; }

    public long? Group { get; init; }

    public bool ReadOnlyRoot { get; init; }

    public bool Privileged { get; init; }

    public bool NoNewPrivileges { get; init; }

    /// <summary>Capabilities without <c>CAP_</c>, or <c>ALL</c>.</summary>
    public IReadOnlyList<string> Add { get; init; } = [];

    /// <summary>Capabilities without <c>CAP_</c>, or <c>ALL</c>.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>What a container asks for; its own settings win over its pod's.</summary>
    public static ContainerSecurity Of(PodSecurityContext? pod, SecurityContext? container) => new()
    {
        User = container?.RunAsUser ?? pod?.RunAsUser,
        Group = container?.RunAsGroup ?? pod?.RunAsGroup,
        ReadOnlyRoot = container?.ReadOnlyRootFilesystem == true,
        Privileged = container?.Privileged == true,
        NoNewPrivileges = container?.AllowPrivilegeEscalation == false,
        Add = container?.Capabilities?.Add ?? [],
        Drop = container?.Capabilities?.Drop ?? [],
    };
}
