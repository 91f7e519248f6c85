namespace Fairway.Git;

/// <summary>git's rules for ref names, and the stricter rule that paths inside a tree stay inside.</summary>
public static class BranchNames
{
    private const string Forbidden = " ~^:?*[\\\x7f";

    /// <summary>Whether git takes this as a branch name.</summary>
    public static bool IsValid(string? branch)
        => branch is { Length: > 0 and <= 200 }
            && branch[0] is not ('-' or '/')
            && !branch.EndsWith('/')
            && !branch.EndsWith('.')
            && branch != "@"
            && !branch.Contains("..", StringComparison.Ordinal)
            && !branch.Contains("@{", StringComparison.Ordinal)
            && branch.All(c => c >= ' ' && !Forbidden.Contains(c, StringComparison.Ordinal))
            && branch.Split('/').All(part => part.Length > 0 && part[0] != '.' && !part.EndsWith(".lock", StringComparison.Ordinal));

    /// <exception cref="ArgumentException">git would not take this name.</exception>
    internal static void Require(string branch)
    {
        if (!IsValid(branch))
        {
            throw new ArgumentException($"'{branch}' is not a branch name.", nameof(branch));
        }
    }

    /// <summary>Whether this can be a file's path in a tree: relative, no empty, <c>.</c> or <c>..</c> part, nothing called <c>.git</c>.</summary>
    internal static bool IsTreePath(string path)
        => path.Length is > 0 and <= 4096
            && !path.Contains('\0', StringComparison.Ordinal)
            && !path.Contains('\\', StringComparison.Ordinal)
            && path.Split('/').All(part => part is not ("" or "." or "..") && !part.Equals(".git", StringComparison.OrdinalIgnoreCase));
}
