using System.Globalization;

namespace Fairway.Node.Runtimes.Podman;

/// <summary>What a container may use and do, as arguments of <c>create</c>. Pure.</summary>
internal static class PodmanLimits
{
    public static IEnumerable<string> Arguments(ContainerSpec spec)
    {
        if (spec.MemoryLimit is { } memory)
        {
            // No swap on top: beyond its limit a container is ended.
            string bytes = memory.ToString(CultureInfo.InvariantCulture);
            yield return $"--memory={bytes}";
            yield return $"--memory-swap={bytes}";
        }

        if (spec.CpuLimit is { } processors)
        {
            yield return $"--cpus={processors.ToString("0.###", CultureInfo.InvariantCulture)}";
        }

        ContainerSecurity security = spec.Security;
        if (security.User is { } || security.Group is { })
        {
            // Without a user the image's would be lost: a group alone comes with root, as the image's most often is.
            string user = (security.User ?? 0).ToString(CultureInfo.InvariantCulture);
            yield return security.Group is { } group ? string.Create(CultureInfo.InvariantCulture, $"--user={user}:{group}") : $"--user={user}";
        }

        if (security.ReadOnlyRoot)
        {
            yield return "--read-only";
        }

        if (security.Privileged)
        {
            yield return "--privileged";
        }

        if (security.NoNewPrivileges)
        {
            yield return "--security-opt=no-new-privileges";
        }

        foreach (string capability in security.Drop)
        {
            yield return $"--cap-drop={capability}";
        }

        foreach (string capability in security.Add)
        {
            yield return $"--cap-add={capability}";
        }
    }
}
