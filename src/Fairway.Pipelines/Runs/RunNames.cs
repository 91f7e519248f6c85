using System.Security.Cryptography;
using System.Text;

namespace Fairway.Pipelines.Runs;

/// <summary>Names of runs: the same push always gives the same names, so that nothing starts twice.</summary>
internal static class RunNames
{
    private const int MaxLength = 100;

    /// <summary>How many digits of a commit people see.</summary>
    public const int ShortLength = 8;

    public static string Short(string sha) => sha.Length <= ShortLength ? sha : sha[..ShortLength];

    /// <summary><c>web-1a2b3c4d-ci</c>; with a mark of the ref when that is not the default branch, since each branch runs for itself.</summary>
    public static string For(string repository, string sha, string workflowFile, string @ref, string defaultBranch, string? suffix = null)
    {
        string stem = Clean(Path.GetFileNameWithoutExtension(workflowFile));
        string mark = @ref == "refs/heads/" + defaultBranch ? "" : "-" + Hash(@ref)[..6];
        string name = $"{repository}-{Short(sha)}-{stem}{mark}{(suffix is null ? "" : "-" + suffix)}";
        return name.Length <= MaxLength ? name : $"{name[..(MaxLength - 9)].TrimEnd('-', '.')}-{Hash(name)[..8]}";
    }

    private static string Clean(string text)
    {
        string clean = new string([.. text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        return clean.Length == 0 ? "workflow" : clean;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
