using System.Text;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Delivery.Environments;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Yaml;
using Fairway.Storage;
using Microsoft.Extensions.Logging;

namespace Fairway.Delivery.Rendering;

/// <summary>
/// Renders a release's manifests for every environment of its application, once, and keeps them by content. What was recorded
/// stays: a release is the same thing wherever and whenever it goes.
/// </summary>
internal sealed partial class ReleaseReconciler(IClusterApi hub, Renderer renderer, BlobStore blobs, ILogger log)
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await hub.FindAsync<Release>(key.Namespace, key.Name, cancellation) is not { } release
            || release.Metadata.DeletionTimestamp is not null
            || await hub.FindAsync<Application>(key.Namespace, release.Spec.Application, cancellation) is not { } application)
        {
            return ReconcileResult.Done;
        }

        ReleaseStatus before = release.Status ?? new ReleaseStatus();
        bool isTried = before.Phase == "Refused" && before.ApplicationGeneration == application.Metadata.Generation;
        ApplicationEnvironment[] missing = [.. application.Spec.Environments.Where(environment => DigestOf(release, environment.Name) is null)];
        if (isTried || (missing.Length == 0 && before.Phase == "Ready"))
        {
            return ReconcileResult.Done;
        }

        ReleaseStatus after = await RenderAsync(release, application, missing, before, cancellation);
        await hub.WriteStatusAsync(release, release with { Status = after with { ApplicationGeneration = application.Metadata.Generation } }, cancellation);
        return ReconcileResult.Done;
    }

    /// <summary>The digest of a release's manifests for an environment; null when they are not rendered.</summary>
    public static string? DigestOf(Release release, string environment)
        => (release.Spec.Manifests ?? []).Concat(release.Status?.Manifests ?? []).FirstOrDefault(rendered => rendered.Environment == environment)?.Digest;

    /// <summary>The manifests that were recorded for an environment.</summary>
    /// <exception cref="RenderException">They are not there any more.</exception>
    public static async Task<IReadOnlyList<Manifest>> ReadAsync(BlobStore blobs, Release release, string environment, CancellationToken cancellation)
    {
        string? digest = DigestOf(release, environment);
        return digest is not null && blobs.Contains(digest)
            ? [.. Renderer.Parse($"{release.Metadata.Name} for {environment}", Encoding.UTF8.GetString(await blobs.ReadAsync(digest, cancellation)))]
            : throw new RenderException($"the manifests of {release.Metadata.Name} for {environment} ({digest ?? "never rendered"}) are not in the blob store");
    }

    private async Task<ReleaseStatus> RenderAsync(
        Release release, Application application, ApplicationEnvironment[] missing, ReleaseStatus before, CancellationToken cancellation)
    {
        List<RenderedManifests> rendered = [.. before.Manifests ?? []];
        string? refusal = null;
        foreach (ApplicationEnvironment environment in missing)
        {
            try
            {
                rendered.Add(await RenderAsync(release, application, environment, cancellation));
            }
            catch (RenderException refused)
            {
                LogRefused(log, release.Metadata.Name, environment.Name, refused.Message);
                refusal ??= $"environment {environment.Name}: {refused.Message}";
            }
        }

        // A release that is on its way stays deliverable where it can go; the message says where it cannot.
        return before with
        {
            Manifests = rendered,
            Phase = refusal is null || before.Phase == "Ready" ? "Ready" : "Refused",
            Message = refusal,
        };
    }

    private async Task<RenderedManifests> RenderAsync(
        Release release, Application application, ApplicationEnvironment environment, CancellationToken cancellation)
    {
        if (application.RepositoryName() is not { } repository)
        {
            throw new RenderException($"spec.repository: \"{application.Spec.Repository}\"; expected the name of a GitRepository in {application.Metadata.Namespace}");
        }

        var target = new RenderTarget
        {
            Application = application.Metadata.Name,
            ApplicationNamespace = application.Metadata.Namespace ?? "",
            Environment = environment.Name,
            Namespace = environment.NamespaceIn(application),
            Release = release.Metadata.Name,
            Images = release.Spec.Images ?? [],
        };
        IReadOnlyList<Manifest> manifests = await renderer.RenderAsync(
            repository, release.Spec.Commit.Sha, environment.PathIn(application), target, cancellation);
        BlobDescriptor blob = await blobs.WriteAsync(
            Encoding.UTF8.GetBytes(YamlWriter.WriteAll(manifests.Select(manifest => manifest.Node))), cancellation);
        return new RenderedManifests { Environment = environment.Name, Digest = blob.Digest };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Release {Release} cannot be rendered for {Environment}: {Why}")]
    private static partial void LogRefused(ILogger log, string release, string environment, string why);
}
