using System.Text.Json.Nodes;

namespace Fairway.Resources.PodSecurity;

/// <summary>What one check finds wrong with a pod.</summary>
/// <param name="Reason">In two or three words: <c>host namespaces</c>.</param>
/// <param name="Detail">Which containers and values; may be empty.</param>
public sealed record SecurityViolation(string Reason, string Detail)
{
    public override string ToString() => Detail.Length == 0 ? Reason : $"{Reason} ({Detail})";
}

/// <summary>
/// The Pod Security Standards, baseline and restricted, at every version since 1.0: which checks a level has at a version, and what
/// they find. Pure. Source: kubernetes.io/docs/concepts/security/pod-security-standards.
/// </summary>
public static class SecurityStandards
{
    /// <summary>The last version at which a check changes.</summary>
    public const int Newest = 37;

    // In the order in which violations are told: baseline by id, then restricted by id.
    private static readonly Check[] Checks =
    [
        new("appArmorProfile", false, [new(0, BaselineChecks.AppArmor)]),
        new("capabilities_baseline", false, [new(0, BaselineChecks.Capabilities)]),
        new("hostNamespaces", false, [new(0, BaselineChecks.HostNamespaces)]),
        new("hostPathVolumes", false, [new(0, BaselineChecks.HostPathVolumes)]),
        new("hostPorts", false, [new(0, BaselineChecks.HostPorts)]),
        new("hostProbesAndHostLifecycle", false, [new(34, BaselineChecks.ProbeHosts)]),
        new("privileged", false, [new(0, BaselineChecks.Privileged)]),
        new("procMount", false, [new(0, BaselineChecks.ProcMount), new(35, pod => pod.HasOwnUsers ? null : BaselineChecks.ProcMount(pod))]),
        new("seLinuxOptions", false, [new(0, pod => SeLinuxCheck.Run(pod, allowEngine: false)), new(31, pod => SeLinuxCheck.Run(pod, allowEngine: true))]),
        new("seccompProfile_baseline", false, [new(0, SeccompChecks.Annotations), new(19, SeccompChecks.Baseline)]),
        new("sysctls", false, [.. SysctlCheck.Versions.Select(version => new VersionedCheck(version, pod => SysctlCheck.Run(pod, version)))]),
        new("windowsHostProcess", false, [new(0, BaselineChecks.WindowsHostProcess)]),
        new("allowPrivilegeEscalation", true, [new(8, RestrictedChecks.PrivilegeEscalation), new(25, UnlessWindows(RestrictedChecks.PrivilegeEscalation))]),
        new("capabilities_restricted", true, [new(22, RestrictedChecks.Capabilities), new(25, UnlessWindows(RestrictedChecks.Capabilities))], "capabilities_baseline"),
        new("procMount_restricted", true, [new(35, BaselineChecks.ProcMount)], "procMount"),
        new("restrictedVolumes", true, [new(0, RestrictedChecks.Volumes)], "hostPathVolumes"),
        new("runAsNonRoot", true, [new(0, RestrictedChecks.RunAsNonRoot), new(35, UnlessOwnUsers(RestrictedChecks.RunAsNonRoot))]),
        new("runAsUser", true, [new(23, RestrictedChecks.RunAsUser), new(35, UnlessOwnUsers(RestrictedChecks.RunAsUser))]),
        new("seccompProfile_restricted", true, [new(19, SeccompChecks.Restricted), new(25, UnlessWindows(SeccompChecks.Restricted))], "seccompProfile_baseline"),
    ];

    private delegate SecurityViolation? Find(SecurityPod pod);

    /// <summary>Everything about a pod that violates a rule.</summary>
    /// <param name="metadata">The pod's metadata, for its annotations.</param>
    /// <param name="spec">The pod's spec.</param>
    /// <param name="newest">The minor version that <c>latest</c> and everything later mean: that of the server.</param>
    public static IReadOnlyList<SecurityViolation> Evaluate(SecurityRule rule, JsonObject? metadata, JsonObject? spec, int newest = Newest)
    {
        if (rule.Level == SecurityLevel.Privileged)
        {
            return [];
        }

        int minor = Math.Min(rule.Version.Minor ?? newest, newest);
        bool isRestricted = rule.Level == SecurityLevel.Restricted;
        var pod = new SecurityPod(metadata, spec);
        var violations = new List<SecurityViolation>();
        foreach (Check check in Checks)
        {
            if ((check.IsRestricted && !isRestricted) || (isRestricted && IsOverridden(check, minor)))
            {
                continue;
            }

            if (check.At(minor)?.Find(pod) is { } violation)
            {
                violations.Add(violation);
            }
        }

        return violations;
    }

    private static bool IsOverridden(Check check, int minor)
        => !check.IsRestricted && Checks.Any(other => other.Overrides == check.Id && other.At(minor) is not null);

    private static Find UnlessWindows(Find find) => pod => pod.IsWindows ? null : find(pod);

    private static Find UnlessOwnUsers(Find find) => pod => pod.HasOwnUsers ? null : find(pod);

    private sealed record VersionedCheck(int From, Find Find);

    private sealed record Check(string Id, bool IsRestricted, VersionedCheck[] Versions, string? Overrides = null)
    {
        public VersionedCheck? At(int minor) => Array.FindLast(Versions, version => version.From <= minor);
    }
}
