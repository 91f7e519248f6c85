namespace Fairway.Storage;

/// <summary>
/// The types of facts and the members of their data. Times in data are RFC 3339 in UTC. Members named here are what readers
/// (the four keys, the portal) rely on; writers may add more.
/// </summary>
public static class FactTypes
{
    /// <summary>Someone asked for a waiver. Subject: the Waiver, as in all <c>waiver.*</c>. Data: <c>policy</c>, <c>owner</c>, <c>reason</c>, <c>expiresAt</c>.</summary>
    public const string WaiverRequested = "waiver.requested";

    /// <summary>Another person approved it. Data: see <see cref="WaiverRequested"/>; <c>comment</c>.</summary>
    public const string WaiverApproved = "waiver.approved";

    /// <summary>It was refused, or ended early. Data: see <see cref="WaiverRequested"/>; <c>comment</c>.</summary>
    public const string WaiverRejected = "waiver.rejected";

    /// <summary>Its time is over. Data: see <see cref="WaiverRequested"/>; <c>ageDays</c>.</summary>
    public const string WaiverExpired = "waiver.expired";

    /// <summary>It covered a violation for the first time. Data: <c>policy</c>, <c>rule</c>, <c>object</c>, <c>cluster</c>, <c>message</c>.</summary>
    public const string WaiverUsed = "waiver.used";

    /// <summary>A push changed a branch or tag. Data: <c>repository</c>, <c>ref</c>, <c>old</c>, <c>sha</c>, <c>message</c>.</summary>
    public const string PushReceived = "push.received";

    /// <summary>A pipeline run began. Subject: the PipelineRun. Data: <c>workflow</c>, <c>ref</c>, <c>sha</c>.</summary>
    public const string RunStarted = "run.started";

    /// <summary>A pipeline run ended. Data: <c>workflow</c>, <c>sha</c>, <c>conclusion</c> (success, failure, cancelled), <c>seconds</c>.</summary>
    public const string RunFinished = "run.finished";

    /// <summary>A release was recorded. Data: <c>version</c>, <c>number</c>, <c>sha</c>, <c>commitTime</c>, <c>run</c>, <c>images</c> (name to digest).</summary>
    public const string ReleaseCreated = "release.created";

    /// <summary>A release was asked into an environment. Subject: the Promotion, as in all <c>promotion.*</c>. Data: see <see cref="PromotionSucceeded"/>.</summary>
    public const string PromotionRequested = "promotion.requested";

    /// <summary>Someone let a promotion pass its gate. Data: <c>comment</c>.</summary>
    public const string PromotionApproved = "promotion.approved";

    /// <summary>The desired state is being written: from here the environment changes. Data: see <see cref="PromotionSucceeded"/>.</summary>
    public const string PromotionStarted = "promotion.started";

    /// <summary>
    /// The release runs in the environment, healthy. Data, as in all <c>promotion.*</c>: <c>version</c>, <c>sha</c>,
    /// <c>commitTime</c>, <c>production</c> (bool: whether users are served there), <c>previousRelease</c>, <c>revision</c> (of the
    /// environment branch), <c>message</c>.
    /// </summary>
    public const string PromotionSucceeded = "promotion.succeeded";

    /// <summary>The release could not be brought to run healthy. Data: see <see cref="PromotionSucceeded"/>.</summary>
    public const string PromotionFailed = "promotion.failed";

    /// <summary>A person or an analysis stopped it. Data: see <see cref="PromotionSucceeded"/>; <c>reason</c>.</summary>
    public const string PromotionAborted = "promotion.aborted";

    /// <summary>A newer release took its place. Data: see <see cref="PromotionSucceeded"/>; <c>by</c>, the newer Promotion.</summary>
    public const string PromotionSuperseded = "promotion.superseded";

    /// <summary>A canary began to take traffic. Subject: the Rollout, as in all <c>rollout.*</c>. Data: <c>production</c>, <c>stableRelease</c>.</summary>
    public const string RolloutStarted = "rollout.started";

    /// <summary>A step of the canary was taken. Data: <c>step</c> (0-based), <c>weight</c> (percent of traffic on the new version), <c>production</c>.</summary>
    public const string RolloutStep = "rollout.step";

    /// <summary>An analysis gave its verdict. Data: <c>analysisRun</c>, <c>phase</c>, <c>message</c>, <c>production</c>.</summary>
    public const string RolloutAnalysis = "rollout.analysis";

    /// <summary>The new version took all traffic and became the stable one. Data: <c>production</c>, <c>seconds</c>.</summary>
    public const string RolloutSucceeded = "rollout.succeeded";

    /// <summary>Traffic went back to the stable version. Data: <c>production</c>, <c>stableRelease</c>, <c>reason</c>, <c>seconds</c>.</summary>
    public const string RolloutAborted = "rollout.aborted";

    /// <summary>
    /// The environment branch was pinned to the last good release, which is the fact's release. Data: <c>failedRelease</c>,
    /// <c>revision</c> (the commit), <c>production</c>.
    /// </summary>
    public const string RollbackCommitted = "rollback.committed";

    /// <summary>The branch's state was applied to the cluster. Data: <c>revision</c>, <c>applied</c>, <c>pruned</c> (counts).</summary>
    public const string SyncApplied = "sync.applied";

    /// <summary>Someone had changed what git describes, and it was put back. Data: <c>objects</c> (list of kind/namespace/name).</summary>
    public const string DriftHealed = "drift.healed";
}
