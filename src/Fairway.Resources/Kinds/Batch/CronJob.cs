using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Batch;

/// <summary>CronJob makes jobs by a timetable.</summary>
[Kind("batch/v1", "cronjobs", Status = true, ShortNames = ["cj"], Categories = ["all"])]
public sealed record CronJob : IResource
{
    public string ApiVersion => "batch/v1";

    public string Kind => "CronJob";

    public ObjectMeta Metadata { get; init; } = new();

    public required CronJobSpec Spec { get; init; }

    public CronJobStatus? Status { get; init; }
}

public sealed record CronJobSpec
{
    /// <summary>Minute, hour, day of month, month, day of week; or <c>@hourly</c> and its like.</summary>
    public required string Schedule { get; init; }

    /// <summary>The time zone of the schedule by its name in the tz database; the machine's when absent.</summary>
    public string? TimeZone { get; init; }

    /// <summary>How many seconds late a job may still start.</summary>
    [Bounds(Minimum = 0)]
    public long? StartingDeadlineSeconds { get; init; }

    /// <summary>What happens when the job before still runs: both run (Allow), the new one is left out (Forbid), or takes its place (Replace).</summary>
    [OneOf("Allow", "Forbid", "Replace")]
    [Default("\"Allow\"")]
    public string? ConcurrencyPolicy { get; init; }

    /// <summary>No new jobs while true.</summary>
    [Default("false")]
    public bool? Suspend { get; init; }

    /// <summary>What the jobs look like.</summary>
    public required JobTemplateSpec JobTemplate { get; init; }

    [Default("3")]
    [Bounds(Minimum = 0)]
    public int? SuccessfulJobsHistoryLimit { get; init; }

    [Default("1")]
    [Bounds(Minimum = 0)]
    public int? FailedJobsHistoryLimit { get; init; }
}

public sealed record CronJobStatus
{
    /// <summary>Jobs that run now.</summary>
    [Atomic]
    public IReadOnlyList<ObjectReference>? Active { get; init; }

    public DateTimeOffset? LastScheduleTime { get; init; }

    public DateTimeOffset? LastSuccessfulTime { get; init; }
}
