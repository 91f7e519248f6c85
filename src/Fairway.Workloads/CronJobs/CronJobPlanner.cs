using System.Globalization;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Jobs;

namespace Fairway.Workloads.CronJobs;

/// <summary>What is known of a CronJob.</summary>
internal sealed record CronJobObservation
{
    public required CronJob CronJob { get; init; }

    /// <summary>The jobs that it controls.</summary>
    public required IReadOnlyList<Job> Jobs { get; init; }

    public required CronSchedule Schedule { get; init; }

    public required TimeZoneInfo Zone { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>What to do about it.</summary>
internal sealed record CronJobDecision
{
    public required CronJobStatus Status { get; init; }

    public IReadOnlyList<Job> Delete { get; init; } = [];

    /// <summary>The time for which a job is to be created.</summary>
    public DateTimeOffset? CreateFor { get; init; }

    /// <summary>Type, reason and message of what is to be told.</summary>
    public IReadOnlyList<(string Type, string Reason, string Message)> Events { get; init; } = [];

    public TimeSpan? RequeueAfter { get; init; }
}

/// <summary>Which jobs a CronJob makes and removes now. Pure.</summary>
internal static class CronJobPlanner
{
    /// <summary>More missed times than this are told of; still only the last is made up for.</summary>
    private const int ManyMissed = 100;

    /// <summary>The clock of the machine may be a little behind the timer.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(100);

    public static CronJobDecision Plan(CronJobObservation observed)
    {
        CronJob cronJob = observed.CronJob;
        var events = new List<(string, string, string)>();
        CronJobStatus status = Observe(observed, events);
        List<Job> delete = [.. Superfluous(cronJob, observed.Jobs)];
        if (cronJob.Metadata.DeletionTimestamp is not null || cronJob.Spec.Suspend == true)
        {
            return new CronJobDecision { Status = status, Delete = delete, Events = events };
        }

        // 1. Which time is due?
        TimeSpan? untilNext = observed.Schedule.Next(observed.Now, observed.Zone) is { } next ? next - observed.Now + Late : null;
        if (untilNext is null)
        {
            events.Add(("Warning", "InvalidSchedule", $"invalid schedule: {cronJob.Spec.Schedule} : time difference between two schedules is less than 1 second"));
            return new CronJobDecision { Status = status, Delete = delete, Events = events };
        }

        var waiting = new CronJobDecision { Status = status, Delete = delete, Events = events, RequeueAfter = untilNext };
        if (Due(observed, events) is not { } due)
        {
            return waiting;
        }

        // 2. Is it too late for it, or does something stand against it?
        if (cronJob.Spec.StartingDeadlineSeconds is { } seconds && due.AddSeconds(seconds) < observed.Now)
        {
            events.Add(("Warning", "MissSchedule", $"Missed scheduled time to start a job: {due.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)}"));
            return waiting;
        }

        string name = NameOf(cronJob, due);
        if ((status.Active ?? []).Any(active => active.Name == name) || cronJob.Status?.LastScheduleTime == due)
        {
            return waiting;
        }

        if (cronJob.Spec.ConcurrencyPolicy == "Forbid" && status.Active is { Count: > 0 })
        {
            events.Add(("Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid"));
            return waiting;
        }

        if (cronJob.Spec.ConcurrencyPolicy == "Replace")
        {
            delete.AddRange(observed.Jobs.Where(job => (status.Active ?? []).Any(active => active.Uid == job.Metadata.Uid)));
            status = status with { Active = null };
        }

        return waiting with { Status = status, CreateFor = due };
    }

    /// <summary>One name for one time: doing it twice finds it done.</summary>
    public static string NameOf(CronJob cronJob, DateTimeOffset scheduled)
        => string.Create(CultureInfo.InvariantCulture, $"{cronJob.Metadata.Name}-{scheduled.ToUnixTimeSeconds() / 60}");

    public static Job JobFor(CronJob cronJob, DateTimeOffset scheduled, TimeZoneInfo zone)
    {
        ObjectMeta template = cronJob.Spec.JobTemplate.Metadata ?? new ObjectMeta();
        DateTimeOffset local = TimeZoneInfo.ConvertTime(scheduled, zone);
        string stamp = local.Offset == TimeSpan.Zero
            ? local.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        return new Job
        {
            Metadata = new ObjectMeta
            {
                Name = NameOf(cronJob, scheduled),
                Namespace = cronJob.Metadata.Namespace,
                Labels = template.Labels,
                Annotations = new Dictionary<string, string>(template.Annotations ?? new Dictionary<string, string>())
                {
                    ["batch.kubernetes.io/cronjob-scheduled-timestamp"] = stamp,
                },
                OwnerReferences = [Owners.ControllerReference(cronJob)],
            },
            Spec = cronJob.Spec.JobTemplate.Spec,
        };
    }

    /// <summary>Jobs that ended leave the list of active ones.</summary>
    private static CronJobStatus Observe(CronJobObservation observed, List<(string, string, string)> events)
    {
        CronJobStatus status = observed.CronJob.Status ?? new CronJobStatus();
        var active = new List<ObjectReference>();
        DateTimeOffset? success = status.LastSuccessfulTime;
        foreach (ObjectReference reference in status.Active ?? [])
        {
            Job? job = observed.Jobs.FirstOrDefault(each => each.Metadata.Uid == reference.Uid);
            if (job is null)
            {
                events.Add(("Normal", "MissingJob", $"Active job went missing: {reference.Name}"));
            }
            else if (!JobConditions.IsFinished(job.Status))
            {
                active.Add(reference);
            }
            else
            {
                string condition = JobConditions.IsTrue(job.Status, "Complete") ? "Complete" : "Failed";
                events.Add(("Normal", "SawCompletedJob", $"Saw completed job: {job.Metadata.Name}, condition: {condition}"));
            }
        }

        foreach (Job job in observed.Jobs)
        {
            bool isKnown = (status.Active ?? []).Any(reference => reference.Uid == job.Metadata.Uid);
            if (!isKnown && !JobConditions.IsFinished(job.Status))
            {
                events.Add(("Warning", "UnexpectedJob", $"Saw a job that the controller did not create or forgot: {job.Metadata.Name}"));
            }

            if (JobConditions.IsTrue(job.Status, "Complete") && job.Status?.CompletionTime is { } at && (success is null || at > success))
            {
                success = at;
            }
        }

        return status with { Active = active.Count > 0 ? active : null, LastSuccessfulTime = success };
    }

    /// <summary>The newest finished jobs are kept, of each outcome as many as asked for.</summary>
    private static IEnumerable<Job> Superfluous(CronJob cronJob, IReadOnlyList<Job> jobs)
        => Oldest(jobs, "Complete", cronJob.Spec.SuccessfulJobsHistoryLimit).Concat(Oldest(jobs, "Failed", cronJob.Spec.FailedJobsHistoryLimit));

    private static IEnumerable<Job> Oldest(IReadOnlyList<Job> jobs, string condition, int? limit)
    {
        Job[] finished = [.. jobs.Where(job => JobConditions.IsTrue(job.Status, condition) && job.Metadata.DeletionTimestamp is null)];
        return limit is { } kept && finished.Length > kept
            ? finished.OrderBy(job => job.Status?.StartTime).ThenBy(job => job.Metadata.Name, StringComparer.Ordinal).Take(finished.Length - kept)
            : [];
    }

    /// <summary>The last scheduled time that has passed since the one before, or since a deadline ago.</summary>
    private static DateTimeOffset? Due(CronJobObservation observed, List<(string, string, string)> events)
    {
        CronJob cronJob = observed.CronJob;
        DateTimeOffset earliest = cronJob.Status?.LastScheduleTime ?? cronJob.Metadata.CreationTimestamp ?? observed.Now;
        if (cronJob.Spec.StartingDeadlineSeconds is { } seconds && observed.Now.AddSeconds(-seconds) is var deadline && deadline > earliest)
        {
            earliest = deadline;
        }

        DateTimeOffset? last = null;
        int missed = 0;
        DateTimeOffset from = earliest;
        while (observed.Schedule.Next(from, observed.Zone) is { } time && time <= observed.Now)
        {
            last = from = time;
            if (++missed > ManyMissed)
            {
                events.Add(("Warning", "TooManyMissedTimes", "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"));
                return Latest(observed, from);
            }
        }

        return last;
    }

    /// <summary>The last time before now, found from now backwards in growing steps instead of through all that were missed.</summary>
    private static DateTimeOffset? Latest(CronJobObservation observed, DateTimeOffset notBefore)
    {
        for (TimeSpan back = TimeSpan.FromMinutes(2); ; back *= 4)
        {
            DateTimeOffset from = observed.Now - back > notBefore ? observed.Now - back : notBefore;
            DateTimeOffset? last = from == notBefore ? notBefore : null;
            int steps = 0;
            while (observed.Schedule.Next(from, observed.Zone) is { } time && time <= observed.Now && steps++ < 10_000)
            {
                last = from = time;
            }

            if (last is not null)
            {
                return last;
            }
        }
    }
}
