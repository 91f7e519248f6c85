using System.Globalization;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Pipelines.Actions;

/// <summary>Attaches artifacts to an image of the platform's store and notes them on the releases that the image is of.</summary>
internal static class ImageEvidence
{
    /// <summary>The image that a step names: <c>name@sha256:…</c>, or a name and tag of the store.</summary>
    /// <exception cref="ActionFailure">There is none.</exception>
    public static OciImage Image(ActionCall call)
    {
        string asked = call.Input("image");
        try
        {
            return call.Services.Images.Resolve(asked)
                ?? throw new ActionFailure($"There is no image '{asked}' in the platform's store. Give what the step fairway/publish puts out: image: ${{{{ steps.ID.outputs.image }}}}");
        }
        catch (InvalidDataException bad)
        {
            throw new ActionFailure($"'{asked}' cannot be used: {bad.Message}");
        }
    }

    public static async Task AttachAsync(
        ActionCall call, OciImage image, string type, string artifactType, string mediaType, byte[] content, IReadOnlyDictionary<string, string> annotations, CancellationToken cancellation)
    {
        DateTimeOffset now = call.Services.Time.GetUtcNow();
        var all = new Dictionary<string, string>(annotations)
        {
            [ArtifactTypes.CreatedAnnotation] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        ImageReferrer attached;
        try
        {
            attached = await call.Services.Images.Referrers.AttachAsync(image.Digest, artifactType, mediaType, content, all, cancellation);
        }
        catch (InvalidDataException refused)
        {
            throw new ActionFailure(refused.Message);
        }

        call.Say($"Attached {type.ToLowerInvariant()} {attached.Digest} ({content.Length.ToString(CultureInfo.InvariantCulture)} bytes) to {image.Reference.Name}@{image.Digest}.");
        var evidence = new ReleaseEvidence { Digest = attached.Digest, Type = type, Image = image.Digest, At = now, Run = call.Job.Key.Name };
        foreach (Release release in await call.Services.Hub.ListAsync<Release>(call.Job.Key.Namespace, cancellation))
        {
            if (release.Spec.Images?.Any(one => one.Digest == image.Digest) == true)
            {
                await NoteAsync(call.Services.Hub, release, evidence, cancellation);
            }
        }
    }

    /// <summary>Whoever watches releases judges again.</summary>
    private static async Task NoteAsync(IClusterApi hub, Release release, ReleaseEvidence evidence, CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            ReleaseStatus status = release.Status ?? new ReleaseStatus();
            if (status.Evidence?.Any(known => known.Digest == evidence.Digest) == true)
            {
                return;
            }

            try
            {
                await hub.WriteStatusAsync(release, release with { Status = status with { Evidence = [.. status.Evidence ?? [], evidence] } }, cancellation);
                return;
            }
            catch (StatusException conflict) when (conflict.Code == 409 && attempt < 5)
            {
                release = await hub.GetAsync<Release>(release.Metadata.Namespace, release.Metadata.Name, cancellation);
            }
        }
    }
}
