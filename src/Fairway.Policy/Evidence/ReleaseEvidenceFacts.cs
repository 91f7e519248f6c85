using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Policy.Evidence;

/// <summary>
/// The facts about a release that its images carry: whether a trusted key signed them, their bills of materials, their provenance,
/// what scanners found, results of tests, the age of what they stand on. About images that the platform's store does not have, nothing
/// is known. What was read of an image is kept until something is attached to it or other keys count.
/// </summary>
internal sealed class ReleaseEvidenceFacts(ImageStore images)
{
    private const int MostKept = 2000;

    private readonly ConcurrentDictionary<string, (string State, ImageFacts Facts)> _known = new();

    /// <summary>Writes into the facts of a release, and its findings beside it.</summary>
    public void Add(ReleaseSpec release, IReadOnlyList<TrustedKeyText> keys, JsonObject intoRelease, JsonObject intoFacts)
    {
        (ReleaseImage Image, OciImage? Stored)[] all = [.. (release.Images ?? []).Select(image => (image, Find(image.Digest)))];
        if (all.Length == 0 || all.Any(one => one.Stored is null))
        {
            return;
        }

        ImageFacts[] facts = [.. all.Select(one => FactsOf(one.Image.Digest, keys))];
        intoRelease["signed"] = facts.All(one => one.Signed);
        bool hasBill = facts.All(one => one.Sbom is not null);
        intoRelease["sbom"] = hasBill
            ? new JsonObject { ["present"] = true, ["components"] = facts.Sum(one => one.Sbom!.Value.Components), ["format"] = facts[0].Sbom!.Value.Format }
            : new JsonObject { ["present"] = false };
        bool hasProvenance = facts.All(one => one.Provenance is not null);
        intoRelease["provenance"] = hasProvenance
            ? new JsonObject { ["present"] = true, ["builder"] = facts[0].Provenance!.Builder, ["level"] = facts.Min(one => one.Provenance!.Level) }
            : new JsonObject { ["present"] = false };
        if (facts.Any(one => one.Tests is not null))
        {
            intoRelease["tests"] = new JsonObject { ["passed"] = facts.Sum(one => one.Tests?.Passed ?? 0), ["failed"] = facts.Sum(one => one.Tests?.Failed ?? 0) };
        }

        if (BaseOf(all.Select(one => one.Stored!)) is { } below)
        {
            intoRelease["baseImage"] = below;
        }

        if (FindingsOf(facts) is { } findings)
        {
            intoFacts["findings"] = findings;
        }
    }

    private ImageFacts FactsOf(string digest, IReadOnlyList<TrustedKeyText> keys)
    {
        IReadOnlyList<ImageReferrer> referrers = images.Referrers.Of(digest);
        string state = string.Join(',', referrers.Select(one => one.Digest)) + "|" + string.Join(',', keys.Select(key => key.Pem + key.Signatures + key.Provenance));
        if (_known.TryGetValue(digest, out var known) && known.State == state)
        {
            return known.Facts;
        }

        ImageFacts facts = ImageFacts.Of(digest, [.. referrers.Select(one => new Artifact(one.ArtifactType, one.Layer.MediaType, one.Annotations, images.Referrers.Read(one)))], keys);
        if (_known.Count > MostKept)
        {
            _known.Clear();
        }

        _known[digest] = (state, facts);
        return facts;
    }

    private OciImage? Find(string digest)
    {
        try
        {
            return images.Resolve("image@" + digest);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The oldest. An image on nothing is its own base: there is nothing below it that could be older.</summary>
    private JsonObject? BaseOf(IEnumerable<OciImage> stored)
    {
        (string Name, DateTimeOffset At)? oldest = null;
        foreach (OciImage image in stored)
        {
            OciImage? below = image;
            string name = "scratch";
            if (image.Manifest.Annotations?.GetValueOrDefault(ArtifactTypes.BaseDigestAnnotation) is { } digest)
            {
                name = image.Manifest.Annotations.GetValueOrDefault(ArtifactTypes.BaseNameAnnotation) ?? digest;
                below = Find(digest);
            }

            if (below is null || !DateTimeOffset.TryParse(below.Config.Created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created))
            {
                return null;
            }

            oldest = oldest is { } before && before.At <= created ? oldest : (name, created);
        }

        return oldest is { } found ? new JsonObject { ["name"] = found.Name, ["created"] = Text(found.At) } : null;
    }

    /// <summary>Only when every image was looked at; as old as the oldest of the newest looks.</summary>
    private static JsonObject? FindingsOf(ImageFacts[] facts)
    {
        if (facts.Any(one => one.Scans.Count == 0) || facts.SelectMany(one => one.Scans).Min(scan => scan.At) is not { } oldest || facts.SelectMany(one => one.Scans).Any(scan => scan.At is null))
        {
            return null;
        }

        ScanFindings[] scans = [.. facts.SelectMany(one => one.Scans)];
        return new JsonObject
        {
            ["critical"] = scans.Sum(scan => scan.Critical),
            ["high"] = scans.Sum(scan => scan.High),
            ["medium"] = scans.Sum(scan => scan.Medium),
            ["low"] = scans.Sum(scan => scan.Low),
            ["asOf"] = Text(oldest),
        };
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
