namespace Fairway.Resources.Kinds.Authentication;

/// <summary>SelfSubjectReview contains the user information that the API server has about the user making this request.</summary>
[Kind("authentication.k8s.io/v1", "selfsubjectreviews", Namespaced = false, CreateOnly = true)]
public sealed record SelfSubjectReview : IResource
{
    public string ApiVersion => "authentication.k8s.io/v1";

    public string Kind => "SelfSubjectReview";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Filled in by the server with the user attributes.</summary>
    public SelfSubjectReviewStatus? Status { get; init; }
}

/// <summary>Who asks.</summary>
public sealed record SelfSubjectReviewStatus
{
    public UserInfo? UserInfo { get; init; }
}

/// <summary>What is known of a user.</summary>
public sealed record UserInfo
{
    public string? Username { get; init; }

    /// <summary>Tells one bearer of the name from a later one.</summary>
    public string? Uid { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}

/// <summary>TokenReview attempts to authenticate a token to a known user.</summary>
[Kind("authentication.k8s.io/v1", "tokenreviews", Namespaced = false, CreateOnly = true)]
public sealed record TokenReview : IResource
{
    public string ApiVersion => "authentication.k8s.io/v1";

    public string Kind => "TokenReview";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The token that is asked about.</summary>
    public required TokenReviewSpec Spec { get; init; }

    /// <summary>Filled in by the server.</summary>
    public TokenReviewStatus? Status { get; init; }
}

/// <summary>The token that is asked about.</summary>
public sealed record TokenReviewSpec
{
    public string? Token { get; init; }

    /// <summary>For whom it must be; the API server when absent.</summary>
    [Atomic]
    public IReadOnlyList<string>? Audiences { get; init; }
}

/// <summary>Whose token it is.</summary>
public sealed record TokenReviewStatus
{
    public bool? Authenticated { get; init; }

    public UserInfo? User { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Audiences { get; init; }

    public string? Error { get; init; }
}

/// <summary>TokenRequest requests a token for a given service account.</summary>
[Kind("authentication.k8s.io/v1", "tokenrequests", CreateOnly = true, CreatedAt = "serviceaccounts/{name}/token")]
public sealed record TokenRequest : IResource
{
    public string ApiVersion => "authentication.k8s.io/v1";

    public string Kind => "TokenRequest";

    public ObjectMeta Metadata { get; init; } = new();

    public required TokenRequestSpec Spec { get; init; }

    /// <summary>Filled in by the server.</summary>
    public TokenRequestStatus? Status { get; init; }
}

/// <summary>What token is wanted.</summary>
public sealed record TokenRequestSpec
{
    /// <summary>For whom the token is.</summary>
    [Atomic]
    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>For how long; the server may give another time.</summary>
    public long? ExpirationSeconds { get; init; }

    /// <summary>The token ends with this object.</summary>
    public BoundObjectReference? BoundObjectRef { get; init; }
}

/// <summary>A pod, secret or node that a token is bound to.</summary>
public sealed record BoundObjectReference
{
    public string? Kind { get; init; }

    public string? ApiVersion { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }
}

/// <summary>The token.</summary>
public sealed record TokenRequestStatus
{
    public required string Token { get; init; }

    public required DateTimeOffset ExpirationTimestamp { get; init; }
}
