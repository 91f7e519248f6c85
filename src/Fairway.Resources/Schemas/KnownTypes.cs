namespace Fairway.Resources.Schemas;

/// <summary>What Kubernetes itself knows of types, whether they are served here or not: for the words in which objects of a wrong type are refused.</summary>
public static class KnownTypes
{
    /// <summary>Whether Kubernetes has a kind of its own by these names, or a list of one.</summary>
    public static bool Knows(string apiVersion, string kind)
    {
        ArgumentNullException.ThrowIfNull(apiVersion);
        ArgumentNullException.ThrowIfNull(kind);
        return GoStruct.Of(apiVersion, kind) is not null || (kind.EndsWith("List", StringComparison.Ordinal) && GoStruct.Of(apiVersion, kind[..^4]) is not null);
    }
    /// <summary>Whether Kubernetes has, or once had, a version of a group.</summary>
    public static bool MayBeVersion(string group, string version)
        => (group, version) switch
        {
            ("apps", "v1" or "v1beta1" or "v1beta2") => true,
            ("autoscaling", "v1" or "v2" or "v2beta1" or "v2beta2") => true,
            ("admissionregistration.k8s.io" or "storage.k8s.io" or "rbac.authorization.k8s.io" or "scheduling.k8s.io" or "node.k8s.io" or "certificates.k8s.io" or "authentication.k8s.io", "v1" or "v1beta1" or "v1alpha1") => true,
            ("coordination.k8s.io", "v1" or "v1beta1" or "v1alpha2") => true,
            ("batch" or "policy" or "discovery.k8s.io" or "events.k8s.io" or "networking.k8s.io" or "authorization.k8s.io", "v1" or "v1beta1") => true,
            _ => false,
        };

    /// <summary>The package of a kind's unversioned form, which conversion errors name: the first word of its group.</summary>
    public static string InternalPackage(ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.Group is "" or "events.k8s.io" ? "core" : type.Group.Split('.')[0];
    }
}
