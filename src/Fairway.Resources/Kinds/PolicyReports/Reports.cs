namespace Fairway.Resources.Kinds.PolicyReports;

/// <summary>What policies say of one object, in the shape of openreports.io. Served, never stored.</summary>
[Kind("openreports.io/v1alpha1", "reports", ShortNames = ["reps"])]
[Column("Kind", ".scope.kind")]
[Column("Name", ".scope.name")]
[Column("Pass", ".summary.pass", Type = "integer")]
[Column("Fail", ".summary.fail", Type = "integer")]
[Column("Warn", ".summary.warn", Type = "integer")]
[Column("Error", ".summary.error", Type = "integer")]
[Column("Skip", ".summary.skip", Type = "integer")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Report : IResource
{
    public string ApiVersion => "openreports.io/v1alpha1";

    public string Kind => "Report";

    public ObjectMeta Metadata { get; init; } = new();
}

/// <summary>The same for an object that belongs to no namespace.</summary>
[Kind("openreports.io/v1alpha1", "clusterreports", Namespaced = false, ShortNames = ["creps"])]
[Column("Kind", ".scope.kind")]
[Column("Name", ".scope.name")]
[Column("Pass", ".summary.pass", Type = "integer")]
[Column("Fail", ".summary.fail", Type = "integer")]
[Column("Warn", ".summary.warn", Type = "integer")]
[Column("Error", ".summary.error", Type = "integer")]
[Column("Skip", ".summary.skip", Type = "integer")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record ClusterReport : IResource
{
    public string ApiVersion => "openreports.io/v1alpha1";

    public string Kind => "ClusterReport";

    public ObjectMeta Metadata { get; init; } = new();
}

/// <summary>The same in the shape of wgpolicyk8s.io, which openreports.io came from.</summary>
[Kind("wgpolicyk8s.io/v1alpha2", "policyreports", ShortNames = ["polr"])]
[Column("Kind", ".scope.kind")]
[Column("Name", ".scope.name")]
[Column("Pass", ".summary.pass", Type = "integer")]
[Column("Fail", ".summary.fail", Type = "integer")]
[Column("Warn", ".summary.warn", Type = "integer")]
[Column("Error", ".summary.error", Type = "integer")]
[Column("Skip", ".summary.skip", Type = "integer")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record PolicyReport : IResource
{
    public string ApiVersion => "wgpolicyk8s.io/v1alpha2";

    public string Kind => "PolicyReport";

    public ObjectMeta Metadata { get; init; } = new();
}

/// <summary>The same for an object that belongs to no namespace.</summary>
[Kind("wgpolicyk8s.io/v1alpha2", "clusterpolicyreports", Namespaced = false, ShortNames = ["cpolr"])]
[Column("Kind", ".scope.kind")]
[Column("Name", ".scope.name")]
[Column("Pass", ".summary.pass", Type = "integer")]
[Column("Fail", ".summary.fail", Type = "integer")]
[Column("Warn", ".summary.warn", Type = "integer")]
[Column("Error", ".summary.error", Type = "integer")]
[Column("Skip", ".summary.skip", Type = "integer")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record ClusterPolicyReport : IResource
{
    public string ApiVersion => "wgpolicyk8s.io/v1alpha2";

    public string Kind => "ClusterPolicyReport";

    public ObjectMeta Metadata { get; init; } = new();
}
