using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Jobs;

namespace Fairway.Workloads.CronJobs;

/// <summary>Makes jobs by timetables.</summary>
internal sealed class CronJobReconciler(IClusterApi api, InformerSet informers, EventRecorder events, TimeProvider time)
{
    private readonly Informer<CronJob> _cronJobs = informers.Of<CronJob>();
    private readonly Informer<Job> _jobs = informers.Of<Job>();
    private readonly OwnWrites<Job> _writes = new(api, informers.Of<Job>(), time);
    private readonly OwnWrites<CronJob> _own = new(api, informers.Of<CronJob>(), time);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_cronJobs.Get(key) is not { } shown)
        {
            return ReconcileResult.Done;
        }

        CronJob cronJob = (await _own.OverAsync([shown], _ => false, cancellation))[0];
        if (!CronSchedule.TryParse(cronJob.Spec.Schedule, out CronSchedule? schedule, out string? problem))
        {
            events.Warning(cronJob, "UnparseableSchedule", $"unparseable schedule: \"{cronJob.Spec.Schedule}\" : {problem}");
            return ReconcileResult.Done;
        }

        if (ZoneOf(cronJob) is not { } zone)
        {
            events.Warning(cronJob, "UnknownTimeZone", $"invalid timeZone: \"{cronJob.Spec.TimeZone}\": unknown time zone {cronJob.Spec.TimeZone}");
            return ReconcileResult.Done;
        }

        IReadOnlyList<Job> owned = [.. _jobs.OwnedBy(cronJob.Metadata.Uid!).Where(job => job.Metadata.IsControlledBy(cronJob))];
        IReadOnlyList<Job> jobs = await _writes.OverAsync(owned, job => job.Metadata.IsControlledBy(cronJob), cancellation);
        CronJobDecision decision = CronJobPlanner.Plan(new CronJobObservation
        {
            CronJob = cronJob,
            Jobs = [.. jobs.Where(job => !_writes.IsDeleted(job))],
            Schedule = schedule!,
            Zone = zone,
            Now = time.GetUtcNow(),
        });
        await ActAsync(cronJob, decision, zone, cancellation);
        return new ReconcileResult(decision.RequeueAfter);
    }

    private static TimeZoneInfo? ZoneOf(CronJob cronJob)
        => cronJob.Spec.TimeZone is not { } name ? TimeZoneInfo.Local : TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) ? zone : null;

    private async Task ActAsync(CronJob cronJob, CronJobDecision decision, TimeZoneInfo zone, CancellationToken cancellation)
    {
        foreach ((string type, string reason, string message) in decision.Events)
        {
            if (type == "Warning")
            {
                events.Warning(cronJob, reason, message);
            }
            else
            {
                events.Normal(cronJob, reason, message);
            }
        }

        foreach (Job superfluous in decision.Delete)
        {
            await api.DeleteAsync(superfluous, cancellation, new DeleteOptions { PropagationPolicy = "Background", PreconditionUid = superfluous.Metadata.Uid });
            _writes.Deleted(superfluous);
            events.Normal(cronJob, "SuccessfulDelete", $"Deleted job {superfluous.Metadata.Name}");
        }

        CronJobStatus status = decision.Status;
        if (decision.CreateFor is { } due)
        {
            status = await CreateAsync(cronJob, due, zone, status, cancellation);
        }

        CronJob written = await api.WriteStatusAsync(cronJob, cronJob with { Status = status }, cancellation);
        if (!ReferenceEquals(written, cronJob))
        {
            _own.Wrote(written);
        }
    }

    private async Task<CronJobStatus> CreateAsync(CronJob cronJob, DateTimeOffset due, TimeZoneInfo zone, CronJobStatus status, CancellationToken cancellation)
    {
        Job wanted = CronJobPlanner.JobFor(cronJob, due, zone);
        Job? job;
        try
        {
            job = await api.CreateAsync(wanted, cancellation);
            events.Normal(cronJob, "SuccessfulCreate", $"Created job {job.Metadata.Name}");
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            // Ours from before a crash, or someone else's, whose time this then was.
            job = await api.FindAsync<Job>(wanted.Metadata.Namespace, wanted.Metadata.Name, cancellation);
        }
        catch (StatusException refused) when (Ownership.PodWriter.IsNamespaceGoing(refused))
        {
            return status;
        }
        catch (StatusException refused)
        {
            events.Warning(cronJob, "FailedCreate", $"Error creating job: {refused.Message}");
            throw;
        }

        bool isOurs = job is not null && job.Metadata.IsControlledBy(cronJob) && !JobConditions.IsFinished(job.Status);
        if (isOurs)
        {
            _writes.Wrote(job!);
        }

        return status with
        {
            LastScheduleTime = due,
            Active = isOurs && (status.Active ?? []).All(active => active.Uid != job!.Metadata.Uid) ? [.. status.Active ?? [], Reference(job!)] : status.Active,
        };
    }

    private static ObjectReference Reference(Job job) => new()
    {
        ApiVersion = job.ApiVersion,
        Kind = job.Kind,
        Namespace = job.Metadata.Namespace,
        Name = job.Metadata.Name,
        Uid = job.Metadata.Uid,
        ResourceVersion = job.Metadata.ResourceVersion,
    };
}
