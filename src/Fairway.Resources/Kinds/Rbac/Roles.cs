using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Rbac;

/// <summary>Role permits things in one namespace.</summary>
[Kind("rbac.authorization.k8s.io/v1", "roles")]
public sealed record Role : IResource
{
    public string ApiVersion => "rbac.authorization.k8s.io/v1";

    public string Kind => "Role";

    public ObjectMeta Metadata { get; init; } = new();

    [Atomic]
    public IReadOnlyList<PolicyRule>? Rules { get; init; }
}

/// <summary>ClusterRole permits things in the whole cluster, or in a namespace where a RoleBinding names it.</summary>
[Kind("rbac.authorization.k8s.io/v1", "clusterroles", Namespaced = false)]
public sealed record ClusterRole : IResource
{
    public string ApiVersion => "rbac.authorization.k8s.io/v1";

    public string Kind => "ClusterRole";

    public ObjectMeta Metadata { get; init; } = new();

    [Atomic]
    public IReadOnlyList<PolicyRule>? Rules { get; init; }

    /// <summary>The rules of all ClusterRoles with these labels.</summary>
    public AggregationRule? AggregationRule { get; init; }
}

public sealed record AggregationRule
{
    [Atomic]
    public IReadOnlyList<LabelSelectorSpec>? ClusterRoleSelectors { get; init; }
}

/// <summary>Permits verbs on resources or on paths. <c>*</c> stands for all.</summary>
public sealed record PolicyRule
{
    [Atomic]
    public required IReadOnlyList<string> Verbs { get; init; }

    /// <summary>Empty text for the core group.</summary>
    [Atomic]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    /// <summary><c>pods</c>, <c>pods/log</c>, <c>*/scale</c>, …</summary>
    [Atomic]
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>Only objects of these names; all when empty.</summary>
    [Atomic]
    public IReadOnlyList<string>? ResourceNames { get; init; }

    [JsonPropertyName("nonResourceURLs")]
    [Atomic]
    public IReadOnlyList<string>? NonResourceUrls { get; init; }
}

/// <summary>RoleBinding gives the permissions of a role to subjects, in one namespace.</summary>
[Kind("rbac.authorization.k8s.io/v1", "rolebindings")]
public sealed record RoleBinding : IResource
{
    public string ApiVersion => "rbac.authorization.k8s.io/v1";

    public string Kind => "RoleBinding";

    public ObjectMeta Metadata { get; init; } = new();

    [Atomic]
    public IReadOnlyList<Subject>? Subjects { get; init; }

    [Atomic]
    [Immutable]
    public required RoleRef RoleRef { get; init; }
}

/// <summary>ClusterRoleBinding gives the permissions of a ClusterRole to subjects, everywhere.</summary>
[Kind("rbac.authorization.k8s.io/v1", "clusterrolebindings", Namespaced = false)]
public sealed record ClusterRoleBinding : IResource
{
    public string ApiVersion => "rbac.authorization.k8s.io/v1";

    public string Kind => "ClusterRoleBinding";

    public ObjectMeta Metadata { get; init; } = new();

    [Atomic]
    public IReadOnlyList<Subject>? Subjects { get; init; }

    [Atomic]
    [Immutable]
    public required RoleRef RoleRef { get; init; }
}

/// <summary>Who gets permissions.</summary>
public sealed record Subject
{
    /// <summary><c>User</c>, <c>Group</c> or <c>ServiceAccount</c>.</summary>
    public required string Kind { get; init; }

    public string? ApiGroup { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

/// <summary>The role that is given.</summary>
public sealed record RoleRef
{
    public required string ApiGroup { get; init; }

    /// <summary><c>Role</c> or <c>ClusterRole</c>.</summary>
    public required string Kind { get; init; }

    public required string Name { get; init; }
}
