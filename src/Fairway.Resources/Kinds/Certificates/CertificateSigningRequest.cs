namespace Fairway.Resources.Kinds.Certificates;

/// <summary>CertificateSigningRequest asks for an X.509 certificate: who asks, for what, and what was decided.</summary>
[Kind("certificates.k8s.io/v1", "certificatesigningrequests", Namespaced = false, Status = true, ShortNames = ["csr"])]
[FieldSelector("spec.signerName")]
public sealed record CertificateSigningRequest : IResource
{
    public string ApiVersion => "certificates.k8s.io/v1";

    public string Kind => "CertificateSigningRequest";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The request itself; cannot change.</summary>
    [Immutable]
    public required CertificateSigningRequestSpec Spec { get; init; }

    public CertificateSigningRequestStatus? Status { get; init; }
}

/// <summary>What is asked, and by whom.</summary>
public sealed record CertificateSigningRequestSpec
{
    /// <summary>A PKCS#10 request in PEM, in base64.</summary>
    public required string Request { get; init; }

    /// <summary>Who is to sign: kubernetes.io/kube-apiserver-client, …</summary>
    public required string SignerName { get; init; }

    /// <summary>The lifetime asked for; at least 600.</summary>
    public int? ExpirationSeconds { get; init; }

    /// <summary>digital signature, client auth, …</summary>
    [Atomic]
    public IReadOnlyList<string>? Usages { get; init; }

    /// <summary>Who asks; set by the server.</summary>
    public string? Username { get; init; }

    public string? Uid { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}

/// <summary>What was decided and issued.</summary>
public sealed record CertificateSigningRequestStatus
{
    /// <summary>Approved, Denied or Failed.</summary>
    [ListMap("type")]
    public IReadOnlyList<CertificateSigningRequestCondition>? Conditions { get; init; }

    /// <summary>The certificate in PEM, in base64.</summary>
    public string? Certificate { get; init; }
}

/// <summary>A decision about a request.</summary>
public sealed record CertificateSigningRequestCondition
{
    public required string Type { get; init; }

    [OneOf("True", "False", "Unknown")]
    public required string Status { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? LastUpdateTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }
}
