using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;

namespace Fairway.Pipelines.Actions;

/// <summary>With what the platform signs statements of how images came about.</summary>
/// <param name="Builder">The platform's name as a builder, a URI.</param>
/// <param name="Key">ECDSA on P-256. Used under a lock: its owner disposes of it after pipelines have ended.</param>
public sealed record ProvenanceSigner(string Builder, ECDsa Key);

/// <summary>Statements of provenance (in-toto statement v1, SLSA provenance v1) for what runs publish.</summary>
internal static class Provenance
{
    private const string BuildType = "https://fairway.dev/buildtypes/workflow/v1";

    private static readonly Lock Signing = new(); // a key signs one thing at a time

    public static async Task AttachAsync(ActionCall call, OciImage image, CancellationToken cancellation)
    {
        if (call.Services.Options.Provenance is not { } signer
            || call.Services.Images.Referrers.Of(image.Digest).Any(one => one.ArtifactType == ArtifactTypes.InToto && one.Annotations.GetValueOrDefault(RunAnnotation) == call.Job.Key.Name))
        {
            return;
        }

        byte[] statement = Encoding.UTF8.GetBytes(Statement(call, image, signer.Builder).ToJsonString());
        byte[] envelope;
        lock (Signing)
        {
            envelope = DsseEnvelope.Sign(ArtifactTypes.InToto, statement, signer.Key);
        }

        await ImageEvidence.AttachAsync(
            call, image, "Provenance", ArtifactTypes.InToto, ArtifactTypes.Dsse, envelope, new Dictionary<string, string> { [RunAnnotation] = call.Job.Key.Name }, cancellation);
    }

    private const string RunAnnotation = "dev.fairway.run";

    private static JsonObject Statement(ActionCall call, OciImage image, string builder)
    {
        PipelineRun run = call.Job.Run;
        string repository = $"{call.Services.Options.GitUrl()}/{call.Job.Key.Namespace}/{run.Spec.Repository}.git";
        var resolved = new JsonArray(new JsonObject { ["uri"] = $"git+{repository}@{run.Spec.Ref}", ["digest"] = new JsonObject { ["gitCommit"] = run.Spec.Sha } });
        if (image.Manifest.Annotations?.GetValueOrDefault(ArtifactTypes.BaseDigestAnnotation) is { } below)
        {
            resolved.Add((JsonNode)new JsonObject
            {
                ["name"] = image.Manifest.Annotations.GetValueOrDefault(ArtifactTypes.BaseNameAnnotation),
                ["digest"] = new JsonObject { ["sha256"] = below["sha256:".Length..] },
            });
        }

        var inputs = new JsonObject();
        foreach ((string name, string value) in run.Spec.Inputs ?? new Dictionary<string, string>())
        {
            inputs[name] = value;
        }

        return new JsonObject
        {
            ["_type"] = "https://in-toto.io/Statement/v1",
            ["subject"] = new JsonArray(new JsonObject { ["name"] = image.Reference.Name, ["digest"] = new JsonObject { ["sha256"] = image.Digest["sha256:".Length..] } }),
            ["predicateType"] = "https://slsa.dev/provenance/v1",
            ["predicate"] = new JsonObject
            {
                ["buildDefinition"] = new JsonObject
                {
                    ["buildType"] = BuildType,
                    ["externalParameters"] = new JsonObject
                    {
                        ["workflow"] = new JsonObject { ["repository"] = repository, ["ref"] = run.Spec.Ref, ["path"] = run.Spec.Workflow },
                        ["inputs"] = inputs,
                    },
                    ["internalParameters"] = new JsonObject { ["event"] = run.Spec.Event, ["actor"] = run.Spec.Actor },
                    ["resolvedDependencies"] = resolved,
                },
                ["runDetails"] = new JsonObject
                {
                    ["builder"] = new JsonObject { ["id"] = builder },
                    ["metadata"] = new JsonObject
                    {
                        ["invocationId"] = $"{call.Job.Key.Namespace}/{call.Job.Key.Name}",
                        ["startedOn"] = Time(run.Status?.StartedAt),
                        ["finishedOn"] = Time(call.Services.Time.GetUtcNow()),
                    },
                },
            },
        };
    }

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
