using System.Reflection;

namespace Fairway.Resources.Schemas;

/// <summary>OpenAPI component names, as Kubernetes has them: <c>io.k8s.api.apps.v1.Deployment</c>, <c>dev.fairway.v1.Application</c>.</summary>
public static class SchemaNames
{
    /// <summary>Where the shared records of metadata live.</summary>
    public const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

    private const string ApiExtensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions";

    private const string Kinds = "Fairway.Resources.Kinds.";

    /// <summary>Folders of kinds whose group differs from the folder's name.</summary>
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["Meta"] = Meta,
        ["ApiExtensions"] = ApiExtensions + ".v1",
        ["Rbac"] = "io.k8s.api.rbac.v1",
        ["Admission"] = "io.k8s.api.admissionregistration.v1",
        ["AdmissionV1Alpha1"] = "io.k8s.api.admissionregistration.v1alpha1",
        ["Delivery"] = "dev.fairway.v1",
        ["Pipelines"] = "dev.fairway.v1",
        ["Gateway"] = "io.k8s.networking.gateway.v1",
        ["GatewayApi"] = "io.k8s.networking.gateway.v1",
        ["Autoscaling"] = "io.k8s.api.autoscaling.v2",
        ["RuntimeClasses"] = "io.k8s.api.node.v1",
        ["ApiRegistration"] = "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1",
        ["AutoscalingV1"] = "io.k8s.api.autoscaling.v1",
    };

    /// <summary>The component name of a record.</summary>
    public static string Of(Type record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.GetCustomAttribute<KindAttribute>() is { } kind
            ? $"{OfGroup(kind.ApiVersion)}.{record.Name}"
            : $"{Package(record.Namespace ?? "")}.{record.Name}";
    }

    /// <summary>The package of a group and version: <c>apps/v1</c> is <c>io.k8s.api.apps.v1</c>.</summary>
    public static string OfGroup(string apiVersion)
    {
        ArgumentNullException.ThrowIfNull(apiVersion);
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return $"io.k8s.api.core.{apiVersion}";
        }

        string group = apiVersion[..slash];
        string version = apiVersion[(slash + 1)..];
        if (group == "apiextensions.k8s.io")
        {
            return $"{ApiExtensions}.{version}";
        }

        if (IsBuiltIn(group))
        {
            return $"io.k8s.api.{group.Split('.')[0]}.{version}";
        }

        return Reversed(group, version);
    }

    /// <summary>The component name of a custom resource: <c>com.example.stable.v1.CronTab</c>.</summary>
    public static string OfCustom(ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return $"{Reversed(type.Group, type.Version)}.{type.Kind}";
    }

    private static string Reversed(string group, string version) => $"{string.Join('.', group.Split('.').Reverse())}.{version}";

    /// <summary>Served by Kubernetes itself, not by a CustomResourceDefinition.</summary>
    public static bool IsBuiltIn(string group)
        => group is "" or "apps" or "batch" or "autoscaling" or "policy"
            || (group.EndsWith(".k8s.io", StringComparison.Ordinal) && group is not "gateway.networking.k8s.io");

    /// <summary>The record is one of Fairway's own kinds or part of one (what a CRD describes, where absent parents are owned).</summary>
    internal static bool IsFairway(Type record)
        => record.Namespace is { } name
            && name.StartsWith(Kinds, StringComparison.Ordinal)
            && !Package(name).StartsWith("io.k8s.api", StringComparison.Ordinal);

    private static string Package(string @namespace)
    {
        if (!@namespace.StartsWith(Kinds, StringComparison.Ordinal))
        {
            return Meta;
        }

        string folder = @namespace[Kinds.Length..].Split('.')[0];
        return Packages.GetValueOrDefault(folder) ?? $"io.k8s.api.{folder.ToLowerInvariant()}.v1";
    }
}
