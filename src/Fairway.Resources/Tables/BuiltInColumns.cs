using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The columns that Kubernetes computes for its own kinds.</summary>
internal static class BuiltInColumns
{
    private const string None = "<none>";

    private static readonly TableColumn Name = TableColumn.Name_;

    private static readonly TableColumn Age = TableColumn.Age;

    public static TableColumn[]? Of(ResourceType type) => (type.Group, type.Kind) switch
    {
        ("", "Pod") => Pod,
        ("", "Service") => Service,
        ("", "Node") => Node,
        ("", "Namespace") => [Name, TableColumn.Text("Status", target => target["status"].Text("phase") ?? "Active"), Age],
        ("", "ConfigMap") => [Name, TableColumn.Count("Data", target => Count(target["data"]) + Count(target["binaryData"])), Age],
        ("", "Secret") => [Name, TableColumn.Text("Type", target => target.Text("type") ?? "Opaque"), TableColumn.Count("Data", target => Count(target["data"])), Age],
        ("", "ServiceAccount") => [Name, TableColumn.Count("Secrets", target => target.Array("secrets")?.Count ?? 0), Age],
        ("", "Event") or ("events.k8s.io", "Event") => Event,
        ("", "PersistentVolume") => StorageCells.Volume,
        ("", "PersistentVolumeClaim") => StorageCells.Claim,
        ("storage.k8s.io", "StorageClass") => StorageCells.Class,
        ("scheduling.k8s.io", "PriorityClass") => StorageCells.Priority,
        ("apps", "Deployment") => Deployment,
        ("apps", "ReplicaSet") => ReplicaSet,
        ("apps", "StatefulSet") => WorkloadColumns.StatefulSet,
        ("apps", "DaemonSet") => WorkloadColumns.DaemonSet,
        ("apps", "ControllerRevision") => WorkloadColumns.ControllerRevision,
        ("batch", "Job") => WorkloadColumns.Job,
        ("batch", "CronJob") => WorkloadColumns.CronJob,
        ("policy", "PodDisruptionBudget") => WorkloadColumns.DisruptionBudget,
        ("autoscaling", "HorizontalPodAutoscaler") => AutoscalerColumns.All,
        ("discovery.k8s.io", "EndpointSlice") => EndpointSlice,
        ("", "ReplicationController") =>
        [
            .. ReplicaSet[..5], .. TemplateColumns[..2], TableColumn.Text("Selector", target => Labels(target["spec"].Object("selector")), 1),
        ],
        ("", "PodTemplate") =>
        [
            Name,
            TableColumn.Text("Containers", target => TemplateContainers(target, "name")),
            TableColumn.Text("Images", target => TemplateContainers(target, "image")),
            TableColumn.Text("Pod Labels", target => Labels(target["template"]?["metadata"].Object("labels"))),
        ],
        ("", "ComponentStatus") => ComponentCells.Columns,
        ("apiregistration.k8s.io", "APIService") => ComponentCells.Services,
        ("node.k8s.io", "RuntimeClass") => [Name, TableColumn.Text("Handler", target => target.Text("handler") ?? ""), Age],
        ("storage.k8s.io", "CSIDriver") => StorageCells.Driver,
        ("storage.k8s.io", "CSINode") => [Name, TableColumn.Number("Drivers", target => target["spec"].Array("drivers")?.Count ?? 0), Age],
        ("storage.k8s.io", "CSIStorageCapacity") => [Name, TableColumn.CreatedAt],
        ("storage.k8s.io", "VolumeAttachment") => StorageCells.Attachment,
        ("", "LimitRange") => [Name, TableColumn.CreatedAt],
        ("", "ResourceQuota") =>
        [
            Name, Age, TableColumn.Text("Request", target => QuotaCells.Show(target, isLimit: false)), TableColumn.Text("Limit", target => QuotaCells.Show(target, isLimit: true)),
        ],
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => PolicyCells.Validating,
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy") => PolicyCells.Mutating,
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding" or "MutatingAdmissionPolicyBinding") => PolicyCells.Binding,
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration") =>
            [Name, TableColumn.Number("Webhooks", target => target.Array("webhooks")?.Count ?? 0), Age],
        ("certificates.k8s.io", "CertificateSigningRequest") => CertificateCells.Columns,
        ("", "Endpoints") => [Name, TableColumn.Text("Endpoints", NetworkCells.Endpoints), Age],
        ("networking.k8s.io", "Ingress") =>
        [
            Name,
            TableColumn.Text("Class", target => target["spec"].Text("ingressClassName") ?? None),
            TableColumn.Text("Hosts", NetworkCells.Hosts),
            TableColumn.Text("Address", NetworkCells.Address),
            TableColumn.Text("Ports", target => target["spec"].Array("tls") is { Count: > 0 } ? "80, 443" : "80"),
            Age,
        ],
        ("networking.k8s.io", "IngressClass") =>
            [Name, TableColumn.Text("Controller", target => target["spec"].Text("controller") ?? ""), TableColumn.Text("Parameters", NetworkCells.Parameters), Age],
        ("networking.k8s.io", "NetworkPolicy") => [Name, TableColumn.Text("Pod-Selector", target => Selector(target["spec"]?["podSelector"])), Age],
        ("coordination.k8s.io", "Lease") => [Name, TableColumn.Text("Holder", target => target["spec"].Text("holderIdentity") ?? ""), Age],
        ("apiextensions.k8s.io", "CustomResourceDefinition") => [Name, TableColumn.CreatedAt],
        ("rbac.authorization.k8s.io", "Role" or "ClusterRole") => [Name, TableColumn.CreatedAt],
        ("rbac.authorization.k8s.io", "RoleBinding" or "ClusterRoleBinding") => Binding,
        ("gateway.networking.k8s.io", "HTTPRoute") => [Name, TableColumn.Text("Hostnames", Hostnames), Age],
        ("gateway.networking.k8s.io", "Gateway") => Gateway,
        ("gateway.networking.k8s.io", "GatewayClass") => GatewayClass,
        _ => null,
    };

    private static TableColumn[] Pod { get; } =
    [
        Name,
        TableColumn.Text("Ready", PodCells.Ready),
        TableColumn.Text("Status", PodCells.Status),
        TableColumn.Text("Restarts", PodCells.Restarts),
        Age,
        TableColumn.Text("IP", target => target["status"].Text("podIP") ?? None, 1),
        TableColumn.Text("Node", target => target["spec"].Text("nodeName") ?? None, 1),
        TableColumn.Text("Nominated Node", target => target["status"].Text("nominatedNodeName") ?? None, 1),
        TableColumn.Text("Readiness Gates", PodCells.ReadinessGates, 1),
    ];

    private static TableColumn[] Deployment { get; } =
    [
        Name,
        TableColumn.Text("Ready", target => string.Create(CultureInfo.InvariantCulture, $"{target["status"].Long("readyReplicas") ?? 0}/{target["spec"].Long("replicas") ?? 1}")),
        TableColumn.Count("Up-to-date", target => target["status"].Long("updatedReplicas") ?? 0),
        TableColumn.Count("Available", target => target["status"].Long("availableReplicas") ?? 0),
        Age,
        .. TemplateColumns,
    ];

    private static TableColumn[] ReplicaSet { get; } =
    [
        Name,
        TableColumn.Number("Desired", target => target["spec"].Long("replicas") ?? 1),
        TableColumn.Number("Current", target => target["status"].Long("replicas") ?? 0),
        TableColumn.Number("Ready", target => target["status"].Long("readyReplicas") ?? 0),
        Age,
        .. TemplateColumns,
    ];

    private static TableColumn[] TemplateColumns =>
    [
        TableColumn.Text("Containers", target => Containers(target, "name"), 1),
        TableColumn.Text("Images", target => Containers(target, "image"), 1),
        TableColumn.Text("Selector", target => Selector(target["spec"]?["selector"]), 1),
    ];

    private static TableColumn[] Service { get; } =
    [
        Name,
        TableColumn.Text("Type", target => target["spec"].Text("type") ?? "ClusterIP"),
        TableColumn.Text("Cluster-IP", target => target["spec"].Text("clusterIP") is { Length: > 0 } address ? address : None),
        TableColumn.Text("External-IP", ExternalIp),
        TableColumn.Text("Port(s)", ServicePorts),
        Age,
        TableColumn.Text("Selector", target => Labels(target["spec"].Object("selector")), 1),
    ];

    private static TableColumn[] Node { get; } =
    [
        Name,
        TableColumn.Text("Status", NodeCells.Status),
        TableColumn.Text("Roles", NodeCells.Roles),
        Age,
        TableColumn.Text("Version", target => target["status"]?["nodeInfo"].Text("kubeletVersion") ?? ""),
        TableColumn.Text("Internal-IP", target => NodeCells.Address(target, "InternalIP"), 1),
        TableColumn.Text("External-IP", target => NodeCells.Address(target, "ExternalIP"), 1),
        TableColumn.Text("OS-Image", target => target["status"]?["nodeInfo"].Text("osImage") ?? "<unknown>", 1),
        TableColumn.Text("Kernel-Version", target => target["status"]?["nodeInfo"].Text("kernelVersion") ?? "<unknown>", 1),
        TableColumn.Text("Container-Runtime", target => target["status"]?["nodeInfo"].Text("containerRuntimeVersion") ?? "<unknown>", 1),
    ];

    private static TableColumn[] Event { get; } =
    [
        TableColumn.Text("Last Seen", EventCells.LastSeen),
        TableColumn.Text("Type", target => target.Text("type") ?? ""),
        TableColumn.Text("Reason", target => target.Text("reason") ?? ""),
        TableColumn.Text("Object", EventCells.Object),
        TableColumn.Text("Subobject", target => EventCells.About(target).Text("fieldPath") ?? "", 1),
        TableColumn.Text("Source", EventCells.Source, 1),
        TableColumn.Text("Message", target => (target.Text("message") ?? target.Text("note") ?? "").Trim()),
        TableColumn.Text("First Seen", EventCells.FirstSeen, 1),
        TableColumn.Count("Count", EventCells.Count, 1),
        Name with { Priority = 1 },
    ];

    private static TableColumn[] EndpointSlice { get; } =
    [
        Name,
        TableColumn.Text("AddressType", target => target.Text("addressType") ?? ""),
        TableColumn.Text("Ports", target => Some(
            (target.Array("ports") ?? []).Select(port => port.Long("port")?.ToString(CultureInfo.InvariantCulture) ?? "*"), "<unset>")),
        TableColumn.Text("Endpoints", target => Some(
            (target.Array("endpoints") ?? []).SelectMany(endpoint => (endpoint.Array("addresses") ?? []).Select(address => KubeJson.AsString(address) ?? "")), "<unset>")),
        Age,
    ];

    private static TableColumn[] Binding { get; } =
    [
        Name,
        TableColumn.Text("Role", target => $"{target["roleRef"].Text("kind")}/{target["roleRef"].Text("name")}"),
        Age,
        TableColumn.Text("Users", target => Subjects(target, "User"), 1),
        TableColumn.Text("Groups", target => Subjects(target, "Group"), 1),
        TableColumn.Text("ServiceAccounts", target => Subjects(target, "ServiceAccount"), 1),
    ];

    private static TableColumn[] Gateway { get; } =
    [
        Name,
        TableColumn.Text("Class", target => target["spec"].Text("gatewayClassName") ?? ""),
        TableColumn.Text("Address", target => string.Join(',', (target["status"].Array("addresses") ?? []).Select(each => each.Text("value") ?? ""))),
        TableColumn.Text("Programmed", target => Condition(target, "Programmed")),
        Age,
    ];

    private static TableColumn[] GatewayClass { get; } =
    [
        Name,
        TableColumn.Text("Controller", target => target["spec"].Text("controllerName") ?? ""),
        TableColumn.Text("Accepted", target => Condition(target, "Accepted")),
        Age,
    ];

    private static long Count(JsonNode? map) => (map as JsonObject)?.Count ?? 0;

    private static string Condition(JsonObject target, string type)
        => (target["status"].Array("conditions") ?? []).FirstOrDefault(each => each.Text("type") == type).Text("status") ?? "";

    private static string TemplateContainers(JsonObject target, string member)
        => string.Join(',', (target["template"]?["spec"].Array("containers") ?? []).Select(each => each.Text(member) ?? ""));

    private static string Containers(JsonObject target, string member)
        => string.Join(',', (target["spec"]?["template"]?["spec"].Array("containers") ?? []).Select(each => each.Text(member) ?? ""));

    internal static string Selector(JsonNode? selector)
        => selector is JsonObject ? LabelSelector.FromObject(selector).ToString() is { Length: > 0 } text ? text : None : None;

    internal static string Labels(JsonObject? labels)
        => labels is null or { Count: 0 }
            ? None
            : string.Join(',', labels.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={KubeJson.AsString(pair.Value)}"));

    private static string Hostnames(JsonObject target)
    {
        JsonArray? names = target["spec"].Array("hostnames");
        return names is null ? "" : names.ToJsonString(KubeJson.Options);
    }

    private static string ExternalIp(JsonObject target)
    {
        JsonNode? spec = target["spec"];
        if (spec.Text("type") == "ExternalName")
        {
            return spec.Text("externalName") ?? None;
        }

        string[] addresses =
        [
            .. (target["status"]?["loadBalancer"].Array("ingress") ?? []).Select(each => each.Text("ip") ?? each.Text("hostname") ?? ""),
            .. (spec.Array("externalIPs") ?? []).Select(each => KubeJson.AsString(each) ?? ""),
        ];
        return addresses.Length > 0 ? string.Join(',', addresses) : spec.Text("type") == "LoadBalancer" ? "<pending>" : None;
    }

    private static string ServicePorts(JsonObject target)
    {
        JsonArray ports = target["spec"].Array("ports") ?? [];
        return ports.Count == 0 ? None : string.Join(',', ports.Select(port =>
        {
            string node = port.Long("nodePort") is { } number and > 0 ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
            return string.Create(CultureInfo.InvariantCulture, $"{port.Long("port")}{node}/{port.Text("protocol") ?? "TCP"}");
        }));
    }

    private static string Subjects(JsonObject target, string kind)
        => string.Join(", ", (target.Array("subjects") ?? []).Where(each => each.Text("kind") == kind)
            .Select(each => kind == "ServiceAccount" ? $"{each.Text("namespace")}/{each.Text("name")}" : each.Text("name") ?? ""));

    /// <summary>The first three, and how many more.</summary>
    private static string Some(IEnumerable<string> all, string none)
    {
        string[] texts = [.. all];
        return texts.Length == 0 ? none
            : texts.Length <= 3 ? string.Join(',', texts)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(',', texts.Take(3))} + {texts.Length - 3} more...");
    }
}

/// <summary>The computed cells of nodes.</summary>
internal static class NodeCells
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static string Status(JsonObject node)
    {
        string? ready = (node["status"].Array("conditions") ?? []).FirstOrDefault(each => each.Text("type") == "Ready").Text("status");
        string status = ready switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return KubeJson.AsBool(node["spec"]?["unschedulable"]) == true ? status + ",SchedulingDisabled" : status;
    }

    public static string Roles(JsonObject node)
    {
        string[] roles =
        [
            .. (node["metadata"].Object("labels") ?? [])
                .Select(label => label.Key.StartsWith(RolePrefix, StringComparison.Ordinal) ? label.Key[RolePrefix.Length..]
                    : label.Key == "kubernetes.io/role" ? KubeJson.AsString(label.Value) ?? "" : "")
                .Where(role => role.Length > 0).Order(StringComparer.Ordinal),
        ];
        return roles.Length == 0 ? "<none>" : string.Join(',', roles);
    }

    public static string Address(JsonObject node, string type)
        => (node["status"].Array("addresses") ?? []).FirstOrDefault(each => each.Text("type") == type).Text("address") ?? "<none>";
}

/// <summary>The computed cells of events, in the words of both groups that serve them.</summary>
internal static class EventCells
{
    public static JsonNode? About(JsonObject target) => target["involvedObject"] ?? target["regarding"];

    public static string Object(JsonObject target)
        => $"{About(target).Text("kind")?.ToLowerInvariant()}/{About(target).Text("name")}";

    public static string LastSeen(JsonObject target, DateTimeOffset now)
    {
        string? at = target["series"].Text("lastObservedTime") ?? target.Text("lastTimestamp") ?? target.Text("deprecatedLastTimestamp");
        return at is null ? FirstSeen(target, now) : HumanDuration.Since(at, now);
    }

    public static string FirstSeen(JsonObject target, DateTimeOffset now)
        => HumanDuration.Since(target.Text("firstTimestamp") ?? target.Text("deprecatedFirstTimestamp") ?? target.Text("eventTime"), now);

    public static long Count(JsonObject target)
        => target["series"].Long("count") ?? target.Long("count") ?? target.Long("deprecatedCount") ?? 1;

    public static string Source(JsonObject target)
    {
        JsonNode? source = target["source"] ?? target["deprecatedSource"];
        string component = source.Text("component") ?? target.Text("reportingComponent") ?? target.Text("reportingController") ?? "";
        return source.Text("host") is { Length: > 0 } host ? $"{component}, {host}" : component;
    }
}
