using System.Globalization;
using System.Text;

namespace Fairway.Git;

/// <summary>
/// Writes a commit with three git processes, however many files it has: the content goes in as one import stream under a
/// ref of the platform's own, is compared with the branch, and the branch is moved in one transaction with its expected value.
/// </summary>
internal static class CommitWriter
{
    private const string Zero = "0000000000000000000000000000000000000000";

    public static async Task<CommitOutcome> WriteAsync(BareRepository repository, CommitRequest request, CancellationToken cancellation)
    {
        BranchNames.Require(request.Branch);
        string branch = "refs/heads/" + request.Branch;
        string? head = await repository.ResolveAsync(branch, cancellation);
        if (!string.Equals(head, request.ExpectedHead, StringComparison.Ordinal))
        {
            return new CommitOutcome.Conflict(head);
        }

        string aside = $"refs/fairway/writing/{Guid.NewGuid():N}";
        ReadOnlyMemory<byte> stream = ImportStream(request, aside);
        await repository.Git.RunAsync(repository.Directory, ["fast-import", "--quiet", "--done", "--date-format=raw"], cancellation, stream);
        string[] ids = (await repository.Git.RunAsync(
            repository.Directory, ["rev-parse", aside, aside + "^{tree}", head is null ? BareRepository.EmptyTree : head + "^{tree}"], cancellation))
            .Text.Split('\n');
        (string commit, string tree, string oldTree) = (ids[0], ids[1], ids[2]);
        if (head is not null && string.Equals(tree, oldTree, StringComparison.Ordinal))
        {
            await repository.Git.RunAsync(repository.Directory, ["update-ref", "-d", aside], cancellation);
            return new CommitOutcome.Unchanged(head);
        }

        return await MoveAsync(repository, request, branch, aside, commit, cancellation);
    }

    private static async Task<CommitOutcome> MoveAsync(
        BareRepository repository, CommitRequest request, string branch, string aside, string commit, CancellationToken cancellation)
    {
        string transaction = $"start\nupdate {branch} {commit} {request.ExpectedHead ?? Zero}\ndelete {aside}\nprepare\ncommit\n";
        GitOutput moved = await repository.Git.TryAsync(
            repository.Directory, ["update-ref", "--stdin"], cancellation, Encoding.UTF8.GetBytes(transaction));
        if (moved.ExitCode == 0)
        {
            return new CommitOutcome.Committed(commit);
        }

        await repository.Git.TryAsync(repository.Directory, ["update-ref", "-d", aside], cancellation);
        string? actual = await repository.ResolveAsync(branch, cancellation);
        return string.Equals(actual, request.ExpectedHead, StringComparison.Ordinal)
            ? throw new GitException($"The branch {request.Branch} cannot be moved: {moved.Errors}")
            : new CommitOutcome.Conflict(actual);
    }

    private static ReadOnlyMemory<byte> ImportStream(CommitRequest request, string aside)
    {
        MemoryStream stream = new();
        GitSignature committer = request.Committer ?? request.Author;
        Line(stream, $"commit {aside}");
        Line(stream, $"author {Signature(request.Author)}");
        Line(stream, $"committer {Signature(committer)}");
        Data(stream, Encoding.UTF8.GetBytes(request.Message));
        if (request.ExpectedHead is not null)
        {
            Line(stream, $"from {request.ExpectedHead}");
        }

        if (request.ReplaceAll)
        {
            Line(stream, "deleteall");
        }

        foreach ((string path, ReadOnlyMemory<byte>? content) in request.Files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (!BranchNames.IsTreePath(path))
            {
                throw new ArgumentException($"'{path}' is not a path in a repository.", nameof(request));
            }

            Line(stream, content is null ? $"D {Quoted(path)}" : $"M 100644 inline {Quoted(path)}");
            if (content is not null)
            {
                Data(stream, content.Value.Span);
            }
        }

        Line(stream, "done");
        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }

    private static void Line(MemoryStream stream, string line)
    {
        stream.Write(Encoding.UTF8.GetBytes(line));
        stream.WriteByte((byte)'\n');
    }

    private static void Data(MemoryStream stream, ReadOnlySpan<byte> bytes)
    {
        Line(stream, string.Create(CultureInfo.InvariantCulture, $"data {bytes.Length}"));
        stream.Write(bytes);
        stream.WriteByte((byte)'\n');
    }

    private static string Signature(GitSignature who)
        => string.Create(CultureInfo.InvariantCulture, $"{Clean(who.Name, "unknown")} <{Clean(who.Email, "unknown@localhost")}> {who.At.ToUnixTimeSeconds()} +0000");

    private static string Clean(string text, string otherwise)
    {
        string clean = new([.. text.Where(c => c is not ('<' or '>') && !char.IsControl(c))]);
        return clean.Trim() is { Length: > 0 } kept ? kept : otherwise;
    }

    private static string Quoted(string path)
        => path.Any(c => c is '"' or '\n')
            ? $"\"{path.Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\""
            : path;
}
