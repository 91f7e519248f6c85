using Fairway.Delivery.Promotions;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Delivery.Tests.Promotions;

public sealed class PromotionPlannerTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly PromotionObservation Base = new()
    {
        Name = "p2",
        Spec = new PromotionSpec { Application = "shop", Environment = "prod", Release = "r2" },
        Status = new PromotionStatus(),
        Environment = new ApplicationEnvironment { Name = "prod" },
        Release = new ReleaseObservation { Application = "shop", HasManifests = true, VerifiedBeforeAt = Now.AddMinutes(-5) },
        EnvironmentBefore = "stage",
        HeadPromotion = "p1",
        HeadRevision = "c1",
        LastGood = new LastGood("r1", "c1"),
    };

    private static readonly PolicyHold Unsigned = new("release-signed", "policy release-signed, for r2 into prod: not signed", null);

    private static readonly RolloutView Rolling = new() { Phase = "Progressing" };

    public static TheoryData<string, string> Table => new()
    {
        { "new", "Writing" },
        { "no environment", "Failed: application shop has no environment prod" },
        { "no release", "Failed: there is no release r2" },
        { "other application", "Failed: release r2 is of application other, not of shop" },
        { "refused", "Failed: release r2 cannot be delivered: a.yaml:3: bad" },
        { "not rendered", "wait: the manifests of r2 for prod to be rendered" },
        { "not rendered for long", "Failed: waited 10 min for the manifests of r2 for prod to be rendered" },
        { "not verified before", "Failed: r2 has not been verified in stage, which comes before prod: promote it there first" },
        { "rollback not verified before", "Writing" },
        { "soaking", "wait: r2 to have been healthy in stage for 10m" },
        { "soaked", "Writing" },
        { "newer asked", "Superseded: superseded by p3" },
        { "aborted", "Aborted: aborted on request" },
        { "gated", "wait: a person to approve r2 for prod" },
        { "gated rollback", "Writing" },
        { "budget low", "wait: the error budget of web (most) to recover: 4 % is left, 10 % is wanted" },
        { "budget low, slow", "Writing" },
        { "budget low, rollback", "Writing" },
        { "budget low, approved", "Writing" },
        { "budget enough", "Writing" },
        { "budget unknown", "Writing" },
        { "held by a policy", "wait: policy release-signed, for r2 into prod: not signed" },
        { "held by a policy, aborted", "Aborted: aborted on request" },
        { "awaiting, approved, held by a policy", "wait: policy release-signed, for r2 into prod: not signed" },
        { "awaiting", "wait: a person to approve r2 for prod" },
        { "awaiting, approved", "Writing: approved by grace" },
        { "awaiting, newer asked", "Superseded: superseded by p3" },
        { "writing", "Commit" },
        { "writing, older under way", "wait: promotion p1 to give way" },
        { "writing, older waits", "Commit" },
        { "writing, newer waits", "Commit" },
        { "writing, newer under way", "Superseded: superseded by p3" },
        { "writing, canary impossible", "Failed: no HTTPRoute" },
        { "writing, gives up over an unproven head", "Reverting: no HTTPRoute" },
        { "written", "Syncing" },
        { "written for canary", "RollingOut" },
        { "syncing", "wait: prod to be synced to r2" },
        { "synced", "Verifying" },
        { "syncing, refused", "Reverting: spec.replicas: Invalid" },
        { "syncing too long", "Reverting: waited 10 min for prod to be synced to r2" },
        { "syncing, newer under way", "Superseded: superseded by p3" },
        { "syncing, branch moved", "Superseded: branch env/prod has moved on to p9" },
        { "syncing, aborted", "Reverting: aborted on request" },
        { "verifying", "wait: prod to be healthy with r2 (Deployment/web: 1 of 2 replicas available)" },
        { "verified", "Succeeded" },
        { "verifying, degraded", "wait: prod to recover: it is Degraded with r2" },
        { "verifying, degraded too long", "Reverting: waited 60 s for prod to recover: it is Degraded with r2" },
        { "rolling, no rollout", "StartRollout" },
        { "rolling", "wait: rollout p2: Progressing" },
        { "rolling, done", "Verifying" },
        { "rolling, failed", "Reverting: analysis failed" },
        { "rolling, newer under way", "SupersedeRollout" },
        { "rolling, newer waits", "wait: rollout p2: Progressing" },
        { "rolling, finishing, newer under way", "wait: rollout p2: Finishing" },
        { "rolling, superseded", "Superseded: superseded by p3" },
        { "rolling, aborted", "AbortRollout" },
        { "reverting", "CommitBack" },
        { "reverting, nothing to return to", "Failed: bad; there is no release before it to return to" },
        { "reverted, canary still there", "wait: rollout p2 to take its canary away" },
        { "reverted", "Failed: bad" },
        { "deleted while rolling", "AbortRollout" },
    };

    [Fact]
    public void Plan_DuringAFreeze_LooksAgainAtItsEnd_AndSaysWhenThatIs()
    {
        DateTimeOffset end = Now.AddSeconds(12);
        PromotionDecision decision = PromotionPlanner.Plan(Base with { Hold = new PolicyHold("no-change-in-freeze", "the freeze to end", end) }, Now);
        decision.Status.Phase.ShouldBe("Pending");
        decision.Status.WaitingFor!.Deadline.ShouldBe(end);
        decision.Look.ShouldBe(end);
        PromotionPlanner.Plan(Base with { Hold = new PolicyHold("no-change-in-freeze", "the freeze to end", Now.AddDays(9)) }, Now).Look.ShouldBe(Now.AddSeconds(30));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Plan_Situation_DecidesAsTheTableSays(string situation, string expected)
        => Describe(PromotionPlanner.Plan(Situation(situation), Now)).ShouldStartWith(expected);

    /// <summary>Whatever is observed, a promotion that reports success has its release on the branch, synced and healthy; and nothing waits without an object.</summary>
    [Fact]
    public void Plan_AnyObservation_NeverSucceedsWithoutProofAndNeverWaitsForNothing()
    {
        Gen<PromotionObservation> observations =
            from phase in Gen.Elements(null, "Pending", "AwaitingApproval", "Writing", "Syncing", "RollingOut", "Verifying", "Reverting")
            from head in Gen.Elements("p1", "p2", null)
            from synced in Gen.Elements("p1", "p2", null)
            from sync in Gen.Elements("Synced", "OutOfSync", "Refused", "Unknown", null)
            from health in Gen.Elements("Healthy", "Degraded", "Progressing", null)
            from rollout in Gen.Elements(null, "Pending", "Progressing", "Finishing", "Aborting", "Aborted", "Succeeded")
            from flags in Gen.Choose(0, 255)
            select Base with
            {
                Status = new PromotionStatus { Phase = phase, Outcome = phase == "Reverting" ? "Failed" : null, Rollout = rollout is null ? null : "p2" },
                HeadPromotion = head,
                HeadIsCanary = (flags & 1) != 0,
                HeadIsGood = (flags & 2) != 0,
                LastGood = (flags & 4) != 0 ? Base.LastGood : null,
                Deleting = (flags & 8) != 0,
                Newer = (flags & 16) != 0 ? [new PromotionPeer("p3", (flags & 32) != 0 ? "Writing" : "AwaitingApproval")] : [],
                Older = (flags & 64) != 0 ? [new PromotionPeer("p1", (flags & 128) != 0 ? "RollingOut" : "Pending")] : [],
                Rollout = rollout is null ? null : new RolloutView { Phase = rollout },
                Live = new EnvironmentView { SyncedPromotion = synced, Sync = sync, Health = health },
            };
        Prop.ForAll(observations.ToArbitrary(), seen =>
        {
            PromotionDecision decision = PromotionPlanner.Plan(seen, Now);
            bool succeeded = decision.Status.Phase == "Succeeded";
            bool proven = seen is { HeadPromotion: "p2", Live: { SyncedPromotion: "p2", Sync: "Synced", Health: "Healthy" } };
            bool waits = decision is { Action: PromotionAction.None, Look: null } && !PromotionPhases.HasEnded(decision.Status.Phase);
            return (!succeeded || proven) && (!waits || decision.Status.WaitingFor is not null);
        }).ShouldHold();
    }

    private static PromotionObservation Budget(double? left, string whenBelow) => Base with
    {
        Environment = Base.Environment! with { Gate = new PromotionGate { ErrorBudget = new ErrorBudgetGate { Minimum = 0.1, WhenBelow = whenBelow } } },
        Budget = left is { } remaining ? new BudgetLeft("web", "most", remaining) : null,
    };

    private static PromotionObservation Situation(string name) => name switch
    {
        "new" => Base,
        "no environment" => Base with { Environment = null },
        "no release" => Base with { Release = null },
        "other application" => Base with { Release = Base.Release! with { Application = "other" } },
        "refused" => Base with { Release = Base.Release! with { Refusal = "a.yaml:3: bad" } },
        "not rendered" => Base with { Release = Base.Release! with { HasManifests = false } },
        "not rendered for long" => Base with { Release = Base.Release! with { HasManifests = false }, Status = Waiting("Pending", "Release/r2", 11) },
        "not verified before" => Base with { Release = Base.Release! with { VerifiedBeforeAt = null } },
        "rollback not verified before" => Base with { Spec = Base.Spec with { Rollback = true }, Release = Base.Release! with { VerifiedBeforeAt = null } },
        "soaking" => Gated("Automatic", "10m"),
        "soaked" => Gated("Automatic", "5m"),
        "newer asked" => Base with { Newer = [new PromotionPeer("p3", "AwaitingApproval")] },
        "aborted" => Base with { Spec = Base.Spec with { Abort = true } },
        "gated" => Gated("Approval", null),
        "gated rollback" => Gated("Approval", null) with { Spec = Base.Spec with { Rollback = true } },
        "budget low" => Budget(0.04, "Hold"),
        "budget low, slow" => Budget(0.04, "Slow"),
        "budget low, rollback" => Budget(0.04, "Hold") with { Spec = Base.Spec with { Rollback = true } },
        "budget low, approved" => Budget(0.04, "Hold") with { Spec = Base.Spec with { Approval = new Approval { By = "grace" } } },
        "budget enough" => Budget(0.1, "Hold"),
        "budget unknown" => Budget(null, "Hold"),
        "held by a policy" => Base with { Hold = Unsigned },
        "held by a policy, aborted" => Base with { Hold = Unsigned, Spec = Base.Spec with { Abort = true } },
        "awaiting, approved, held by a policy" => At("AwaitingApproval") with { Hold = Unsigned, Spec = Base.Spec with { Approval = new Approval { By = "grace" } } },
        "awaiting" => At("AwaitingApproval"),
        "awaiting, approved" => At("AwaitingApproval") with { Spec = Base.Spec with { Approval = new Approval { By = "grace" } } },
        "awaiting, newer asked" => At("AwaitingApproval") with { Newer = [new PromotionPeer("p3", null)] },
        "writing" => At("Writing"),
        "writing, older under way" => At("Writing") with { Older = [new PromotionPeer("p1", "RollingOut")] },
        "writing, older waits" => At("Writing") with { Older = [new PromotionPeer("p1", "AwaitingApproval")] },
        "writing, newer waits" => At("Writing") with { Newer = [new PromotionPeer("p3", "AwaitingApproval")] },
        "writing, newer under way" => At("Writing") with { Newer = [new PromotionPeer("p3", "Writing")] },
        "writing, canary impossible" => At("Writing") with { CanaryRefusal = "no HTTPRoute" },
        "writing, gives up over an unproven head" => At("Writing") with { CanaryRefusal = "no HTTPRoute", HeadIsGood = false },
        "written" => At("Writing") with { HeadPromotion = "p2" },
        "written for canary" => At("Writing") with { HeadPromotion = "p2", HeadIsCanary = true },
        "syncing" => Direct("Syncing"),
        "synced" => Direct("Syncing") with { Live = new EnvironmentView { SyncedPromotion = "p2", Sync = "Synced" } },
        "syncing, refused" => Direct("Syncing") with { Live = new EnvironmentView { SyncedPromotion = "p2", Sync = "Refused", Message = "spec.replicas: Invalid" } },
        "syncing too long" => Direct("Syncing") with { Status = Waiting("Syncing", "sync", 10) },
        "syncing, newer under way" => Direct("Syncing") with { Newer = [new PromotionPeer("p3", "Writing")] },
        "syncing, branch moved" => Direct("Syncing") with { HeadPromotion = "p9" },
        "syncing, aborted" => Direct("Syncing") with { Spec = Base.Spec with { Abort = true } },
        "verifying" => Verifying("Progressing", "Deployment/web: 1 of 2 replicas available"),
        "verified" => Verifying("Healthy", null),
        "verifying, degraded" => Verifying("Degraded", "Pod web-1: CrashLoopBackOff"),
        "verifying, degraded too long" => Verifying("Degraded", null) with { Status = Waiting("Verifying", "degraded", 2) },
        "rolling, no rollout" => Canary(null),
        "rolling" => Canary(Rolling),
        "rolling, done" => Canary(Rolling with { Phase = "Succeeded" }),
        "rolling, failed" => Canary(Rolling with { Phase = "Aborting", AbortReason = "analysis failed" }),
        "rolling, newer under way" => Canary(Rolling) with { Newer = [new PromotionPeer("p3", "Writing")] },
        "rolling, newer waits" => Canary(Rolling) with { Newer = [new PromotionPeer("p3", "AwaitingApproval")] },
        "rolling, finishing, newer under way" => Canary(Rolling with { Phase = "Finishing" }) with { Newer = [new PromotionPeer("p3", "Writing")] },
        "rolling, superseded" => Canary(Rolling with { Phase = "Aborted", SupersededBy = "p3" }),
        "rolling, aborted" => Canary(Rolling) with { Spec = Base.Spec with { Abort = true } },
        "reverting" => Reverting("p2"),
        "reverting, nothing to return to" => Reverting("p2") with { LastGood = null },
        "reverted, canary still there" => Reverting(null) with { Rollout = Rolling with { Phase = "Aborting" } },
        "reverted" => Reverting(null) with { Rollout = Rolling with { Phase = "Aborted" } },
        "deleted while rolling" => Canary(Rolling) with { Deleting = true },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such situation"),
    };

    private static PromotionObservation At(string phase) => Base with { Status = new PromotionStatus { Phase = phase } };

    private static PromotionObservation Direct(string phase) => At(phase) with { HeadPromotion = "p2", HeadIsGood = false };

    private static PromotionObservation Verifying(string health, string? message)
        => Direct("Verifying") with { Live = new EnvironmentView { SyncedPromotion = "p2", Sync = "Synced", Health = health, Message = message } };

    private static PromotionObservation Canary(RolloutView? rollout)
        => Direct("RollingOut") with { Status = new PromotionStatus { Phase = "RollingOut", Rollout = "p2" }, HeadIsCanary = true, Rollout = rollout };

    private static PromotionObservation Reverting(string? head)
        => Base with { Status = new PromotionStatus { Phase = "Reverting", Outcome = "Failed", OutcomeReason = "bad" }, HeadPromotion = head };

    private static PromotionObservation Gated(string type, string? soak)
        => Base with { Environment = new ApplicationEnvironment { Name = "prod", Gate = new PromotionGate { Type = type, Soak = soak } } };

    private static PromotionStatus Waiting(string phase, string on, int minutes)
        => new() { Phase = phase, WaitingFor = new WaitingFor { What = "it", On = on, Since = Now.AddMinutes(-minutes) } };

    private static string Describe(PromotionDecision decision) => decision switch
    {
        { Action: not PromotionAction.None } => decision.Action.GetType().Name,
        { Status.WaitingFor: { } waiting } => $"wait: {waiting.What}",
        _ => $"{decision.Status.Phase}: {decision.Status.Message}",
    };
}
