using System.Text;
using Fairway.Git;
using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Runs;

/// <summary>The workflow files of a commit.</summary>
internal sealed class WorkflowFiles(WorkflowParser parser)
{
    private const string Directory = ".github/workflows";

    /// <summary>Paths of all workflow files, in order.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(BareRepository repository, string sha, CancellationToken cancellation)
        => [.. (await repository.ListTreeAsync(sha, cancellation, Directory, recursive: false))
            .Where(entry => entry.IsFile && (entry.Path.EndsWith(".yml", StringComparison.Ordinal) || entry.Path.EndsWith(".yaml", StringComparison.Ordinal)))
            .Select(entry => entry.Path)];

    /// <summary>Null when the commit has no such file.</summary>
    public async Task<WorkflowParse?> ReadAsync(BareRepository repository, string sha, string path, CancellationToken cancellation)
        => await repository.ReadFileAsync(sha, path, cancellation) is { } bytes ? parser.Parse(path, Encoding.UTF8.GetString(bytes.Span)) : null;

    /// <summary><c>ci.yml</c> or the whole path.</summary>
    public static string PathOf(string workflow) => workflow.Contains('/', StringComparison.Ordinal) ? workflow : $"{Directory}/{workflow}";
}
