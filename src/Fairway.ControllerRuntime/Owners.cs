using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>Owner references: who made an object and goes before it.</summary>
public static class Owners
{
    /// <summary>A reference that makes this object the managing controller of another.</summary>
    public static OwnerReference ControllerReference(IResource owner) => new()
    {
        ApiVersion = owner.ApiVersion,
        Kind = owner.Kind,
        Name = owner.Metadata.Name,
        Uid = owner.Metadata.Uid ?? throw new InvalidOperationException($"{owner.Kind} {owner.Metadata.Name} was not read from a server: it has no uid."),
        Controller = true,
        BlockOwnerDeletion = true,
    };

    /// <summary>The managing controller, or null.</summary>
    public static OwnerReference? ControllerOf(IReadOnlyList<OwnerReference>? owners)
        => owners?.FirstOrDefault(owner => owner.Controller == true);

    /// <summary>The managing controller, or null.</summary>
    public static OwnerReference? Controller(this ObjectMeta metadata) => ControllerOf(metadata.OwnerReferences);

    public static bool IsControlledBy(this ObjectMeta metadata, IResource owner)
        => metadata.Controller() is { } controller && controller.Uid == owner.Metadata.Uid;

    /// <summary>Same group and kind, whatever the version.</summary>
    internal static bool IsOfKind(this OwnerReference owner, ResourceType type)
    {
        int slash = owner.ApiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : owner.ApiVersion[..slash];
        return group == type.Group && owner.Kind == type.Kind;
    }
}
