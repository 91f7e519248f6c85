namespace Fairway.Pipelines.Syntax;

/// <summary>What starts a workflow.</summary>
public sealed record Triggers
{
    /// <summary>Null: pushes do not.</summary>
    public PushFilter? Push { get; init; }

    /// <summary>Null: people do not.</summary>
    public DispatchTrigger? Dispatch { get; init; }
}

/// <summary><c>workflow_dispatch</c>.</summary>
public sealed record DispatchTrigger(IReadOnlyList<DispatchInput> Inputs);

/// <summary>A value asked of whoever starts the workflow.</summary>
public sealed record DispatchInput
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public bool Required { get; init; }

    public string? Default { get; init; }

    /// <summary>string, boolean, choice, number or environment.</summary>
    public string Type { get; init; } = "string";

    public IReadOnlyList<string> Options { get; init; } = [];
}

/// <summary>Which pushes start a workflow. Lists that are null filter nothing.</summary>
public sealed record PushFilter
{
    public GlobList? Branches { get; init; }

    public GlobList? BranchesIgnore { get; init; }

    public GlobList? Tags { get; init; }

    public GlobList? TagsIgnore { get; init; }

    public GlobList? Paths { get; init; }

    public GlobList? PathsIgnore { get; init; }

    /// <summary>Whether a push to this ref starts the workflow.</summary>
    /// <param name="ref">The full ref.</param>
    /// <param name="changedPaths">Paths that differ from before the push; asked for only when path filters need it.</param>
    public bool Matches(string @ref, Func<IReadOnlyCollection<string>> changedPaths)
    {
        if (@ref.StartsWith("refs/tags/", StringComparison.Ordinal))
        {
            // A workflow that names branches only is not started by tags. Paths say nothing about tags.
            bool named = Tags is not null || TagsIgnore is not null;
            bool others = Branches is not null || BranchesIgnore is not null;
            return (named || !others) && NameMatches(@ref["refs/tags/".Length..], Tags, TagsIgnore);
        }

        if (!@ref.StartsWith("refs/heads/", StringComparison.Ordinal))
        {
            return false;
        }

        bool branches = Branches is not null || BranchesIgnore is not null;
        bool tags = Tags is not null || TagsIgnore is not null;
        return (branches || !tags) && NameMatches(@ref["refs/heads/".Length..], Branches, BranchesIgnore) && PathsMatch(changedPaths);
    }

    private static bool NameMatches(string name, GlobList? only, GlobList? ignore)
        => (only is null || only.Includes(name)) && (ignore is null || !ignore.Includes(name));

    private bool PathsMatch(Func<IReadOnlyCollection<string>> changedPaths)
        => (Paths is null || changedPaths().Any(Paths.Includes))
            && (PathsIgnore is null || changedPaths().Any(path => !PathsIgnore.Includes(path)));
}
