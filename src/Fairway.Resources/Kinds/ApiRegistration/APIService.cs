namespace Fairway.Resources.Kinds.ApiRegistration;

/// <summary>APIService represents the server of one group and version. Every one is served by the cluster itself, so they can only be read.</summary>
[Kind("apiregistration.k8s.io/v1", "apiservices", Namespaced = false, Categories = ["api-extensions"])]
public sealed record APIService : IResource
{
    public string ApiVersion => "apiregistration.k8s.io/v1";

    public string Kind => "APIService";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Which group and version.</summary>
    public APIServiceSpec? Spec { get; init; }

    /// <summary>Whether it is available.</summary>
    public APIServiceStatus? Status { get; init; }
}

/// <summary>A group and version and its place among the others.</summary>
public sealed record APIServiceSpec
{
    public string? Group { get; init; }

    public string? Version { get; init; }

    /// <summary>Groups with higher numbers are preferred.</summary>
    public required int GroupPriorityMinimum { get; init; }

    /// <summary>Versions with higher numbers are preferred.</summary>
    public required int VersionPriority { get; init; }
}

/// <summary>Whether a group and version is available.</summary>
public sealed record APIServiceStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
