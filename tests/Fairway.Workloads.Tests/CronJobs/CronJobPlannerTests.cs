using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.CronJobs;

namespace Fairway.Workloads.Tests.CronJobs;

public sealed class CronJobPlannerTests
{
    [Theory]
    [InlineData("*/15 * * * *", "UTC", "2026-03-01T12:00:00Z", "2026-03-01T12:15:00Z")]
    [InlineData("0 0 * * *", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")]
    [InlineData("5/20 * * * *", "UTC", "2026-03-01T12:06:00Z", "2026-03-01T12:25:00Z")]
    [InlineData("0 9-17/4 * * mon-fri", "UTC", "2026-03-06T17:00:00Z", "2026-03-09T09:00:00Z")]
    [InlineData("0 0 13 * fri", "UTC", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z")] // both days: either
    [InlineData("0 0 29 2 *", "UTC", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("@hourly", "UTC", "2026-03-01T12:34:56Z", "2026-03-01T13:00:00Z")]
    [InlineData("@weekly", "UTC", "2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("@every 90m", "UTC", "2026-03-01T12:00:00Z", "2026-03-01T13:30:00Z")]
    [InlineData("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-09T06:30:00Z")] // the 8th has no half past two
    [InlineData("30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z")] // it happens twice
    [InlineData("0 8 * * *", "Asia/Kolkata", "2026-03-01T00:00:00Z", "2026-03-01T02:30:00Z")]
    public void Schedule_Next_IsAsWritten(string schedule, string zone, string after, string expected)
        => CronSchedule.Parse(schedule).Next(At(after), TimeZoneInfo.FindSystemTimeZoneById(zone)).ShouldBe(At(expected));

    [Theory]
    [InlineData("* * * *", "exactly 5 fields")]
    [InlineData("60 * * * *", "above maximum (59)")]
    [InlineData("* * * * 7", "above maximum (6)")]
    [InlineData("*/0 * * * *", "positive number")]
    [InlineData("5-1 * * * *", "beyond end of range")]
    [InlineData("@sometimes", "unrecognized descriptor")]
    [InlineData("@every soon", "duration")]
    [InlineData("a * * * *", "failed to parse int")]
    public void Schedule_ThatIsNone_SaysWhy(string schedule, string why) => CronSchedule.Problem(schedule)!.ShouldContain(why);

    [Fact]
    public void Schedule_ThatNeverComes_HasNoNext() => CronSchedule.Parse("0 0 30 2 *").Next(Sample.Noon, TimeZoneInfo.Utc).ShouldBeNull();

    [Fact]
    public void Due_CreatesOneJobForTheLastTime()
    {
        CronJobDecision decision = Plan(CronJob() with { Status = new CronJobStatus { LastScheduleTime = Sample.Noon.AddMinutes(-10) } });
        decision.CreateFor.ShouldBe(Sample.Noon);
        Plan(CronJob() with { Status = new CronJobStatus { LastScheduleTime = Sample.Noon } }).CreateFor.ShouldBeNull();
    }

    [Fact]
    public void ManyMissedTimes_AreToldOf_AndTheLastIsMadeUpFor()
    {
        CronJobDecision decision = Plan(CronJob() with { Status = new CronJobStatus { LastScheduleTime = Sample.Noon.AddDays(-3) } });
        decision.CreateFor.ShouldBe(Sample.Noon);
        decision.Events.ShouldContain(each => each.Reason == "TooManyMissedTimes");
    }

    [Fact]
    public void TooLate_IsMissed()
    {
        CronJob cronJob = CronJob(schedule: "0 11 * * *");
        CronJobDecision decision = Plan(cronJob with { Spec = cronJob.Spec with { StartingDeadlineSeconds = 60 }, Status = new CronJobStatus { LastScheduleTime = Sample.Noon.AddDays(-1) } });
        decision.CreateFor.ShouldBeNull();
        decision.RequeueAfter!.Value.TotalHours.ShouldBe(23, 0.01);
    }

    [Theory]
    [InlineData("Allow", true, 0)]
    [InlineData("Forbid", false, 0)]
    [InlineData("Replace", true, 1)]
    public void RunningJob_IsTreatedByThePolicy(string policy, bool created, int deleted)
    {
        CronJob cronJob = CronJob();
        cronJob = cronJob with
        {
            Spec = cronJob.Spec with { ConcurrencyPolicy = policy },
            Status = new CronJobStatus { LastScheduleTime = Sample.Noon.AddMinutes(-1), Active = [new ObjectReference { Name = "cj-1", Uid = "u1" }] },
        };
        CronJobDecision decision = Plan(cronJob, JobOf("cj-1", "u1", null));
        (decision.CreateFor is not null, decision.Delete.Count).ShouldBe((created, deleted));
    }

    [Fact]
    public void History_KeepsTheNewest()
    {
        Job[] jobs = [.. Enumerable.Range(1, 5).Select(number => JobOf($"cj-{number}", $"u{number}", "Complete", number)), JobOf("bad-1", "b1", "Failed", 1), JobOf("bad-2", "b2", "Failed", 2)];
        Plan(CronJob() with { Status = new CronJobStatus { LastScheduleTime = Sample.Noon } }, jobs).Delete.Select(job => job.Metadata.Name).ShouldBe(["cj-1", "cj-2", "bad-1"]);
    }

    [Fact]
    public void Suspended_CreatesNothing()
    {
        CronJob cronJob = CronJob();
        Plan(cronJob with { Spec = cronJob.Spec with { Suspend = true } }).CreateFor.ShouldBeNull();
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static CronJob CronJob(string schedule = "* * * * *") => new()
    {
        Metadata = new ObjectMeta { Name = "cj", Namespace = "shop", Uid = "cron", CreationTimestamp = Sample.Noon.AddDays(-30) },
        Spec = new CronJobSpec
        {
            Schedule = schedule,
            ConcurrencyPolicy = "Allow",
            SuccessfulJobsHistoryLimit = 3,
            FailedJobsHistoryLimit = 1,
            JobTemplate = new JobTemplateSpec { Spec = new JobSpec { Template = Sample.Template("x") } },
        },
    };

    private static Job JobOf(string name, string uid, string? condition, int minute = 0) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "shop", Uid = uid },
        Spec = new JobSpec { Template = Sample.Template("x") },
        Status = new JobStatus { StartTime = Sample.Noon.AddMinutes(minute - 60), Conditions = condition is null ? null : [new JobCondition { Type = condition, Status = "True" }] },
    };

    private static CronJobDecision Plan(CronJob cronJob, params Job[] jobs) => CronJobPlanner.Plan(new CronJobObservation
    {
        CronJob = cronJob,
        Jobs = jobs,
        Schedule = CronSchedule.Parse(cronJob.Spec.Schedule),
        Zone = TimeZoneInfo.Utc,
        Now = Sample.Noon.AddSeconds(2),
    });
}
