using System.Globalization;
using System.Text.Json.Nodes;
using static Fairway.Resources.PodSecurity.SecurityPod;
using static Fairway.Resources.PodSecurity.Wording;

namespace Fairway.Resources.PodSecurity;

/// <summary>What the baseline forbids: the known ways out of a container.</summary>
internal static class BaselineChecks
{
    private const string AppArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

    private static readonly HashSet<string> DefaultCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP",
        "SETUID", "SYS_CHROOT",
    ];

    public static SecurityViolation? AppArmor(SecurityPod pod)
    {
        SortedSet<string> values = Set();
        bool podIsBad = IsBadProfile(pod.SecurityContext, values);
        string[] containers = pod.Where(container => IsBadProfile(container.SecurityContext, values));
        SortedSet<string> annotations = Set((pod.Annotations ?? [])
            .Where(annotation => annotation.Key.StartsWith(AppArmorAnnotation, StringComparison.Ordinal))
            .Select(annotation => (annotation.Key, Value: annotation.Value?.ToString() ?? ""))
            .Where(annotation => annotation.Value is not ("" or "runtime/default") && !annotation.Value.StartsWith("localhost/", StringComparison.Ordinal))
            .Select(annotation => $"{annotation.Key}=\"{annotation.Value}\""));
        string[] setters =
        [
            .. podIsBad ? ["pod"] : Array.Empty<string>(),
            .. containers.Length > 0 ? [Named(containers)] : Array.Empty<string>(),
            .. annotations.Count > 0 ? [Plural("annotation", "annotations", annotations.Count)] : Array.Empty<string>(),
        ];
        string[] bad = [.. values, .. annotations];
        return setters.Length == 0 ? null : new SecurityViolation(
            Plural("forbidden AppArmor profile", "forbidden AppArmor profiles", bad.Length),
            $"{string.Join(" and ", setters)} must not set AppArmor profile type to {Quote(bad)}");
    }

    public static SecurityViolation? Capabilities(SecurityPod pod)
    {
        SortedSet<string> added = Set();
        string[] containers = pod.Where(container =>
        {
            string[] bad = [.. Texts(container.SecurityContext?["capabilities"], "add").Where(name => !DefaultCapabilities.Contains(name))];
            added.UnionWith(bad);
            return bad.Length > 0;
        });
        return containers.Length == 0 ? null : new SecurityViolation(
            "non-default capabilities", $"{Named(containers)} must not include {Quote(added)} in securityContext.capabilities.add");
    }

    public static SecurityViolation? HostNamespaces(SecurityPod pod)
    {
        string[] shared = [.. ((string[])["hostNetwork", "hostPID", "hostIPC"]).Where(member => Flag(pod.Spec, member) == true).Select(member => $"{member}=true")];
        return shared.Length == 0 ? null : new SecurityViolation("host namespaces", string.Join(", ", shared));
    }

    public static SecurityViolation? HostPathVolumes(SecurityPod pod)
    {
        string[] volumes = [.. pod.Volumes.Where(volume => volume["hostPath"] is not null).Select(volume => Text(volume, "name"))];
        return volumes.Length == 0 ? null : new SecurityViolation("hostPath volumes", $"{Plural("volume", "volumes", volumes.Length)} {Quote(volumes)}");
    }

    public static SecurityViolation? HostPorts(SecurityPod pod)
    {
        SortedSet<string> ports = Set();
        string[] containers = pod.Where(container =>
        {
            long[] used = [.. Items(container.Node, "ports").Select(port => Number(port, "hostPort") ?? 0).Where(port => port != 0)];
            ports.UnionWith(used.Select(port => port.ToString(CultureInfo.InvariantCulture)));
            return used.Length > 0;
        });
        return containers.Length == 0 ? null : new SecurityViolation(
            "hostPort",
            $"{Named(containers)} {Plural("uses", "use", containers.Length)} {Plural("hostPort", "hostPorts", ports.Count)} {string.Join(", ", ports)}");
    }

    public static SecurityViolation? ProbeHosts(SecurityPod pod)
    {
        SortedSet<string> hosts = Set();
        SortedSet<string> containers = Set(pod.Where(container =>
        {
            JsonNode?[] handlers =
            [
                container.Node["livenessProbe"], container.Node["readinessProbe"], container.Node["startupProbe"],
                container.Node["lifecycle"]?["postStart"], container.Node["lifecycle"]?["preStop"],
            ];
            string[] named = [.. handlers.SelectMany(handler => (string[])[Text(handler?["httpGet"], "host"), Text(handler?["tcpSocket"], "host")]).Where(host => host.Length > 0)];
            hosts.UnionWith(named);
            return named.Length > 0;
        }));
        return containers.Count == 0 ? null : new SecurityViolation(
            "probe or lifecycle host",
            $"{Named(containers)} {Plural("uses", "use", containers.Count)} {Plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.Count)} {Quote(hosts)}");
    }

    public static SecurityViolation? Privileged(SecurityPod pod)
    {
        string[] containers = pod.Where(container => Flag(container.SecurityContext, "privileged") == true);
        return containers.Length == 0 ? null : new SecurityViolation("privileged", $"{Named(containers)} must not set securityContext.privileged=true");
    }

    public static SecurityViolation? ProcMount(SecurityPod pod)
    {
        SortedSet<string> kinds = Set();
        string[] containers = pod.Where(container =>
        {
            if (container.SecurityContext?["procMount"] is null || Text(container.SecurityContext, "procMount") == "Default")
            {
                return false;
            }

            kinds.Add(Text(container.SecurityContext, "procMount"));
            return true;
        });
        return containers.Length == 0 ? null : new SecurityViolation("procMount", $"{Named(containers)} must not set securityContext.procMount to {Quote(kinds)}");
    }

    public static SecurityViolation? WindowsHostProcess(SecurityPod pod)
    {
        bool podIsBad = Flag(pod.SecurityContext?["windowsOptions"], "hostProcess") == true;
        string[] containers = pod.Where(container => Flag(container.SecurityContext?["windowsOptions"], "hostProcess") == true);
        return !podIsBad && containers.Length == 0 ? null : new SecurityViolation(
            "hostProcess", $"{Setters(podIsBad, containers)} must not set securityContext.windowsOptions.hostProcess=true");
    }

    private static bool IsBadProfile(JsonObject? context, SortedSet<string> values)
    {
        if (context?["appArmorProfile"] is not { } profile || Text(profile, "type") is "RuntimeDefault" or "Localhost")
        {
            return false;
        }

        values.Add(Text(profile, "type"));
        return true;
    }
}

/// <summary>SELinux types, users and roles.</summary>
internal static class SeLinuxCheck
{
    public static SecurityViolation? Run(SecurityPod pod, bool allowEngine)
    {
        SortedSet<string> types = Set();
        bool setsUser = false;
        bool setsRole = false;
        bool IsBad(JsonObject? context)
        {
            JsonNode? options = context?["seLinuxOptions"];
            string type = Text(options, "type");
            bool isBadType = !(type is "" or "container_t" or "container_init_t" or "container_kvm_t" || (allowEngine && type == "container_engine_t"));
            bool hasUser = Text(options, "user").Length > 0;
            bool hasRole = Text(options, "role").Length > 0;
            setsUser |= hasUser;
            setsRole |= hasRole;
            if (isBadType)
            {
                types.Add(type);
            }

            return isBadType || hasUser || hasRole;
        }

        bool podIsBad = IsBad(pod.SecurityContext);
        string[] containers = pod.Where(container => IsBad(container.SecurityContext));
        if (!podIsBad && containers.Length == 0)
        {
            return null;
        }

        string[] what =
        [
            .. types.Count > 0 ? [$"{Plural("type", "types", types.Count)} {Quote(types)}"] : Array.Empty<string>(),
            .. setsUser ? ["user may not be set"] : Array.Empty<string>(),
            .. setsRole ? ["role may not be set"] : Array.Empty<string>(),
        ];
        return new SecurityViolation(
            "seLinuxOptions", $"{Setters(podIsBad, containers)} set forbidden securityContext.seLinuxOptions: {string.Join("; ", what)}");
    }
}

/// <summary>Kernel parameters: only those that stay within the pod. The list grew over time.</summary>
internal static class SysctlCheck
{
    private static readonly (int From, string[] Names)[] Safe =
    [
        (0, ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"]),
        (27, ["net.ipv4.ip_local_reserved_ports"]),
        (29, ["net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"]),
        (32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]),
        (37, ["net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"]),
    ];

    /// <summary>Where the list grew.</summary>
    public static IEnumerable<int> Versions => Safe.Select(step => step.From);

    public static SecurityViolation? Run(SecurityPod pod, int version)
    {
        string[] bad = [.. Items(pod.SecurityContext, "sysctls").Select(sysctl => Text(sysctl, "name"))
            .Where(name => !Safe.Any(step => step.From <= version && step.Names.Contains(name)))];
        return bad.Length == 0 ? null : new SecurityViolation("forbidden sysctls", string.Join(", ", bad));
    }
}
