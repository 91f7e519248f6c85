using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Services: ports that can be told apart, addresses that stay, and what each type may say.</summary>
internal static class ServiceRules
{
    private const int LongestAffinity = 86400;

    public static void Validate(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        if (old?["spec"] is JsonObject before)
        {
            ServiceAddressRules.Changes(before, spec, errors);
            if (IsBalanced(before) && IsBalanced(spec))
            {
                if (before.Text("loadBalancerClass") != spec.Text("loadBalancerClass"))
                {
                    errors.Invalid("spec.loadBalancerClass", spec["loadBalancerClass"], "may not change once set");
                }

                BalancerClass(spec, errors);
            }
        }

        Hints(target["metadata"].Object("annotations"), errors);
        Types(spec, errors);
        Ports(spec, errors);
        MetadataValidation.CheckLabels(spec.Object("selector"), FieldPath.Spec.At("selector"), errors);
        Affinity(spec, errors);
        ServiceAddressRules.Validate(spec, errors);
        External(spec, errors);
        Type(spec, errors);
        PortNumbers(spec, errors);
        Balancing(spec, target["metadata"].Object("annotations"), errors);
        Traffic(spec, errors);
    }

    public static bool IsHeadless(JsonObject spec) => spec.Text("clusterIP") == "None";

    /// <summary>An address range: <c>10.0.0.0/8</c>.</summary>
    public static bool IsRange(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? address) && byte.TryParse(text.AsSpan(slash + 1), out byte bits)
            && bits <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    public static void Range(string text, FieldPath path, FieldErrors errors)
    {
        if (!IsRange(text))
        {
            errors.Invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        }
    }

    private static bool IsBalanced(JsonObject spec) => spec.Text("type") == "LoadBalancer";

    private static void Hints(JsonObject? annotations, FieldErrors errors)
    {
        const string Hint = "service.kubernetes.io/topology-aware-hints";
        const string Mode = "service.kubernetes.io/topology-mode";
        if (annotations.Text(Hint) is { } hint && annotations.Text(Mode) is { } mode && hint != mode)
        {
            errors.Invalid(FieldPath.Metadata.At("annotations").Key(Mode), mode, $"must match annotations[{Hint}] when both are specified");
        }
    }

    private static void Types(JsonObject spec, FieldErrors errors)
    {
        string type = spec.Text("type") ?? "";
        if ((spec.Array("ports")?.Count ?? 0) == 0 && !IsHeadless(spec) && type != "ExternalName")
        {
            errors.Required("spec.ports");
        }

        if (type is "LoadBalancer" or "NodePort" && IsHeadless(spec))
        {
            errors.Invalid("spec.clusterIPs[0]", "None", $"may not be set to 'None' for {type} services");
        }

        if (type != "ExternalName")
        {
            return;
        }

        foreach (string member in (ReadOnlySpan<string>)["clusterIPs", "ipFamilies"])
        {
            if (spec.Array(member) is { Count: > 0 })
            {
                errors.Forbidden($"spec.{member}", "may not be set for ExternalName services");
            }
        }

        if (spec["ipFamilyPolicy"] is not null)
        {
            errors.Forbidden("spec.ipFamilyPolicy", "may not be set for ExternalName services");
        }

        string name = spec.Text("externalName") ?? "";
        name = name.EndsWith('.') ? name[..^1] : name;
        if (name.Length == 0)
        {
            errors.Required("spec.externalName");
        }
        else
        {
            SelectorRules.Subdomain(name, FieldPath.Spec.At("externalName"), errors);
        }
    }

    private static void Ports(JsonObject spec, FieldErrors errors)
    {
        JsonArray ports = spec.Array("ports") ?? [];
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < ports.Count; i++)
        {
            FieldPath path = FieldPath.Spec.At("ports").At(i);
            string name = ports[i].Text("name") ?? "";
            if (name.Length > 0)
            {
                SelectorRules.Label(name, path.At("name"), errors);
                if (!names.Add(name))
                {
                    errors.Duplicate(path.At("name"), name);
                }
            }
            else if (ports.Count > 1)
            {
                errors.Required(path.At("name"));
            }

            SelectorRules.PortNumber(ports[i].Long("port") ?? 0, path.At("port"), errors);
            SelectorRules.Protocol(ports[i], path, errors);
            SelectorRules.PortOrName(ports[i]?["targetPort"], path.At("targetPort"), errors);
            if (ports[i].Text("appProtocol") is { } protocol)
            {
                SelectorRules.QualifiedName(protocol, path.At("appProtocol"), errors);
            }
        }
    }

    private static void Affinity(JsonObject spec, FieldErrors errors)
    {
        SelectorRules.OneOf(spec, "sessionAffinity", FieldPath.Spec, errors, "ClientIP", "None");
        FieldPath path = FieldPath.Spec.At("sessionAffinityConfig");
        if (spec.Text("sessionAffinity") == "None" && spec["sessionAffinityConfig"] is not null)
        {
            errors.Forbidden(path, "must not be set when session affinity is None");
        }
        else if (spec.Text("sessionAffinity") == "ClientIP")
        {
            JsonNode? client = spec["sessionAffinityConfig"]?["clientIP"];
            FieldPath at = spec["sessionAffinityConfig"] is null ? path : client is null ? path.At("clientIP") : path.At("clientIP").At("timeoutSeconds");
            if (client.Long("timeoutSeconds") is not { } seconds)
            {
                errors.Required(at, "when session affinity type is ClientIP");
            }
            else if (seconds is <= 0 or > LongestAffinity)
            {
                errors.Invalid(at, seconds, $"must be greater than 0 and less than {LongestAffinity}");
            }
        }
    }

    private static void External(JsonObject spec, FieldErrors errors)
    {
        JsonArray addresses = spec.Array("externalIPs") ?? [];
        for (int i = 0; i < addresses.Count; i++)
        {
            string text = KubeJson.AsString(addresses[i]) ?? "";
            FieldPath path = FieldPath.Spec.At("externalIPs").At(i);
            if (!IPAddress.TryParse(text, out IPAddress? address))
            {
                errors.Invalid(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
            }
            else if (ServiceAddressRules.SpecialProblem(address, text) is { } problem)
            {
                errors.Invalid(path, text, problem);
            }
        }
    }

    private static void Type(JsonObject spec, FieldErrors errors)
    {
        SelectorRules.OneOf(spec, "type", FieldPath.Spec, errors, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        JsonArray ports = spec.Array("ports") ?? [];
        for (int i = 0; i < ports.Count && spec.Text("type") == "ClusterIP"; i++)
        {
            if (ports[i].Long("nodePort") is not (null or 0))
            {
                errors.Forbidden($"spec.ports[{i}].nodePort", "may not be used when `type` is 'ClusterIP'");
            }
        }
    }

    private static void PortNumbers(JsonObject spec, FieldErrors errors)
    {
        JsonArray ports = spec.Array("ports") ?? [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < ports.Count; i++)
        {
            if (ports[i].Long("nodePort") is { } node and not 0 && !seen.Add($"{ports[i].Text("protocol")}/{node}"))
            {
                errors.Duplicate($"spec.ports[{i}].nodePort", node);
            }
        }

        seen.Clear();
        for (int i = 0; i < ports.Count; i++)
        {
            if (!seen.Add($"{ports[i].Text("protocol")}/{ports[i].Long("port")}"))
            {
                errors.DuplicateShown(
                    $"spec.ports[{i}]",
                    $"core.ServicePort{{Name:\"\", Protocol:{GoValue.Text(ports[i], "protocol")}, AppProtocol:(*string)(nil), Port:{ports[i].Long("port") ?? 0}, "
                        + "TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}, NodePort:0}");
            }
        }
    }

    private static void Balancing(JsonObject spec, JsonObject? annotations, FieldErrors errors)
    {
        const string Annotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
        const string Only = "may only be used when `type` is 'LoadBalancer'";
        JsonArray ranges = spec.Array("loadBalancerSourceRanges") ?? [];
        FieldPath path = ranges.Count > 0 ? FieldPath.Spec.At("LoadBalancerSourceRanges") : FieldPath.Metadata.At("annotations").Key(Annotation);
        string? listed = annotations.Text(Annotation);
        if ((ranges.Count > 0 || listed is not null) && !IsBalanced(spec))
        {
            errors.Forbidden(path, Only);
        }

        for (int i = 0; i < ranges.Count; i++)
        {
            Range((KubeJson.AsString(ranges[i]) ?? "").Trim(), path.At(i), errors);
        }

        foreach (string range in ranges.Count > 0 || string.IsNullOrWhiteSpace(listed) ? [] : listed.Split(','))
        {
            Range(range.Trim(), path, errors);
        }

        if (spec["allocateLoadBalancerNodePorts"] is not null && !IsBalanced(spec))
        {
            errors.Forbidden("spec.allocateLoadBalancerNodePorts", Only);
        }
        else if (spec["allocateLoadBalancerNodePorts"] is null && IsBalanced(spec))
        {
            errors.Required("allocateLoadBalancerNodePorts");
        }

        BalancerClass(spec, errors);
    }

    private static void BalancerClass(JsonObject spec, FieldErrors errors)
    {
        if (spec.Text("loadBalancerClass") is not { } name)
        {
            return;
        }

        if (IsBalanced(spec))
        {
            SelectorRules.QualifiedName(name, FieldPath.Spec.At("loadBalancerClass"), errors);
        }
        else
        {
            errors.Forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'");
        }
    }

    private static void Traffic(JsonObject spec, FieldErrors errors)
    {
        string type = spec.Text("type") ?? "";
        bool isReachable = type is "LoadBalancer" or "NodePort" || (type == "ClusterIP" && spec.Array("externalIPs") is { Count: > 0 });
        if (isReachable)
        {
            SelectorRules.OneOf(spec, "externalTrafficPolicy", FieldPath.Spec, errors, "Cluster", "Local");
        }
        else if (!string.IsNullOrEmpty(spec.Text("externalTrafficPolicy")))
        {
            errors.Invalid("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], "may only be set for externally-accessible services");
        }

        bool needsCheck = IsBalanced(spec) && spec.Text("externalTrafficPolicy") == "Local";
        if (spec.Long("healthCheckNodePort") is { } port and not 0)
        {
            if (!needsCheck)
            {
                errors.Invalid("spec.healthCheckNodePort", port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
            }
            else
            {
                SelectorRules.PortNumber(port, FieldPath.Spec.At("healthCheckNodePort"), errors);
            }
        }

        if (type is "NodePort" or "LoadBalancer" or "ClusterIP" && spec["internalTrafficPolicy"] is null)
        {
            errors.Required("spec.internalTrafficPolicy");
        }

        SelectorRules.AnyOf(spec, "internalTrafficPolicy", FieldPath.Spec, errors, "Cluster", "Local");
        SelectorRules.AnyOf(spec, "trafficDistribution", FieldPath.Spec, errors, "PreferClose");
    }
}
