using Fairway.Resources.Kinds.Pipelines;
using Fairway.Testing;

namespace Fairway.Pipelines.Tests.Runs;

/// <summary>Steps as real processes.</summary>
public sealed class StepTests : IAsyncLifetime
{
    private TestPlatform _platform = null!;

    public async Task InitializeAsync()
    {
        _platform = await TestPlatform.StartAsync();
        await _platform.CreateRepositoryAsync();
    }

    public async Task DisposeAsync() => await _platform.DisposeAsync();

    [Fact]
    public async Task Steps_HandValuesOn_ThroughFilesAndCommands()
    {
        (PipelineRun run, string log) = await RunAsync("""
            env: {JOB: j, SHARED: job}
            steps:
              - id: one
                run: |
                  echo "a=1" >> $GITHUB_OUTPUT
                  { echo "text<<END"; echo "line 1"; echo "line 2"; echo "END"; } >> $GITHUB_OUTPUT
                  echo "FROM_FILE=env value" >> $GITHUB_ENV
                  echo "GITHUB_SHA=evil" >> $GITHUB_ENV
                  mkdir -p bin && printf '#!/bin/sh\necho found me\n' > bin/mytool && chmod +x bin/mytool
                  echo "$PWD/bin" >> $GITHUB_PATH
                  echo "::set-output name=old::legacy"
                  echo "# Summary" >> $GITHUB_STEP_SUMMARY
              - env: {SHARED: step, COMPUTED: '${{ env.JOB }}-${{ steps.one.outputs.a }}'}
                run: |
                  echo "[$FROM_FILE] [$COMPUTED] [$SHARED] [$JOB]"
                  mytool
                  echo "${{ toJSON(steps.one.outputs.text) }} ${{ steps.one.outputs.old }} ${{ env.SHARED }}"
                  echo "sha $GITHUB_SHA ref $GITHUB_REF_NAME repo $GITHUB_REPOSITORY n $GITHUB_RUN_NUMBER $CI $GITHUB_ACTIONS"
                  test "$(pwd)" = "$GITHUB_WORKSPACE" && test -d "$RUNNER_TEMP" && test -s "$GITHUB_EVENT_PATH"
                  echo "event ${{ github.event.head_commit.message }}"
            """);
        run.Status!.Phase.ShouldBe("Succeeded", log);
        log.ShouldContain("[env value] [j-1] [step] [j]");
        log.ShouldContain("found me");
        log.ShouldContain("line 1\\nline 2");
        log.ShouldContain("legacy step");
        log.ShouldContain($"sha {run.Spec.Sha} ref main repo shop/web n 1 true true");
        log.ShouldContain("event Change");
        (await _platform.Http.GetStringAsync($"{_platform.Url}/fairway/v1/runs/shop/{run.Metadata.Name}/summary")).ShouldContain("# Summary");
    }

    [Fact]
    public async Task Environment_IsClean()
    {
        Environment.SetEnvironmentVariable("FAIRWAY_TEST_LEAK", "leaked");
        (_, string log) = await RunAsync("steps: [{run: env}]");
        log.ShouldNotContain("leaked");
        log.ShouldContain("HOME=");
        log.ShouldContain("MSBUILDDISABLENODEREUSE=1");
    }

    [Fact]
    public async Task Failure_SkipsTheRest_ExceptWhatAsksForIt()
    {
        (PipelineRun run, string log) = await RunAsync("""
            steps:
              - {name: Soft, continue-on-error: true, id: soft, run: exit 3}
              - {name: After soft, run: 'test ${{ steps.soft.outcome }}/${{ steps.soft.conclusion }} = failure/success'}
              - {name: Break, run: 'echo about to break; false; echo never'}
              - {name: Skipped, run: echo}
              - {name: On failure, if: failure(), run: 'echo failed ${{ job.status }}'}
              - {name: Always, if: always(), run: echo}
              - {name: On success, if: success(), run: echo}
            """);
        PipelineJob job = run.Status!.Jobs!.ShouldHaveSingleItem();
        job.Steps!.Select(step => $"{step.Name} {step.Phase} {step.ExitCode}").ShouldBe(
            ["Soft Failed 3", "After soft Succeeded 0", "Break Failed 1", "Skipped Skipped ", "On failure Succeeded 0", "Always Succeeded 0", "On success Skipped "], log);
        job.Phase.ShouldBe("Failed");
        job.Message!.ShouldContain("about to break");
        run.Status.Phase.ShouldBe("Failed");
        log.ShouldContain("failed failure");
        log.ShouldContain("##[error]Process completed with exit code 1.");
        log.ShouldNotContain("\nnever\n");
    }

    [Fact]
    public async Task Shells_AreCalledAsDocumented()
    {
        (PipelineRun run, string log) = await RunAsync("""
            defaults: {run: {working-directory: /tmp}}
            steps:
              - run: 'false | true; echo default goes on in $(pwd)'
              - {shell: bash, continue-on-error: true, run: 'false | true; echo not reached'}
              - {shell: sh, run: 'echo sh'}
              - {shell: python, run: 'print(1 + 1)'}
              - {shell: 'bash -x {0}', run: 'echo custom'}
              - {working-directory: /nowhere, run: echo}
            """);
        log.ShouldContain("default goes on in /tmp");
        run.Status!.Jobs![0].Steps!.Select(step => step.Phase).ShouldBe(["Succeeded", "Failed", "Succeeded", "Succeeded", "Succeeded", "Failed"], log);
        run.Status.Jobs[0].Steps![5].Message.ShouldBe("The working directory /nowhere does not exist.");
        log.ShouldContain("+ echo custom");
    }

    [Fact]
    public async Task Commands_BecomeAnnotationsAndGroups()
    {
        (PipelineRun run, string log) = await RunAsync("""
            steps:
              - run: |
                  echo "::group::Stuff"
                  echo "::error file=src/a.cs,line=12,title=Oh%2C no::It broke%0Ahere"
                  echo "::warning::careful"
                  echo "::endgroup::"
                  echo "::stop-commands::tok"
                  echo "::error::not a command"
                  echo "::tok::"
                  echo "::notice::fine"
                  echo "::unknown::thing"
            """);
        run.Status!.Annotations!.Select(annotation => (annotation.Severity, annotation.Message, annotation.File, annotation.Line, annotation.Title)).ShouldBe(
            [("Error", "It broke\nhere", "src/a.cs", 12, "Oh, no"), ("Warning", "careful", null, null, null), ("Notice", "fine", null, null, null)]);
        log.ShouldContain("##[group]Stuff");
        log.ShouldContain("::error::not a command");
        log.ShouldContain("::unknown::thing");
    }

    [Fact]
    public async Task Step_PastItsTime_IsEndedWithItsChildren()
    {
        (PipelineRun run, string log) = await RunAsync("""
            steps:
              - timeout-minutes: 0.01
                run: |
                  trap '' INT TERM
                  sleep 300 & echo "child $!"
                  wait
                  sleep 300
              - {if: always(), run: echo afterwards}
            """);
        PipelineJob job = run.Status!.Jobs![0];
        job.Steps!.Select(step => step.Phase).ShouldBe(["Failed", "Succeeded"], log);
        job.Steps![0].Message.ShouldBe("The step has timed out after 0.01 minutes.");
        TestPlatform.Runs(ChildOf(log)).ShouldBeFalse();
    }

    [Fact]
    public async Task Background_Processes_LiveAsLongAsTheJob()
    {
        (PipelineRun run, string log) = await RunAsync("""
            steps:
              - run: sleep 300 & echo "child $!"
              - run: kill -0 $(pgrep -n -x sleep) && echo still there
            """);
        run.Status!.Phase.ShouldBe("Succeeded", log);
        TestPlatform.Runs(ChildOf(log)).ShouldBeFalse();
        run.Status.Jobs![0].Steps![0].FinishedAt!.Value.ShouldBeLessThan(run.Status.Jobs[0].Steps![0].StartedAt!.Value.AddSeconds(10));
    }

    [Fact]
    public async Task Cancel_EndsTheStep_AndRunsWhatAlwaysRuns()
    {
        string sha = await _platform.PushWorkflowAsync(TestPlatform.Workflow("""
            steps:
              - {name: Long, run: 'sleep 300 & echo "child $!"; wait'}
              - {name: Normal, run: echo}
              - {name: Tidy, if: always(), run: 'echo tidy ${{ job.status }}'}
              - {name: Told, if: cancelled(), run: echo}
            """) + "  next:\n    needs: build\n    runs-on: x\n    steps: [{run: echo}]\n");
        PipelineRun run = await _platform.RunOfAsync(sha, until: run => run.Status?.Jobs?[0].Steps?[0].Phase == "Running");
        await EventuallyLogAsync(run, "child ");
        await Client.TypedClient.WriteAsync(_platform.Hub, run, run with { Spec = run.Spec with { Cancel = true } }, CancellationToken.None);
        run = await _platform.RunOfAsync(sha);
        string log = await _platform.LogAsync(run);
        run.Status!.Phase.ShouldBe("Cancelled");
        run.Status.Jobs!.Select(job => $"{job.Id} {job.Phase}").ShouldBe(["build Cancelled", "next Cancelled"]);
        run.Status.Jobs![0].Steps!.Select(step => $"{step.Name} {step.Phase}").ShouldBe(["Long Cancelled", "Normal Skipped", "Tidy Succeeded", "Told Succeeded"]);
        log.ShouldContain("tidy cancelled");
        TestPlatform.Runs(ChildOf(log)).ShouldBeFalse();
    }

    [Fact]
    public async Task Logs_AreFollowed_WhileTheStepRuns()
    {
        string gate = Path.Combine(Path.GetTempPath(), $"gate-{Guid.NewGuid():N}");
        string sha = await _platform.PushWorkflowAsync(TestPlatform.Workflow($"steps: [{{name: First, run: 'echo before; while [ ! -f {gate} ]; do sleep 0.02; done; echo after'}}, {{name: Second, run: echo last}}]"));
        PipelineRun run = await _platform.RunOfAsync(sha, until: candidate => candidate.Status?.Phase == "Running");
        using HttpRequestMessage request = new(HttpMethod.Get, $"{_platform.Url}/fairway/v1/runs/shop/{run.Metadata.Name}/logs?follow=true");
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using HttpResponseMessage response = await _platform.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync());
        List<string> lines = [];
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.Contains("\"text\":\"before\"", StringComparison.Ordinal))
            {
                await File.WriteAllTextAsync(gate, "");
            }
        }

        File.Delete(gate);
        lines.ShouldContain(line => line.Contains("\"text\":\"after\""));
        lines[^1].ShouldContain("\"step\":2");
        (await _platform.LogAsync(run, "?step=2&timestamps=true")).ShouldMatch("=== build / Second\n[0-9T:.-]+Z ##\\[group\\]Run echo last\n");
    }

    [Fact]
    public async Task Matrix_RunsOnceForEachCombination()
    {
        (PipelineRun run, string log) = await RunAsync("""
            strategy: {matrix: {os: [a, b], include: [{os: b, extra: yes}]}}
            steps: [{run: 'echo os=${{ matrix.os }} extra=${{ matrix.extra }} ${{ strategy.job-index }}/${{ strategy.job-total }}'}]
            """);
        run.Status!.Phase.ShouldBe("Succeeded", log);
        run.Status.Jobs!.Select(job => $"{job.Id} {job.Name}").ShouldBe(["build.0 build (a)", "build.1 build (b, yes)"]);
        log.ShouldContain("os=a extra= 0/2");
        log.ShouldContain("os=b extra=yes 1/2");
        (await _platform.LogAsync(run, "?job=build.1")).ShouldNotContain("os=a");
    }

    [Fact]
    public async Task Concurrency_ANewerRun_CancelsTheOneUnderWay()
    {
        string workflow = TestPlatform.Workflow("steps: [{run: 'if [ -f slow ]; then sleep 300; fi'}]".Replace("steps: [", "steps: [{uses: actions/checkout@v4}, ", StringComparison.Ordinal), "on: push\nconcurrency: {group: '${{ github.ref }}', cancel-in-progress: true}");
        string slow = await _platform.PushAsync(new Dictionary<string, string> { [".github/workflows/ci.yml"] = workflow, ["slow"] = "1" });
        await _platform.RunOfAsync(slow, until: run => run.Status?.Jobs?[0].Steps?[1].Phase == "Running");
        File.Delete(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(_platform.DataDirectory))!, "clone-web", "slow"));
        string quick = await _platform.PushAsync(new Dictionary<string, string> { ["x"] = "1" });
        (await _platform.RunOfAsync(quick)).Status!.Phase.ShouldBe("Succeeded");
        (await _platform.RunOfAsync(slow)).Status!.Phase.ShouldBe("Cancelled");
    }

    [Fact]
    public async Task Cache_ComesBackByKeyOrPrefix()
    {
        static string Job(string key) => """
            steps:
              - {id: cache, uses: actions/cache@v4, with: {path: deps, key: KEY, restore-keys: 'deps-'} }
              - run: echo "hit=[${{ steps.cache.outputs.cache-hit }}] found=[$(cat deps/a 2>/dev/null)]"
              - run: mkdir -p deps && echo KEY > deps/a
            """.Replace("KEY", key, StringComparison.Ordinal);
        (await RunAsync(Job("deps-1"))).Log.ShouldContain("hit=[] found=[]");
        (await RunAsync(Job("deps-1") + "\n")).Log.ShouldContain("hit=[true] found=[deps-1]");
        (await RunAsync(Job("deps-2"))).Log.ShouldContain("hit=[false] found=[deps-1]");
    }

    [Fact]
    public async Task SetupDotnet_TakesWhatIsInstalled_AndNamesWhatIsNot()
    {
        (PipelineRun run, string log) = await RunAsync("""
            steps:
              - {id: ok, uses: actions/setup-dotnet@v4, with: {dotnet-version: 10.0.x} }
              - run: test -n "${{ steps.ok.outputs.dotnet-version }}"
              - {uses: actions/setup-dotnet@v4, with: {dotnet-version: 3.1.x} }
            """);
        run.Status!.Jobs![0].Steps!.Select(step => step.Phase).ShouldBe(["Succeeded", "Succeeded", "Failed"], log);
        run.Status.Jobs[0].Steps![2].Message!.ShouldStartWith("The workflow asks for the .NET SDK 3.1.x; installed on this machine: ");
    }

    [Fact]
    public async Task Checkout_GivesARealRepository()
    {
        (PipelineRun run, string log) = await RunAsync("""
            steps:
              - uses: actions/checkout@v4
              - run: |
                  git status --short --branch
                  git log --oneline | wc -l | xargs echo commits
                  git rev-parse HEAD
              - {uses: actions/checkout@v4, with: {path: all, fetch-depth: 0, ref: main} }
              - run: test -f all/.github/workflows/ci.yml && git -C all remote get-url origin
              - {uses: actions/checkout@v4, with: {repository: other/secret} }
            """);
        run.Status!.Jobs![0].Steps!.Select(step => step.Phase).ShouldBe(["Succeeded", "Succeeded", "Succeeded", "Succeeded", "Failed"], log);
        log.ShouldContain("## main");
        log.ShouldContain("commits 1");
        log.ShouldContain(run.Spec.Sha);
        log.ShouldContain($"{_platform.Url}/git/shop/web.git");
        run.Status.Jobs[0].Steps![4].Message!.ShouldContain("shop only");
    }

    private static int ChildOf(string log)
        => int.Parse(log.Split('\n').First(line => line.StartsWith("child ", StringComparison.Ordinal) && char.IsDigit(line[6]))["child ".Length..], System.Globalization.CultureInfo.InvariantCulture);

    private async Task EventuallyLogAsync(PipelineRun run, string start)
    {
        string log = "";
        for (int i = 0; i < 500 && !log.Split('\n').Any(line => line.StartsWith(start, StringComparison.Ordinal) && line.Length > start.Length && char.IsDigit(line[start.Length])); i++)
        {
            await Task.Delay(10);
            log = await _platform.LogAsync(run);
        }
    }

    private async Task<(PipelineRun Run, string Log)> RunAsync(string job)
    {
        string sha = await _platform.PushWorkflowAsync(TestPlatform.Workflow(job));
        PipelineRun run = await _platform.RunOfAsync(sha);
        return (run, run.Status!.Message + "\n" + await _platform.LogAsync(run));
    }
}
