namespace Fairway.Git;

/// <summary>A ref of a hosted repository moved, by a push or by a commit that the platform wrote.</summary>
/// <param name="Repository">Where.</param>
/// <param name="Ref">The full ref: <c>refs/heads/main</c>.</param>
/// <param name="OldSha">The commit before; null when the ref is new.</param>
/// <param name="NewSha">The commit now; null when the ref was deleted.</param>
/// <param name="Actor">Who did it.</param>
public sealed record PushReceived(RepositoryName Repository, string Ref, string? OldSha, string? NewSha, string Actor)
{
    /// <summary>The platform wrote the commit itself; nobody pushed.</summary>
    public bool ByPlatform { get; init; }
}
