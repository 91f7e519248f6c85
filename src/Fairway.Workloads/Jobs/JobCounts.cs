using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Jobs;

/// <summary>
/// Counts a job's pods so that each is counted once, whenever the controller is stopped: 1. its uid is written into the status as
/// uncounted; 2. its finalizer goes; 3. the number grows and the uid goes, in one write. Successes of indexed jobs need no uids,
/// because the indexes themselves are remembered.
/// </summary>
internal sealed class JobCounts
{
    private readonly Job _job;
    private readonly List<Pod> _release = [];

    public JobCounts(Job job, IReadOnlyList<Pod> pods)
    {
        _job = job;
        JobStatus before = job.Status ?? new JobStatus();
        bool isIndexed = job.Spec.CompletionMode == "Indexed";
        int limit = job.Spec.Completions ?? 0;
        SucceededIndexes = isIndexed ? IndexSet.Parse(before.CompletedIndexes, limit) : [];
        FailedIndexes = job.Spec.BackoffLimitPerIndex is not null ? IndexSet.Parse(before.FailedIndexes, limit) : [];
        var byUid = pods.ToDictionary(pod => pod.Metadata.Uid!, StringComparer.Ordinal);
        var succeeded = new HashSet<string>(before.UncountedTerminatedPods?.Succeeded ?? [], StringComparer.Ordinal);
        var failed = new HashSet<string>(before.UncountedTerminatedPods?.Failed ?? [], StringComparer.Ordinal);

        // 1. What lost its finalizer since is counted for good.
        CountedSucceeded = (before.Succeeded ?? 0) + Settle(succeeded, byUid);
        CountedFailed = (before.Failed ?? 0) + Settle(failed, byUid);

        // 2. What has ended since is counted next.
        HashSet<string> kept = job.Metadata.DeletionTimestamp is null ? KeptForTheirIndex(pods, limit) : [];
        foreach (Pod pod in pods.Where(pod => pod.IsTracked() && !kept.Contains(pod.Metadata.Uid!)).OrderBy(pod => pod.Metadata.Uid, StringComparer.Ordinal))
        {
            Count(pod, isIndexed, limit, succeeded, failed);
        }

        UncountedSucceeded = succeeded;
        UncountedFailed = failed;
        Succeeded = isIndexed ? SucceededIndexes.Count : CountedSucceeded + succeeded.Count;
        Failed = CountedFailed + failed.Count;
        if (isIndexed)
        {
            CountedSucceeded = SucceededIndexes.Count;
        }
    }

    /// <summary>Counted and still to be counted.</summary>
    public int Succeeded { get; }

    public int Failed { get; }

    public int CountedSucceeded { get; }

    public int CountedFailed { get; }

    public HashSet<string> UncountedSucceeded { get; }

    public HashSet<string> UncountedFailed { get; }

    public SortedSet<int> SucceededIndexes { get; }

    public SortedSet<int> FailedIndexes { get; }

    /// <summary>The failure that ends the whole job by its podFailurePolicy.</summary>
    public string? FailJob { get; private set; }

    /// <summary>Pods whose finalizer can go once the status is written.</summary>
    public IReadOnlyList<Pod> Release => _release;

    /// <summary>
    /// The job ends: pods that are still there are let go at once. Where it failed they count as failed; where it succeeded without
    /// them they count as nothing.
    /// </summary>
    public Pod[] CountRest(IReadOnlyList<Pod> pods, bool hasFailed)
    {
        Pod[] rest = [.. pods.Where(pod => pod.IsTracked() && !_release.Contains(pod))];
        foreach (Pod pod in rest.Where(pod => !JobPods.HasSucceeded(pod) && (hasFailed || JobPods.HasFailed(_job, pod))))
        {
            bool isMeant = _job.Spec.CompletionMode != "Indexed" || JobPods.IndexOf(pod) < (_job.Spec.Completions ?? 0);
            if (isMeant && PodFailureRules.Judge(_job.Spec.PodFailurePolicy, pod).Action != "Ignore")
            {
                UncountedFailed.Add(pod.Metadata.Uid!);
            }
        }

        return rest;
    }

    /// <summary>
    /// Where indexes have limits of their own, the last failed pod of an index stays until there is another: how often the index
    /// failed is written on its pods only.
    /// </summary>
    private HashSet<string> KeptForTheirIndex(IReadOnlyList<Pod> pods, int limit)
    {
        if (_job.Spec.BackoffLimitPerIndex is not { } most)
        {
            return [];
        }

        var active = pods.Where(pod => pod.IsActive()).Select(JobPods.IndexOf).ToHashSet();
        var done = pods.Where(JobPods.HasSucceeded).Select(JobPods.IndexOf).ToHashSet();
        return
        [
            .. pods.Where(pod => pod.IsTracked() && JobPods.HasFailed(_job, pod))
                .GroupBy(JobPods.IndexOf)
                .Where(index => index.Key is { } number && number < limit && !active.Contains(number) && !done.Contains(number)
                    && !SucceededIndexes.Contains(number) && !FailedIndexes.Contains(number)
                    && !index.Any(pod => EndsIndex(pod, most)))
                .Select(index => index.MaxBy(JobPods.FailuresBefore)!.Metadata.Uid!),
        ];
    }

    private bool EndsIndex(Pod pod, int most)
        => PodFailureRules.Judge(_job.Spec.PodFailurePolicy, pod).Action is var action
            && (action == "FailIndex" || (action == "Count" && JobPods.FailuresBefore(pod) >= most));

    private static int Settle(HashSet<string> uncounted, Dictionary<string, Pod> pods)
        => uncounted.RemoveWhere(uid => !pods.TryGetValue(uid, out Pod? pod) || !pod.IsTracked());

    private void Count(Pod pod, bool isIndexed, int limit, HashSet<string> succeeded, HashSet<string> failed)
    {
        string uid = pod.Metadata.Uid!;
        if (succeeded.Contains(uid) || failed.Contains(uid))
        {
            _release.Add(pod);
        }
        else if (JobPods.HasSucceeded(pod))
        {
            CountSuccess(pod, isIndexed, limit, succeeded);
        }
        else if (JobPods.HasFailed(_job, pod))
        {
            CountFailure(pod, limit, failed);
        }
    }

    private void CountSuccess(Pod pod, bool isIndexed, int limit, HashSet<string> succeeded)
    {
        if (!isIndexed)
        {
            succeeded.Add(pod.Metadata.Uid!);
        }
        else if (JobPods.IndexOf(pod) is { } index && index < limit)
        {
            SucceededIndexes.Add(index);
        }

        _release.Add(pod);
    }

    private void CountFailure(Pod pod, int limit, HashSet<string> failed)
    {
        FailureVerdict verdict = pod.Status?.Phase == "Failed" ? PodFailureRules.Judge(_job.Spec.PodFailurePolicy, pod) : FailureVerdict.Count;
        _release.Add(pod);
        if (verdict.Action == "FailJob")
        {
            FailJob ??= verdict.Message;
        }

        if (verdict.Action == "Ignore")
        {
            return;
        }

        failed.Add(pod.Metadata.Uid!);
        bool isTooOften = _job.Spec.BackoffLimitPerIndex is { } most && JobPods.FailuresBefore(pod) >= most;
        if (JobPods.IndexOf(pod) is { } index && index < limit && _job.Spec.BackoffLimitPerIndex is not null
            && (isTooOften || verdict.Action == "FailIndex") && !SucceededIndexes.Contains(index))
        {
            FailedIndexes.Add(index);
        }
    }
}
