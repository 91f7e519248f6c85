using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Git;
using Fairway.Git.Hosting;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;
using Fairway.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Pipelines.Tests.Runs;

/// <summary>Repositories, pipelines and their HTTP on loopback, over a cluster in memory. Processes, git and files are real.</summary>
internal sealed class TestPlatform : IAsyncDisposable
{
    public static readonly CancellationToken None = CancellationToken.None;

    private readonly string _root;
    private readonly bool _ownsRoot;
    private readonly IReadOnlyList<HostAction> _actions;
    private ControllerHost _host = null!;
    private WebApplication _server = null!;

    private TestPlatform(string? root, MemoryCluster? hub, IClusterApi? api, IReadOnlyList<HostAction>? actions)
    {
        _actions = actions ?? [];
        _ownsRoot = root is null;
        _root = root ?? Path.Combine(Path.GetTempPath(), $"fairway-pipelines-{Guid.NewGuid():N}");
        Hub = hub ?? new MemoryCluster("hub", TimeProvider.System);
        Api = api ?? Hub;
    }

    public MemoryCluster Hub { get; }

    /// <summary>What the controllers speak to: <see cref="Hub"/> unless another was given.</summary>
    public IClusterApi Api { get; }

    public GitRepositories Repositories { get; private set; } = null!;

    public ImageStore Images { get; private set; } = null!;

    public Ledger Ledger { get; private set; } = null!;

    public PipelinesArea Area { get; private set; } = null!;

    public HttpClient Http { get; } = new();

    public string Url { get; private set; } = "";

    public string DataDirectory => Path.Combine(_root, "data", "pipelines");

    /// <param name="root">A directory to go on in; a new one when null.</param>
    /// <param name="hub">A cluster to go on with.</param>
    /// <param name="api">Another API than a cluster in memory.</param>
    /// <param name="actions">What the program around brings.</param>
    public static async Task<TestPlatform> StartAsync(string? root = null, MemoryCluster? hub = null, bool controllers = true, IClusterApi? api = null, IReadOnlyList<HostAction>? actions = null)
    {
        TestPlatform platform = new(root, hub, api, actions);
        await platform.BuildAsync();
        if (controllers)
        {
            await platform.StartControllersAsync();
        }

        return platform;
    }

    public Task StartControllersAsync() => _host.StartAsync(None);

    public Task StopControllersAsync() => _host.StopAsync(None);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _server.DisposeAsync();
        await Ledger.DisposeAsync();
        Http.Dispose();
        if (_ownsRoot)
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    /// <summary>Creates a GitRepository and waits until it is served.</summary>
    public async Task<GitRepository> CreateRepositoryAsync(string name = "web")
    {
        await Api.CreateAsync(new GitRepository { Metadata = new ObjectMeta { Name = name, Namespace = "shop" }, Spec = new GitRepositorySpec { DefaultBranch = "main" } }, None);
        while (true)
        {
            GitRepository repository = await Api.GetAsync<GitRepository>("shop", name, new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
            if (repository.Status?.Url is not null)
            {
                return repository;
            }

            await Task.Delay(10);
        }
    }

    /// <summary>Commits files in a clone and pushes them with a real git.</summary>
    public async Task<string> PushAsync(IReadOnlyDictionary<string, string> files, string branch = "main", string message = "Change", string repository = "web")
    {
        string work = Path.Combine(_root, "clone-" + repository);
        if (!Directory.Exists(work))
        {
            await GitAsync(_root, "init", "-q", "-b", "main", work);
            await GitAsync(work, "remote", "add", "origin", $"{Url.Replace("://", "://ada:token@", StringComparison.Ordinal)}/git/shop/{repository}.git");
        }

        await GitAsync(work, "checkout", "-q", "-B", branch);
        foreach ((string path, string content) in files)
        {
            string file = Path.Combine(work, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content);
        }

        await GitAsync(work, "add", "-A");
        await GitAsync(work, "commit", "-q", "--allow-empty", "-m", message);
        await GitAsync(work, "push", "-q", "origin", branch);
        return await GitAsync(work, "rev-parse", "HEAD");
    }

    public Task<string> PushWorkflowAsync(string workflow, string branch = "main", string message = "Change")
        => PushAsync(new Dictionary<string, string> { [".github/workflows/ci.yml"] = workflow }, branch, message);

    public PipelineRun Run(string name) => Hub.All<PipelineRun>("shop").First(run => run.Metadata.Name == name);

    public async Task<PipelineRun> RunOfAsync(string sha, string workflow = "ci", Func<PipelineRun, bool>? until = null)
    {
        string name = $"web-{sha[..8]}-{workflow}";
        PipelineRun? run = null;
        string? seen = null;
        Stopwatch watch = Stopwatch.StartNew();
        until ??= candidate => candidate.Status?.FinishedAt is not null;
        while (watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            run = await Api.FindAsync<PipelineRun>("shop", name, None);
            if (run is not null && until(run))
            {
                return run;
            }

            seen = run is null ? "no run" : $"{run.Status?.Phase}: {string.Join(", ", (run.Status?.Jobs ?? []).Select(job => $"{job.Id} {job.Phase}"))}";
            await Task.Delay(10);
        }

        throw new TimeoutException($"The run {name} did not come so far: {seen}");
    }

    public async Task<string> LogAsync(PipelineRun run, string query = "")
        => await Http.GetStringAsync($"{Url}/fairway/v1/runs/shop/{run.Metadata.Name}/logs{query}");

    public async Task<IReadOnlyList<Fact>> FactsAsync(string? type = null)
    {
        List<Fact> facts = [];
        await foreach (LedgerEntry entry in Ledger.ReadAsync(new LedgerQuery { Types = type is null ? null : [type] }, None))
        {
            facts.Add(entry.Fact);
        }

        return facts;
    }

    public static string Workflow(string job, string top = "on: push")
        => $"name: CI\n{top}\njobs:\n  build:\n    runs-on: ubuntu-latest\n{string.Concat(job.TrimEnd('\n').Split('\n').Select(line => $"    {line}\n"))}";

    public static async Task<string> GitAsync(string directory, params string[] arguments)
    {
        ProcessStartInfo start = new("git", arguments) { UseShellExecute = false, WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string variable in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{variable}_NAME"] = "Ada";
            start.Environment[$"GIT_{variable}_EMAIL"] = "ada@example.org";
        }

        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        using Process git = Process.Start(start)!;
        Task<string> errors = git.StandardError.ReadToEndAsync();
        string output = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        git.ExitCode.ShouldBe(0, output + await errors);
        return output.Trim();
    }

    private async Task BuildAsync()
    {
        string data = Path.Combine(_root, "data");
        Directory.CreateDirectory(data);
        Repositories = new GitRepositories(Path.Combine(data, "git"), new GitProgram(new GitProgramOptions(), TimeProvider.System));
        BlobStore blobs = new(Path.Combine(data, "blobs"));
        Images = new ImageStore(blobs, Path.Combine(data, "images.json"));
        Ledger = await Ledger.OpenSqliteAsync(Path.Combine(data, "ledger.db"), TimeProvider.System, None);
        _host = new ControllerHost(TimeProvider.System, NullLoggerFactory.Instance);
        InformerSet informers = new(Api, TimeProvider.System, NullLoggerFactory.Instance);
        PipelinesOptions options = new()
        {
            DataDirectory = DataDirectory,
            GitUrl = () => Url + "/git",
            MaxParallelJobs = 4,
            HostActions = _actions,
            EndingGrace = TimeSpan.FromMilliseconds(500),
            StatusInterval = TimeSpan.FromMilliseconds(20),
        };
        Area = PipelinesArea.AddTo(_host, Api, informers, Repositories, blobs, Images, Ledger, options, TimeProvider.System, NullLoggerFactory.Instance);

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapGit(Repositories, new GitHostingOptions { Authorize = AuthorizeGitAsync }, TimeProvider.System, NullLoggerFactory.Instance);
        Area.MapEndpoints(_server, (context, verb, resource, @namespace, name) => ValueTask.FromResult<IResult?>(@namespace == "shop" ? null : Results.StatusCode(403)), _ => "grace");
        await _server.StartAsync();
        Url = _server.Urls.Single();
    }

    private static ValueTask<GitAuthorization> AuthorizeGitAsync(HttpContext context, RepositoryName repository, GitAccess access)
    {
        string header = context.Request.Headers.Authorization.ToString();
        return ValueTask.FromResult<GitAuthorization>(header.Length == 0
            ? new GitAuthorization.Unauthenticated()
            : new GitAuthorization.Allowed(Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..])).Split(':')[0]));
    }

    /// <summary>Waits until a file is there.</summary>
    public static Task FileAsync(string path) => Eventually.Holds(() => File.Exists(path), $"the file {path} is there");

    /// <summary>Whether a process of this id runs.</summary>
    public static bool Runs(int process)
        => File.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"))
            && !File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat")).Contains(") Z ", StringComparison.Ordinal);
}
