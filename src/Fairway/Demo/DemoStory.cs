using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Commands;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Resources.Yaml;

namespace Fairway.Demo;

/// <summary>
/// The whole way once: an empty machine, a service in three environments, a good commit by canary, a bad one caught and rolled
/// back, a platform killed in the middle of a rollout. Each step waits for what really happened and fails the story when it did not.
/// </summary>
internal sealed class DemoStory(DirectoryInfo data, Story story) : IAsyncDisposable
{
    private const string Team = "shop";
    private const string Service = "web";
    private const string Host = "web.prod.localhost";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DemoPlatform _platform = new(data);
    private readonly DemoTraffic _traffic = new(TimeProvider.System);
    private readonly ShopRepository _repository = new(Directory.CreateDirectory(Path.Combine(data.FullName, "demo", "web")));
    private DemoReport _report = new() { Requests = new Dictionary<string, Tally>() };

    public Task<string> SignInLinkAsync(CancellationToken cancellation) => PortalCommand.SignInLinkAsync(_platform.Connection, cancellation);

    /// <summary>Tells the story.</summary>
    /// <exception cref="CommandFailure">Something did not happen as told.</exception>
    /// <exception cref="TimeoutException">Something did not happen in time.</exception>
    public async Task<DemoReport> TellAsync(CancellationToken cancellation)
    {
        story.Chapter("1. A platform on this machine");
        await StartPlatformAsync(cancellation);
        story.Chapter("2. A team and its first service");
        await OpenShopAsync(cancellation);
        story.Chapter("3. A good commit goes to production by canary");
        await DeliverGoodCommitAsync(cancellation);
        story.Chapter("4. A bad commit passes its tests, and production notices");
        await CatchBadCommitAsync(cancellation);
        story.Chapter("5. The platform is killed in the middle of a rollout");
        await SurviveKillAsync(cancellation);
        story.Chapter("6. What was measured");
        return await MeasureAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _traffic.DisposeAsync();
        _platform.Dispose();
    }

    private async Task StartPlatformAsync(CancellationToken cancellation)
    {
        await _platform.StartAsync(cancellation);
        _report = _report with { StartToReady = _platform.State.ReadyMilliseconds / 1000 };
        story.Done($"Fairway is ready after {_report.StartToReady:0.00} s: API, git, gateway, portal and {_platform.State.Endpoints.Clusters.Count} clusters in one process");
        story.Note($"portal {await SignInLinkAsync(cancellation)}");
    }

    private async Task OpenShopAsync(CancellationToken cancellation)
    {
        string manifests = await File.ReadAllTextAsync(Path.Combine(ShopRepository.Examples, "shop", "fairway.yaml"), cancellation);
        foreach (YamlDocument manifest in YamlReader.Read(manifests, "fairway.yaml"))
        {
            await ApplyAsync(manifest.Node!.AsObject(), cancellation);
        }

        story.Done("applied shop/fairway.yaml: a namespace, a repository, an application with three environments, an analysis");
        GitRepository repository = await UntilAsync<GitRepository>("the repository to be hosted", one => one.Status?.Url is not null, cancellation);
        await _repository.CreateAsync(_platform.WithToken(repository.Status!.Url!), cancellation);
        await _repository.PushAsync(cancellation);
        string first = await HeadAsync(cancellation);
        Release release = await BuildAsync(first, cancellation);
        foreach (string environment in (string[])["dev", "stage", "prod"])
        {
            await RunsInAsync(release, environment, cancellation);
        }

        _traffic.Start(Host, _platform.State.Endpoints.Gateway);
        story.Done($"customers shop at http://{Host}:{new Uri(_platform.State.Endpoints.Gateway).Port}, about a hundred requests a second");
    }

    private async Task DeliverGoodCommitAsync(CancellationToken cancellation)
    {
        TimeSpan start = story.Elapsed;
        Release release = await PushAsync("01-quantity-discount.patch", "Give ten percent off from ten pieces", cancellation);
        await RunsInAsync(release, "dev", cancellation);
        await RunsInAsync(release, "stage", cancellation);
        Rollout rollout = await FollowAsync(release, "Succeeded", null, cancellation);
        _report = _report with { CommitToProduction = (story.Elapsed - start).TotalSeconds };
        story.Done($"production runs {release.Spec.Version} ({rollout.Metadata.Name}), {_report.CommitToProduction:0.0} s after the push");
    }

    private async Task CatchBadCommitAsync(CancellationToken cancellation)
    {
        Release release = await PushAsync("02-member-prices.patch", "Show prices for members", cancellation);
        await RunsInAsync(release, "dev", cancellation);
        await RunsInAsync(release, "stage", cancellation);
        TimeSpan? exposed = null;
        TimeSpan? judged = null;
        Rollout rollout = await FollowAsync(
            release,
            "Aborted",
            now =>
            {
                exposed ??= now.Status?.Weight > 0 ? story.Elapsed : null;
                judged ??= now.Status?.Phase is "Aborting" or "Aborted" ? story.Elapsed : null;
            },
            cancellation);
        _report = _report with
        {
            TimeToDetect = ((judged ?? story.Elapsed) - (exposed ?? story.Elapsed)).TotalSeconds,
            TimeToRollBack = (story.Elapsed - (judged ?? story.Elapsed)).TotalSeconds,
        };
        story.Done($"rolled back: {rollout.Status?.Message}");
        await UntilAsync<Application>(
            "production to be back on the release before",
            one => Environment(one, "prod") is { Health: "Healthy" } prod && prod.Release == rollout.Spec.StableRelease,
            cancellation);
        story.Done($"production runs {rollout.Spec.StableRelease} again, and git says so");
    }

    private async Task SurviveKillAsync(CancellationToken cancellation)
    {
        string sha = await _repository.RevertAsync(cancellation);
        await _repository.PushAsync(cancellation);
        story.Done($"pushed {sha[..7]}: Revert \"Show prices for members\"");
        Release release = await BuildAsync(sha, cancellation);
        await UntilAsync<Rollout>(
            "the canary to take traffic",
            one => one.Spec.Release == release.Metadata.Name && one.Spec.Environment == "prod" && one.Status?.Weight > 0,
            cancellation);
        _traffic.PlatformDown(true);
        int pid = _platform.State.Pid;
        _platform.Kill();
        TimeSpan killed = story.Elapsed;
        story.Done($"sent SIGKILL to the platform (pid {pid}) with the canary under traffic");
        await _platform.StartAsync(cancellation);
        _traffic.MoveTo(Host, _platform.State.Endpoints.Gateway);
        _traffic.PlatformDown(false);
        _report = _report with { KillToReady = (story.Elapsed - killed).TotalSeconds };
        story.Done($"started again (pid {_platform.State.Pid}), ready after {_report.KillToReady:0.00} s; its pods never stopped");
        await FollowAsync(release, "Succeeded", null, cancellation);
        story.Done($"the rollout went on: production runs {release.Spec.Version}");
    }

    private async Task<DemoReport> MeasureAsync(CancellationToken cancellation)
    {
        JsonNode ledger = await _platform.Connection.GetAsync("fairway/v1/ledger/verify", cancellation);
        if (!ledger["valid"]!.GetValue<bool>())
        {
            throw new CommandFailure(ExitCode.Failed, $"the ledger does not verify: {ledger["message"]}");
        }

        IReadOnlyList<Rollout> rollouts = await _platform.Hub.ListAsync<Rollout>(Team, cancellation);
        string[] bad = [.. rollouts.Where(one => one.Status?.Phase == "Aborted").Select(one => one.Spec.Release)];
        string[] lossy = [.. _traffic.ByVersion.Where(one => one.Value.Failed > 0 && !bad.Contains(one.Key)).Select(one => $"{one.Key}: {one.Value.Failed}")];
        _report = _report with
        {
            Requests = _traffic.ByVersion,
            UnreachableWhileDown = _traffic.Unreachable,
            MemoryMebibytes = _platform.MemoryMebibytes(),
            LedgerEntries = ledger["entries"]!.GetValue<long>(),
            Total = story.Elapsed.TotalSeconds,
        };
        return lossy.Length == 0
            ? _report
            : throw new CommandFailure(ExitCode.Failed, $"requests were lost by versions that are not to blame ({string.Join(", ", lossy)}; {_traffic.LastRefusal})");
    }

    private async Task<Release> PushAsync(string change, string message, CancellationToken cancellation)
    {
        string sha = await _repository.ChangeAsync(change, message, cancellation);
        await _repository.PushAsync(cancellation);
        story.Done($"pushed {sha[..7]}: {message}");
        return await BuildAsync(sha, cancellation);
    }

    /// <summary>Waits for the commit's run and the release that it records.</summary>
    private async Task<Release> BuildAsync(string sha, CancellationToken cancellation)
        => await story.WhileAsync("the pipeline builds and tests", async progress =>
        {
            PipelineRun run = await UntilAsync<PipelineRun>(
                "the pipeline to end",
                one =>
                {
                    if (one.Spec.Sha == sha && Running(one) is { } step)
                    {
                        progress(step);
                    }

                    return one.Spec.Sha == sha && one.Status?.Phase is "Succeeded" or "Failed" or "Refused" or "Cancelled";
                },
                cancellation);
            if (run.Status!.Phase != "Succeeded")
            {
                throw new CommandFailure(
                    ExitCode.Failed,
                    $"run {run.Metadata.Name} ended as {run.Status.Phase}: {run.Status.Message} (fairway runs logs {run.Metadata.Name} --data {data.FullName})");
            }

            Release release = await UntilAsync<Release>("the release", one => one.Spec.Commit.Sha == sha, cancellation);
            story.Done($"built, tested and recorded as release {release.Metadata.Name} in {(run.Status.FinishedAt - run.Status.StartedAt)?.TotalSeconds:0} s");
            return release;
        });

    private async Task RunsInAsync(Release release, string environment, CancellationToken cancellation)
        => await story.WhileAsync($"{environment} takes {release.Spec.Version}", async _ =>
        {
            await UntilAsync<Application>(
                $"{environment} to run {release.Metadata.Name}",
                one => Environment(one, environment) is { Health: "Healthy" } status && status.Release == release.Metadata.Name,
                cancellation);
            story.Done($"{environment} runs {release.Spec.Version}");
            return true;
        });

    /// <summary>Tells a rollout's steps until it ends.</summary>
    private async Task<Rollout> FollowAsync(Release release, string expected, Action<Rollout>? observe, CancellationToken cancellation)
        => await story.WhileAsync("canary in production", async progress =>
        {
            string last = "";
            Rollout ended = await UntilAsync<Rollout>(
                $"the rollout of {release.Metadata.Name} to end",
                one =>
                {
                    if (one.Spec.Release != release.Metadata.Name || one.Spec.Environment != "prod")
                    {
                        return false;
                    }

                    observe?.Invoke(one);
                    string line = $"{one.Status?.Phase ?? "Pending"}, {one.Status?.Weight ?? 0} % of traffic";
                    if (line != last)
                    {
                        story.Note(last = line);
                    }

                    progress(one.Status?.WaitingFor?.What ?? line);
                    return one.Status?.Phase is "Succeeded" or "Aborted";
                },
                cancellation);
            return ended.Status!.Phase == expected
                ? ended
                : throw new CommandFailure(ExitCode.Failed, $"rollout {ended.Metadata.Name} ended as {ended.Status.Phase} where {expected} was told: {ended.Status.Message}");
        });

    private Task<T> UntilAsync<T>(string what, Func<T, bool> predicate, CancellationToken cancellation)
        where T : class, IResource
        => Watching.UntilAsync(() => _platform.Hub, Team, what, Patience, predicate, cancellation);

    private async Task ApplyAsync(JsonObject manifest, CancellationToken cancellation)
    {
        Document document = Document.From(manifest);
        KindDefinition kind = Resources.Kinds.AllKinds.Catalog.Find(document.Header.ApiVersion, document.Header.Kind)
            ?? throw new CommandFailure(ExitCode.Failed, $"unknown kind {document.Header.Kind}");
        await _platform.Hub.PatchAsync(
            kind.Type,
            document.Header.Namespace,
            document.Header.Name,
            new PatchBody(PatchKind.Apply, manifest),
            new WriteOptions { FieldManager = "fairway-demo", Force = true },
            cancellation);
    }

    private Task<string> HeadAsync(CancellationToken cancellation) => _repository.HeadAsync(cancellation);

    private static EnvironmentStatus? Environment(Application application, string name)
        => application.Metadata.Name == Service ? application.Status?.Environments?.FirstOrDefault(one => one.Name == name) : null;

    private static string? Running(PipelineRun run)
        => run.Status?.Jobs?.SelectMany(job => (job.Steps ?? []).Select(step => (job, step)))
            .Where(one => one.step.Phase == "Running")
            .Select(one => $"{one.job.Name ?? one.job.Id}: {one.step.Name}")
            .FirstOrDefault();
}
