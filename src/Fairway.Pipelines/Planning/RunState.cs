using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Planning;

/// <summary>Where a job is.</summary>
public enum JobPhase
{
    Waiting,
    Running,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
}

/// <summary>A run as the planner sees it.</summary>
public sealed record RunState
{
    public bool CancelRequested { get; init; }

    /// <summary>Jobs that were decided on. A job of the workflow that is not here yet is still to be decided.</summary>
    public IReadOnlyList<JobState> Jobs { get; init; } = [];
}

/// <summary>A job of a run; of a job with a matrix there are several.</summary>
public sealed record JobState
{
    /// <summary>Unique in the run: the job's id, with <c>.0</c>, <c>.1</c>, … where a matrix made it.</summary>
    public required string Id { get; init; }

    /// <summary>The job's id in the workflow.</summary>
    public required string JobId { get; init; }

    public required string Name { get; init; }

    public required JobPhase Phase { get; init; }

    /// <summary>Its failure counts as a success for the rest of the run.</summary>
    public bool ContinueOnError { get; init; }

    /// <summary>An object, or null without a matrix.</summary>
    public ExpressionValue Matrix { get; init; } = ExpressionValue.Null;

    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();

    public bool IsFinished => Phase is not (JobPhase.Waiting or JobPhase.Running);
}

/// <summary>What is to be done: a closed set.</summary>
public abstract record RunDecision
{
    private RunDecision()
    {
    }

    /// <summary>The job will run, in these instances; none has started.</summary>
    public sealed record Admit(string JobId, IReadOnlyList<JobState> Instances) : RunDecision;

    /// <summary>The job does not run.</summary>
    public sealed record Conclude(string JobId, string Name, JobPhase Phase, string Reason) : RunDecision;

    /// <summary>An admitted job can start.</summary>
    public sealed record Start(string Id) : RunDecision;

    /// <summary>An admitted or running job is to end.</summary>
    public sealed record Cancel(string Id, string Reason) : RunDecision;

    /// <summary>All jobs are finished.</summary>
    public sealed record Finish(RunConclusion Conclusion, string Message) : RunDecision;
}

public enum RunConclusion
{
    Succeeded,
    Failed,
    Cancelled,
}
