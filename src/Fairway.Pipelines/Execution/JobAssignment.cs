using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Planning;
using Fairway.Pipelines.Syntax;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Execution;

/// <summary>A job that is to run now.</summary>
internal sealed record JobAssignment
{
    public required PipelineRun Run { get; init; }

    public required Workflow Workflow { get; init; }

    public required WorkflowJob Job { get; init; }

    public required JobState State { get; init; }

    /// <summary>Position among the instances of the job, and how many there are.</summary>
    public required (int Index, int Total) Place { get; init; }

    /// <summary>From 1.</summary>
    public required int Attempt { get; init; }

    /// <summary><c>github</c>, <c>inputs</c>, <c>vars</c>, <c>secrets</c>, <c>needs</c>.</summary>
    public required IReadOnlyDictionary<string, ExpressionValue> Contexts { get; init; }

    /// <summary>The event as the file at GITHUB_EVENT_PATH shows it.</summary>
    public required string EventJson { get; init; }

    public required Masker Masker { get; init; }

    public required RunFeed Feed { get; init; }

    /// <summary>Changes what the run's status shows of this job.</summary>
    public required Action<Func<PipelineJob, PipelineJob>> Report { get; init; }

    public required Action<RunAnnotation> Annotate { get; init; }

    /// <summary>Notes a release that the job recorded.</summary>
    public required Action<string> Released { get; init; }

    public ObjectKey Key => ObjectKey.Of(Run);
}

/// <summary>How a job ended.</summary>
internal sealed record JobResult(JobPhase Phase, IReadOnlyDictionary<string, string> Outputs, string? Message);

/// <summary>How a step ended.</summary>
/// <param name="Outcome">success, failure, cancelled or skipped.</param>
/// <param name="Conclusion">The outcome after <c>continue-on-error</c>.</param>
/// <param name="ExitCode">Of the process, where there was one.</param>
/// <param name="Message">Why it failed.</param>
internal sealed record StepResult(string Outcome, string Conclusion, int? ExitCode = null, string? Message = null)
{
    public static StepResult Skipped { get; } = new("skipped", "skipped");
}
