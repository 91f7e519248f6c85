namespace Fairway.Resources.Kinds.Delivery;

/// <summary>A service that is delivered from one repository through an ordered list of environments.</summary>
[Kind("fairway.dev/v1", "applications", Status = true, ShortNames = ["app"], Categories = ["fairway"])]
[Column("Repository", ".spec.repository")]
[Column("Environments", ".spec.environments[*].name")]
[Column("Health", ".status.health")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record Application : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "Application";

    public ObjectMeta Metadata { get; init; } = new();

    public required ApplicationSpec Spec { get; init; }

    public ApplicationStatus? Status { get; init; }
}

/// <summary>What is delivered, from where, and in which order.</summary>
public sealed record ApplicationSpec
{
    /// <summary>The repository: the name of a GitRepository in the same namespace.</summary>
    public required string Repository { get; init; }

    /// <summary>Where the manifests are in the repository, plain YAML or a kustomization.</summary>
    [Default("\"deploy\"")]
    public string? Path { get; init; }

    /// <summary>The team that owns the service.</summary>
    public string? Owner { get; init; }

    /// <summary>Environments in the order in which a release passes them.</summary>
    [ListMap("name")]
    [Bounds(MinItems = 1)]
    public required IReadOnlyList<ApplicationEnvironment> Environments { get; init; }
}

/// <summary>One stop on a release's way.</summary>
public sealed record ApplicationEnvironment
{
    /// <summary>The environment's name, as in hostnames and branch names.</summary>
    [Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>The cluster; the environment's name when absent.</summary>
    public string? Cluster { get; init; }

    /// <summary>The namespace; the application's name when absent.</summary>
    public string? Namespace { get; init; }

    /// <summary>Manifests for this environment, where they differ from the application's path (a Kustomize overlay).</summary>
    public string? Path { get; init; }

    /// <summary>Who lets a release in.</summary>
    public PromotionGate? Gate { get; init; }

    /// <summary>How a release replaces the one before; a rolling update when absent.</summary>
    public DeliveryStrategy? Strategy { get; init; }
}

/// <summary>What must hold before a release enters an environment. The environment before it must always be healthy with the release.</summary>
public sealed record PromotionGate
{
    /// <summary><c>Automatic</c>: at once when the conditions hold. <c>Approval</c>: after a person approves.</summary>
    [OneOf("Automatic", "Approval")]
    [Default("\"Automatic\"")]
    public string? Type { get; init; }

    /// <summary>How long the release must have been healthy in the environment before (<c>10m</c>).</summary>
    public string? Soak { get; init; }

    /// <summary>What happens to new releases while the environment's error budget is low. Rollbacks and what a person approves always pass.</summary>
    public ErrorBudgetGate? ErrorBudget { get; init; }

    /// <summary>
    /// Packs, or policies of packs, that the release and its promotion must keep: they are asked with what is known of both, and what
    /// fails or cannot be told yet holds the promotion. Waivers count; rollbacks always pass.
    /// </summary>
    [ListSet]
    public IReadOnlyList<string>? Policies { get; init; }
}

/// <summary>A promise that reliability comes first when it has become scarce.</summary>
public sealed record ErrorBudgetGate
{
    /// <summary>The share of the budget that has to be left (0.1): of every SLO of the application in this environment.</summary>
    [Bounds(Minimum = 0, Maximum = 1)]
    public required double Minimum { get; init; }

    /// <summary><c>Hold</c>: releases wait. <c>Slow</c>: they go by a canary with longer pauses that tolerates no bad measurement.</summary>
    [OneOf("Hold", "Slow")]
    [Default("\"Hold\"")]
    public string? WhenBelow { get; init; }
}

/// <summary>How a release replaces the one before.</summary>
public sealed record DeliveryStrategy
{
    /// <summary>Traffic moves step by step, judged by analysis.</summary>
    public CanaryStrategy? Canary { get; init; }

    /// <summary>How long a release may take to become synced and healthy before it is taken back (default 10m).</summary>
    public string? ProgressDeadline { get; init; }
}

/// <summary>Step-by-step traffic shift to the new version on plain Deployments.</summary>
public sealed record CanaryStrategy
{
    /// <summary>Steps in order. The first release of a service skips them: there is nothing to compare with.</summary>
    [Bounds(MinItems = 1, MaxItems = 50)]
    public required IReadOnlyList<CanaryStep> Steps { get; init; }

    /// <summary>How long any single wait may last before the rollout is aborted (default 10m).</summary>
    public string? ProgressDeadline { get; init; }

    /// <summary>How long an inconclusive analysis waits for a person before the rollout is aborted (default 1h).</summary>
    public string? InconclusiveDeadline { get; init; }

    /// <summary>How long the canary's pods stay after the last traffic has left them, to finish what they have (default 10s).</summary>
    public string? ScaleDownDelay { get; init; }
}

/// <summary>One step: exactly one member is set.</summary>
public sealed record CanaryStep
{
    /// <summary>The percentage of traffic that goes to the new version from here on.</summary>
    [Bounds(Minimum = 0, Maximum = 100)]
    public int? SetWeight { get; init; }

    /// <summary>Wait; without a duration until someone promotes.</summary>
    public CanaryPause? Pause { get; init; }

    /// <summary>Measure the new version and judge it.</summary>
    public CanaryAnalysis? Analysis { get; init; }
}

/// <summary>A wait in a canary.</summary>
public sealed record CanaryPause
{
    /// <summary>How long (<c>30s</c>); without it the rollout waits for a person.</summary>
    public string? Duration { get; init; }
}

/// <summary>Templates to run as one analysis.</summary>
public sealed record CanaryAnalysis
{
    [Bounds(MinItems = 1)]
    public required IReadOnlyList<AnalysisTemplateRef> Templates { get; init; }
}

/// <summary>An AnalysisTemplate of the application's namespace.</summary>
public sealed record AnalysisTemplateRef
{
    public required string TemplateName { get; init; }
}

/// <summary>What is where.</summary>
public sealed record ApplicationStatus
{
    public long? ObservedGeneration { get; init; }

    /// <summary>The worst health of its environments: Healthy, Suspended, Progressing, Missing, Degraded, Unknown.</summary>
    public string? Health { get; init; }

    [ListMap("name")]
    public IReadOnlyList<EnvironmentStatus>? Environments { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>One environment of an application as it is now.</summary>
public sealed record EnvironmentStatus
{
    public required string Name { get; init; }

    /// <summary>The release that serves traffic here.</summary>
    public string? Release { get; init; }

    /// <summary>Its version for people (short commit).</summary>
    public string? Version { get; init; }

    /// <summary>When it came to be so.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Who or what brought it.</summary>
    public string? By { get; init; }

    /// <summary>The promotion under way, if any.</summary>
    public string? Promotion { get; init; }

    /// <summary>The rollout under way, if any.</summary>
    public string? Rollout { get; init; }

    /// <summary>The commit of the environment branch that the cluster was last synced to.</summary>
    public string? SyncedRevision { get; init; }

    /// <summary>Synced, OutOfSync, Refused (the cluster does not take the manifests; nothing was applied) or Unknown.</summary>
    public string? Sync { get; init; }

    /// <summary>Healthy, Suspended, Progressing, Missing, Degraded or Unknown.</summary>
    public string? Health { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>Fields that differed from git and were brought back, newest last.</summary>
    public IReadOnlyList<DriftedField>? Drift { get; init; }

    /// <summary>Where its traffic comes in.</summary>
    public string? Url { get; init; }

    /// <summary>Every object that the environment branch asks for.</summary>
    public IReadOnlyList<ManagedObject>? Resources { get; init; }
}

/// <summary>A field whose live value was not the one in git.</summary>
public sealed record DriftedField
{
    /// <summary>Kind and name: <c>Deployment/web</c>.</summary>
    public required string Object { get; init; }

    public required string Field { get; init; }

    public string? Desired { get; init; }

    public string? Live { get; init; }

    /// <summary>The field manager that wrote the live value.</summary>
    public string? Manager { get; init; }

    public DateTimeOffset? At { get; init; }
}

/// <summary>An object under an application's management.</summary>
public sealed record ManagedObject
{
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public string? Sync { get; init; }

    public string? Health { get; init; }

    public string? Message { get; init; }
}
