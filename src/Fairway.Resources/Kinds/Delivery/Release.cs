namespace Fairway.Resources.Kinds.Delivery;

/// <summary>An immutable unit of delivery: what was built from one commit. It moves through environments; it never changes.</summary>
[Kind("fairway.dev/v1", "releases", Status = true, ShortNames = ["rel"], Categories = ["fairway"])]
[Column("Application", ".spec.application")]
[Column("Version", ".spec.version")]
[Column("Message", ".spec.commit.message")]
[Column("Phase", ".status.phase")]
[Column("Verified", ".status.verifiedIn[*].environment")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Release : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "Release";

    public ObjectMeta Metadata { get; init; } = new();

    public required ReleaseSpec Spec { get; init; }

    public ReleaseStatus? Status { get; init; }
}

/// <summary>What a release is made of.</summary>
public sealed record ReleaseSpec
{
    /// <summary>The application it is a release of.</summary>
    [Immutable]
    public required string Application { get; init; }

    /// <summary>A name for people: the short commit, or a tag.</summary>
    [Immutable]
    public required string Version { get; init; }

    /// <summary>Counts up within the application; a higher number was built later.</summary>
    [Immutable]
    public long Number { get; init; }

    [Immutable]
    public required CommitRef Commit { get; init; }

    /// <summary>Images by digest.</summary>
    [Immutable]
    [ListMap("name")]
    public IReadOnlyList<ReleaseImage>? Images { get; init; }

    /// <summary>The manifests of each environment, rendered with these images.</summary>
    [Immutable]
    [ListMap("environment")]
    public IReadOnlyList<RenderedManifests>? Manifests { get; init; }

    /// <summary>The PipelineRun that built it.</summary>
    [Immutable]
    public string? Run { get; init; }
}

/// <summary>A commit as people know it.</summary>
public sealed record CommitRef
{
    public required string Sha { get; init; }

    public string? Message { get; init; }

    public string? Author { get; init; }

    public DateTimeOffset? Time { get; init; }

    /// <summary>The branch it was pushed to.</summary>
    public string? Branch { get; init; }
}

/// <summary>One image of a release.</summary>
public sealed record ReleaseImage
{
    /// <summary>The image name as manifests write it, without tag or digest (<c>shop/web</c>).</summary>
    public required string Name { get; init; }

    /// <summary><c>sha256:…</c> of its manifest.</summary>
    public required string Digest { get; init; }

    public string? Tag { get; init; }
}

/// <summary>Rendered manifests by content.</summary>
public sealed record RenderedManifests
{
    public required string Environment { get; init; }

    /// <summary><c>sha256:…</c> of the multi-document YAML in the blob store.</summary>
    public required string Digest { get; init; }
}

/// <summary>What is known of a release since it was made.</summary>
public sealed record ReleaseStatus
{
    /// <summary><c>Ready</c>: its manifests are rendered. <c>Refused</c>: they cannot be; the message says where and why.</summary>
    public string? Phase { get; init; }

    public string? Message { get; init; }

    /// <summary>The generation of the application with which rendering was last tried.</summary>
    public long? ApplicationGeneration { get; init; }

    /// <summary>The manifests of each environment where the spec brings none; an entry is recorded once and never changes.</summary>
    [ListMap("environment")]
    public IReadOnlyList<RenderedManifests>? Manifests { get; init; }

    /// <summary>What is attached to its images: signatures, bills of materials, provenance, findings, results of tests.</summary>
    [ListMap("digest")]
    public IReadOnlyList<ReleaseEvidence>? Evidence { get; init; }

    /// <summary>Environments where it ran healthy, with the time from which.</summary>
    [ListMap("environment")]
    public IReadOnlyList<Verification>? VerifiedIn { get; init; }

    /// <summary>Environments where it failed or was stopped; it does not enter them again by itself.</summary>
    [ListMap("environment")]
    public IReadOnlyList<Verification>? FailedIn { get; init; }
}

/// <summary>A release's outcome in an environment.</summary>
public sealed record Verification
{
    public required string Environment { get; init; }

    public DateTimeOffset? At { get; init; }

    public string? Message { get; init; }
}

/// <summary>An artifact that is attached to an image of a release.</summary>
public sealed record ReleaseEvidence
{
    /// <summary><c>sha256:…</c> of the artifact's manifest, a referrer of the image.</summary>
    public required string Digest { get; init; }

    /// <summary>Signature, Sbom, Provenance, Findings or Tests.</summary>
    public required string Type { get; init; }

    /// <summary>The image's digest.</summary>
    public required string Image { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>The PipelineRun that attached it.</summary>
    public string? Run { get; init; }
}
