namespace Fairway.Git;

/// <summary>A commit.</summary>
public sealed record GitCommit
{
    public required string Sha { get; init; }

    public required string Tree { get; init; }

    public required IReadOnlyList<string> Parents { get; init; }

    public required string AuthorName { get; init; }

    public required string AuthorEmail { get; init; }

    public required DateTimeOffset AuthoredAt { get; init; }

    public required string CommitterName { get; init; }

    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>The whole message.</summary>
    public required string Message { get; init; }

    /// <summary>The message's first line.</summary>
    public string Subject => Message.Split('\n', 2)[0].TrimEnd();
}

/// <summary>An entry of a tree.</summary>
/// <param name="Path">From the root of the tree, with <c>/</c>.</param>
/// <param name="Mode"><c>100644</c>, <c>100755</c>, <c>120000</c> (symbolic link), <c>040000</c> (directory), <c>160000</c> (submodule).</param>
/// <param name="Sha">Of the blob or tree.</param>
/// <param name="Size">In bytes; null for what is no blob.</param>
public sealed record GitTreeEntry(string Path, string Mode, string Sha, long? Size)
{
    public bool IsFile => Mode is "100644" or "100755";

    public bool IsExecutable => Mode is "100755";

    public bool IsSymbolicLink => Mode is "120000";

    public bool IsDirectory => Mode is "040000";
}

/// <summary>A path that differs between two commits.</summary>
/// <param name="Path">The path in the newer commit (in the older one for deletions).</param>
/// <param name="Change">What happened to it.</param>
public sealed record GitPathChange(string Path, GitChange Change);

public enum GitChange
{
    Added,
    Modified,
    Deleted,
}

/// <summary>Who wrote a commit.</summary>
public sealed record GitSignature(string Name, string Email, DateTimeOffset At);

/// <summary>Files to put on a branch.</summary>
public sealed record CommitRequest
{
    /// <summary>The branch's short name: <c>env/prod</c>.</summary>
    public required string Branch { get; init; }

    /// <summary>The commit that the branch must be at; null when the branch must not exist yet.</summary>
    public required string? ExpectedHead { get; init; }

    /// <summary>Content by path; null deletes the path.</summary>
    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> Files { get; init; }

    /// <summary>The files are the whole tree: what is not named goes.</summary>
    public bool ReplaceAll { get; init; }

    public required string Message { get; init; }

    public required GitSignature Author { get; init; }

    /// <summary>The author when absent.</summary>
    public GitSignature? Committer { get; init; }
}

/// <summary>How a commit went: a closed set.</summary>
public abstract record CommitOutcome
{
    private CommitOutcome()
    {
    }

    /// <summary>The branch is now at this commit.</summary>
    public sealed record Committed(string Sha) : CommitOutcome;

    /// <summary>The branch had this content already; nothing was written.</summary>
    public sealed record Unchanged(string Sha) : CommitOutcome;

    /// <summary>The branch was not where the caller expected it.</summary>
    /// <param name="ActualHead">Where it is; null when it does not exist.</param>
    public sealed record Conflict(string? ActualHead) : CommitOutcome;
}

/// <summary>What an export may take.</summary>
public sealed record ExportLimits
{
    public static ExportLimits Default { get; } = new();

    public int MaxFiles { get; init; } = 50_000;

    public long MaxFileBytes { get; init; } = 256L * 1024 * 1024;

    public long MaxTotalBytes { get; init; } = 1024L * 1024 * 1024;
}
