namespace Fairway.Storage;

/// <summary>The artifacts that the platform attaches to images and reads from them, by their media types.</summary>
public static class ArtifactTypes
{
    /// <summary>A signature as cosign attaches it.</summary>
    public const string Signature = "application/vnd.dev.cosign.artifact.sig.v1+json";

    /// <summary>The signed payload of such a signature.</summary>
    public const string SimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";

    /// <summary>The annotation that has the signature of the payload, in base64.</summary>
    public const string SignatureAnnotation = "dev.cosignproject.cosign/signature";

    public const string CycloneDx = "application/vnd.cyclonedx+json";

    public const string Spdx = "application/spdx+json";

    /// <summary>A statement about how something came about.</summary>
    public const string InToto = "application/vnd.in-toto+json";

    /// <summary>The signed envelope of a statement.</summary>
    public const string Dsse = "application/vnd.dsse.envelope.v1+json";

    public const string Sarif = "application/sarif+json";

    public const string Junit = "application/vnd.junit+xml";

    /// <summary>When it was made, RFC 3339.</summary>
    public const string CreatedAnnotation = "org.opencontainers.image.created";

    /// <summary>The base image's name, on an image's manifest.</summary>
    public const string BaseNameAnnotation = "org.opencontainers.image.base.name";

    /// <summary>The base image's digest, on an image's manifest.</summary>
    public const string BaseDigestAnnotation = "org.opencontainers.image.base.digest";
}
