using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;

namespace Fairway.Resources.Schemas;

/// <summary>Defaults that depend on other fields, so that attributes cannot say them.</summary>
internal static class ComputedDefaults
{
    public static void Apply(ResourceType type, JsonObject target)
    {
        switch (type.Group, type.Kind)
        {
            case ("apps", "Deployment"):
                Deployment(target);
                break;
            case ("apps", "ReplicaSet"):
                Template(target["spec"]);
                break;
            case ("", "ReplicationController"):
                Template(target["spec"]);
                LabelsOfTemplate(target);
                SelectorOfTemplate(target["spec"] as JsonObject);
                break;
            case ("", "PodTemplate"):
                Template(target);
                break;
            case ("apps", "StatefulSet"):
                StatefulSet(target);
                break;
            case ("apps", "DaemonSet"):
                DaemonSet(target);
                break;
            case ("batch", "Job"):
                Job(target);
                break;
            case ("batch", "CronJob"):
                Template(target["spec"]?["jobTemplate"]?["spec"]);
                break;
            case ("autoscaling", "HorizontalPodAutoscaler"):
                AutoscalerDefaults.Apply(target);
                break;
            case ("apiextensions.k8s.io", "CustomResourceDefinition"):
                SchemaProps.Normalize(target);
                Definition(target["spec"] as JsonObject);
                break;
            case ("networking.k8s.io", "NetworkPolicy"):
                PolicyTypes(target["spec"] as JsonObject);
                break;
            case ("", "Pod"):
                Pod(target["spec"] as JsonObject);
                OnlyPod(target["spec"] as JsonObject);
                break;
            case ("", "Service"):
                Service(target["spec"] as JsonObject);
                break;
            case ("", "Secret"):
                Secret(target);
                break;
            case ("discovery.k8s.io", "EndpointSlice"):
                foreach (JsonObject endpoint in (target.Array("endpoints") ?? []).OfType<JsonObject>())
                {
                    endpoint.Remove("deprecatedTopology"); // its v1 has no topology
                }

                foreach (JsonObject port in (target.Array("ports") ?? []).OfType<JsonObject>())
                {
                    port["name"] ??= "";
                    port["protocol"] ??= "TCP";
                }

                break;
            case ("", "LimitRange"):
                LimitRange(target);
                break;
            case ("rbac.authorization.k8s.io", "RoleBinding" or "ClusterRoleBinding"):
                Binding(target);
                break;
        }
    }

    private static void Binding(JsonObject target)
    {
        const string Group = "rbac.authorization.k8s.io";
        JsonObject role = target["roleRef"] as JsonObject ?? [];
        if (role.Text("apiGroup") is null or "")
        {
            role["apiGroup"] = Group;
            target["roleRef"] ??= role;
        }

        foreach (JsonObject subject in (target.Array("subjects") ?? []).OfType<JsonObject>().Where(each => each.Text("kind") is "User" or "Group" && each.Text("apiGroup") is null or ""))
        {
            subject["apiGroup"] = Group;
        }
    }

    // Unlike the newer kinds, a ReplicationController without a selector has the pods with its template's labels.
    private static void SelectorOfTemplate(JsonObject? spec)
    {
        if (spec is not null && spec.Object("selector") is null or { Count: 0 } && spec["template"]?["metadata"].Object("labels") is { Count: > 0 } labels)
        {
            spec["selector"] = labels.DeepClone();
        }
    }

    // A limit that is not said is the maximum; a request that is not said is the limit, else the minimum.
    private static void LimitRange(JsonObject target)
    {
        foreach (JsonNode? item in target["spec"].Array("limits") ?? [])
        {
            if (item is not JsonObject limit || limit.Text("type") != "Container")
            {
                continue;
            }

            Fill(limit, "default", "max");
            Fill(limit, "defaultRequest", "default");
            Fill(limit, "defaultRequest", "min");
        }
    }

    private static void Fill(JsonObject limit, string member, string from)
    {
        foreach ((string resource, JsonNode? amount) in limit.Object(from) ?? [])
        {
            JsonObject filled = limit[member] as JsonObject ?? [];
            limit[member] ??= filled;
            filled[resource] ??= amount?.DeepClone();
        }
    }

    /// <summary>A policy is about ingress, and about egress where it has rules for it.</summary>
    private static void PolicyTypes(JsonObject? spec)
    {
        if (spec is not null && spec.Array("policyTypes") is null or { Count: 0 })
        {
            spec["policyTypes"] = spec.Array("egress") is { Count: > 0 } ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress");
        }
    }

    private static void Definition(JsonObject? spec)
    {
        if (spec?["names"] is JsonObject names && names.Text("kind") is { Length: > 0 } kind)
        {
            if (string.IsNullOrEmpty(names.Text("singular")))
            {
                names["singular"] = kind.ToLowerInvariant();
            }

            if (string.IsNullOrEmpty(names.Text("listKind")))
            {
                names["listKind"] = kind + "List";
            }
        }

        if (spec is not null)
        {
            spec["conversion"] ??= new JsonObject { ["strategy"] = "None" };
            if (KubeJson.AsBool(spec["preserveUnknownFields"]) == false)
            {
                spec.Remove("preserveUnknownFields");
            }
        }
    }

    private static void Deployment(JsonObject target)
    {
        Template(target["spec"]);
        if (target["spec"].Object("strategy") is { } strategy && strategy.Text("type") == "RollingUpdate")
        {
            JsonObject rolling = strategy["rollingUpdate"] as JsonObject ?? [];
            strategy["rollingUpdate"] ??= rolling;
            rolling["maxUnavailable"] ??= "25%";
            rolling["maxSurge"] ??= "25%";
        }
    }

    private static void StatefulSet(JsonObject target)
    {
        Template(target["spec"]);
        if (target["spec"].Object("updateStrategy") is { } strategy && strategy.Text("type") == "RollingUpdate")
        {
            JsonObject rolling = strategy["rollingUpdate"] as JsonObject ?? [];
            strategy["rollingUpdate"] ??= rolling;
            rolling["partition"] ??= 0;
        }

        foreach (JsonNode? claim in target["spec"].Array("volumeClaimTemplates") ?? [])
        {
            if (claim is JsonObject members)
            {
                members["apiVersion"] ??= "v1";
                members["kind"] ??= "PersistentVolumeClaim";
                members["status"] ??= new JsonObject { ["phase"] = "Pending" };
                JsonObject wanted = members["spec"] as JsonObject ?? [];
                members["spec"] ??= wanted;
                wanted["volumeMode"] ??= "Filesystem";
            }
        }
    }

    private static void DaemonSet(JsonObject target)
    {
        Template(target["spec"]);
        if (target["spec"].Object("updateStrategy") is { } strategy && strategy.Text("type") == "RollingUpdate")
        {
            JsonObject rolling = strategy["rollingUpdate"] as JsonObject ?? [];
            strategy["rollingUpdate"] ??= rolling;
            rolling["maxUnavailable"] ??= 1;
            rolling["maxSurge"] ??= 0;
        }
    }

    private static void Job(JsonObject target)
    {
        if (target["spec"] is not JsonObject spec)
        {
            return;
        }

        Template(spec);
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }

        spec["parallelism"] ??= 1;
        spec["backoffLimit"] ??= spec["backoffLimitPerIndex"] is null ? 6 : int.MaxValue;
        spec["completionMode"] ??= "NonIndexed";
        spec["suspend"] ??= false;
        spec["manualSelector"] ??= false;
        spec["podReplacementPolicy"] ??= spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed";
        LabelsOfTemplate(target);
    }

    private static void LabelsOfTemplate(JsonObject target)
    {
        JsonObject? labels = target["spec"]?["template"]?["metadata"].Object("labels");
        if (labels is { Count: > 0 } && target["metadata"] is JsonObject metadata && metadata["labels"] is null)
        {
            metadata["labels"] = labels.DeepClone();
        }
    }

    private static void Template(JsonNode? spec) => Pod((spec?["template"] as JsonObject)?["spec"] as JsonObject);

    private static void Pod(JsonObject? spec)
    {
        if (spec is null)
        {
            return;
        }

        foreach (string list in (ReadOnlySpan<string>)["containers", "initContainers", "ephemeralContainers"])
        {
            foreach (JsonNode? container in spec.Array(list) ?? [])
            {
                if (container is JsonObject members)
                {
                    Container(members);
                }
            }
        }

        foreach (JsonObject volume in (spec.Array("volumes") ?? []).OfType<JsonObject>().Where(volume => volume.Count == 1 && volume.ContainsKey("name")))
        {
            volume["emptyDir"] = new JsonObject();
        }

        Mirror(spec, "serviceAccountName", "serviceAccount");
    }

    private static void Container(JsonObject container)
    {
        if (container.Text("imagePullPolicy") is null or "" && (container["image"] is null || container.Text("image") is not null))
        {
            container["imagePullPolicy"] = container.Text("image") is { Length: > 0 } image && IsLatest(image) ? "Always" : "IfNotPresent";
        }
    }

    // Requests are the limits, of pods but not of templates.
    private static void OnlyPod(JsonObject? spec)
    {
        if (spec is null)
        {
            return;
        }

        spec["enableServiceLinks"] ??= true;
        foreach (JsonObject container in (spec.Array("containers") ?? []).Concat(spec.Array("initContainers") ?? []).OfType<JsonObject>())
        {
            if (container["resources"].Object("limits") is { } limits)
            {
                var resources = (JsonObject)container["resources"]!;
                JsonObject requests = resources["requests"] as JsonObject ?? [];
                resources["requests"] ??= requests;
                foreach ((string name, JsonNode? limit) in limits)
                {
                    requests[name] ??= limit?.DeepClone();
                }
            }

            foreach (JsonObject port in (container.Array("ports") ?? []).OfType<JsonObject>().Where(_ => spec.Flag("hostNetwork") == true))
            {
                port["hostPort"] ??= port["containerPort"]?.DeepClone();
            }
        }
    }

    /// <summary>No digest, and the tag is absent or <c>latest</c>.</summary>
    private static bool IsLatest(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
        {
            return false;
        }

        string last = image[(image.LastIndexOf('/') + 1)..];
        int colon = last.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || last[(colon + 1)..] == "latest";
    }

    private static void Service(JsonObject? spec)
    {
        if (spec is null)
        {
            return;
        }

        foreach (JsonObject port in (spec.Array("ports") ?? []).OfType<JsonObject>())
        {
            if (port["port"] is { } number && (port["targetPort"] is null || port.Text("targetPort") == ""))
            {
                port["targetPort"] = number.DeepClone();
            }
        }

        if (spec.Text("sessionAffinity") == "None")
        {
            spec.Remove("sessionAffinityConfig");
        }
        else if (spec.Text("sessionAffinity") == "ClientIP" && spec["sessionAffinityConfig"]?["clientIP"].Long("timeoutSeconds") is null)
        {
            spec["sessionAffinityConfig"] = new JsonObject { ["clientIP"] = new JsonObject { ["timeoutSeconds"] = 10800 } };
        }

        string type = spec.Text("type") ?? "";
        if (type is "NodePort" or "LoadBalancer" || (type == "ClusterIP" && spec.Array("externalIPs") is { Count: > 0 }))
        {
            spec["externalTrafficPolicy"] ??= "Cluster";
        }

        if (type is "NodePort" or "LoadBalancer" or "ClusterIP")
        {
            spec["internalTrafficPolicy"] ??= "Cluster";
        }

        if (type == "LoadBalancer")
        {
            spec["allocateLoadBalancerNodePorts"] ??= true;
        }
    }

    /// <summary>stringData is write only: its texts become data.</summary>
    private static void Secret(JsonObject target)
    {
        if (target["stringData"] is not JsonObject texts)
        {
            return;
        }

        JsonObject data = target["data"] as JsonObject ?? [];
        target["data"] ??= data;
        foreach ((string key, JsonNode? value) in texts)
        {
            data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(KubeJson.AsString(value) ?? ""));
        }

        target.Remove("stringData");
    }

    private static void Mirror(JsonObject spec, string name, string older)
    {
        if (spec[name] is { } value)
        {
            spec[older] = value.DeepClone();
        }
        else if (spec[older] is { } given)
        {
            spec[name] = given.DeepClone();
        }
    }
}
