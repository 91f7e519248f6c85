namespace Fairway.Resources.Kinds.Core;

/// <summary>ResourceQuota sets aggregate quota restrictions enforced per namespace.</summary>
[Kind("v1", "resourcequotas", Status = true, ShortNames = ["quota"])]
public sealed record ResourceQuota : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "ResourceQuota";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Spec defines the desired quota.</summary>
    public ResourceQuotaSpec? Spec { get; init; }

    /// <summary>Status defines the actual enforced quota and its current usage.</summary>
    public ResourceQuotaStatus? Status { get; init; }
}

/// <summary>The desired hard limits to enforce.</summary>
public sealed record ResourceQuotaSpec
{
    /// <summary>The desired hard limits for each named resource: <c>pods</c>, <c>requests.cpu</c>, <c>count/deployments.apps</c>, …</summary>
    public IReadOnlyDictionary<string, Quantity>? Hard { get; init; }

    /// <summary>Filters that must match each object tracked by the quota. All objects when absent.</summary>
    [Atomic]
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Filters like scopes, by operators and values.</summary>
    public ScopeSelector? ScopeSelector { get; init; }
}

/// <summary>The AND of scoped requirements.</summary>
public sealed record ScopeSelector
{
    [Atomic]
    public IReadOnlyList<ScopedResourceSelectorRequirement>? MatchExpressions { get; init; }
}

/// <summary>A scope, an operator and values.</summary>
public sealed record ScopedResourceSelectorRequirement
{
    [OneOf("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity")]
    public required string ScopeName { get; init; }

    [OneOf("In", "NotIn", "Exists", "DoesNotExist")]
    public required string Operator { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Values { get; init; }
}

/// <summary>The enforced hard limits and the observed use.</summary>
public sealed record ResourceQuotaStatus
{
    /// <summary>The set of enforced hard limits for each named resource.</summary>
    public IReadOnlyDictionary<string, Quantity>? Hard { get; init; }

    /// <summary>The current observed total usage of the resource in the namespace.</summary>
    public IReadOnlyDictionary<string, Quantity>? Used { get; init; }
}
