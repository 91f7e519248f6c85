namespace Fairway.Resources.Kinds.Pipelines;

/// <summary>A repository that Fairway hosts, served at <c>&lt;git endpoint&gt;/&lt;namespace&gt;/&lt;name&gt;.git</c>.</summary>
[Kind("fairway.dev/v1", "gitrepositories", Status = true, ShortNames = ["repo"], Categories = ["fairway"])]
[Column("Default branch", ".spec.defaultBranch")]
[Column("URL", ".status.url")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record GitRepository : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "GitRepository";

    public ObjectMeta Metadata { get; init; } = new();

    public GitRepositorySpec? Spec { get; init; }

    public GitRepositoryStatus? Status { get; init; }
}

/// <summary>How the repository is set up.</summary>
public sealed record GitRepositorySpec
{
    public string? Description { get; init; }

    [Default("\"main\"")]
    public string? DefaultBranch { get; init; }
}

/// <summary>What was pushed.</summary>
public sealed record GitRepositoryStatus
{
    /// <summary>Where to clone from and push to.</summary>
    public string? Url { get; init; }

    [ListMap("name")]
    public IReadOnlyList<GitBranch>? Branches { get; init; }

    [ListMap("name")]
    public IReadOnlyList<GitBranch>? Tags { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>A branch and its head, or a tag and its commit.</summary>
public sealed record GitBranch
{
    public required string Name { get; init; }

    public required string Sha { get; init; }

    public DateTimeOffset? PushedAt { get; init; }

    public string? PushedBy { get; init; }
}
