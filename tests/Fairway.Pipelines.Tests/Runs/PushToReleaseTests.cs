using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Fairway.Pipelines.Syntax;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;
using Fairway.Testing;

namespace Fairway.Pipelines.Tests.Runs;

/// <summary>From <c>git push</c> over HTTP to a release, with real processes.</summary>
public sealed class PushToReleaseTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Push_WhoseHostsActionFails_IsNotReleasedUntilMended()
    {
        var gate = new HostAction(
            new ActionInterface("example/gate", ["file"], [], new Dictionary<string, string>(), new Dictionary<string, string>()),
            async (call, cancellation) =>
            {
                string text = await File.ReadAllTextAsync(call.InWorkspace(call.Inputs["file"]), cancellation);
                call.Say($"the file says {text}");
                return new HostActionResult(text == "good" ? null : "it is not good", new Dictionary<string, string> { ["text"] = text });
            });
        await using TestPlatform platform = await TestPlatform.StartAsync(actions: [gate]);
        await platform.CreateRepositoryAsync();
        const string Workflow = """
            name: ci
            on: push
            jobs:
              check:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@v4
                  - uses: example/gate@v1
                    id: gate
                    with: {file: verdict.txt}
                  - if: always()
                    run: echo "told ${{ steps.gate.outputs.text }}"
              release:
                needs: check
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@v4
                  - uses: fairway/publish@v1
                    with: {path: ., image: shop/web, entrypoint: '["./run"]'}
            """;
        string sha = await platform.PushAsync(new Dictionary<string, string> { ["verdict.txt"] = "bad", [".github/workflows/ci.yml"] = Workflow });
        PipelineRun run = await platform.RunOfAsync(sha);
        string log = await platform.LogAsync(run);
        run.Status!.Phase.ShouldBe("Failed", log);
        run.Status.Jobs!.Single(job => job.Id == "release").Phase.ShouldBe("Skipped");
        log.ShouldContain("the file says bad");
        log.ShouldContain("##[error]it is not good");
        log.ShouldContain("told bad");
        platform.Hub.All<Release>("shop").ShouldBeEmpty();

        sha = await platform.PushAsync(new Dictionary<string, string> { ["verdict.txt"] = "good" });
        run = await platform.RunOfAsync(sha);
        run.Status!.Phase.ShouldBe("Succeeded", await platform.LogAsync(run));
        platform.Hub.All<Release>("shop").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Push_OfAServiceWithItsWorkflow_IsBuiltTestedAndReleased()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        string sha = await platform.PushAsync(
            new Dictionary<string, string>
            {
                ["src/app.txt"] = "the app",
                [".github/workflows/ci.yml"] = """
                    name: ci
                    on: {push: {branches: [main]}}
                    jobs:
                      build:
                        runs-on: ubuntu-latest
                        outputs: {size: '${{ steps.measure.outputs.size }}'}
                        steps:
                          - uses: actions/checkout@v4
                          - id: measure
                            run: echo "size=$(wc -c < src/app.txt)" >> "$GITHUB_OUTPUT"
                          - run: mkdir -p out/inner && cp src/app.txt out/inner/ && printf '#!/bin/sh\n' > out/run && chmod +x out/run
                          - uses: actions/upload-artifact@v4
                            with: {name: web, path: out}
                      release:
                        needs: build
                        if: github.ref == 'refs/heads/main' && needs.build.outputs.size == 7
                        runs-on: ubuntu-latest
                        steps:
                          - uses: actions/download-artifact@v4
                            with: {name: web, path: got}
                          - run: test -x got/run && test "$(cat got/inner/app.txt)" = "the app"
                          - uses: fairway/publish@v1
                            id: publish
                            with:
                              path: got
                              image: shop/web
                              entrypoint: '["./run"]'
                              port: 8080
                              env: |
                                A=1
                                B=two words
                          - run: test "${{ steps.publish.outputs.release }}" = "web-${GITHUB_SHA:0:8}"
                    """,
            },
            message: "Build the web\n\nWith details.");
        PipelineRun run = await platform.RunOfAsync(sha);
        run.Status!.Phase.ShouldBe("Succeeded", await platform.LogAsync(run));
        run.Spec.Actor.ShouldBe("ada");
        run.Spec.Number.ShouldBe(1);
        run.Status.Releases.ShouldBe([$"web-{sha[..8]}"]);
        run.Status.Jobs!.SelectMany(job => job.Steps!).ShouldAllBe(step => step.Phase == "Succeeded");

        Release release = platform.Hub.All<Release>("shop").ShouldHaveSingleItem();
        release.Spec.Commit.Sha.ShouldBe(sha);
        release.Spec.Commit.Branch.ShouldBe("main");
        release.Spec.Number.ShouldBe(1);
        release.Spec.Run.ShouldBe(run.Metadata.Name);
        ReleaseImage image = release.Spec.Images.ShouldHaveSingleItem();
        OciImage stored = platform.Images.Resolve($"{image.Name}@{image.Digest}").ShouldNotBeNull();
        stored.Config.Config!.Entrypoint.ShouldBe(["./run"]);
        stored.Config.Config.Env.ShouldBe(["A=1", "B=two words"]);
        stored.Config.Config.WorkingDir.ShouldBe("/app");

        (await platform.FactsAsync()).Select(fact => fact.Type).ShouldBe(
            [FactTypes.PushReceived, FactTypes.RunStarted, FactTypes.ReleaseCreated, FactTypes.RunFinished]);
        (await platform.Ledger.VerifyAsync(None)).IsIntact.ShouldBeTrue();
        GitBranch branch = platform.Hub.All<GitRepository>("shop").Single().Status!.Branches.ShouldHaveSingleItem();
        (branch.Name, branch.Sha, branch.PushedBy).ShouldBe(("main", sha, "ada"));

        using JsonDocument artifacts = JsonDocument.Parse(await platform.Http.GetStringAsync($"{platform.Url}/fairway/v1/runs/shop/{run.Metadata.Name}/artifacts"));
        artifacts.RootElement[0].GetProperty("name").GetString().ShouldBe("web");
        using ZipArchive zip = new(await platform.Http.GetStreamAsync($"{platform.Url}/fairway/v1/runs/shop/{run.Metadata.Name}/artifacts/web"));
        zip.Entries.Select(entry => entry.FullName).ShouldBe(["inner/app.txt", "run"]);
        platform.Area.ReferencedBlobs().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Push_AgainOrToOtherBranches_StartsWhatTheFiltersSay()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        string workflow = TestPlatform.Workflow("steps: [{run: 'true'}]", "on: {push: {branches: [main], paths: ['src/**', '.github/**']}}");
        string first = await platform.PushWorkflowAsync(workflow);
        await platform.RunOfAsync(first);
        string docs = await platform.PushAsync(new Dictionary<string, string> { ["docs/a.md"] = "a" });
        await platform.PushAsync(new Dictionary<string, string> { ["src/x"] = "x" }, "feature");
        await platform.PushAsync(new Dictionary<string, string> { ["src/y"] = "x" }, "main", "Nothing to build [skip ci]");
        string third = await platform.PushAsync(new Dictionary<string, string> { ["src/z"] = "x" }, "main");
        PipelineRun last = await platform.RunOfAsync(third);
        last.Spec.Number.ShouldBe(2);
        last.Spec.Before.ShouldNotBeNull();
        platform.Hub.All<PipelineRun>("shop").Select(run => run.Spec.Sha).ShouldBe([first, third], ignoreOrder: true);
        (await platform.FactsAsync(FactTypes.PushReceived)).Count.ShouldBe(5);
        docs.ShouldNotBe(third);
    }

    [Fact]
    public async Task Push_WhileThePlatformWasDown_IsFoundOnceItIsUp()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        await platform.StopControllersAsync();
        string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow("steps: [{run: 'true'}]"));
        string root = Path.GetDirectoryName(Path.GetDirectoryName(platform.DataDirectory))!;
        await platform.Ledger.DisposeAsync();
        await using TestPlatform again = await TestPlatform.StartAsync(root, platform.Hub);
        PipelineRun run = await again.RunOfAsync(sha);
        run.Status!.Phase.ShouldBe("Succeeded");
        (await again.FactsAsync(FactTypes.PushReceived)).ShouldHaveSingleItem();
        again.Hub.All<PipelineRun>("shop").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Push_OfAWorkflowThatCannotRun_IsRefusedWithItsPlace()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow("container: node:20\npermissions: {}\nsteps: [{run: 'true'}, {uses: some/action@v1}]"));
        PipelineRun run = await platform.RunOfAsync(sha);
        run.Status!.Phase.ShouldBe("Refused");
        run.Status.Message!.ShouldStartWith(".github/workflows/ci.yml:6: 'container' is not supported");
        run.Status.Notices!.Select(notice => (notice.Severity, notice.Line)).ShouldBe([("Error", 6), ("Warning", 7), ("Error", 8)]);
        run.Status.Jobs.ShouldBeNull();
        string broken = await platform.PushWorkflowAsync("on: push\njobs: [\n");
        (await platform.RunOfAsync(broken)).Status!.Phase.ShouldBe("Refused");
    }

    [Fact]
    public async Task Secrets_AreThereForSteps_AndMaskedInLogs()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        platform.Hub.Seed(new Secret
        {
            Metadata = new ObjectMeta { Name = "pipelines", Namespace = "shop" },
            Data = new Dictionary<string, string> { ["TOKEN"] = Convert.ToBase64String("s3cr3t-value"u8) },
        });
        platform.Hub.Seed(new ConfigMap { Metadata = new ObjectMeta { Name = "pipelines", Namespace = "shop" }, Data = new Dictionary<string, string> { ["REGION"] = "eu" } });
        string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow("""
            outputs: {leak: '${{ steps.a.outputs.x }}', region: '${{ vars.REGION }}'}
            steps:
              - id: a
                env: {T: '${{ secrets.token }}'}
                run: |
                  echo "token is $T and ${#T} long"
                  echo "x=$T" >> $GITHUB_OUTPUT
                  echo "::add-mask::other"
                  echo "an other thing"
            """));
        PipelineRun run = await platform.RunOfAsync(sha);
        string log = await platform.LogAsync(run);
        log.ShouldContain("token is *** and 12 long");
        log.ShouldContain("an *** thing");
        log.ShouldNotContain("s3cr3t-value");
        run.Status!.Jobs![0].Outputs.ShouldBe(new Dictionary<string, string> { ["region"] = "eu" });
        Document.From(run).ToNode().ToJsonString().ShouldNotContain("s3cr3t-value");
    }

    [Fact]
    public async Task Dispatch_WithInputs_RunsByHand()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        string top = "on: {workflow_dispatch: {inputs: {level: {type: choice, options: [low, high], required: true}, dry: {type: boolean, default: false}}}}";
        await platform.PushWorkflowAsync(TestPlatform.Workflow("steps: [{if: '!inputs.dry', run: 'echo level=${{ inputs.level }}'}]", top));
        using HttpResponseMessage wrong = await DispatchAsync(platform, """{"workflow":"ci.yml","inputs":{"level":"medium"}}""");
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await wrong.Content.ReadAsStringAsync()).ShouldContain("must be one of low, high");
        (await DispatchAsync(platform, """{"workflow":"none.yml"}""")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await DispatchAsync(platform, "{")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using HttpResponseMessage started = await DispatchAsync(platform, """{"workflow":"ci.yml","inputs":{"level":"high"}}""");
        started.StatusCode.ShouldBe(HttpStatusCode.Created);
        using JsonDocument created = JsonDocument.Parse(await started.Content.ReadAsStringAsync());
        string name = created.RootElement.GetProperty("metadata").GetProperty("name").GetString()!;
        await Eventually.Holds(() => platform.Run(name).Status?.FinishedAt is not null, "the run ends");
        platform.Run(name).Spec.Actor.ShouldBe("grace");
        (await platform.LogAsync(platform.Run(name))).ShouldContain("level=high");
    }

    [Fact]
    public async Task Endpoints_ForOthers_AreClosed()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        (await platform.Http.GetAsync($"{platform.Url}/fairway/v1/runs/other/x/logs")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await platform.Http.GetAsync($"{platform.Url}/fairway/v1/runs/shop/none/logs")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Repository_ThatIsDeleted_IsRemovedFromDisk()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        GitRepository repository = await platform.CreateRepositoryAsync();
        string directory = platform.Repositories.DirectoryOf(Git.RepositoryName.Of("shop", "web"));
        Directory.Exists(directory).ShouldBeTrue();
        await Client.TypedClient.DeleteAsync(platform.Hub, repository, None);
        await Eventually.Holds(() => !Directory.Exists(directory) && platform.Hub.All<GitRepository>("shop").Count == 0, "the repository is gone");
    }

    private static async Task<HttpResponseMessage> DispatchAsync(TestPlatform platform, string body)
    {
        using StringContent content = new(body, System.Text.Encoding.UTF8, "application/json");
        return await platform.Http.PostAsync($"{platform.Url}/fairway/v1/repositories/shop/web/dispatch", content);
    }
}
