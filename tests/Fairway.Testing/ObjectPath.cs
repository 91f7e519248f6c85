using Fairway.Client;
using Fairway.Resources;

namespace Fairway.Testing;

internal readonly record struct ObjectPath(string GroupResource, string Namespace, string Name) : IComparable<ObjectPath>
{
    public bool IsIn(ResourceType type, string? @namespace)
        => GroupResource == type.GroupResource && (string.IsNullOrEmpty(@namespace) || !type.Namespaced || Namespace == @namespace);

    public int CompareTo(ObjectPath other)
    {
        int byGroup = string.CompareOrdinal(GroupResource, other.GroupResource);
        int byNamespace = byGroup != 0 ? byGroup : string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }
}

/// <summary>A change with what was before, so that selectors can tell whether an object came into view or left it.</summary>
internal sealed record LoggedEvent(ObjectPath Path, WatchEventType Change, Document After, Document? Before, string What);
