using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;

namespace Fairway.Pipelines.Actions;

/// <summary>
/// <c>fairway/publish</c>: turns a directory into an OCI image of the platform's store, and records a Release of the
/// application at the run's commit. Doing it again for the same commit changes nothing.
/// </summary>
internal static class Publish
{
    // Numbers count up without two jobs taking the same.
    private static readonly SemaphoreSlim Numbering = new(1, 1);

    public static BuiltInAction Action { get; } = new(
        new(
            "fairway/publish",
            ["path", "image", "entrypoint", "command", "working-directory", "port", "env", "application", "user", "base"],
            ["path", "entrypoint"],
            new Dictionary<string, string>(),
            new Dictionary<string, string> { ["dockerfile"] = "the image is made of the directory and the entrypoint." }),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        PipelineRunSpec run = call.Job.Run.Spec;
        string application = call.Input("application", run.Repository);
        string version = run.Version ?? run.Sha[..8];
        string asked = call.Input("image", $"{call.Job.Key.Namespace}/{application}");
        if (!ImageReference.TryParse(asked, out ImageReference? reference) || reference.Digest is not null || reference.Tag is not null)
        {
            throw new ActionFailure($"'{asked}' is not an image name: write it without tag and digest, like shop/web.");
        }

        OciImage image = await BuildAsync(call, reference.Name, version, cancellation);
        call.Say($"Image {reference.Name}:{version} is {image.Digest} ({image.Manifest.Layers.Sum(layer => layer.Size).ToString(CultureInfo.InvariantCulture)} bytes).");
        Release release = await RecordAsync(call, application, version, reference.Name, image.Digest, cancellation);
        string digest = release.Spec.Images!.First(known => known.Name == reference.Name).Digest;
        if (digest == image.Digest)
        {
            await Provenance.AttachAsync(call, image, cancellation);
        }

        call.Job.Released(release.Metadata.Name);
        call.Channel.SetOutput("digest", digest);
        call.Channel.SetOutput("image", $"{reference.Name}@{digest}");
        call.Channel.SetOutput("release", release.Metadata.Name);
    }

    private static async Task<OciImage> BuildAsync(ActionCall call, string name, string version, CancellationToken cancellation)
    {
        string path = call.InWorkspace(call.Input("path"));
        if (!Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new ActionFailure($"The directory '{call.Input("path")}' does not exist or is empty: publish into it first.");
        }

        string target = call.Input("working-directory", "/app");
        PipelineRunSpec run = call.Job.Run.Spec;
        OciImage? below = Base(call);
        var labels = new Dictionary<string, string>
        {
            ["org.opencontainers.image.revision"] = run.Sha,
            ["org.opencontainers.image.version"] = version,
            ["org.opencontainers.image.source"] = $"{call.Services.Options.GitUrl()}/{call.Job.Key.Namespace}/{run.Repository}.git",
        };
        if (below is not null)
        {
            labels[ArtifactTypes.BaseNameAnnotation] = below.Reference.ToString();
            labels[ArtifactTypes.BaseDigestAnnotation] = below.Digest;
        }

        ImageSource source = new()
        {
            Directory = path,
            Base = below,
            Target = target.StartsWith('/') ? target : throw new ActionFailure($"working-directory must be an absolute path in the image, not '{target}'."),
            Entrypoint = Words(call, "entrypoint"),
            Command = Words(call, "command"),
            Environment = Variables(call),
            ExposedPorts = [.. call.Input("port").Split([' ', ',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Port)],
            User = call.Input("user") is { Length: > 0 } user ? user : null,
            Created = run.CommitTime ?? DateTimeOffset.UnixEpoch,
            Labels = labels,
        };
        try
        {
            return await OciImageBuilder.BuildAsync(call.Services.Images, ImageReference.Parse($"{name}:{version}"), source, cancellation);
        }
        catch (Exception wrong) when (wrong is InvalidDataException or ArgumentException or FormatException)
        {
            throw new ActionFailure($"The image cannot be made: {wrong.Message}");
        }
    }

    private static OciImage? Base(ActionCall call)
    {
        string asked = call.Input("base");
        return asked.Length == 0 ? null
            : call.Services.Images.Resolve(asked) ?? throw new ActionFailure($"base: there is no image '{asked}' in the platform's store: publish it there first, or leave base out.");
    }

    private static async Task<Release> RecordAsync(
        ActionCall call, string application, string version, string image, string digest, CancellationToken cancellation)
    {
        PipelineRun run = call.Job.Run;
        string @namespace = call.Job.Key.Namespace;
        string name = $"{application}-{version}";
        await Numbering.WaitAsync(cancellation);
        try
        {
            IClusterApi hub = call.Services.Hub;
            Release? release = await hub.FindAsync<Release>(@namespace, name, cancellation);
            if (release is null)
            {
                release = await CreateAsync(hub, run, application, version, new ReleaseImage { Name = image, Digest = digest, Tag = version }, cancellation);
                call.Say($"Recorded release {name} (number {release.Spec.Number.ToString(CultureInfo.InvariantCulture)}) of {application}.");
            }
            else if (release.Spec.Images?.Any(known => known.Name == image) != true)
            {
                throw new ActionFailure($"The release {name} exists already and does not hold the image {image}. One publish step makes one release: give this one its own application.");
            }
            else
            {
                call.Say($"The release {name} exists already and stays as it is.");
            }

            await TellAsync(call, release, cancellation);
            return release;
        }
        catch (StatusException refused)
        {
            throw new ActionFailure($"The release {name} cannot be recorded: {refused.Message}");
        }
        finally
        {
            Numbering.Release();
        }
    }

    private static async Task<Release> CreateAsync(
        IClusterApi hub, PipelineRun run, string application, string version, ReleaseImage image, CancellationToken cancellation)
    {
        IReadOnlyList<Release> all = await hub.ListAsync<Release>(run.Metadata.Namespace, cancellation);
        long last = all.Where(release => release.Spec.Application == application).Select(release => release.Spec.Number).DefaultIfEmpty(0).Max();
        return await hub.CreateAsync(
            new Release
            {
                Metadata = new ObjectMeta
                {
                    Name = $"{application}-{version}",
                    Namespace = run.Metadata.Namespace,
                    Labels = new Dictionary<string, string> { ["fairway.dev/application"] = application },
                },
                Spec = new ReleaseSpec
                {
                    Application = application,
                    Version = version,
                    Number = last + 1,
                    Commit = new CommitRef
                    {
                        Sha = run.Spec.Sha,
                        Message = run.Spec.CommitMessage,
                        Author = run.Spec.Author,
                        Time = run.Spec.CommitTime,
                        Branch = run.Spec.Ref.StartsWith("refs/heads/", StringComparison.Ordinal) ? run.Spec.Ref["refs/heads/".Length..] : null,
                    },
                    Images = [image],
                    Run = run.Metadata.Name,
                },
            },
            cancellation);
    }

    /// <summary>Once for each release, also when the platform ended between recording and telling.</summary>
    private static async Task TellAsync(ActionCall call, Release release, CancellationToken cancellation)
    {
        Ledger ledger = call.Services.Ledger;
        LedgerQuery query = new() { Namespace = release.Metadata.Namespace, Release = release.Metadata.Name, Types = [FactTypes.ReleaseCreated], Limit = 1 };
        await foreach (LedgerEntry _ in ledger.ReadAsync(query, cancellation))
        {
            return;
        }

        JsonObject images = [];
        foreach (ReleaseImage image in release.Spec.Images ?? [])
        {
            images[image.Name] = image.Digest;
        }

        await ledger.AppendAsync(
            new Fact
            {
                Type = FactTypes.ReleaseCreated,
                Actor = call.Job.Run.Spec.Actor ?? "pipelines",
                Namespace = release.Metadata.Namespace ?? "",
                Application = release.Spec.Application,
                Release = release.Metadata.Name,
                Subject = $"Release/{release.Metadata.Name}",
                Data = new JsonObject
                {
                    ["version"] = release.Spec.Version,
                    ["number"] = release.Spec.Number,
                    ["sha"] = release.Spec.Commit.Sha,
                    ["message"] = release.Spec.Commit.Message?.Split('\n')[0],
                    ["author"] = release.Spec.Commit.Author,
                    ["commitTime"] = release.Spec.Commit.Time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                    ["run"] = release.Spec.Run,
                    ["images"] = images,
                },
            },
            cancellation);
    }

    /// <summary>A JSON list, or words between spaces.</summary>
    private static IReadOnlyList<string> Words(ActionCall call, string input)
    {
        string text = call.Input(input);
        if (!text.StartsWith('['))
        {
            return text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }

        try
        {
            using JsonDocument list = JsonDocument.Parse(text);
            return [.. list.RootElement.EnumerateArray().Select(word => word.GetString() ?? "")];
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new ActionFailure($"'{input}' is not a JSON list of texts: {text}");
        }
    }

    private static Dictionary<string, string> Variables(ActionCall call)
        => call.Lines("env").ToDictionary(
            line => line.Contains('=', StringComparison.Ordinal) ? line.Split('=', 2)[0].Trim() : throw new ActionFailure($"'{line}' in 'env' is not NAME=value."),
            line => line.Split('=', 2)[1],
            StringComparer.Ordinal);

    private static int Port(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
            ? port
            : throw new ActionFailure($"'{text}' is not a port.");
}
