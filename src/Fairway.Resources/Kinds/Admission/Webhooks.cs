namespace Fairway.Resources.Kinds.Admission;

/// <summary>MutatingWebhookConfiguration describes admission webhooks that accept or reject and may change an object.</summary>
[Kind("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", Namespaced = false, Categories = ["api-extensions"])]
public sealed record MutatingWebhookConfiguration : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1";

    public string Kind => "MutatingWebhookConfiguration";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The webhooks and the resources and operations that they concern.</summary>
    [ListMap("name")]
    public IReadOnlyList<MutatingWebhook>? Webhooks { get; init; }
}

/// <summary>ValidatingWebhookConfiguration describes admission webhooks that accept or reject an object without changing it.</summary>
[Kind("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", Namespaced = false, Categories = ["api-extensions"])]
public sealed record ValidatingWebhookConfiguration : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1";

    public string Kind => "ValidatingWebhookConfiguration";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The webhooks and the resources and operations that they concern.</summary>
    [ListMap("name")]
    public IReadOnlyList<ValidatingWebhook>? Webhooks { get; init; }
}

/// <summary>An admission webhook and the resources and operations it applies to.</summary>
public sealed record MutatingWebhook
{
    /// <summary>The name of the webhook, fully qualified: imagepolicy.example.com.</summary>
    public required string Name { get; init; }

    /// <summary>How to reach the webhook.</summary>
    public required WebhookClientConfig ClientConfig { get; init; }

    /// <summary>The operations on resources that the webhook cares about.</summary>
    [Atomic]
    public IReadOnlyList<RuleWithOperations>? Rules { get; init; }

    /// <summary>What becomes of a request when the webhook cannot be asked.</summary>
    [OneOf("Ignore", "Fail")]
    [Default("\"Fail\"")]
    public string? FailurePolicy { get; init; }

    /// <summary>Exact, or Equivalent: also requests for other versions of the same resource.</summary>
    [OneOf("Exact", "Equivalent")]
    [Default("\"Equivalent\"")]
    public string? MatchPolicy { get; init; }

    /// <summary>Which namespaces' objects concern the webhook.</summary>
    [Default("{}")]
    public LabelSelectorSpec? NamespaceSelector { get; init; }

    /// <summary>Which objects, by their labels, concern the webhook.</summary>
    [Default("{}")]
    public LabelSelectorSpec? ObjectSelector { get; init; }

    /// <summary>What the webhook does besides answering.</summary>
    [OneOf("None", "NoneOnDryRun")]
    public required string SideEffects { get; init; }

    /// <summary>How long the webhook is waited for.</summary>
    [Default("10")]
    public int? TimeoutSeconds { get; init; }

    /// <summary>The AdmissionReview versions that the webhook reads, by preference.</summary>
    [Atomic]
    public required IReadOnlyList<string> AdmissionReviewVersions { get; init; }

    /// <summary>Whether the webhook is asked again when others changed the object after it.</summary>
    [OneOf("Never", "IfNeeded")]
    [Default("\"Never\"")]
    public string? ReinvocationPolicy { get; init; }

    /// <summary>Conditions in CEL that must hold for the webhook to be asked.</summary>
    [ListMap("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }
}

/// <summary>An admission webhook and the resources and operations it applies to.</summary>
public sealed record ValidatingWebhook
{
    /// <summary>The name of the webhook, fully qualified: imagepolicy.example.com.</summary>
    public required string Name { get; init; }

    /// <summary>How to reach the webhook.</summary>
    public required WebhookClientConfig ClientConfig { get; init; }

    /// <summary>The operations on resources that the webhook cares about.</summary>
    [Atomic]
    public IReadOnlyList<RuleWithOperations>? Rules { get; init; }

    /// <summary>What becomes of a request when the webhook cannot be asked.</summary>
    [OneOf("Ignore", "Fail")]
    [Default("\"Fail\"")]
    public string? FailurePolicy { get; init; }

    /// <summary>Exact, or Equivalent: also requests for other versions of the same resource.</summary>
    [OneOf("Exact", "Equivalent")]
    [Default("\"Equivalent\"")]
    public string? MatchPolicy { get; init; }

    /// <summary>Which namespaces' objects concern the webhook.</summary>
    [Default("{}")]
    public LabelSelectorSpec? NamespaceSelector { get; init; }

    /// <summary>Which objects, by their labels, concern the webhook.</summary>
    [Default("{}")]
    public LabelSelectorSpec? ObjectSelector { get; init; }

    /// <summary>What the webhook does besides answering.</summary>
    [OneOf("None", "NoneOnDryRun")]
    public required string SideEffects { get; init; }

    /// <summary>How long the webhook is waited for.</summary>
    [Default("10")]
    public int? TimeoutSeconds { get; init; }

    /// <summary>The AdmissionReview versions that the webhook reads, by preference.</summary>
    [Atomic]
    public required IReadOnlyList<string> AdmissionReviewVersions { get; init; }

    /// <summary>Conditions in CEL that must hold for the webhook to be asked.</summary>
    [ListMap("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }
}

/// <summary>How to make a TLS connection with a webhook: a URL or a Service.</summary>
public sealed record WebhookClientConfig
{
    /// <summary>The location in URL form; must begin with https://.</summary>
    public string? Url { get; init; }

    /// <summary>The service of the webhook.</summary>
    public ServiceReference? Service { get; init; }

    /// <summary>PEM-encoded certificates that sign the webhook's server certificate; the system's when absent.</summary>
    [Bytes]
    public string? CaBundle { get; init; }
}

/// <summary>A Service and a path on it.</summary>
public sealed record ServiceReference
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public string? Path { get; init; }

    [Default("443")]
    public int? Port { get; init; }
}

/// <summary>Operations on resources. Any of each list matches.</summary>
public sealed record RuleWithOperations
{
    /// <summary>CREATE, UPDATE, DELETE, CONNECT or *.</summary>
    [Atomic]
    public IReadOnlyList<string>? Operations { get; init; }

    [Atomic]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    [Atomic]
    public IReadOnlyList<string>? ApiVersions { get; init; }

    /// <summary><c>pods</c>, <c>pods/log</c>, <c>*</c>, <c>pods/*</c>, <c>*/scale</c>, <c>*/*</c>.</summary>
    [Atomic]
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>Cluster, Namespaced or *.</summary>
    [OneOf("Cluster", "Namespaced", "*")]
    [Default("\"*\"")]
    public string? Scope { get; init; }
}

/// <summary>A condition in CEL.</summary>
public sealed record MatchCondition
{
    public required string Name { get; init; }

    public required string Expression { get; init; }
}
