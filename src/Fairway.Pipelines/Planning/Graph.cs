using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Planning;

/// <summary>A workflow's jobs with what became of them.</summary>
internal sealed class Graph
{
    private readonly Workflow _workflow;
    private readonly IReadOnlyDictionary<string, ExpressionValue> _contexts;
    private readonly ILookup<string, JobState> _instances;

    public Graph(Workflow workflow, RunState state, IReadOnlyDictionary<string, ExpressionValue> contexts)
    {
        _workflow = workflow;
        State = state;
        _contexts = contexts;
        _instances = state.Jobs.ToLookup(job => job.JobId, StringComparer.OrdinalIgnoreCase);
    }

    public RunState State { get; }

    public JobState[] InstancesOf(string jobId) => [.. _instances[jobId]];

    public bool IsFinished(string jobId) => _instances[jobId].Any() && _instances[jobId].All(instance => instance.IsFinished);

    /// <summary>success, failure, cancelled or skipped, over all instances.</summary>
    public string ResultOf(string jobId)
    {
        JobState[] instances = InstancesOf(jobId);
        return instances switch
        {
            _ when Array.Exists(instances, instance => instance is { Phase: JobPhase.Failed, ContinueOnError: false }) => "failure",
            _ when Array.Exists(instances, instance => instance.Phase == JobPhase.Cancelled) => "cancelled",
            _ when Array.TrueForAll(instances, instance => instance.Phase == JobPhase.Skipped) => "skipped",
            _ => "success",
        };
    }

    /// <summary>All that a job needs, directly or through others; what is nearest comes first.</summary>
    public IReadOnlyList<string> Ancestors(WorkflowJob job)
    {
        List<string> found = [];
        Queue<string> open = new(job.Needs);
        while (open.TryDequeue(out string? id))
        {
            if (!found.Contains(id, StringComparer.OrdinalIgnoreCase) && _workflow.Find(id) is { } next)
            {
                found.Add(next.Id);
                foreach (string need in next.Needs)
                {
                    open.Enqueue(need);
                }
            }
        }

        return found;
    }

    /// <exception cref="ExpressionException">The condition cannot be evaluated.</exception>
    public bool ShouldRun(WorkflowJob job)
    {
        IReadOnlyList<string> ancestors = Ancestors(job);
        StatusSoFar status = new(
            ancestors.All(id => ResultOf(id) == "success"), ancestors.Any(id => ResultOf(id) == "failure"), State.CancelRequested);
        EvaluationContext context = ContextFor(job);
        return Condition.Holds(job.If, status, context with { Functions = NamedStatus(status) });
    }

    /// <summary>What the job's own keys see: the run's contexts and <c>needs</c>.</summary>
    public EvaluationContext ContextFor(WorkflowJob job)
        => new() { Contexts = new Dictionary<string, ExpressionValue>(_contexts) { ["needs"] = Needs(job) } };

    public ExpressionValue Needs(WorkflowJob job)
        => new ExpressionValue.ObjectValue(job.Needs.Select(id => KeyValuePair.Create(id, (ExpressionValue)new ExpressionValue.ObjectValue(
        [
            KeyValuePair.Create("result", ExpressionValue.Of(ResultOf(id))),
            KeyValuePair.Create("outputs", Outputs(id)),
        ]))));

    // Of instances of a matrix the last one that gives an output decides it.
    private ExpressionValue Outputs(string jobId)
        => ExpressionValue.Of(_instances[jobId].SelectMany(instance => instance.Outputs).Where(output => output.Value.Length > 0));

    /// <summary><c>success('build')</c> and <c>failure('build')</c> ask for the named jobs only.</summary>
    private Dictionary<string, SpecialFunction> NamedStatus(StatusSoFar status) => new()
    {
        ["success"] = jobs => ExpressionValue.Of(!status.Cancelled
            && (jobs.Count == 0 ? status.Succeeded : jobs.All(job => ResultOf(job.AsText()) == "success"))),
        ["failure"] = jobs => ExpressionValue.Of(!status.Cancelled
            && (jobs.Count == 0 ? status.Failed : jobs.Any(job => ResultOf(job.AsText()) == "failure"))),
    };
}
