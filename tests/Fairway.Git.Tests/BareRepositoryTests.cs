using System.Text;

namespace Fairway.Git.Tests;

public sealed class BareRepositoryTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly GitSignature Ada = new("Ada", "ada@example.org", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private readonly TempDirectory _temp = new();
    private readonly GitRepositories _repositories;

    public BareRepositoryTests()
        => _repositories = new GitRepositories(_temp["git"], new GitProgram(new GitProgramOptions(), TimeProvider.System));

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("shop", "web", true)]
    [InlineData("shop", "web.api-2", true)]
    [InlineData("shop", "..", false)]
    [InlineData("..", "web", false)]
    [InlineData("shop", "a..b", false)]
    [InlineData("shop", "a/b", false)]
    [InlineData("shop", "web.git", false)]
    [InlineData("shop", "-web", false)]
    [InlineData("shop", "web\n", false)]
    [InlineData("Shop", "web", false)]
    [InlineData("", "web", false)]
    [InlineData("shop", "", false)]
    [InlineData(".git", "web", false)]
    public void RepositoryName_Candidates_OnlySafeOnesAreTaken(string @namespace, string name, bool valid)
        => RepositoryName.TryOf(@namespace, name, out _).ShouldBe(valid);

    [Fact]
    public async Task Ensure_Twice_KeepsWhatIsThere()
    {
        BareRepository repository = await NewAsync();
        string first = await CommitAsync(repository, null, ("a.txt", "one"));
        await _repositories.EnsureAsync(repository.Name, "main", None);
        (await repository.ResolveAsync("main", None)).ShouldBe(first);
        _repositories.List().ShouldBe([repository.Name]);
    }

    [Fact]
    public async Task Commit_FilesOnANewBranch_CanBeReadBack()
    {
        BareRepository repository = await NewAsync();
        string sha = await CommitAsync(repository, null, ("a.txt", "one"), ("dir/b \"q\".txt", "two\n"), ("dir/ünïcode", ""));
        GitCommit commit = (await repository.CommitAtAsync("main", None))!;
        commit.Sha.ShouldBe(sha);
        commit.AuthorName.ShouldBe("Ada");
        commit.AuthoredAt.ShouldBe(Ada.At);
        commit.Subject.ShouldBe("Change");
        Text(await repository.ReadFileAsync(sha, "dir/b \"q\".txt", None)).ShouldBe("two\n");
        Text(await repository.ReadFileAsync(sha, "dir/ünïcode", None)).ShouldBe("");
        (await repository.ReadFileAsync(sha, "dir", None)).ShouldBeNull();
        (await repository.ReadFileAsync(sha, "none", None)).ShouldBeNull();
        (await repository.ListTreeAsync(sha, None)).Select(entry => entry.Path).ShouldBe(["a.txt", "dir/b \"q\".txt", "dir/ünïcode"], ignoreOrder: true);
    }

    [Fact]
    public async Task Commit_SameContent_MakesNoCommit()
    {
        BareRepository repository = await NewAsync();
        string sha = await CommitAsync(repository, null, ("a.txt", "one"));
        CommitOutcome outcome = await repository.CommitAsync(Request(sha, replaceAll: true, ("a.txt", "one")), None);
        outcome.ShouldBe(new CommitOutcome.Unchanged(sha));
        (await repository.LogAsync("main", 10, None)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_FromAnotherHead_IsAConflictThatNamesTheHead()
    {
        BareRepository repository = await NewAsync();
        string first = await CommitAsync(repository, null, ("a.txt", "one"));
        string second = await CommitAsync(repository, first, ("a.txt", "two"));
        (await repository.CommitAsync(Request(first, false, ("a.txt", "three")), None)).ShouldBe(new CommitOutcome.Conflict(second));
        (await repository.CommitAsync(Request(null, false, ("a.txt", "three")), None)).ShouldBe(new CommitOutcome.Conflict(second));
    }

    [Fact]
    public async Task Commit_ManyWritersFromOneHead_OneWins()
    {
        BareRepository repository = await NewAsync();
        string head = await CommitAsync(repository, null, ("a.txt", "zero"));
        CommitOutcome[] outcomes = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => repository.CommitAsync(Request(head, false, ("a.txt", $"writer {i}")), None)));
        outcomes.OfType<CommitOutcome.Committed>().Count().ShouldBe(1);
        outcomes.OfType<CommitOutcome.Conflict>().Count().ShouldBe(5);
        (await repository.Git.RunAsync(repository.Directory, ["for-each-ref", "refs/fairway"], None)).Text.ShouldBe("");
    }

    [Fact]
    public async Task Commit_ReplaceAll_RemovesWhatIsNotNamedAndNullDeletes()
    {
        BareRepository repository = await NewAsync();
        string first = await CommitAsync(repository, null, ("a.txt", "one"), ("b.txt", "two"), ("c.txt", "three"));
        CommitOutcome deleted = await repository.CommitAsync(
            Request(first, false) with { Files = new Dictionary<string, ReadOnlyMemory<byte>?> { ["b.txt"] = null } }, None);
        string second = deleted.ShouldBeOfType<CommitOutcome.Committed>().Sha;
        (await repository.DiffAsync(first, second, None)).ShouldBe([new GitPathChange("b.txt", GitChange.Deleted)]);
        CommitOutcome replaced = await repository.CommitAsync(Request(second, true, ("c.txt", "changed"), ("d.txt", "new")), None);
        string third = replaced.ShouldBeOfType<CommitOutcome.Committed>().Sha;
        (await repository.DiffAsync(second, third, None)).ShouldBe(
            [new("a.txt", GitChange.Deleted), new("c.txt", GitChange.Modified), new("d.txt", GitChange.Added)]);
        (await repository.DiffAsync(null, third, None)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../b")]
    [InlineData(".git/config")]
    [InlineData("a/.GIT/hooks/x")]
    [InlineData("")]
    public async Task Commit_PathThatLeavesItsPlace_IsRefused(string path)
    {
        BareRepository repository = await NewAsync();
        await Should.ThrowAsync<ArgumentException>(() => repository.CommitAsync(Request(null, false, (path, "x")), None));
    }

    [Theory]
    [InlineData("main", true)]
    [InlineData("env/prod", true)]
    [InlineData("feature/x-1.2", true)]
    [InlineData("-x", false)]
    [InlineData("a..b", false)]
    [InlineData("a b", false)]
    [InlineData("a.lock", false)]
    [InlineData("a/.b", false)]
    [InlineData("a//b", false)]
    [InlineData("@", false)]
    [InlineData("x@{1}", false)]
    [InlineData("x\n", false)]
    public void BranchName_Candidates_AsGitSeesThem(string branch, bool valid) => BranchNames.IsValid(branch).ShouldBe(valid);

    [Fact]
    public async Task Export_ATree_WritesFilesModesAndInnerLinks()
    {
        BareRepository repository = await NewAsync();
        string sha = await CommitByIndexAsync(repository, ("100755", "run.sh", "#!/bin/sh\n"), ("100644", "d/a.txt", "one"), ("120000", "link", "d/../run.sh"));
        await repository.ExportAsync(sha, _temp["out"], ExportLimits.Default, None);
        File.ReadAllText(_temp["out/d/a.txt"]).ShouldBe("one");
        File.ReadAllText(_temp["out/link"]).ShouldBe("#!/bin/sh\n");
        (OperatingSystem.IsWindows() || File.GetUnixFileMode(_temp["out/run.sh"]).HasFlag(UnixFileMode.UserExecute)).ShouldBeTrue();
        await repository.ExportAsync(sha, _temp["part"], ExportLimits.Default, None, "d/");
        File.Exists(_temp["part/a.txt"]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../x")]
    [InlineData("..")]
    public async Task Export_LinkThatPointsOut_IsRefused(string target)
    {
        BareRepository repository = await NewAsync();
        string sha = await CommitByIndexAsync(repository, ("120000", "link", target));
        GitException refused = await Should.ThrowAsync<GitException>(() => repository.ExportAsync(sha, _temp["out"], ExportLimits.Default, None));
        refused.Message.ShouldContain("link");
        File.Exists(_temp["out/link"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Export_MoreThanAllowed_IsRefusedBeforeAnythingIsWritten()
    {
        BareRepository repository = await NewAsync();
        string sha = await CommitAsync(repository, null, ("a.txt", new string('x', 1000)), ("b.txt", "y"));
        foreach (ExportLimits limits in (ExportLimits[])[new() { MaxFiles = 1 }, new() { MaxFileBytes = 999 }, new() { MaxTotalBytes = 1000 }])
        {
            await Should.ThrowAsync<GitException>(() => repository.ExportAsync(sha, _temp["out"], limits, None));
        }

        Directory.EnumerateFileSystemEntries(_temp["out"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task Resolve_WhatDoesNotExist_IsNull()
    {
        BareRepository repository = await NewAsync();
        (await repository.ResolveAsync("main", None)).ShouldBeNull();
        (await repository.ResolveAsync("--all", None)).ShouldBeNull();
        (await repository.LogAsync("main", 1, None)).ShouldBeEmpty();
        string sha = await CommitAsync(repository, null, ("a.txt", "one"));
        (await repository.ResolveAsync(sha[..8], None)).ShouldBe(sha);
        (await repository.ResolveAsync("refs/heads/main", None)).ShouldBe(sha);
    }

    [Fact]
    public async Task Program_ThatIsMissing_SaysWhatToInstall()
    {
        GitProgram missing = new(new GitProgramOptions { Executable = "no-such-git" }, TimeProvider.System);
        (await Should.ThrowAsync<GitException>(() => missing.RunAsync(null, ["version"], None))).Message.ShouldContain("Install git");
    }

    [Fact]
    public async Task Program_ThatWritesTooMuch_IsEnded()
    {
        GitProgram small = new(new GitProgramOptions { OutputLimit = 3 }, TimeProvider.System);
        (await Should.ThrowAsync<GitException>(() => small.RunAsync(null, ["version"], None))).Message.ShouldContain("more than 3 bytes");
    }

    private static string Text(ReadOnlyMemory<byte>? bytes) => Encoding.UTF8.GetString(bytes!.Value.Span);

    private static CommitRequest Request(string? head, bool replaceAll, params (string Path, string Content)[] files) => new()
    {
        Branch = "main",
        ExpectedHead = head,
        ReplaceAll = replaceAll,
        Files = files.ToDictionary(file => file.Path, file => (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(file.Content)),
        Message = "Change\n\nMore.",
        Author = Ada,
    };

    private static async Task<string> CommitAsync(BareRepository repository, string? head, params (string Path, string Content)[] files)
        => (await repository.CommitAsync(Request(head, false, files), None)).ShouldBeOfType<CommitOutcome.Committed>().Sha;

    private Task<BareRepository> NewAsync() => _repositories.EnsureAsync(RepositoryName.Of("shop", "web"), "main", None);

    private async Task<string> CommitByIndexAsync(BareRepository repository, params (string Mode, string Path, string Content)[] files)
    {
        Dictionary<string, string> index = new() { ["GIT_INDEX_FILE"] = _temp[$"index-{Guid.NewGuid():N}"] };
        StringBuilder info = new();
        foreach ((string mode, string path, string content) in files)
        {
            string blob = (await repository.Git.RunAsync(repository.Directory, ["hash-object", "-w", "--stdin"], None, Encoding.UTF8.GetBytes(content))).Text;
            info.Append(mode).Append(' ').Append(blob).Append('\t').Append(path).Append('\n');
        }

        await repository.Git.RunAsync(repository.Directory, ["update-index", "--add", "--index-info"], None, Encoding.UTF8.GetBytes(info.ToString()), index);
        string tree = (await repository.Git.RunAsync(repository.Directory, ["write-tree"], None, default, index)).Text;
        return (await repository.Git.RunAsync(
            repository.Directory, ["-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", "-m", "x", tree], None)).Text;
    }
}
