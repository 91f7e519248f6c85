using System.Net;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>
/// The spec of a pod, in a pod or in a template. Everything wrong is told, in the order and the words of kube-apiserver's
/// validation of version 1.32.
/// </summary>
internal static class PodRules
{
    private const int MaxNameservers = 3;
    private const int MaxSearches = 32;
    private const int MaxSearchCharacters = 2048;

    /// <param name="spec">The spec, with its defaults.</param>
    /// <param name="pod">The name of the pod; null for a template.</param>
    /// <param name="path">Where the spec is.</param>
    /// <param name="errors">Where errors go.</param>
    public static void Spec(JsonObject spec, string? pod, FieldPath path, FieldErrors errors)
    {
        if (spec.Long("terminationGracePeriodSeconds") is null)
        {
            errors.Required(path.At("terminationGracePeriodSeconds"));
        }

        Dictionary<string, JsonObject> volumes = VolumeRules.Validate(spec.Array("volumes"), pod, path.At("volumes"), errors);
        ContainerRules.Validate(spec, volumes, path, errors);
        HostNetwork(spec, isPod: pod is not null, path, errors);
        SelectorRules.OneOf(spec, "restartPolicy", path, errors, "Always", "OnFailure", "Never");
        SelectorRules.OneOf(spec, "dnsPolicy", path, errors, "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        MetadataValidation.CheckLabels(spec.Object("nodeSelector"), path.At("nodeSelector"), errors);
        SecurityRules.Pod(spec, path, errors);
        PlacementRules.Affinity(spec["affinity"], path.At("affinity"), errors);
        Dns(spec, path.At("dnsConfig"), errors);
        Gates(spec, path, errors);
        PlacementRules.Spreading(spec.Array("topologySpreadConstraints"), path.At("topologySpreadConstraints"), errors);
        HostUsers(spec, path, errors);
        Names(spec, path, errors);
        Deadline(spec, path, errors);
        foreach (string member in (ReadOnlySpan<string>)["hostname", "subdomain"])
        {
            if (spec.Text(member) is { Length: > 0 } name)
            {
                SelectorRules.Label(name, path.At(member), errors);
            }
        }

        PlacementRules.Tolerations(spec.Array("tolerations"), path.At("tolerations"), errors);
        Aliases(spec.Array("hostAliases"), path.At("hostAliases"), errors);
        Priority(spec, path, errors);
        if (spec["overhead"] is JsonObject overhead)
        {
            AmountRules.Requirements(new JsonObject { ["limits"] = overhead.DeepClone() }, path.At("overhead"), errors);
        }

        OperatingSystem(spec, path, errors);
    }

    /// <summary>What is asked of pods but not of templates.</summary>
    public static void OnlyPods(JsonObject spec, FieldErrors errors)
    {
        FieldPath path = FieldPath.Spec;
        JsonArray volumes = spec.Array("volumes") ?? [];
        for (int i = 0; i < volumes.Count && string.IsNullOrEmpty(spec.Text("serviceAccountName")); i++)
        {
            JsonArray sources = volumes[i]?["projected"].Array("sources") ?? [];
            for (int j = 0; j < sources.Count; j++)
            {
                if (sources[j]?["serviceAccountToken"] is not null)
                {
                    errors.Forbidden(path.At("volumes").At(i).At("projected").At("sources").At(j).At("serviceAccountToken"), "must not be specified when serviceAccountName is not set");
                }
            }
        }

        foreach (string list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            JsonArray containers = spec.Array(list) ?? [];
            for (int i = 0; i < containers.Count; i++)
            {
                ContainerRules.Trimmed(containers[i], path.At(list).At(i), errors);
            }
        }
    }

    private static void HostNetwork(JsonObject spec, bool isPod, FieldPath path, FieldErrors errors)
    {
        JsonArray containers = spec.Array("containers") ?? [];
        for (int i = 0; i < containers.Count && spec.Flag("hostNetwork") == true; i++)
        {
            JsonArray ports = containers[i].Array("ports") ?? [];
            for (int j = 0; j < ports.Count; j++)
            {
                long host = ports[j].Long("hostPort") ?? 0;
                if ((isPod || host != 0) && host != (ports[j].Long("containerPort") ?? 0))
                {
                    errors.Invalid(path.At("containers").At(i).At("ports").At(j).At("hostPort"), host, "must match `containerPort` when `hostNetwork` is true");
                }
            }
        }
    }

    private static void Dns(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        JsonObject? config = spec.Object("dnsConfig");
        JsonArray servers = config.Array("nameservers") ?? [];
        if (spec.Text("dnsPolicy") == "None" && servers.Count == 0)
        {
            errors.Required(
                config is null ? path : path.At("nameservers"),
                config is null ? "must provide `dnsConfig` when `dnsPolicy` is None" : "must provide at least one DNS nameserver when `dnsPolicy` is None");
            return;
        }

        if (servers.Count > MaxNameservers)
        {
            errors.InvalidShown(path.At("nameservers"), GoValue.Strings(servers), $"must not have more than {MaxNameservers} nameservers");
        }

        for (int i = 0; i < servers.Count; i++)
        {
            Address(servers[i], path.At("nameservers").At(i), errors);
        }

        Searches(config.Array("searches") ?? [], path.At("searches"), errors);
        JsonArray options = config.Array("options") ?? [];
        for (int i = 0; i < options.Count; i++)
        {
            if (string.IsNullOrEmpty(options[i].Text("name")))
            {
                errors.Required(path.At("options").At(i), "must not be empty");
            }
        }
    }

    private static void Searches(JsonArray searches, FieldPath path, FieldErrors errors)
    {
        if (searches.Count > MaxSearches)
        {
            errors.InvalidShown(path, GoValue.Strings(searches), $"must not have more than {MaxSearches} search paths");
        }

        if (string.Join(' ', searches.Select(KubeJson.AsString)).Length > MaxSearchCharacters)
        {
            errors.InvalidShown(path, GoValue.Strings(searches), $"must not have more than {MaxSearchCharacters} characters (including spaces) in the search list");
        }

        for (int i = 0; i < searches.Count; i++)
        {
            string search = KubeJson.AsString(searches[i]) ?? "";
            SelectorRules.Subdomain(search.EndsWith('.') ? search[..^1] : search, path.At(i), errors);
        }
    }

    private static void Gates(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        JsonArray readiness = spec.Array("readinessGates") ?? [];
        for (int i = 0; i < readiness.Count; i++)
        {
            SelectorRules.QualifiedName(readiness[i].Text("conditionType") ?? "", path.At("readinessGates").At(i).At("conditionType"), errors);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        JsonArray scheduling = spec.Array("schedulingGates") ?? [];
        for (int i = 0; i < scheduling.Count; i++)
        {
            string name = scheduling[i].Text("name") ?? "";
            SelectorRules.QualifiedName(name, path.At("schedulingGates").At(i), errors);
            if (!seen.Add(name))
            {
                errors.Duplicate(path.At("schedulingGates").At(i), name);
            }
        }
    }

    private static void HostUsers(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec.Flag("hostUsers") != false)
        {
            return;
        }

        foreach ((string member, string shown) in (ReadOnlySpan<(string, string)>)[("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")])
        {
            if (spec.Flag(member) == true)
            {
                errors.Forbidden(path.At(shown), "when `pod.Spec.HostUsers` is false");
            }
        }
    }

    private static void Names(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        foreach (string member in (ReadOnlySpan<string>)["serviceAccountName", "nodeName"])
        {
            if (spec.Text(member) is { Length: > 0 } name)
            {
                SelectorRules.Subdomain(name, path.At(member), errors);
            }
        }
    }

    private static void Deadline(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec.Long("activeDeadlineSeconds") is { } deadline and (< 1 or > int.MaxValue))
        {
            errors.Invalid(path.At("activeDeadlineSeconds"), deadline, "must be between 1 and 2147483647, inclusive");
        }
    }

    private static void Aliases(JsonArray? aliases, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < (aliases?.Count ?? 0); i++)
        {
            Address(aliases![i]?["ip"], path.At(i).At("ip"), errors);
            JsonArray names = aliases[i].Array("hostnames") ?? [];
            for (int j = 0; j < names.Count; j++)
            {
                SelectorRules.Subdomain(KubeJson.AsString(names[j]) ?? "", path.At(i).At("hostnames").At(j), errors);
            }
        }
    }

    private static void Priority(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec.Text("priorityClassName") is { Length: > 0 } priority)
        {
            SelectorRules.Subdomain(priority, path.At("priorityClassName"), errors);
        }

        if (spec.Text("runtimeClassName") is { } runtime)
        {
            SelectorRules.Subdomain(runtime, path.At("runtimeClassName"), errors);
        }

        if (spec["preemptionPolicy"] is not null)
        {
            SelectorRules.OneOf(spec, "preemptionPolicy", path, errors, "PreemptLowerPriority", "Never");
        }
    }

    private static void OperatingSystem(JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (spec["os"] is not JsonObject system)
        {
            return;
        }

        string name = system.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path.At("os").At("name"), "cannot be empty");
        }
        else if (name is not ("linux" or "windows"))
        {
            errors.NotSupported(path.At("os"), name, ["linux", "windows"]);
        }
        else
        {
            OsRules.Validate(spec, name, path, errors);
        }
    }

    private static void Address(JsonNode? address, FieldPath path, FieldErrors errors)
    {
        if (KubeJson.AsString(address) is not { } text || !IPAddress.TryParse(text, out _))
        {
            errors.Invalid(path, KubeJson.AsString(address) ?? "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
    }
}
