using Fairway.Resources;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Jobs;

namespace Fairway.Workloads.Tests.Jobs;

public sealed class JobPlannerTests
{
    [Theory]
    [InlineData("1,3-5,9", 8, "1,3-5")]
    [InlineData("0-2", 10, "0-2")]
    [InlineData("0,1", 10, "0,1")]
    [InlineData("", 10, "")]
    [InlineData("7,x,2-1", 10, "7")]
    public void IndexSet_ReadsAndWritesRuns(string text, int limit, string expected) => IndexSet.Format(IndexSet.Parse(text, limit)).ShouldBe(expected);

    [Fact]
    public void Job_RunsToItsEnd_CountingEveryPodOnce()
    {
        var world = new JobWorld(Job(completions: 3, parallelism: 2));
        world.Settle();
        world.Active.ShouldBe(2);
        world.End("Succeeded");
        world.Settle();
        (world.Status.Succeeded, world.Active).ShouldBe((1, 2));
        world.End("Succeeded");
        world.End("Succeeded");
        world.Settle();
        world.Status.Succeeded.ShouldBe(3);
        world.Condition("SuccessCriteriaMet").ShouldBe("True/CompletionsReached");
        world.Condition("Complete").ShouldBe("True/CompletionsReached");
        world.Status.CompletionTime.ShouldNotBeNull();
        world.Pods.ShouldAllBe(pod => !pod.IsTracked());
    }

    [Fact]
    public void Failures_BeyondTheLimit_EndTheJob()
    {
        var world = new JobWorld(Job(completions: 1, parallelism: 1, backoff: 1));
        world.Settle();
        world.End("Failed");
        world.Settle();
        world.Active.ShouldBe(0); // it waits ten seconds
        world.Now += TimeSpan.FromSeconds(11);
        world.Settle();
        world.Active.ShouldBe(1);
        world.End("Failed");
        world.Settle();
        world.Condition("FailureTarget").ShouldBe("True/BackoffLimitExceeded");
        world.Condition("Failed").ShouldBe("True/BackoffLimitExceeded");
        world.Status.Failed.ShouldBe(2);
    }

    [Fact]
    public void Deadline_EndsTheJobAndItsPods()
    {
        Job job = Job(completions: 1, parallelism: 1);
        var world = new JobWorld(job with { Spec = job.Spec with { ActiveDeadlineSeconds = 5 } });
        world.Settle();
        world.Now += TimeSpan.FromSeconds(6);
        world.Step();
        world.Condition("FailureTarget").ShouldBe("True/DeadlineExceeded");
        world.Condition("Failed").ShouldBeNull(); // not before the pod is gone
        world.Settle();
        world.Condition("Failed").ShouldBe("True/DeadlineExceeded");
    }

    [Fact]
    public void Suspended_HasNoPods_AndResumesWithANewStart()
    {
        Job job = Job(completions: 1, parallelism: 1);
        var world = new JobWorld(job with { Spec = job.Spec with { Suspend = true } });
        world.Settle();
        (world.Active, world.Condition("Suspended"), world.Status.StartTime).ShouldBe((0, "True/JobSuspended", null));
        world.Change(spec => spec with { Suspend = false });
        world.Now += TimeSpan.FromMinutes(1);
        world.Settle();
        (world.Active, world.Condition("Suspended"), world.Status.StartTime).ShouldBe((1, "False/JobResumed", world.Now));
        world.Change(spec => spec with { Suspend = true });
        world.Settle();
        (world.Active, world.Status.Failed).ShouldBe((0, null)); // withdrawn pods did not fail
    }

    [Fact]
    public void Indexed_GivesEachIndexItsPod_AndRemembersWhichSucceeded()
    {
        Job job = Job(completions: 4, parallelism: 2);
        var world = new JobWorld(job with { Spec = job.Spec with { CompletionMode = "Indexed" } });
        world.Settle();
        world.Pods.Select(JobPods.IndexOf).ShouldBe([0, 1]);
        world.End("Succeeded");
        world.End("Succeeded");
        world.Settle();
        world.Status.CompletedIndexes.ShouldBe("0,1");
        world.Pods.Where(pod => pod.IsActive()).Select(JobPods.IndexOf).ShouldBe([2, 3]);
        world.End("Succeeded");
        world.End("Succeeded");
        world.Settle();
        world.Status.CompletedIndexes.ShouldBe("0-3");
        world.Condition("Complete").ShouldBe("True/CompletionsReached");
    }

    [Fact]
    public void BackoffLimitPerIndex_FailsIndexesOneByOne()
    {
        Job job = Job(completions: 2, parallelism: 2, backoff: int.MaxValue);
        var world = new JobWorld(job with { Spec = job.Spec with { CompletionMode = "Indexed", BackoffLimitPerIndex = 0 } });
        world.Settle();
        world.End("Failed");
        world.Settle();
        world.Status.FailedIndexes.ShouldBe("0");
        world.End("Succeeded");
        world.Settle();
        world.Condition("Failed").ShouldBe("True/FailedIndexes");
        world.Status.CompletedIndexes.ShouldBe("1");
    }

    [Fact]
    public void SuccessPolicy_EndsTheJobEarly()
    {
        Job job = Job(completions: 3, parallelism: 3);
        var world = new JobWorld(job with
        {
            Spec = job.Spec with { CompletionMode = "Indexed", SuccessPolicy = new SuccessPolicy { Rules = [new SuccessPolicyRule { SucceededIndexes = "0" }] } },
        });
        world.Settle();
        world.End("Succeeded");
        world.Settle();
        world.Condition("SuccessCriteriaMet").ShouldBe("True/SuccessPolicy");
        world.Condition("Complete").ShouldBe("True/SuccessPolicy");
        world.Active.ShouldBe(0);
    }

    [Fact]
    public void SuccessPolicy_PodsThatAreNoLongerNeeded_CountAsNothing()
    {
        Job job = Job(completions: 3, parallelism: 3);
        var world = new JobWorld(job with
        {
            Spec = job.Spec with { CompletionMode = "Indexed", SuccessPolicy = new SuccessPolicy { Rules = [new SuccessPolicyRule { SucceededCount = 1 }] } },
        });
        world.Settle();
        world.End("Succeeded");
        world.Settle();
        (world.Status.Succeeded, world.Status.Failed, world.Condition("Complete")).ShouldBe((1, null, "True/SuccessPolicy"));
        world.Pods.ShouldAllBe(pod => !pod.IsTracked());
    }

    [Fact]
    public void FailedJob_PodsThatStillRan_CountAsFailedButTheirIndexesDoNot()
    {
        Job job = Job(completions: 3, parallelism: 3, backoff: int.MaxValue);
        var world = new JobWorld(job with { Spec = job.Spec with { CompletionMode = "Indexed", BackoffLimitPerIndex = 0, MaxFailedIndexes = 0 } });
        world.Settle();
        world.End("Failed");
        world.Settle();
        (world.Condition("Failed"), world.Status.Failed, world.Status.FailedIndexes).ShouldBe(("True/MaxFailedIndexesExceeded", 3, "0"));
    }

    [Fact]
    public void FailedPodOfAnIndex_IsKeptAndNotCountedUntilThereIsAnother()
    {
        Job job = Job(completions: 2, parallelism: 2, backoff: int.MaxValue);
        var world = new JobWorld(job with { Spec = job.Spec with { CompletionMode = "Indexed", BackoffLimitPerIndex = 2 } });
        world.Settle();
        world.End("Failed");
        world.Settle();
        Pod failed = world.Pods.Single(pod => pod.HasEnded());
        (world.Status.Failed, failed.IsTracked()).ShouldBe((null, true));
        world.Now += TimeSpan.FromSeconds(11);
        world.Settle();
        (world.Status.Failed, world.Active).ShouldBe((1, 2));
        world.Pods.Where(pod => pod.IsActive()).Select(JobPods.FailuresBefore).ShouldBe([0, 1], ignoreOrder: true);
    }

    [Fact]
    public void IgnoredFailure_IsReplacedAtOnce()
    {
        Job job = Job(completions: 1, parallelism: 1);
        var rule = new PodFailurePolicyRule { Action = "Ignore", OnExitCodes = new PodFailurePolicyOnExitCodesRequirement { Operator = "In", Values = [42] } };
        var world = new JobWorld(job with { Spec = job.Spec with { PodFailurePolicy = new PodFailurePolicy { Rules = [rule] } } });
        world.Settle();
        world.End("Failed", 42);
        world.Settle();
        (world.Active, world.Status.Failed).ShouldBe((1, null));
    }

    [Theory]
    [InlineData("FailJob", 42, "True/PodFailurePolicy", 1)]
    [InlineData("Ignore", 42, null, null)]
    [InlineData("Count", 42, null, 1)]
    [InlineData("FailJob", 7, null, 1)]
    public void PodFailurePolicy_DecidesByExitCode(string action, int code, string? failed, int? counted)
    {
        Job job = Job(completions: 1, parallelism: 1);
        var rule = new PodFailurePolicyRule { Action = action, OnExitCodes = new PodFailurePolicyOnExitCodesRequirement { Operator = "In", Values = [42] } };
        var world = new JobWorld(job with { Spec = job.Spec with { PodFailurePolicy = new PodFailurePolicy { Rules = [rule] } } });
        world.Settle();
        world.End("Failed", code);
        world.Settle();
        (world.Condition("Failed"), world.Status.Failed).ShouldBe((failed, counted));
    }

    [Fact]
    public void Finished_IsDeletedWhenItsTimeIsOver()
    {
        Job job = Job(completions: 1, parallelism: 1);
        var world = new JobWorld(job with { Spec = job.Spec with { TtlSecondsAfterFinished = 30 } });
        world.Settle();
        world.End("Succeeded");
        world.Settle();
        world.Step().ShouldSatisfyAllConditions(decision => decision.Expired.ShouldBeFalse(), decision => decision.RequeueAfter.ShouldBe(TimeSpan.FromSeconds(30)));
        world.Now += TimeSpan.FromSeconds(30);
        world.Step().Expired.ShouldBeTrue();
    }

    private static Job Job(int completions, int parallelism, int backoff = 6) => new()
    {
        Metadata = new ObjectMeta { Name = "pi", Namespace = "shop", Uid = "job" },
        Spec = new JobSpec { Completions = completions, Parallelism = parallelism, BackoffLimit = backoff, Template = Sample.Template("pi:1") },
    };
}

/// <summary>Does what the planner says, as the reconciler, the server and a node would.</summary>
internal sealed class JobWorld(Job job)
{
    private int _made;

    public DateTimeOffset Now { get; set; } = Sample.Noon;

    public Job Job { get; private set; } = job;

    public List<Pod> Pods { get; } = [];

    public JobStatus Status => Job.Status!;

    public int Active => Pods.Count(pod => pod.IsActive());

    public string? Condition(string type) => JobConditions.Find(Job.Status, type) is { } condition ? $"{condition.Status}/{condition.Reason}" : null;

    public void Change(Func<JobSpec, JobSpec> change) => Job = Job with { Spec = change(Job.Spec) };

    public void Settle()
    {
        for (int i = 0; i < 12; i++)
        {
            Step();
        }
    }

    public JobDecision Step()
    {
        JobDecision decision = JobPlanner.Plan(new JobObservation { Job = Job, Pods = [.. Pods], Now = Now });
        Job = Job with { Status = decision.Status };
        foreach (Pod released in decision.Release.Concat(decision.Withdraw))
        {
            Replace(released, pod => pod with { Metadata = pod.Metadata with { Finalizers = null } });
        }

        foreach (Pod deleted in decision.Delete.Concat(decision.Withdraw))
        {
            Replace(deleted, pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = Now } });
        }

        // The node has ended them by now.
        Pods.RemoveAll(pod => pod.Metadata.DeletionTimestamp is not null && !pod.IsTracked());
        Pods.AddRange(decision.Create.Select(Made));
        return decision;
    }

    /// <summary>The oldest active pod ends.</summary>
    public void End(string phase, int code = 1)
        => Replace(Pods.First(pod => pod.IsActive()), pod => pod with
        {
            Status = new PodStatus
            {
                Phase = phase,
                ContainerStatuses = [new ContainerStatus { Name = "web", State = new ContainerState { Terminated = new ContainerStateTerminated { ExitCode = phase == "Failed" ? code : 0, FinishedAt = Now } } }],
            },
        });

    private Pod Made(NewJobPod wanted)
    {
        Pod pod = JobPods.New(Job, wanted.Index, wanted.Failures);
        string name = $"pod-{++_made:d3}";
        return pod with { Metadata = pod.Metadata with { Name = name, Uid = name, CreationTimestamp = Now }, Status = new PodStatus { Phase = "Running" } };
    }

    private void Replace(Pod which, Func<Pod, Pod> change)
    {
        int at = Pods.FindIndex(pod => pod.Metadata.Uid == which.Metadata.Uid);
        if (at >= 0)
        {
            Pods[at] = change(Pods[at]);
        }
    }
}
