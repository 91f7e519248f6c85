using System.Text.Json.Nodes;
using static Fairway.Resources.PodSecurity.SecurityPod;
using static Fairway.Resources.PodSecurity.Wording;

namespace Fairway.Resources.PodSecurity;

/// <summary>What the restricted level demands on top of the baseline.</summary>
internal static class RestrictedChecks
{
    private static readonly string[] AllowedVolumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    private static readonly string[] KnownVolumes =
    [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd", "flexVolume", "cinder", "cephfs",
        "flocker", "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
    ];

    public static SecurityViolation? PrivilegeEscalation(SecurityPod pod)
    {
        string[] containers = pod.Where(container => Flag(container.SecurityContext, "allowPrivilegeEscalation") != false);
        return containers.Length == 0 ? null : new SecurityViolation(
            "allowPrivilegeEscalation != false", $"{Named(containers)} must set securityContext.allowPrivilegeEscalation=false");
    }

    public static SecurityViolation? Capabilities(SecurityPod pod)
    {
        SortedSet<string> forbidden = Set();
        string[] keeping = pod.Where(container => !Texts(container.SecurityContext?["capabilities"], "drop").Contains("ALL"));
        string[] adding = pod.Where(container =>
        {
            string[] added = [.. Texts(container.SecurityContext?["capabilities"], "add").Where(name => name != "NET_BIND_SERVICE")];
            forbidden.UnionWith(added);
            return added.Length > 0;
        });
        string[] details =
        [
            .. keeping.Length > 0 ? [$"{Named(keeping)} must set securityContext.capabilities.drop=[\"ALL\"]"] : Array.Empty<string>(),
            .. adding.Length > 0 ? [$"{Named(adding)} must not include {Quote(forbidden)} in securityContext.capabilities.add"] : Array.Empty<string>(),
        ];
        return details.Length == 0 ? null : new SecurityViolation("unrestricted capabilities", string.Join("; ", details));
    }

    public static SecurityViolation? Volumes(SecurityPod pod)
    {
        // A volume that says nothing but its name is an emptyDir.
        JsonObject[] bad = [.. pod.Volumes.Where(volume => volume.Count > 1 && !AllowedVolumes.Any(kind => volume[kind] is not null))];
        SortedSet<string> kinds = Set(bad.Select(volume => Array.Find(KnownVolumes, kind => volume[kind] is not null) ?? "unknown"));
        string[] names = [.. bad.Select(volume => Text(volume, "name"))];
        return bad.Length == 0 ? null : new SecurityViolation(
            "restricted volume types",
            $"{Plural("volume", "volumes", names.Length)} {Quote(names)} {Plural("uses", "use", names.Length)} "
            + $"{Plural("restricted volume type", "restricted volume types", kinds.Count)} {Quote(kinds)}");
    }

    public static SecurityViolation? RunAsNonRoot(SecurityPod pod)
    {
        bool? ofPod = Flag(pod.SecurityContext, "runAsNonRoot");
        string[] against = pod.Where(container => Flag(container.SecurityContext, "runAsNonRoot") == false);
        string[] silent = pod.Where(container => ofPod != true && Flag(container.SecurityContext, "runAsNonRoot") is null);
        const string Reason = "runAsNonRoot != true";
        return ofPod == false || against.Length > 0
                ? new SecurityViolation(Reason, $"{Setters(ofPod == false, against)} must not set securityContext.runAsNonRoot=false")
            : silent.Length > 0 ? new SecurityViolation(Reason, $"pod or {Named(silent)} must set securityContext.runAsNonRoot=true")
            : null;
    }

    public static SecurityViolation? RunAsUser(SecurityPod pod)
    {
        bool podIsBad = Number(pod.SecurityContext, "runAsUser") == 0;
        string[] containers = pod.Where(container => Number(container.SecurityContext, "runAsUser") == 0);
        return !podIsBad && containers.Length == 0 ? null : new SecurityViolation("runAsUser=0", $"{Setters(podIsBad, containers)} must not set runAsUser=0");
    }
}

/// <summary>Seccomp profiles: by annotations before 1.19, by fields since.</summary>
internal static class SeccompChecks
{
    private const string PodAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
    private const string ContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/";

    public static SecurityViolation? Annotations(SecurityPod pod)
    {
        SortedSet<string> forbidden = Set(((string[])[PodAnnotation, .. pod.Containers.Select(container => ContainerAnnotation + container.Name)])
            .Where(key => pod.Annotations?.ContainsKey(key) == true && !IsGood(Text(pod.Annotations, key)))
            .Select(key => $"{key}=\"{Text(pod.Annotations, key)}\""));
        return forbidden.Count == 0 ? null : new SecurityViolation(
            "seccompProfile", $"forbidden {Plural("annotation", "annotations", forbidden.Count)} {string.Join(", ", forbidden)}");
    }

    public static SecurityViolation? Baseline(SecurityPod pod)
    {
        SortedSet<string> values = Set();
        bool podIsBad = Of(pod.SecurityContext, values) == false;
        string[] containers = pod.Where(container => Of(container.SecurityContext, values) == false);
        return !podIsBad && containers.Length == 0 ? null : new SecurityViolation(
            "seccompProfile", $"{Setters(podIsBad, containers)} must not set securityContext.seccompProfile.type to {Quote(values)}");
    }

    public static SecurityViolation? Restricted(SecurityPod pod)
    {
        bool podIsGood = Of(pod.SecurityContext, Set()) == true;
        string[] silent = pod.Where(container => !podIsGood && container.SecurityContext?["seccompProfile"] is null);
        return Baseline(pod) ?? (silent.Length == 0 ? null : new SecurityViolation(
            "seccompProfile", $"pod or {Named(silent)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\""));
    }

    // Whether a profile is set and good; null when none is set. What is bad is noted.
    private static bool? Of(JsonObject? context, SortedSet<string> values)
    {
        if (context?["seccompProfile"] is not { } profile)
        {
            return null;
        }

        string type = Text(profile, "type");
        if (type is "RuntimeDefault" or "Localhost")
        {
            return true;
        }

        values.Add(type);
        return false;
    }

    private static bool IsGood(string annotation)
        => annotation is "runtime/default" or "docker/default" || annotation.StartsWith("localhost/", StringComparison.Ordinal);
}
