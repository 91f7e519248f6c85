using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Planning;

/// <summary>
/// Decides what a run does next. A pure function of the workflow, of what has happened, and of the contexts; called after
/// every change, it says all that can be done at once. A job is decided on when all that it needs is finished.
/// </summary>
public static class RunPlanner
{
    /// <summary>The decisions, in the workflow's order. None: the run waits for jobs under way.</summary>
    /// <param name="workflow">What runs.</param>
    /// <param name="state">What has happened.</param>
    /// <param name="contexts"><c>github</c>, <c>inputs</c>, <c>vars</c>.</param>
    public static IReadOnlyList<RunDecision> Plan(Workflow workflow, RunState state, IReadOnlyDictionary<string, ExpressionValue> contexts)
    {
        Graph graph = new(workflow, state, contexts);
        List<RunDecision> decisions = [];
        foreach (WorkflowJob job in workflow.Jobs)
        {
            JobState[] instances = graph.InstancesOf(job.Id);
            if (instances.Length > 0)
            {
                decisions.AddRange(PlanAdmitted(graph, job, instances));
            }
            else if (job.Needs.All(graph.IsFinished))
            {
                decisions.Add(Decide(graph, job));
            }
        }

        if (decisions.Count == 0 && workflow.Jobs.All(job => graph.IsFinished(job.Id)))
        {
            decisions.Add(Finish(graph, workflow));
        }

        return decisions;
    }

    /// <summary>The values that <c>needs</c> has for a job.</summary>
    public static ExpressionValue NeedsContext(Workflow workflow, RunState state, WorkflowJob job)
        => new Graph(workflow, state, new Dictionary<string, ExpressionValue>()).Needs(job);

    private static RunDecision Decide(Graph graph, WorkflowJob job)
    {
        string name = job.Name?.Constant?.AsText() ?? job.Id;
        try
        {
            if (!graph.ShouldRun(job))
            {
                return graph.State.CancelRequested
                    ? new RunDecision.Conclude(job.Id, name, JobPhase.Cancelled, "The run was cancelled.")
                    : new RunDecision.Conclude(job.Id, name, JobPhase.Skipped, WhySkipped(graph, job));
            }

            return new RunDecision.Admit(job.Id, Instances(job, graph.ContextFor(job)));
        }
        catch (ExpressionException wrong)
        {
            return new RunDecision.Conclude(job.Id, name, JobPhase.Failed, $"The job cannot be planned: {wrong.Message}.");
        }
    }

    private static string WhySkipped(Graph graph, WorkflowJob job)
    {
        string? before = job.If is null ? graph.Ancestors(job).FirstOrDefault(id => graph.ResultOf(id) != "success") : null;
        return before is null ? "Its condition does not hold." : $"The job '{before}' before it ended in {graph.ResultOf(before)}.";
    }

    private static List<JobState> Instances(WorkflowJob job, EvaluationContext context)
    {
        if (job.Strategy?.Matrix is null)
        {
            return [Instance(job, job.Id, ExpressionValue.Null, 0, 1, context)];
        }

        IReadOnlyList<ExpressionValue.ObjectValue> combinations = Matrix.Expand(job.Strategy.Matrix.Evaluate(context));
        return [.. combinations.Select((values, index) => Instance(job, $"{job.Id}.{index}", values, index, combinations.Count, context))];
    }

    private static JobState Instance(WorkflowJob job, string id, ExpressionValue matrix, int index, int total, EvaluationContext context)
    {
        EvaluationContext own = WithStrategy(job, matrix, index, total, context);
        string fallback = matrix is ExpressionValue.ObjectValue values ? $"{job.Id} ({Matrix.Label(values)})" : job.Id;
        string name = job.Name?.EvaluateText(own) is { Length: > 0 } written ? written : fallback;
        return new JobState
        {
            Id = id,
            JobId = job.Id,
            Name = name.Length <= 100 ? name : name[..97] + "...",
            Phase = JobPhase.Waiting,
            Matrix = matrix,
            ContinueOnError = job.ContinueOnError?.Evaluate(own).IsTruthy == true,
        };
    }

    /// <summary>Adds <c>strategy</c> and <c>matrix</c> of one instance.</summary>
    internal static EvaluationContext WithStrategy(WorkflowJob job, ExpressionValue matrix, int index, int total, EvaluationContext context)
    {
        ExpressionValue strategy = new ExpressionValue.ObjectValue(
        [
            KeyValuePair.Create("fail-fast", ExpressionValue.Of(FailFast(job, context))),
            KeyValuePair.Create("job-index", ExpressionValue.Of((double)index)),
            KeyValuePair.Create("job-total", ExpressionValue.Of((double)total)),
            KeyValuePair.Create("max-parallel", ExpressionValue.Of((double)Math.Min(MaxParallel(job, context), total))),
        ]);
        return context with
        {
            Contexts = new Dictionary<string, ExpressionValue>(context.Contexts) { ["strategy"] = strategy, ["matrix"] = matrix },
        };
    }

    private static IEnumerable<RunDecision> PlanAdmitted(Graph graph, WorkflowJob job, JobState[] instances)
    {
        JobState[] open = [.. instances.Where(instance => !instance.IsFinished)];
        if (open.Length == 0)
        {
            return [];
        }

        // A job that runs even when cancelled (always()) goes on.
        if (graph.State.CancelRequested && !Safely(() => graph.ShouldRun(job), otherwise: false))
        {
            return open.Select(instance => new RunDecision.Cancel(instance.Id, "The run was cancelled."));
        }

        EvaluationContext context = graph.ContextFor(job);
        bool failed = instances.Any(instance => instance is { Phase: JobPhase.Failed, ContinueOnError: false });
        if (failed && instances.Length > 1 && Safely(() => FailFast(job, context), otherwise: true))
        {
            return open.Select(instance => new RunDecision.Cancel(instance.Id, "Another job of the matrix failed."));
        }

        int running = open.Count(instance => instance.Phase == JobPhase.Running);
        int free = Safely(() => MaxParallel(job, context), otherwise: 1) - running;
        return open.Where(instance => instance.Phase == JobPhase.Waiting).Take(Math.Max(0, free)).Select(instance => new RunDecision.Start(instance.Id));
    }

    private static bool FailFast(WorkflowJob job, EvaluationContext context) => job.Strategy?.FailFast?.Evaluate(context).IsTruthy ?? true;

    private static int MaxParallel(WorkflowJob job, EvaluationContext context)
    {
        double asked = job.Strategy?.MaxParallel?.Evaluate(context).AsNumber() ?? Matrix.MaxJobs;
        return asked is >= 1 and <= Matrix.MaxJobs ? (int)asked : Matrix.MaxJobs;
    }

    private static RunDecision.Finish Finish(Graph graph, Workflow workflow)
    {
        string[] failed = [.. workflow.Jobs.Where(job => graph.ResultOf(job.Id) == "failure").Select(job => job.Id)];
        string[] cancelled = [.. workflow.Jobs.Where(job => graph.ResultOf(job.Id) == "cancelled").Select(job => job.Id)];
        return (failed, cancelled) switch
        {
            _ when graph.State.CancelRequested && cancelled.Length > 0 => new(RunConclusion.Cancelled, "The run was cancelled."),
            ({ Length: > 0 }, _) => new(RunConclusion.Failed, $"Failed: {string.Join(", ", failed)}."),
            (_, { Length: > 0 }) => new(RunConclusion.Cancelled, $"Cancelled: {string.Join(", ", cancelled)}."),
            _ when workflow.Jobs.All(job => graph.ResultOf(job.Id) == "skipped") => new(RunConclusion.Succeeded, "Every job was skipped."),
            _ => new(RunConclusion.Succeeded, "All jobs succeeded."),
        };
    }

    private static T Safely<T>(Func<T> evaluate, T otherwise)
    {
        try
        {
            return evaluate();
        }
        catch (ExpressionException)
        {
            return otherwise;
        }
    }
}
