using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Fairway.Git.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Git.Tests;

/// <summary>A real git client against a real server on loopback.</summary>
public sealed class GitHostingTests : IAsyncLifetime
{
    private readonly TempDirectory _temp = new();
    private readonly ConcurrentQueue<PushReceived> _pushes = new();
    private GitRepositories _repositories = null!;
    private WebApplication _server = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        _repositories = new GitRepositories(_temp["git"], new GitProgram(new GitProgramOptions(), TimeProvider.System));
        _repositories.Subscribe(_pushes.Enqueue);
        await _repositories.EnsureAsync(RepositoryName.Of("shop", "web"), "main", CancellationToken.None);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapGit(_repositories, new GitHostingOptions { Authorize = AuthorizeAsync }, TimeProvider.System, NullLoggerFactory.Instance);
        await _server.StartAsync();
        _url = _server.Urls.Single();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _temp.Dispose();
    }

    [Fact]
    public async Task Push_ThenClone_CarriesTheWork()
    {
        await NewWorkAsync();
        string sha = await GitAsync("work", "rev-parse", "HEAD");
        await GitAsync("work", "push", Remote("writer"), "main");
        PushReceived push = _pushes.ShouldHaveSingleItem();
        push.ShouldBe(new PushReceived(RepositoryName.Of("shop", "web"), "refs/heads/main", null, sha, "writer"));
        await GitAsync(".", "clone", "-q", Remote("reader"), "copy");
        File.ReadAllText(_temp["copy/a.txt"]).ShouldBe("one\n");
    }

    [Fact]
    public async Task Push_LargerThanAPostBuffer_StreamsInChunksAndGzip()
    {
        await NewWorkAsync();
        byte[] noise = new byte[3_000_000];
        new Random(7).NextBytes(noise);
        await File.WriteAllBytesAsync(_temp["work/noise.bin"], noise);
        await GitAsync("work", "add", ".");
        await GitAsync("work", "commit", "-qm", "Noise");
        await GitAsync("work", "push", Remote("writer"), "main");
        await GitAsync(".", "clone", "-q", "-c", "protocol.version=0", Remote("reader"), "copy");
        (await File.ReadAllBytesAsync(_temp["copy/noise.bin"])).ShouldBe(noise);

        // Many tags make the client's want list long enough to be sent compressed.
        for (int i = 0; i < 60; i++)
        {
            await GitAsync("work", "commit", "-q", "--allow-empty", "-m", $"c{i}");
            await GitAsync("work", "tag", $"t{i}");
        }

        await GitAsync("work", "push", "-q", Remote("writer"), "main", "--tags");
        _pushes.Count.ShouldBe(62);
        await GitAsync("copy", "fetch", "-q", "--tags");
        await GitAsync("copy", "rev-parse", "--verify", "t59");
    }

    [Fact]
    public async Task Push_WithoutATokenOrWithoutTheRight_IsRefusedAndMovesNothing()
    {
        await NewWorkAsync();
        (int nobody, string asked) = await TryGitAsync("work", "push", $"{_url}/git/shop/web.git", "main");
        nobody.ShouldNotBe(0);
        asked.ShouldContain("could not read Username");
        (int reader, string refused) = await TryGitAsync("work", "push", Remote("reader"), "main");
        reader.ShouldNotBe(0);
        refused.ShouldContain("403");
        (int missing, string notFound) = await TryGitAsync("work", "push", Remote("writer", "shop/none"), "main");
        missing.ShouldNotBe(0);
        notFound.ShouldContain("not found");
        _pushes.ShouldBeEmpty();
    }

    [Fact]
    public async Task Push_ThatRewritesAnEnvironmentBranch_IsRefusedWithAReason()
    {
        await NewWorkAsync();
        await GitAsync("work", "push", Remote("writer"), "main:env/prod", "main:feature");
        await GitAsync("work", "commit", "-q", "--amend", "-m", "Rewritten");
        (int code, string said) = await TryGitAsync("work", "push", "--force", Remote("writer"), "main:env/prod");
        code.ShouldNotBe(0);
        said.ShouldContain("history cannot be rewritten");
        (int deleted, string why) = await TryGitAsync("work", "push", Remote("writer"), ":env/prod");
        deleted.ShouldNotBe(0);
        why.ShouldContain("cannot be deleted");
        await GitAsync("work", "push", "--force", Remote("writer"), "main:feature");
        await GitAsync("work", "push", Remote("writer"), ":feature");
        _pushes.Last().NewSha.ShouldBeNull();
    }

    [Theory]
    [InlineData("/git/shop/web.git/info/refs", 403)]
    [InlineData("/git/shop/web.git/info/refs?service=git-evil", 403)]
    [InlineData("/git/shop/web.git/HEAD", 404)]
    [InlineData("/git/Shop/web.git/info/refs?service=git-upload-pack", 404)]
    [InlineData("/git/shop/..%2fx.git/info/refs?service=git-upload-pack", 404)]
    [InlineData("/git/shop/web.git/info/refs?service=git-upload-pack", 401)]
    public async Task Request_ThatIsNotSmartGit_GetsThatAnswer(string path, int expected)
    {
        using HttpClient client = new();
        using HttpResponseMessage response = await client.GetAsync(_url + path);
        ((int)response.StatusCode).ShouldBe(expected);
        if (expected == 401)
        {
            response.Headers.WwwAuthenticate.ToString().ShouldStartWith("Basic");
        }
    }

    [Fact]
    public async Task Post_WithNonsense_EndsWithoutHarm()
    {
        using HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("x:writer"u8.ToArray()));
        using ByteArrayContent nonsense = new("zzzznot a packet line"u8.ToArray());
        nonsense.Headers.ContentType = new("application/x-git-receive-pack-request");
        using HttpResponseMessage response = await client.PostAsync($"{_url}/git/shop/web.git/git-receive-pack", nonsense);
        (await client.GetAsync($"{_url}/git/shop/web.git/info/refs?service=git-upload-pack")).IsSuccessStatusCode.ShouldBeTrue();
        using StringContent wrong = new("x");
        (await client.PostAsync($"{_url}/git/shop/web.git/git-upload-pack", wrong)).StatusCode.ShouldBe(System.Net.HttpStatusCode.UnsupportedMediaType);
    }

    private static ValueTask<GitAuthorization> AuthorizeAsync(HttpContext context, RepositoryName repository, GitAccess access)
    {
        string header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.Ordinal))
        {
            return ValueTask.FromResult<GitAuthorization>(new GitAuthorization.Unauthenticated());
        }

        string token = Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..])).Split(':', 2)[1];
        return ValueTask.FromResult<GitAuthorization>(access == GitAccess.Write && token != "writer"
            ? new GitAuthorization.Forbidden($"{token} may not push.")
            : new GitAuthorization.Allowed(token));
    }

    private string Remote(string token, string path = "shop/web")
        => _url.Replace("://", $"://x:{token}@", StringComparison.Ordinal) + $"/git/{path}.git";

    private async Task NewWorkAsync()
    {
        Directory.CreateDirectory(_temp["work"]);
        await GitAsync("work", "init", "-q", "-b", "main");
        await File.WriteAllTextAsync(_temp["work/a.txt"], "one\n");
        await GitAsync("work", "add", ".");
        await GitAsync("work", "commit", "-qm", "First");
    }

    private async Task<string> GitAsync(string directory, params string[] arguments)
    {
        (int code, string output) = await TryGitAsync(directory, arguments);
        code.ShouldBe(0, output);
        return output.Trim();
    }

    private async Task<(int Code, string Output)> TryGitAsync(string directory, params string[] arguments)
    {
        ProcessStartInfo start = new("git", arguments) { UseShellExecute = false, WorkingDirectory = _temp[directory], RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)
            [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
        {
            start.Environment[name] = value;
        }

        using Process git = Process.Start(start)!;
        Task<string> errors = git.StandardError.ReadToEndAsync();
        string output = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        return (git.ExitCode, output + await errors);
    }
}
