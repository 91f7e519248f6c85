using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Planning;
using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Tests.Planning;

/// <summary>
/// Workflows as text and the trace they give. The simulated jobs end as their first step's <c>run</c> says: ok, fail, or wait
/// (runs until cancelled). In the script <c>cancel</c> cancels the run once nothing else can happen.
/// </summary>
public sealed class RunPlannerTests
{
    [Theory]
    [InlineData("a: {run: ok}\nb: {run: ok}", "start a, start b, a Succeeded, b Succeeded, Succeeded")]
    [InlineData("a: {run: ok}\nb: {needs: a, run: ok}", "start a, a Succeeded, start b, b Succeeded, Succeeded")]
    [InlineData("a: {run: fail}\nb: {needs: a, run: ok}", "start a, a Failed, b Skipped, Failed")]
    [InlineData("a: {run: fail}\nb: {needs: a, run: ok}\nc: {needs: b, run: ok}", "start a, a Failed, b Skipped, c Skipped, Failed")]
    [InlineData("a: {run: fail}\nb: {needs: a, if: always(), run: ok}", "start a, a Failed, start b, b Succeeded, Failed")]
    [InlineData("a: {run: fail}\nb: {needs: a, if: failure(), run: ok}", "start a, a Failed, start b, b Succeeded, Failed")]
    [InlineData("a: {run: ok}\nb: {needs: a, if: failure(), run: ok}", "start a, a Succeeded, b Skipped, Succeeded")]
    [InlineData("a: {if: 'false', run: ok}\nb: {needs: a, run: ok}", "a Skipped, b Skipped, Succeeded")]
    [InlineData("a: {if: 'false', run: ok}\nb: {needs: a, if: \"!failure()\", run: ok}", "a Skipped, start b, b Succeeded, Succeeded")]
    [InlineData("a: {if: 'false', run: ok}\nb: {needs: a, if: always(), run: ok}\nc: {needs: b, run: ok}", "a Skipped, start b, b Succeeded, c Skipped, Succeeded")]
    [InlineData("a: {run: fail}\nb: {needs: a, if: always(), run: ok}\nc: {needs: b, if: failure(), run: ok}", "start a, a Failed, start b, b Succeeded, start c, c Succeeded, Failed")]
    [InlineData("a: {run: ok}\nb: {run: fail}\nc: {needs: [a, b], run: ok}\nd: {needs: a, run: ok}", "start a, start b, a Succeeded, start d, b Failed, c Skipped, d Succeeded, Failed")]
    [InlineData("a: {continue-on-error: true, run: fail}\nb: {needs: a, run: ok}", "start a, a Failed, start b, b Succeeded, Succeeded")]
    [InlineData("a: {if: \"github.ref == 'refs/heads/main'\", run: ok}", "start a, a Succeeded, Succeeded")]
    [InlineData("a: {if: \"github.ref == 'refs/heads/x' || failure()\", run: ok}", "a Skipped, Succeeded")]
    [InlineData("a: {run: ok}\nb: {needs: a, if: \"needs.a.result == 'success' && needs.a.outputs.value == 'from a'\", run: ok}", "start a, a Succeeded, start b, b Succeeded, Succeeded")]
    [InlineData("a: {if: \"fromJSON('x')\", run: ok}\nb: {needs: a, if: always(), run: ok}", "a Failed, start b, b Succeeded, Failed")]
    public void Plan_Graphs(string jobs, string trace) => Trace(jobs).ShouldBe(trace);

    [Theory]
    [InlineData("a: {strategy: {matrix: {v: [1, 2]}}, run: ok}\nb: {needs: a, run: ok}", "start a.0, start a.1, a.0 Succeeded, a.1 Succeeded, start b, b Succeeded, Succeeded")]
    [InlineData("a: {strategy: {max-parallel: 1, matrix: {v: [1, 2]}}, run: ok}", "start a.0, a.0 Succeeded, start a.1, a.1 Succeeded, Succeeded")]
    [InlineData("a: {strategy: {max-parallel: 1, matrix: {v: [1, 2]}}, run: fail}", "start a.0, a.0 Failed, a.1 Cancelled, Failed")]
    [InlineData("a: {strategy: {max-parallel: 1, fail-fast: false, matrix: {v: [1, 2]}}, run: fail}", "start a.0, a.0 Failed, start a.1, a.1 Failed, Failed")]
    [InlineData("a: {strategy: {matrix: {v: [fail, wait]}}, run: '${{ matrix.v }}'}", "start a.0, start a.1, a.0 Failed, cancel a.1, a.1 Cancelled, Failed")]
    [InlineData("a: {continue-on-error: '${{ matrix.v == 2 }}', strategy: {fail-fast: false, matrix: {v: [1, 2], include: [{v: 2, r: fail}, {v: 1, r: ok}]}}, run: '${{ matrix.r }}'}\nb: {needs: a, run: ok}", "start a.0, start a.1, a.0 Succeeded, a.1 Failed, start b, b Succeeded, Succeeded")]
    [InlineData("a: {strategy: {matrix: '${{ fromJSON(''{\"v\":[]}'') }}'}, run: ok}", "a Failed, Failed")]
    [InlineData("a: {run: ok}\nb: {needs: a, strategy: {matrix: {v: '${{ fromJSON(needs.a.outputs.list) }}'}}, run: ok}", "start a, a Succeeded, start b.0, start b.1, b.0 Succeeded, b.1 Succeeded, Succeeded")]
    public void Plan_Matrices(string jobs, string trace) => Trace(jobs).ShouldBe(trace);

    [Theory]
    [InlineData("a: {run: wait}\nb: {needs: a, run: ok}", "start a, cancel a, a Cancelled, b Cancelled, Cancelled")]
    [InlineData("a: {run: wait}\nb: {needs: a, if: always(), run: ok}", "start a, cancel a, a Cancelled, start b, b Succeeded, Cancelled")]
    [InlineData("a: {run: wait}\nb: {needs: a, if: cancelled(), run: ok}", "start a, cancel a, a Cancelled, start b, b Succeeded, Cancelled")]
    [InlineData("a: {run: wait}\nb: {needs: a, if: failure(), run: ok}", "start a, cancel a, a Cancelled, b Cancelled, Cancelled")]
    [InlineData("a: {run: fail}\nb: {run: wait}", "start a, start b, a Failed, cancel b, b Cancelled, Cancelled")]
    public void Plan_Cancelled(string jobs, string trace) => Trace(jobs, cancelWhenIdle: true).ShouldBe(trace);

    [Fact]
    public void Names_OfAMatrix_ShowTheValues()
    {
        Workflow workflow = Read("test: {strategy: {matrix: {os: [linux], v: [1, 2]}}, run: ok}\nnamed: {name: 'N ${{ matrix.v }}', strategy: {matrix: {v: [1]}}, run: ok}");
        RunDecision[] decisions = [.. RunPlanner.Plan(workflow, new RunState(), Contexts)];
        decisions.OfType<RunDecision.Admit>().SelectMany(admit => admit.Instances).Select(job => job.Name).ShouldBe(["test (linux, 1)", "test (linux, 2)", "N 1"]);
    }

    private static IReadOnlyDictionary<string, ExpressionValue> Contexts { get; } = new Dictionary<string, ExpressionValue>
    {
        ["github"] = ExpressionValue.Of([KeyValuePair.Create("ref", "refs/heads/main")]),
    };

    /// <summary>Plays a run to its end, one job's end at a time, in the order of start.</summary>
    private static string Trace(string jobs, bool cancelWhenIdle = false)
    {
        Workflow workflow = Read(jobs);
        List<JobState> states = [];
        List<string> trace = [];
        HashSet<string> cancelling = [];
        bool cancelled = false;
        for (int guard = 0; guard < 200; guard++)
        {
            RunState state = new() { CancelRequested = cancelled, Jobs = [.. states] };
            bool changed = false;
            foreach (RunDecision decision in RunPlanner.Plan(workflow, state, Contexts))
            {
                switch (decision)
                {
                    case RunDecision.Finish finish:
                        trace.Add(finish.Conclusion.ToString());
                        return string.Join(", ", trace);
                    case RunDecision.Admit admit:
                        states.AddRange(admit.Instances);
                        changed = true;
                        break;
                    case RunDecision.Conclude conclude:
                        states.Add(new JobState { Id = conclude.JobId, JobId = conclude.JobId, Name = "", Phase = conclude.Phase });
                        trace.Add($"{conclude.JobId} {conclude.Phase}");
                        changed = true;
                        break;
                    case RunDecision.Start start:
                        Set(states, start.Id, job => job with { Phase = JobPhase.Running });
                        trace.Add($"start {start.Id}");
                        changed = true;
                        break;
                    case RunDecision.Cancel cancel when states.First(job => job.Id == cancel.Id).Phase == JobPhase.Waiting:
                        Set(states, cancel.Id, job => job with { Phase = JobPhase.Cancelled });
                        trace.Add($"{cancel.Id} Cancelled");
                        changed = true;
                        break;
                    case RunDecision.Cancel cancel when cancelling.Add(cancel.Id):
                        trace.Add($"cancel {cancel.Id}");
                        break;
                }
            }

            if (changed)
            {
                continue;
            }

            JobState? next = states.FirstOrDefault(job => job.Phase == JobPhase.Running && (cancelling.Contains(job.Id) || Behaviour(workflow, job) != "wait"));
            if (next is null)
            {
                cancelWhenIdle.ShouldBeTrue("the run is stuck: " + string.Join(", ", trace));
                cancelWhenIdle = false;
                cancelled = true;
                continue;
            }

            JobPhase phase = cancelling.Contains(next.Id) ? JobPhase.Cancelled : Behaviour(workflow, next) == "fail" ? JobPhase.Failed : JobPhase.Succeeded;
            Set(states, next.Id, job => job with { Phase = phase, Outputs = new Dictionary<string, string> { ["value"] = $"from {job.Id}", ["list"] = "[1,2]" } });
            trace.Add($"{next.Id} {phase}");
        }

        throw new InvalidOperationException("The run never ends: " + string.Join(", ", trace));
    }

    private static void Set(List<JobState> states, string id, Func<JobState, JobState> change)
    {
        int at = states.FindIndex(job => job.Id == id);
        states[at] = change(states[at]);
    }

    private static string Behaviour(Workflow workflow, JobState job)
        => workflow.Find(job.JobId)!.Steps[0].Run!.EvaluateText(new EvaluationContext { Contexts = new Dictionary<string, ExpressionValue> { ["matrix"] = job.Matrix } });

    private static Workflow Read(string jobs)
    {
        string text = "on: push\njobs:\n" + string.Concat(jobs.Split('\n').Select(line =>
        {
            int run = line.LastIndexOf("run: ", StringComparison.Ordinal);
            return $"  {line[..run]}runs-on: x, steps: [{{{line[run..]}]}}\n";
        }));
        WorkflowParse parse = new WorkflowParser([]).Parse("a.yml", text);
        return parse.Workflow ?? throw new InvalidOperationException(text + string.Join('\n', parse.Notices));
    }
}
