using Fairway.Pipelines.Actions;
using Fairway.Pipelines.Syntax;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Pipelines.Tests.Syntax;

public sealed class WorkflowParserTests
{
    private const string Job = "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n";

    /// <summary>Each case is a file and the notices it gets, as <c>line:column severity text</c>.</summary>
    [Theory]
    [InlineData("on: push\n" + Job, "")]
    [InlineData("", "1:1 Error The file is empty")]
    [InlineData("on: push\njobs: [", "Error The file is not valid YAML")]
    [InlineData("on: push\non: push\n" + Job, "2:1 Error The key 'on' is there twice")]
    [InlineData("- a", "1:1 Error a workflow must be a mapping")]
    [InlineData(Job, "1:1 Error 'on' is missing")]
    [InlineData("on: push\n", "1:1 Error 'jobs' is missing")]
    [InlineData("on: puhs\n" + Job, "1:5 Error 'puhs' is not an event; did you mean 'push'?")]
    [InlineData("on: [push, pull_request]\n" + Job, "1:12 Warning The event 'pull_request' does not happen here")]
    [InlineData("on: schedule\n" + Job, "1:5 Warning None of these events happens here")]
    [InlineData("on:\n  push:\n    branch: main\n" + Job, "3:5 Error 'branch' is not a key of on.push; did you mean 'branches'?")]
    [InlineData("on:\n  push:\n    branches: ['!main']\n" + Job, "3:15 Error 'branches' only takes out")]
    [InlineData("on:\n  push:\n    branches: [a]\n    branches-ignore: [b]\n" + Job, "Error 'branches' and 'branches-ignore' cannot be used together")]
    [InlineData("on:\n  push:\n    branches: ['a[']\n" + Job, "3:16 Error In the pattern 'a['")]
    [InlineData("on: push\npermissions: read-all\n" + Job, "2:1 Warning 'permissions' has no effect here")]
    [InlineData("on: push\nname: ${{ github.ref }}\n" + Job, "2:7 Error 'name' cannot hold expressions")]
    [InlineData("on: push\nrun-name: ${{ secrets.X }}\n" + Job, "2:15 Error Unrecognized named-value: 'secrets'")]
    [InlineData("on: push\nenv: {A: '${{ env.B }}'}\n" + Job, "Error Unrecognized named-value: 'env'")]
    [InlineData("on: push\nenv: [a]\n" + Job, "2:6 Error 'env' must be a mapping")]
    [InlineData("on: push\nconcurrency: {cancel-in-progress: true}\n" + Job, "Error 'concurrency' needs a 'group'")]
    public void Parse_TopLevel(string text, string expected) => Check(text, expected);

    [Theory]
    [InlineData("runs_on: x", "4:5 Error 'runs_on' is not a key of the job 'a'; did you mean 'runs-on'?")]
    [InlineData("container: node:20", "4:5 Error 'container' is not supported here yet")]
    [InlineData("services: {}", "4:5 Error 'services' is not supported here yet")]
    [InlineData("environment: prod", "4:5 Error 'environment' is not supported here yet")]
    [InlineData("concurrency: x", "4:5 Warning 'concurrency' has no effect here")]
    [InlineData("permissions: {contents: read}", "4:5 Warning 'permissions' has no effect here")]
    [InlineData("needs: b", "4:12 Error The job 'a' needs 'b', which is no job")]
    [InlineData("needs: a", "4:12 Error Jobs need each other in a circle: a → a")]
    [InlineData("if: ${{ matrix.os == 'x' }}", "4:13 Error Unrecognized named-value: 'matrix'")]
    [InlineData("if: ${{ true }} && false", "4:9 Error 'if' mixes text and ${{ }}")]
    [InlineData("if: \"${{ true }}\"", "")]
    [InlineData("if: success('a') || always()", "")]
    [InlineData("if: github.ref ==", "4:20 Error Unexpected end of expression")]
    [InlineData("timeout-minutes: soon", "4:22 Error 'timeout-minutes' must be a number above 0")]
    [InlineData("timeout-minutes: -1", "4:22 Error 'timeout-minutes' must be a number above 0")]
    [InlineData("timeout-minutes: 0.5", "")]
    [InlineData("continue-on-error: maybe", "4:24 Error 'continue-on-error' must be true, false or an expression")]
    [InlineData("strategy: {matrix: {os: x}}", "4:29 Error 'os' in a matrix must be a list")]
    [InlineData("strategy: {matrix: {os: []}}", "4:29 Error 'os' in a matrix must be a list")]
    [InlineData("strategy: {matrix: '${{ fromJSON(needs.x.outputs.m) }}'}", "")]
    [InlineData("strategy: {fail-fast: 3}", "Error 'fail-fast' must be true, false or an expression")]
    [InlineData("defaults: {run: {shell: cmd}}", "Error The shell 'cmd' runs on Windows only")]
    [InlineData("defaults: {run: {shell: fish}}", "Error The shell 'fish' is not known")]
    [InlineData("outputs: {x: '${{ steps.a.outputs.b }}'}", "")]
    [InlineData("uses: ./.github/workflows/x.yml", "4:5 Error 'uses' is not supported here yet: reusable workflows")]
    public void Parse_JobKeys(string key, string expected)
        => Check($"on: push\njobs:\n  a:\n    {key}\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n", expected);

    [Theory]
    [InlineData("run: echo", "")]
    [InlineData("name: x", "6:9 Error A step needs 'run' or 'uses'")]
    [InlineData("{run: a, uses: actions/checkout@v4}", "Error A step has either 'run' or 'uses'")]
    [InlineData("uses: actions/checkout", "6:15 Error 'actions/checkout' lacks a version")]
    [InlineData("uses: actions/chekout@v4", "6:15 Error The action 'actions/chekout@v4' is not available here; supported are actions/cache, actions/checkout")]
    [InlineData("uses: ./local", "6:15 Error The action './local' cannot run here")]
    [InlineData("uses: docker://alpine", "6:15 Error The action 'docker://alpine' cannot run here")]
    [InlineData("{uses: actions/checkout@v4, with: {fetch-dept: 0}}", "Error 'fetch-dept' is not an input of actions/checkout; did you mean 'fetch-depth'?")]
    [InlineData("{uses: actions/checkout@v4, with: {submodules: true}}", "Error The input 'submodules' of actions/checkout is not supported here yet")]
    [InlineData("{uses: actions/checkout@v4, with: {submodules: false}}", "")]
    [InlineData("{uses: actions/checkout@v4, with: {token: '${{ secrets.T }}'}}", "Warning The input 'token' of actions/checkout has no effect here")]
    [InlineData("uses: fairway/publish@v1", "6:15 Error fairway/publish needs the input 'path'")]
    [InlineData("{uses: actions/checkout@v4, shell: bash}", "Error 'shell' belongs to steps with 'run'")]
    [InlineData("{run: a, with: {x: y}}", "Error 'with' belongs to steps with 'uses'")]
    [InlineData("{run: a, id: 1x}", "Error '1x' cannot be a step's id")]
    [InlineData("{run: a, if: secrets.x}", "Error Unrecognized named-value: 'secrets'")]
    [InlineData("{run: a, background: true}", "Error 'background' is not supported here yet")]
    [InlineData("{run: a, shell: 'perl {0}'}", "")]
    [InlineData("{run: a, timeout-minutes: '${{ matrix.t }}'}", "")]
    [InlineData("run: echo ${{ github.ref", "6:19 Error The expression is not closed")]
    [InlineData("run: echo ${{ github. }}", "6:29 Error Unexpected end of expression")]
    public void Parse_Steps(string step, string expected)
        => Check($"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n", expected);

    [Fact]
    public void Parse_ExpressionInABlockScalar_IsPlacedOnItsLine()
        => Check("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          echo one\n          echo ${{ nope.x }}\n", "8:");

    [Fact]
    public void Parse_WindowsLabel_WarnsAndRuns()
    {
        WorkflowParse parse = Parse(("on: push\n" + Job).Replace("ubuntu-latest", "windows-2022", StringComparison.Ordinal));
        parse.Workflow.ShouldNotBeNull();
        parse.Notices.ShouldHaveSingleItem().Message.ShouldContain("windows-2022");
    }

    [Fact]
    public void Parse_Anchors_AreFollowed_AndBombsAreNot()
    {
        WorkflowParse parse = Parse("on: push\njobs:\n  a: &job\n    runs-on: x\n    steps:\n      - run: echo\n  b: *job\n");
        parse.Notices.ShouldBeEmpty();
        parse.Workflow!.Jobs.Select(job => job.Id).ShouldBe(["a", "b"]);
        string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Parse(bomb).Notices.ShouldContain(notice => notice.Message.Contains("nodes"));
        Parse("a: &a [*a]").Notices.ShouldContain(notice => notice.Message.Contains("*a"));
        Parse(string.Concat(Enumerable.Repeat("[", 500))).Workflow.ShouldBeNull();
    }

    [Fact]
    public void Parse_AWholeFile_GivesWhatItSays()
    {
        Workflow workflow = Parse("""
            name: CI
            run-name: Build ${{ github.ref_name }}
            on:
              push:
                branches: [main, 'release/**']
              workflow_dispatch:
                inputs:
                  level: {type: choice, options: [info, debug], default: info}
            env: {A: 1, B: '1', C: yes, D: 1.10, E: true}
            defaults: {run: {working-directory: src}}
            jobs:
              build:
                name: Build it
                runs-on: [self-hosted, linux]
                outputs: {digest: '${{ steps.pub.outputs.digest }}'}
                steps:
                  - uses: actions/checkout@v4
                    with: {fetch-depth: 0}
                  - id: pub
                    run: |
                      echo one
                      echo two
                    env: {X: y}
              test:
                needs: [build]
                strategy: {fail-fast: false, max-parallel: 2, matrix: {os: [a, b], include: [{os: c}]}}
                runs-on: '${{ matrix.os }}'
                steps: [{run: 'true'}]
            """).Workflow.ShouldNotBeNull();
        workflow.Name.ShouldBe("CI");
        workflow.Env.Select(variable => variable.Value.Constant!.AsText()).ShouldBe(["1", "1", "yes", "1.1", "true"]);
        workflow.On.Dispatch!.Inputs.ShouldHaveSingleItem().Options.ShouldBe(["info", "debug"]);
        workflow.Jobs[0].Steps[1].Run!.Constant!.AsText().ShouldBe("echo one\necho two\n");
        workflow.Jobs[1].Needs.ShouldBe(["build"]);
        workflow.Jobs[1].Strategy!.MaxParallel!.Constant!.AsNumber().ShouldBe(2);
    }

    [Fact]
    public void Parse_AnyText_NeverThrows()
        => Prop.ForAll<string, string, string>((one, two, three) =>
        {
            string text = $"on: push\njobs:\n  a:\n    {one}\n    runs-on: {two}\n    steps:\n      - run: {three}\n";
            WorkflowParse parse = Parse(text);
            return parse.Workflow is not null || parse.Notices.Any(notice => notice.Severity == "Error" && notice.Line >= 1);
        }).ShouldHold();

    private static WorkflowParse Parse(string text) => new WorkflowParser(new ActionCatalog([]).Interfaces).Parse(".github/workflows/ci.yml", text);

    private static void Check(string text, string expected)
    {
        WorkflowParse parse = Parse(text);
        string[] notices = [.. parse.Notices.Select(notice => $"{notice.Line}:{notice.Column} {notice.Severity} {notice.Message}")];
        if (expected.Length == 0)
        {
            notices.ShouldBeEmpty();
            parse.Workflow.ShouldNotBeNull();
        }
        else
        {
            notices.ShouldContain(notice => notice.Contains(expected), string.Join("\n", notices));
            (parse.Workflow is null).ShouldBe(notices.Any(notice => notice.Contains(" Error ")));
        }
    }
}
