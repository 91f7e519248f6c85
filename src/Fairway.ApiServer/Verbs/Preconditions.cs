using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Conditions on the identity and version of an object that do not hold, in the words of the layer of the real server that finds them.</summary>
internal static class Preconditions
{
    /// <summary>A write that means another object of the name: the store's own words.</summary>
    public static StatusException OtherObject(ResourceType type, in DocumentHeader live, string uid)
        => StatusException.Conflict(
            type,
            live.Name,
            $"StorageError: invalid object, Code: 4, Key: /registry/{Place(type)}/{(type.Namespaced ? live.Namespace + "/" : "")}{live.Name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {live.Uid}");

    /// <summary>A deletion that means another object of the name.</summary>
    public static StatusException DeleteOther(ResourceType type, in DocumentHeader live, string uid)
        => Delete(type, live, $"the UID in the precondition ({uid}) does not match the UID in record ({live.Uid}). The object might have been deleted and then recreated");

    /// <summary>A deletion that means another version of the object.</summary>
    public static StatusException DeleteOtherVersion(ResourceType type, in DocumentHeader live, string version)
        => Delete(type, live, $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({live.ResourceVersion}). The object might have been modified");

    // Named by its kind, not by its resource.
    private static StatusException Delete(ResourceType type, in DocumentHeader live, string why)
        => new(409, "Conflict", $"Operation cannot be fulfilled on {type.Kind}{(type.Group.Length == 0 ? "" : "." + type.Group)} \"{live.Name}\": {why}")
        {
            Details = new StatusDetails { Name = live.Name, Group = type.Group.Length == 0 ? null : type.Group, Kind = type.Kind },
        };

    // Where the real server keeps a resource.
    private static string Place(ResourceType type) => (type.Group, type.Plural) switch
    {
        ("", "nodes") => "minions",
        ("", "services") => "services/specs",
        ("", "endpoints") => "services/endpoints",
        ("", "replicationcontrollers") => "controllers",
        ("networking.k8s.io", "ingresses") => "ingress",
        _ when type.Group is "" or "apps" or "batch" or "policy" or "autoscaling" || (type.Group.EndsWith(".k8s.io", StringComparison.Ordinal) && type.Group is not ("apiextensions.k8s.io" or "apiregistration.k8s.io" or "gateway.networking.k8s.io")) => type.Plural,
        _ => $"{type.Group}/{type.Plural}",
    };
}
