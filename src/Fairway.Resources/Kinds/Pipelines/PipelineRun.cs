namespace Fairway.Resources.Kinds.Pipelines;

/// <summary>One run of one workflow file at one commit.</summary>
[Kind("fairway.dev/v1", "pipelineruns", Status = true, ShortNames = ["run"], Categories = ["fairway"])]
[Column("Repository", ".spec.repository")]
[Column("Workflow", ".status.name")]
[Column("Commit", ".spec.version")]
[Column("Phase", ".status.phase")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record PipelineRun : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "PipelineRun";

    public ObjectMeta Metadata { get; init; } = new();

    public required PipelineRunSpec Spec { get; init; }

    public PipelineRunStatus? Status { get; init; }
}

/// <summary>What runs.</summary>
public sealed record PipelineRunSpec
{
    /// <summary>A GitRepository of the same namespace.</summary>
    [Immutable]
    public required string Repository { get; init; }

    /// <summary>The workflow file: <c>.github/workflows/ci.yml</c>.</summary>
    [Immutable]
    public required string Workflow { get; init; }

    /// <summary>The event that started it: <c>push</c>, <c>workflow_dispatch</c>.</summary>
    [Immutable]
    public required string Event { get; init; }

    /// <summary>The full ref: <c>refs/heads/main</c>.</summary>
    [Immutable]
    public required string Ref { get; init; }

    [Immutable]
    public required string Sha { get; init; }

    /// <summary>The short commit.</summary>
    [Immutable]
    public string? Version { get; init; }

    [Immutable]
    public string? CommitMessage { get; init; }

    [Immutable]
    public string? Author { get; init; }

    [Immutable]
    public DateTimeOffset? CommitTime { get; init; }

    /// <summary>Who pushed or started it.</summary>
    [Immutable]
    public string? Actor { get; init; }

    /// <summary>The commit that the ref was at before the push; absent when the ref is new.</summary>
    [Immutable]
    public string? Before { get; init; }

    /// <summary>Inputs given by whoever started it, by name.</summary>
    [Immutable]
    public IReadOnlyDictionary<string, string>? Inputs { get; init; }

    /// <summary>Counts up within repository and workflow.</summary>
    [Immutable]
    public long Number { get; init; }

    /// <summary>Stop the run; steps are ended and the rest is skipped.</summary>
    public bool? Cancel { get; init; }
}

/// <summary>How far it is.</summary>
public sealed record PipelineRunStatus
{
    /// <summary>The workflow's own name.</summary>
    public string? Name { get; init; }

    /// <summary>Queued, Running, Succeeded, Failed, Cancelled or Refused (the workflow cannot run as written).</summary>
    public string? Phase { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    [ListMap("id")]
    public IReadOnlyList<PipelineJob>? Jobs { get; init; }

    /// <summary>Parts of the workflow that do not take effect, by place.</summary>
    public IReadOnlyList<WorkflowNotice>? Notices { get; init; }

    /// <summary>The concurrency group: of its runs one at a time is under way.</summary>
    public string? ConcurrencyGroup { get; init; }

    /// <summary>What steps said with <c>::error</c>, <c>::warning</c> and <c>::notice</c>, at most 50.</summary>
    public IReadOnlyList<RunAnnotation>? Annotations { get; init; }

    /// <summary>Releases that the run recorded.</summary>
    public IReadOnlyList<string>? Releases { get; init; }
}

/// <summary>A job of a run.</summary>
public sealed record PipelineJob
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    /// <summary>Waiting, Running, Succeeded, Failed, Skipped or Cancelled.</summary>
    public required string Phase { get; init; }

    public IReadOnlyList<string>? Needs { get; init; }

    /// <summary>The job's id in the workflow file, where a matrix made this one.</summary>
    public string? MatrixOf { get; init; }

    /// <summary>The values of its matrix, as JSON.</summary>
    public string? Matrix { get; init; }

    /// <summary>From 1; 2 when the platform ended in the middle of the first.</summary>
    public int? Attempt { get; init; }

    /// <summary>Its failure does not fail the run (<c>continue-on-error</c>).</summary>
    public bool? ContinueOnError { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public IReadOnlyList<PipelineStep>? Steps { get; init; }

    public IReadOnlyDictionary<string, string>? Outputs { get; init; }
}

/// <summary>A step of a job.</summary>
public sealed record PipelineStep
{
    /// <summary>Position in the job, from 1.</summary>
    public required int Number { get; init; }

    public required string Name { get; init; }

    /// <summary>Waiting, Running, Succeeded, Failed, Skipped or Cancelled.</summary>
    public required string Phase { get; init; }

    public int? ExitCode { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Why it failed, with the last line of its output.</summary>
    public string? Message { get; init; }
}

/// <summary>A message that a step attached to the run.</summary>
public sealed record RunAnnotation
{
    public required string Job { get; init; }

    public required int Step { get; init; }

    /// <summary>Error, Warning or Notice.</summary>
    public required string Severity { get; init; }

    public string? Title { get; init; }

    public required string Message { get; init; }

    public string? File { get; init; }

    public int? Line { get; init; }
}

/// <summary>Something in a workflow file that is not as its author may expect.</summary>
public sealed record WorkflowNotice
{
    /// <summary>Error (refused) or Warning.</summary>
    public required string Severity { get; init; }

    public required string File { get; init; }

    public required int Line { get; init; }

    public int? Column { get; init; }

    public required string Message { get; init; }
}
