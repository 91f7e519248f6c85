using Fairway.Resources.Schemas;

namespace Fairway.Resources.OpenApi;

/// <summary>The names under which clients know Kubernetes' own types, where the records are called otherwise.</summary>
internal static class ComponentNames
{
    private const string Api = "io.k8s.api.";
    private const string Machinery = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        [Machinery + "LabelSelectorSpec"] = Machinery + "LabelSelector",
        [Api + "admissionregistration.v1.PolicyAuditAnnotation"] = Api + "admissionregistration.v1.AuditAnnotation",
        [Api + "admissionregistration.v1.PolicyTypeChecking"] = Api + "admissionregistration.v1.TypeChecking",
        [Api + "admissionregistration.v1.PolicyValidation"] = Api + "admissionregistration.v1.Validation",
        [Api + "admissionregistration.v1.PolicyVariable"] = Api + "admissionregistration.v1.Variable",
        [Api + "core.v1.DownwardApiProjection"] = Api + "core.v1.DownwardAPIProjection",
        [Api + "core.v1.DownwardApiVolumeFile"] = Api + "core.v1.DownwardAPIVolumeFile",
        [Api + "core.v1.DownwardApiVolumeSource"] = Api + "core.v1.DownwardAPIVolumeSource",
        [Api + "core.v1.EndpointSubsetPort"] = Api + "core.v1.EndpointPort",
        [Api + "core.v1.GrpcAction"] = Api + "core.v1.GRPCAction",
        [Api + "core.v1.HttpGetAction"] = Api + "core.v1.HTTPGetAction",
        [Api + "core.v1.HttpHeader"] = Api + "core.v1.HTTPHeader",
        [Api + "core.v1.SeLinuxOptions"] = Api + "core.v1.SELinuxOptions",
        [Api + "core.v1.TcpSocketAction"] = Api + "core.v1.TCPSocketAction",
        [Api + "networking.v1.HttpIngressPath"] = Api + "networking.v1.HTTPIngressPath",
        [Api + "networking.v1.HttpIngressRuleValue"] = Api + "networking.v1.HTTPIngressRuleValue",
        [Api + "networking.v1.IngressTls"] = Api + "networking.v1.IngressTLS",
        [Api + "networking.v1.IpBlock"] = Api + "networking.v1.IPBlock",
        [Api + "networking.v1.TypedLocalObjectReference"] = Api + "core.v1.TypedLocalObjectReference",
        [Api + "node.v1.RuntimeScheduling"] = Api + "node.v1.Scheduling",
        [Api + "storage.v1.CSITokenRequest"] = Api + "storage.v1.TokenRequest",
        [Api + "storage.v1.TopologySelectorLabelRequirement"] = Api + "core.v1.TopologySelectorLabelRequirement",
        [Api + "storage.v1.TopologySelectorTerm"] = Api + "core.v1.TopologySelectorTerm",
        ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JsonSchemaProps"] = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
    };

    // Kinds of which clients may leave out the spec although the server refuses an object without one.
    private static readonly string[] WithOptionalSpec = ["apps", "autoscaling", "batch", "core", "networking", "policy", "coordination"];

    /// <summary>The component name of a shape that has one.</summary>
    public static string Of(SchemaShape shape) => Known.GetValueOrDefault(shape.Name!, shape.Name!);

    /// <summary>The component is of Kubernetes itself.</summary>
    public static bool IsKubernetes(string? name)
        => name is not null && (name.StartsWith(Api, StringComparison.Ordinal) || name.StartsWith("io.k8s.api", StringComparison.Ordinal) || name.StartsWith("io.k8s.kube-aggregator.", StringComparison.Ordinal));

    public static bool IsOptional(SchemaShape shape, string member)
        => member == "spec" && shape.Name is { } name && shape.Properties.ContainsKey("metadata") && WithOptionalSpec.Any(group => name.StartsWith($"{Api}{group}.", StringComparison.Ordinal));
}
