using System.Globalization;
using System.Text;

namespace Fairway.Git;

/// <summary>One bare repository: reading at a commit, writing to a branch. Every call is answered from disk by git itself.</summary>
/// <remarks>Safe for concurrent use; concurrent writes to one branch are decided by the expected head.</remarks>
public sealed class BareRepository
{
    /// <summary>git's name for a tree with nothing in it.</summary>
    public const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    private readonly Action<PushReceived> _publish;

    internal BareRepository(RepositoryName name, string directory, GitProgram git, Action<PushReceived> publish)
    {
        Name = name;
        Directory = directory;
        Git = git;
        _publish = publish;
    }

    public RepositoryName Name { get; }

    /// <summary>The repository's directory, absolute.</summary>
    public string Directory { get; }

    internal GitProgram Git { get; }

    /// <summary>One push at a time, so that what each one moved is known.</summary>
    internal SemaphoreSlim Receiving { get; } = new(1, 1);

    /// <summary>Commits by branch (short names).</summary>
    public async Task<IReadOnlyDictionary<string, string>> BranchesAsync(CancellationToken cancellation)
        => (await RefsAsync(cancellation))
            .Where(head => head.Key.StartsWith("refs/heads/", StringComparison.Ordinal))
            .ToDictionary(head => head.Key["refs/heads/".Length..], head => head.Value, StringComparer.Ordinal);

    /// <summary>Commits by full ref, branches and tags; an annotated tag counts as the commit it names.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RefsAsync(CancellationToken cancellation)
    {
        GitOutput output = await Git.RunAsync(
            Directory, ["for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "refs/heads", "refs/tags"], cancellation);
        Dictionary<string, string> refs = new(StringComparer.Ordinal);
        foreach (string line in output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.TrimEnd().Split(' ');
            refs[fields[0]] = fields[^1];
        }

        return refs;
    }

    /// <summary>The commit that a branch, tag, full ref or (abbreviated) id names; null when there is none.</summary>
    public async Task<string?> ResolveAsync(string revision, CancellationToken cancellation)
    {
        if (revision.Length == 0 || revision.Contains('\n', StringComparison.Ordinal))
        {
            return null;
        }

        GitOutput output = await Git.TryAsync(
            Directory, ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"], cancellation);
        return output.ExitCode == 0 ? output.Text.Split('\n')[^1] : null;
    }

    /// <summary>Commits from a revision backwards, newest first; empty when the revision names none.</summary>
    /// <param name="path">Only commits that touch this path.</param>
    public async Task<IReadOnlyList<GitCommit>> LogAsync(string revision, int limit, CancellationToken cancellation, string? path = null)
    {
        if (await ResolveAsync(revision, cancellation) is not { } sha)
        {
            return [];
        }

        List<string> arguments =
            ["log", "-z", $"--max-count={limit}", "--format=%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%cn%x1f%ct%x1f%B", sha];
        if (path is not null)
        {
            arguments.AddRange(["--", path]);
        }

        GitOutput output = await Git.RunAsync(Directory, arguments, cancellation);
        return [.. Encoding.UTF8.GetString(output.Bytes.Span).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(ParseCommit)];
    }

    /// <summary>The commit a revision names, or null.</summary>
    public async Task<GitCommit?> CommitAtAsync(string revision, CancellationToken cancellation)
        => (await LogAsync(revision, 1, cancellation)).FirstOrDefault();

    /// <summary>A file's content at a commit; null when there is no such file.</summary>
    /// <exception cref="GitException">The file is larger than the output limit.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadFileAsync(string commit, string path, CancellationToken cancellation)
    {
        if (!BranchNames.IsTreePath(path) || path.Contains('\n', StringComparison.Ordinal) || commit.Contains('\n', StringComparison.Ordinal))
        {
            return null;
        }

        GitOutput output = await Git.RunAsync(
            Directory, ["cat-file", "--batch"], cancellation, Encoding.UTF8.GetBytes($"{commit}:{path}\n"));
        ReadOnlyMemory<byte> bytes = output.Bytes;
        int end = bytes.Span.IndexOf((byte)'\n');
        string[] header = Encoding.UTF8.GetString(bytes.Span[..end]).Split(' ');
        return header.Length == 3 && header[1] == "blob"
            ? bytes.Slice(end + 1, int.Parse(header[2], CultureInfo.InvariantCulture))
            : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>All files of a commit or tree, recursively, in git's order; directories themselves only when not recursive.</summary>
    /// <param name="under">Only what is below this directory; paths stay relative to the root.</param>
    public async Task<IReadOnlyList<GitTreeEntry>> ListTreeAsync(
        string commit, CancellationToken cancellation, string? under = null, bool recursive = true)
    {
        List<string> arguments = ["ls-tree", "-z", "-l", "--full-tree"];
        if (recursive)
        {
            arguments.Add("-r");
        }

        arguments.AddRange(["--end-of-options", commit]);
        if (under is { Length: > 0 })
        {
            arguments.Add(under.TrimEnd('/') + "/");
        }

        GitOutput output = await Git.RunAsync(Directory, arguments, cancellation);
        return [.. Encoding.UTF8.GetString(output.Bytes.Span).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(ParseEntry)];
    }

    /// <summary>Paths that differ from one commit to another; a null older commit means that all is new.</summary>
    public async Task<IReadOnlyList<GitPathChange>> DiffAsync(string? older, string newer, CancellationToken cancellation)
    {
        GitOutput output = await Git.RunAsync(
            Directory,
            ["diff-tree", "-r", "-z", "--no-renames", "--name-status", "--end-of-options", older ?? EmptyTree, newer],
            cancellation);
        string[] fields = Encoding.UTF8.GetString(output.Bytes.Span).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        List<GitPathChange> changes = [];
        for (int i = 0; i + 1 < fields.Length; i += 2)
        {
            changes.Add(new GitPathChange(fields[i + 1], fields[i][0] switch
            {
                'A' => GitChange.Added,
                'D' => GitChange.Deleted,
                _ => GitChange.Modified,
            }));
        }

        return changes;
    }

    /// <summary>The difference between two commits as a unified diff; null for the older one shows all as new.</summary>
    public async Task<string> UnifiedDiffAsync(string? older, string newer, CancellationToken cancellation)
        => Encoding.UTF8.GetString((await Git.RunAsync(
            Directory, ["diff", "--no-color", "--no-ext-diff", "--end-of-options", older ?? EmptyTree, newer], cancellation)).Bytes.Span);

    /// <summary>Whether the first commit is an ancestor of the second, or the same.</summary>
    public async Task<bool> IsAncestorAsync(string ancestor, string descendant, CancellationToken cancellation)
        => (await Git.TryAsync(Directory, ["merge-base", "--is-ancestor", ancestor, descendant], cancellation)).ExitCode == 0;

    /// <summary>
    /// Writes the files of a commit (or of a directory in it, then relative to that) into a directory that is new or empty.
    /// Nothing is written outside it: a symbolic link that points out, a path that climbs, or too much content is refused
    /// before the first byte. Submodules are left out.
    /// </summary>
    /// <exception cref="GitException">What was refused and why.</exception>
    public Task ExportAsync(string commit, string target, ExportLimits limits, CancellationToken cancellation, string? under = null)
        => TreeExport.WriteAsync(this, commit, under, target, limits, cancellation);

    /// <summary>
    /// Puts files on a branch without a work tree. Atomic and conditional on the expected head: of two writers that saw the
    /// same head, one gets <see cref="CommitOutcome.Conflict"/>. The same content makes no commit.
    /// </summary>
    /// <exception cref="ArgumentException">The branch or a path is not valid.</exception>
    public async Task<CommitOutcome> CommitAsync(CommitRequest request, CancellationToken cancellation)
    {
        CommitOutcome outcome = await CommitWriter.WriteAsync(this, request, cancellation);
        if (outcome is CommitOutcome.Committed committed)
        {
            Publish(new PushReceived(
                Name, "refs/heads/" + request.Branch, request.ExpectedHead, committed.Sha, (request.Committer ?? request.Author).Name)
            { ByPlatform = true });
        }

        return outcome;
    }

    /// <summary>The branch that a clone checks out (short name), whether or not it has commits yet.</summary>
    public async Task<string> DefaultBranchAsync(CancellationToken cancellation)
        => (await Git.RunAsync(Directory, ["symbolic-ref", "--short", "HEAD"], cancellation)).Text;

    internal void Publish(PushReceived push) => _publish(push);

    private static GitCommit ParseCommit(string record)
    {
        string[] fields = record.TrimStart('\n').Split('\x1f', 9);
        return new GitCommit
        {
            Sha = fields[0],
            Tree = fields[1],
            Parents = fields[2].Split(' ', StringSplitOptions.RemoveEmptyEntries),
            AuthorName = fields[3],
            AuthorEmail = fields[4],
            AuthoredAt = Time(fields[5]),
            CommitterName = fields[6],
            CommittedAt = Time(fields[7]),
            Message = fields[8].TrimEnd('\n'),
        };
    }

    // A pushed commit may carry any number as its time.
    private static DateTimeOffset Time(string seconds)
        => long.TryParse(seconds, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value is > -62_000_000_000 and < 253_000_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(value)
            : DateTimeOffset.UnixEpoch;

    private static GitTreeEntry ParseEntry(string record)
    {
        int tab = record.IndexOf('\t', StringComparison.Ordinal);
        string[] fields = record[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new GitTreeEntry(
            record[(tab + 1)..], fields[0], fields[2], long.TryParse(fields[3], CultureInfo.InvariantCulture, out long size) ? size : null);
    }
}
