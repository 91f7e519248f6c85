namespace Fairway.Resources.Kinds.Authorization;

/// <summary>SubjectAccessReview checks whether or not a user or group can perform an action.</summary>
[Kind("authorization.k8s.io/v1", "subjectaccessreviews", Namespaced = false, CreateOnly = true)]
public sealed record SubjectAccessReview : IResource
{
    public string ApiVersion => "authorization.k8s.io/v1";

    public string Kind => "SubjectAccessReview";

    public ObjectMeta Metadata { get; init; } = new();

    public required SubjectAccessReviewSpec Spec { get; init; }

    public SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>LocalSubjectAccessReview checks whether or not a user or group can perform an action in a given namespace.</summary>
[Kind("authorization.k8s.io/v1", "localsubjectaccessreviews", CreateOnly = true)]
public sealed record LocalSubjectAccessReview : IResource
{
    public string ApiVersion => "authorization.k8s.io/v1";

    public string Kind => "LocalSubjectAccessReview";

    public ObjectMeta Metadata { get; init; } = new();

    public required SubjectAccessReviewSpec Spec { get; init; }

    public SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>SelfSubjectAccessReview checks whether or not the current user can perform an action.</summary>
[Kind("authorization.k8s.io/v1", "selfsubjectaccessreviews", Namespaced = false, CreateOnly = true)]
public sealed record SelfSubjectAccessReview : IResource
{
    public string ApiVersion => "authorization.k8s.io/v1";

    public string Kind => "SelfSubjectAccessReview";

    public ObjectMeta Metadata { get; init; } = new();

    public required SelfSubjectAccessReviewSpec Spec { get; init; }

    public SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>SelfSubjectRulesReview enumerates the set of actions the current user can perform within a namespace.</summary>
[Kind("authorization.k8s.io/v1", "selfsubjectrulesreviews", Namespaced = false, CreateOnly = true)]
public sealed record SelfSubjectRulesReview : IResource
{
    public string ApiVersion => "authorization.k8s.io/v1";

    public string Kind => "SelfSubjectRulesReview";

    public ObjectMeta Metadata { get; init; } = new();

    public required SelfSubjectRulesReviewSpec Spec { get; init; }

    public SubjectRulesReviewStatus? Status { get; init; }
}

/// <summary>What the current user wants to do; one of the two.</summary>
public sealed record SelfSubjectAccessReviewSpec
{
    public ResourceAttributes? ResourceAttributes { get; init; }

    public NonResourceAttributes? NonResourceAttributes { get; init; }
}

/// <summary>Who wants to do what.</summary>
public sealed record SubjectAccessReviewSpec
{
    public ResourceAttributes? ResourceAttributes { get; init; }

    public NonResourceAttributes? NonResourceAttributes { get; init; }

    public string? User { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }

    public string? Uid { get; init; }
}

/// <summary>A request for a resource.</summary>
public sealed record ResourceAttributes
{
    public string? Namespace { get; init; }

    public string? Verb { get; init; }

    public string? Group { get; init; }

    public string? Version { get; init; }

    public string? Resource { get; init; }

    public string? Subresource { get; init; }

    public string? Name { get; init; }

    public SelectorAttributes? FieldSelector { get; init; }

    public SelectorAttributes? LabelSelector { get; init; }
}

/// <summary>How a list is limited.</summary>
public sealed record SelectorAttributes
{
    public string? RawSelector { get; init; }

    [Atomic]
    public IReadOnlyList<SelectorRequirement>? Requirements { get; init; }
}

/// <summary>One condition of a selector.</summary>
public sealed record SelectorRequirement
{
    public required string Key { get; init; }

    public required string Operator { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Values { get; init; }
}

/// <summary>A request for a path.</summary>
public sealed record NonResourceAttributes
{
    public string? Path { get; init; }

    public string? Verb { get; init; }
}

/// <summary>Whether it is allowed.</summary>
public sealed record SubjectAccessReviewStatus
{
    public required bool Allowed { get; init; }

    public bool? Denied { get; init; }

    public string? Reason { get; init; }

    public string? EvaluationError { get; init; }
}

/// <summary>Where.</summary>
public sealed record SelfSubjectRulesReviewSpec
{
    public string? Namespace { get; init; }
}

/// <summary>What a user may do.</summary>
public sealed record SubjectRulesReviewStatus
{
    [Atomic]
    public required IReadOnlyList<ResourceRule> ResourceRules { get; init; }

    [Atomic]
    public required IReadOnlyList<NonResourceRule> NonResourceRules { get; init; }

    public required bool Incomplete { get; init; }

    public string? EvaluationError { get; init; }
}

/// <summary>Verbs on resources.</summary>
public sealed record ResourceRule
{
    [Atomic]
    public required IReadOnlyList<string> Verbs { get; init; }

    [Atomic]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Resources { get; init; }

    [Atomic]
    public IReadOnlyList<string>? ResourceNames { get; init; }
}

/// <summary>Verbs on paths.</summary>
public sealed record NonResourceRule
{
    [Atomic]
    public required IReadOnlyList<string> Verbs { get; init; }

    [Atomic]
    public IReadOnlyList<string>? NonResourceURLs { get; init; }
}
