using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;
using Fairway.Storage;

namespace Fairway.Policy.Evidence;

/// <summary>An artifact of an image with its content.</summary>
internal sealed record Artifact(string ArtifactType, string MediaType, IReadOnlyDictionary<string, string> Annotations, byte[] Content)
{
    /// <summary>When it was attached.</summary>
    public DateTimeOffset? Created => DateTimeOffset.TryParse(
        Annotations.GetValueOrDefault(ArtifactTypes.CreatedAnnotation), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
}

/// <summary>Provenance that a trusted key has signed.</summary>
/// <param name="Builder">Who built it, by its own name.</param>
/// <param name="Level">SLSA's build level: 2 when the platform's pipelines signed it, 1 for other keys.</param>
internal sealed record ProvenanceFacts(string Builder, int Level);

/// <summary>What is known of one image of the platform's store. Pure: from artifacts and keys.</summary>
internal sealed record ImageFacts
{
    public bool Signed { get; private init; }

    /// <summary>null: there is none that can be read.</summary>
    public (string Format, int Components)? Sbom { get; private init; }

    public ProvenanceFacts? Provenance { get; private init; }

    /// <summary>The newest log of each scanner; empty when none was attached.</summary>
    public IReadOnlyList<ScanFindings> Scans { get; private init; } = [];

    public TestResults? Tests { get; private init; }

    public static ImageFacts Of(string digest, IReadOnlyList<Artifact> artifacts, IReadOnlyList<TrustedKeyText> keys)
    {
        var scans = new Dictionary<string, ScanFindings>(StringComparer.Ordinal);
        (string, int)? sbom = null;
        TestResults? tests = null;
        foreach (Artifact artifact in artifacts)
        {
            switch (artifact.ArtifactType)
            {
                case ArtifactTypes.Sarif:
                    foreach (ScanFindings scan in ScanFindings.Of(artifact.Content))
                    {
                        scans[scan.Tool] = scan with { At = scan.At ?? artifact.Created };
                    }

                    break;
                case ArtifactTypes.CycloneDx or ArtifactTypes.Spdx:
                    sbom = SbomOf(artifact.Content) ?? sbom;
                    break;
                case ArtifactTypes.Junit:
                    tests = TestResults.Of(artifact.Content) ?? tests;
                    break;
            }
        }

        return new ImageFacts
        {
            Signed = keys.Where(key => key.Signatures).Any(key => IsSigned(digest, artifacts, key)),
            Provenance = keys.Where(key => key.Provenance).OrderByDescending(key => key.IsPlatform).Select(key => ProvenanceOf(digest, artifacts, key)).FirstOrDefault(found => found is not null),
            Sbom = sbom,
            Scans = [.. scans.Values],
            Tests = tests,
        };
    }

    private static bool IsSigned(string digest, IReadOnlyList<Artifact> artifacts, TrustedKeyText trusted)
    {
        using ECDsa? key = trusted.Open();
        return key is not null && artifacts.Any(one => one.MediaType == ArtifactTypes.SimpleSigning
            && SimpleSigning.DigestOf(one.Content) == digest
            && SimpleSigning.Verify(one.Content, one.Annotations.GetValueOrDefault(ArtifactTypes.SignatureAnnotation), key));
    }

    /// <summary>Verified first, then read: the statement must be about this digest.</summary>
    private static ProvenanceFacts? ProvenanceOf(string digest, IReadOnlyList<Artifact> artifacts, TrustedKeyText trusted)
    {
        using ECDsa? key = trusted.Open();
        foreach (Artifact artifact in key is null ? [] : artifacts.Where(one => one.MediaType == ArtifactTypes.Dsse).Reverse())
        {
            if (DsseEnvelope.Open(artifact.Content, ArtifactTypes.InToto, key!) is { } payload
                && Parse(payload) is { } statement
                && statement.Text("predicateType") == "https://slsa.dev/provenance/v1"
                && (statement.Array("subject") ?? []).Any(subject => "sha256:" + ((subject as JsonObject).Object("digest").Text("sha256") ?? "") == digest)
                && statement.Object("predicate").Object("runDetails").Object("builder").Text("id") is { } builder)
            {
                return new ProvenanceFacts(builder, trusted.IsPlatform ? 2 : 1);
            }
        }

        return null;
    }

    private static (string Format, int Components)? SbomOf(byte[] content)
        => Parse(content) is not { } root ? null
            : root.ContainsKey("bomFormat") ? ("CycloneDX", root.Array("components")?.Count ?? 0)
            : root.ContainsKey("spdxVersion") ? ("SPDX", root.Array("packages")?.Count ?? 0)
            : null;

    private static JsonObject? Parse(byte[] content)
    {
        try
        {
            return JsonNode.Parse(content) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
