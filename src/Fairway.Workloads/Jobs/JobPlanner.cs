using System.Globalization;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.ReplicaSets;

namespace Fairway.Workloads.Jobs;

/// <summary>Takes a job one step nearer to its end. Pure; called again after every change.</summary>
internal static class JobPlanner
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(10);

    public static JobDecision Plan(JobObservation observed)
    {
        Job job = observed.Job;
        JobStatus before = job.Status ?? new JobStatus();
        if (JobConditions.IsFinished(before))
        {
            return Finished(observed, before);
        }

        DateTimeOffset now = observed.Now;
        bool isSuspended = job.Spec.Suspend == true;
        var events = new List<(string, string, string)>();

        // 1. Count what has ended.
        var counts = new JobCounts(job, observed.Pods);
        Pod[] active = [.. observed.Pods.Where(pod => pod.IsActive())];
        int terminating = observed.Pods.Count(pod => pod.Metadata.DeletionTimestamp is not null && !pod.HasEnded());
        JobStatus status = before with { StartTime = before.StartTime ?? (isSuspended ? null : now) };

        // 2. Has it come to an end?
        JobEnd? end = JobConditions.Target(before) ?? JobEnding.Of(job, counts, active, status.StartTime, now);
        if (end is not null)
        {
            return Ending(observed, status, counts, end, active, terminating);
        }

        // 3. Suspended and resumed.
        status = Suspension(job, status, isSuspended, now, events);

        // 4. As many pods as there should be.
        (IReadOnlyList<NewJobPod> create, IReadOnlyList<Pod> delete, TimeSpan? wait) = isSuspended
            ? ([], active, null)
            : Resize(observed, counts, active, terminating);
        return new JobDecision
        {
            Status = Counted(status, counts, active.Length, active.Count(pod => pod.IsReady()), terminating, job),
            Release = counts.Release,
            Withdraw = delete,
            Create = job.Metadata.DeletionTimestamp is null ? create : [],
            Events = events,
            RequeueAfter = Sooner(wait, Deadline(job, status, isSuspended, now)),
        };
    }

    private static JobDecision Finished(JobObservation observed, JobStatus before)
    {
        DateTimeOffset? at = (JobConditions.Find(before, "Complete") ?? JobConditions.Find(before, "Failed"))?.LastTransitionTime;
        TimeSpan? left = observed.Job.Spec.TtlSecondsAfterFinished is { } seconds && at is { } finished ? finished.AddSeconds(seconds) - observed.Now : null;
        bool isExpired = left <= TimeSpan.Zero && observed.Job.Metadata.DeletionTimestamp is null;
        return new JobDecision
        {
            Status = before,
            Release = [.. observed.Pods.Where(pod => pod.IsTracked() && (pod.HasEnded() || pod.Metadata.DeletionTimestamp is not null))],
            Delete = [.. observed.Pods.Where(pod => pod.IsActive())],
            Expired = isExpired,
            RequeueAfter = isExpired ? null : left,
        };
    }

    /// <summary>The target is set, all pods go, and when none is left and all are counted the end is final.</summary>
    private static JobDecision Ending(JobObservation observed, JobStatus status, JobCounts counts, JobEnd end, Pod[] active, int terminating)
    {
        DateTimeOffset now = observed.Now;
        var events = new List<(string, string, string)>();
        Pod[] rest = counts.CountRest(observed.Pods, end.Failed);
        status = JobConditions.With(status, end.Failed ? "FailureTarget" : "SuccessCriteriaMet", isTrue: true, end.Reason, end.Message, now);
        bool isAllCounted = counts.UncountedSucceeded.Count == 0 && counts.UncountedFailed.Count == 0;
        if (active.Length == 0 && terminating == 0 && isAllCounted)
        {
            status = JobConditions.With(status, end.Failed ? "Failed" : "Complete", isTrue: true, end.Reason, end.Message, now);
            status = end.Failed ? status : status with { CompletionTime = now };
            events.Add(end.Failed ? ("Warning", end.Reason, end.Message) : ("Normal", "Completed", "Job completed"));
        }

        return new JobDecision
        {
            Status = Counted(status, counts, 0, 0, terminating + active.Length, observed.Job),
            Release = [.. counts.Release, .. rest],
            Delete = active,
            Events = events,
        };
    }

    private static JobStatus Suspension(Job job, JobStatus status, bool isSuspended, DateTimeOffset now, List<(string, string, string)> events)
    {
        JobCondition? before = JobConditions.Find(status, "Suspended");
        if (isSuspended && before?.Status != "True")
        {
            events.Add(("Normal", "Suspended", "Job suspended"));
            return JobConditions.With(status, "Suspended", isTrue: true, "JobSuspended", "Job suspended", now);
        }

        if (!isSuspended && before?.Status == "True")
        {
            events.Add(("Normal", "Resumed", "Job resumed"));
            return JobConditions.With(status, "Suspended", isTrue: false, "JobResumed", "Job resumed", now) with { StartTime = now };
        }

        return status;
    }

    private static (IReadOnlyList<NewJobPod> Create, IReadOnlyList<Pod> Delete, TimeSpan? Wait) Resize(
        JobObservation observed, JobCounts counts, Pod[] active, int terminating)
    {
        Job job = observed.Job;
        int parallelism = job.Spec.Parallelism ?? 1;
        bool isIndexed = job.Spec.CompletionMode == "Indexed";
        Pod[] superfluous = isIndexed ? [.. Superfluous(active, counts, job.Spec.Completions ?? 0)] : [];
        Pod[] wanted = [.. active.Except(superfluous)];
        int target = job.Spec.Completions is { } completions
            ? Math.Min(parallelism, Math.Max(0, completions - counts.Succeeded - (isIndexed ? counts.FailedIndexes.Count : 0)))
            : counts.Succeeded > 0 ? Math.Min(wanted.Length, parallelism) : parallelism;
        if (wanted.Length > target)
        {
            IEnumerable<Pod> first = wanted.Order(new PodDeletionOrder(new Dictionary<string, int>(), observed.Now)).Take(wanted.Length - target);
            return ([], [.. superfluous, .. first], null);
        }

        int missing = target - wanted.Length - (JobPods.ReplacesOnlyFailed(job) ? terminating : 0);
        if (missing <= 0)
        {
            return ([], superfluous, null);
        }

        return isIndexed
            ? OfIndexes(observed, counts, wanted, missing, superfluous)
            : BackOff(job, observed.Pods, observed.Now) is { } wait
                ? ([], superfluous, wait)
                : ([.. Enumerable.Repeat(new NewJobPod(null, 0), Math.Min(missing, ReplicaSetPlanner.Burst))], superfluous, null);
    }

    /// <summary>Pods of an index that is done, has failed, does not exist or has another pod.</summary>
    private static IEnumerable<Pod> Superfluous(Pod[] active, JobCounts counts, int completions)
    {
        var seen = new HashSet<int>();
        foreach (Pod pod in active.OrderBy(pod => pod.Metadata.CreationTimestamp).ThenBy(pod => pod.Metadata.Name, StringComparer.Ordinal))
        {
            if (JobPods.IndexOf(pod) is not { } index || index >= completions || counts.SucceededIndexes.Contains(index) || counts.FailedIndexes.Contains(index) || !seen.Add(index))
            {
                yield return pod;
            }
        }
    }

    private static (IReadOnlyList<NewJobPod> Create, IReadOnlyList<Pod> Delete, TimeSpan? Wait) OfIndexes(
        JobObservation observed, JobCounts counts, Pod[] wanted, int missing, Pod[] superfluous)
    {
        Job job = observed.Job;
        bool isPerIndex = job.Spec.BackoffLimitPerIndex is not null;
        var taken = wanted.Select(pod => JobPods.IndexOf(pod) ?? -1).ToHashSet();
        if (JobPods.ReplacesOnlyFailed(job))
        {
            taken.UnionWith(observed.Pods.Where(pod => pod.Metadata.DeletionTimestamp is not null && !pod.HasEnded()).Select(pod => JobPods.IndexOf(pod) ?? -1));
        }

        ILookup<int, Pod> ended = observed.Pods.Where(pod => JobPods.HasFailed(job, pod)).ToLookup(pod => JobPods.IndexOf(pod) ?? -1);
        TimeSpan? wait = isPerIndex ? null : BackOff(job, observed.Pods, observed.Now);
        var create = new List<NewJobPod>();
        for (int index = 0; index < (job.Spec.Completions ?? 0) && create.Count < Math.Min(missing, ReplicaSetPlanner.Burst); index++)
        {
            if (taken.Contains(index) || counts.SucceededIndexes.Contains(index) || counts.FailedIndexes.Contains(index))
            {
                continue;
            }

            int failures = ended[index].Select(pod => JobPods.FailuresBefore(pod) + (IsIgnored(job, pod) ? 0 : 1)).DefaultIfEmpty().Max();
            TimeSpan? own = isPerIndex ? BackOff(job, [.. ended[index]], observed.Now) : wait;
            if (own is null)
            {
                create.Add(new NewJobPod(index, failures));
            }
            else
            {
                wait = Sooner(wait, own);
            }
        }

        return (create, superfluous, wait);
    }

    private static bool IsIgnored(Job job, Pod pod)
        => pod.Status?.Phase == "Failed" && PodFailureRules.Judge(job.Spec.PodFailurePolicy, pod).Action == "Ignore";

    /// <summary>After failures without a success since, the next pod waits: 10 s, 20 s, … from the last failure on.</summary>
    private static TimeSpan? BackOff(Job job, IReadOnlyList<Pod> pods, DateTimeOffset now)
    {
        DateTimeOffset? lastSuccess = pods.Where(JobPods.HasSucceeded).Select(EndOf).Max();
        DateTimeOffset?[] failures = [.. pods.Where(pod => pod.Status?.Phase == "Failed" && !IsIgnored(job, pod)).Select(EndOf).Where(at => lastSuccess is null || at > lastSuccess)];
        if (failures.Length == 0)
        {
            return null;
        }

        TimeSpan delay = FirstBackOff * Math.Pow(2, Math.Min(failures.Length - 1, 10));
        TimeSpan left = failures.Max()!.Value + (delay < LongestBackOff ? delay : LongestBackOff) - now;
        return left > TimeSpan.Zero ? left : null;
    }

    private static DateTimeOffset? EndOf(Pod pod)
        => (pod.Status?.ContainerStatuses ?? []).Select(container => container.State?.Terminated?.FinishedAt).Max()
            ?? pod.Metadata.DeletionTimestamp ?? pod.Condition("Ready")?.LastTransitionTime ?? pod.Metadata.CreationTimestamp;

    private static TimeSpan? Deadline(Job job, JobStatus status, bool isSuspended, DateTimeOffset now)
        => !isSuspended && job.Spec.ActiveDeadlineSeconds is { } seconds && status.StartTime is { } start ? start.AddSeconds(seconds) - now : null;

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null ? other : other is null || one < other ? one : other;

    private static JobStatus Counted(JobStatus status, JobCounts counts, int active, int ready, int terminating, Job job) => status with
    {
        Active = OrNull(active),
        Ready = ready,
        Terminating = terminating,
        Succeeded = OrNull(counts.CountedSucceeded),
        Failed = OrNull(counts.CountedFailed),
        CompletedIndexes = job.Spec.CompletionMode == "Indexed" && counts.SucceededIndexes.Count > 0 ? IndexSet.Format(counts.SucceededIndexes) : null,
        FailedIndexes = job.Spec.BackoffLimitPerIndex is not null ? IndexSet.Format(counts.FailedIndexes) : null,
        UncountedTerminatedPods = new UncountedTerminatedPods
        {
            Succeeded = counts.UncountedSucceeded.Count > 0 ? [.. counts.UncountedSucceeded.Order(StringComparer.Ordinal)] : null,
            Failed = counts.UncountedFailed.Count > 0 ? [.. counts.UncountedFailed.Order(StringComparer.Ordinal)] : null,
        },
    };

    private static int? OrNull(int count) => count == 0 ? null : count;
}

/// <summary>Whether a job has come to its end, and why.</summary>
internal static class JobEnding
{
    public static JobEnd? Of(Job job, JobCounts counts, Pod[] active, DateTimeOffset? start, DateTimeOffset now)
        => Failure(job, counts, active, start, now) ?? Success(job, counts, active);

    private static JobEnd? Failure(Job job, JobCounts counts, Pod[] active, DateTimeOffset? start, DateTimeOffset now)
    {
        if (counts.FailJob is { } rule)
        {
            return new JobEnd(true, "PodFailurePolicy", rule);
        }

        int limit = job.Spec.BackoffLimit ?? 6;
        if (counts.Failed > limit || RestartsTooOften(job, active, limit))
        {
            return new JobEnd(true, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }

        if (job.Spec.ActiveDeadlineSeconds is { } seconds && job.Spec.Suspend != true && start is { } began && now - began >= TimeSpan.FromSeconds(seconds))
        {
            return new JobEnd(true, "DeadlineExceeded", "Job was active longer than specified deadline");
        }

        if (job.Spec.BackoffLimitPerIndex is null)
        {
            return null;
        }

        return job.Spec.MaxFailedIndexes is { } most && counts.FailedIndexes.Count > most
                ? new JobEnd(true, "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes")
            : counts.FailedIndexes.Count > 0 && counts.FailedIndexes.Count + counts.SucceededIndexes.Count >= (job.Spec.Completions ?? 0)
                ? new JobEnd(true, "FailedIndexes", "Job has failed indexes")
            : null;
    }

    private static JobEnd? Success(Job job, JobCounts counts, Pod[] active)
    {
        if (MatchedRule(job, counts) is { } matched)
        {
            return new JobEnd(false, "SuccessPolicy", string.Create(CultureInfo.InvariantCulture, $"Matched rules at index {matched}"));
        }

        bool isComplete = job.Spec.Completions is { } completions
            ? counts.Succeeded >= completions && job.Spec.Suspend != true
            : counts.Succeeded > 0 && active.Length == 0;
        return isComplete ? new JobEnd(false, "CompletionsReached", "Reached expected number of succeeded pods") : null;
    }

    private static int? MatchedRule(Job job, JobCounts counts)
    {
        for (int i = 0; i < (job.Spec.SuccessPolicy?.Rules.Count ?? 0); i++)
        {
            SuccessPolicyRule rule = job.Spec.SuccessPolicy!.Rules[i];
            SortedSet<int>? named = rule.SucceededIndexes is { } text ? IndexSet.Parse(text, job.Spec.Completions ?? 0) : null;
            int met = named is null ? counts.SucceededIndexes.Count : counts.SucceededIndexes.Count(named.Contains);
            if (rule.SucceededCount is { } least ? met >= least : named is not null && met == named.Count)
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>Containers that are started again in their pods (restartPolicy OnFailure) count by their restarts.</summary>
    private static bool RestartsTooOften(Job job, Pod[] active, int limit)
    {
        if (job.Spec.Template.Spec.RestartPolicy != "OnFailure")
        {
            return false;
        }

        int restarts = active.Sum(pod => (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []).Sum(container => container.RestartCount));
        return limit == 0 ? restarts > 0 : restarts >= limit;
    }
}
