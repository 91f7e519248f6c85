namespace Fairway.Resources.Kinds.Delivery;

/// <summary>
/// A public key whose signatures count: on images, on statements about them. Whoever may write these decides what is taken for signed.
/// </summary>
[Kind("fairway.dev/v1", "trustedkeys", Namespaced = false, ShortNames = ["tk"], Categories = ["fairway"])]
[Column("Owner", ".spec.owner")]
[Column("Purposes", ".spec.purposes")]
[Column("Namespaces", ".spec.namespaces")]
[Column("Expires", ".spec.expiresAt")]
[Column("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed record TrustedKey : IResource
{
    public string ApiVersion => "fairway.dev/v1";

    public string Kind => "TrustedKey";

    public ObjectMeta Metadata { get; init; } = new();

    public required TrustedKeySpec Spec { get; init; }
}

/// <summary>The key, and for what it is trusted.</summary>
public sealed record TrustedKeySpec
{
    /// <summary>PEM, <c>-----BEGIN PUBLIC KEY-----</c>: ECDSA on the curve P-256.</summary>
    [Bounds(MinLength = 1, MaxLength = 4096)]
    public required string PublicKey { get; init; }

    /// <summary>Who holds the private key.</summary>
    public string? Owner { get; init; }

    /// <summary><c>Signature</c>: of images. <c>Provenance</c>: of statements of how they were built. Signature when absent.</summary>
    [ListSet]
    public IReadOnlyList<string>? Purposes { get; init; }

    /// <summary>Only for releases in these namespaces of the hub; all when absent.</summary>
    [ListSet]
    public IReadOnlyList<string>? Namespaces { get; init; }

    /// <summary>From then on its signatures do not count any more; never when absent.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
