using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;

namespace Fairway.Workloads.Jobs;

/// <summary>Runs jobs to their end and counts their pods.</summary>
internal sealed class JobReconciler
{
    private readonly IClusterApi _api;
    private readonly Informer<Job> _jobs;
    private readonly Informer<Pod> _allPods;
    private readonly PodCandidates _candidates;
    private readonly ObjectIndex<Pod> _tracked;
    private readonly PodWriter _pods;
    private readonly OwnWrites<Job> _writes;
    private readonly EventRecorder _events;
    private readonly TimeProvider _time;

    public JobReconciler(IClusterApi api, InformerSet informers, PodCandidates candidates, EventRecorder events, TimeProvider time)
    {
        _api = api;
        _jobs = informers.Of<Job>();
        Informer<Pod> pods = informers.Of<Pod>();
        _allPods = pods;
        _candidates = candidates;
        _tracked = pods.AddIndex(pod => pod.IsTracked() && pod.Metadata.Controller() is { Kind: "Job" } job ? [$"{pod.Metadata.Namespace}/{job.Name}"] : []);
        _pods = new PodWriter(api, pods, events, time);
        _writes = new OwnWrites<Job>(api, _jobs, time);
        _events = events;
        _time = time;
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_jobs.Get(key) is not { } shown)
        {
            // Nobody counts any more: the pods are let go.
            await ReleaseAsync([.. _tracked.Find($"{key.Namespace}/{key.Name}")], cancellation);
            return ReconcileResult.Done;
        }

        // Counting on what one wrote oneself and not on an older state is what keeps the numbers right.
        Job job = (await _writes.OverAsync([shown], _ => false, cancellation))[0];
        if (job.Spec.ManagedBy is { Length: > 0 } manager && manager != "kubernetes.io/job-controller")
        {
            return ReconcileResult.Done;
        }

        Claims<Pod> claims = Claims<Pod>.Of(job, job.Spec.Selector ?? new(), _candidates.Of(job.Metadata.Uid, key.Namespace));
        IReadOnlyList<Pod> owned = await Claiming.WriteAsync(_api, job, claims, cancellation);
        IReadOnlyList<Pod> pods = await _pods.NewestAsync(owned, job, cancellation);
        JobDecision decision = JobPlanner.Plan(new JobObservation
        {
            Job = job,
            Pods = [.. pods.Select(pod => _pods.IsDeleted(pod) && pod.Metadata.DeletionTimestamp is null ? pod with { Metadata = pod.Metadata with { DeletionTimestamp = _time.GetUtcNow() } } : pod)],
            Now = _time.GetUtcNow(),
        });
        await ActAsync(job, decision, cancellation);
        return new ReconcileResult(decision.RequeueAfter ?? (_pods.IsBehind ? OwnWrites<Pod>.Patience : null));
    }

    /// <summary>Lets a pod go that a job counted and that no job owns any more, as when a job was deleted without its pods.</summary>
    public async Task<ReconcileResult> ReleaseOrphanAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_allPods.Get(key) is { } pod && pod.IsTracked() && pod.Metadata.Controller() is null)
        {
            await ReleaseAsync(pod, cancellation);
        }

        return ReconcileResult.Done;
    }

    private async Task ActAsync(Job job, JobDecision decision, CancellationToken cancellation)
    {
        // 1. What is counted is written before the pods are let go.
        Job written = await _api.WriteStatusAsync(job, job with { Status = decision.Status }, cancellation);
        if (!ReferenceEquals(written, job))
        {
            _writes.Wrote(written);
        }

        foreach ((string type, string reason, string message) in decision.Events)
        {
            if (type == "Warning")
            {
                _events.Warning(job, reason, message);
            }
            else
            {
                _events.Normal(job, reason, message);
            }
        }

        await ReleaseAsync(decision.Release, cancellation);

        // 2. Pods.
        await ReleaseAsync(decision.Withdraw, cancellation);
        await Task.WhenAll(decision.Withdraw.Select(pod => _pods.DeleteAsync(job, pod, cancellation)));
        await Task.WhenAll(decision.Delete.Select(pod => _pods.DeleteAsync(job, pod, cancellation)));
        try
        {
            await _pods.CreateAllAsync(job, [.. decision.Create.Select(pod => JobPods.New(job, pod.Index, pod.Failures))], cancellation);
        }
        catch (StatusException refused) when (PodWriter.IsNamespaceGoing(refused))
        {
            // The job goes with it.
        }

        // 3. The job itself, when its time is over.
        if (decision.Expired)
        {
            await _api.DeleteAsync(job, cancellation, new DeleteOptions { PropagationPolicy = "Foreground", PreconditionUid = job.Metadata.Uid });
        }
    }

    private Task ReleaseAsync(IReadOnlyList<Pod> pods, CancellationToken cancellation)
        => Task.WhenAll(pods.Where(JobPods.IsTracked).Select(pod => ReleaseAsync(pod, cancellation)));

    private async Task ReleaseAsync(Pod pod, CancellationToken cancellation)
    {
        string[] left = [.. (pod.Metadata.Finalizers ?? []).Where(name => name != JobPods.Finalizer)];
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = pod.Metadata.Uid,
                ["finalizers"] = left.Length > 0 ? new JsonArray([.. left.Select(name => (JsonNode)name)]) : null,
            },
        };
        try
        {
            Document written = await _api.PatchAsync(
                KindOf<Pod>.Type, pod.Metadata.Namespace, pod.Metadata.Name, new PatchBody(PatchKind.Merge, patch), WriteOptions.Default, cancellation);
            if (pod.Metadata.DeletionTimestamp is null)
            {
                _pods.Wrote(written.As<Pod>());
            }
        }
        catch (StatusException refused) when (refused.IsNotFound || refused.IsConflict)
        {
            // Gone, or another pod of that name: there is nothing to let go.
        }
    }
}
