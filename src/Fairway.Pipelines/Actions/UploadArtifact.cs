using System.Globalization;
using Fairway.Pipelines.Execution;
using Fairway.Storage;

namespace Fairway.Pipelines.Actions;

/// <summary><c>actions/upload-artifact</c>: keeps files of the workspace with the run.</summary>
internal static class UploadArtifact
{
    public static BuiltInAction Action { get; } = new(
        new(
            "actions/upload-artifact",
            ["name", "path", "if-no-files-found", "overwrite", "include-hidden-files"],
            ["path"],
            new Dictionary<string, string>
            {
                ["retention-days"] = "artifacts stay as long as their run.",
                ["compression-level"] = "files are kept as they are.",
            },
            new Dictionary<string, string> { ["archive"] = "artifacts are kept as files." }),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        string name = call.Input("name", "artifact");
        if (!ArtifactStore.IsName(name))
        {
            throw new ActionFailure($"'{name}' cannot be an artifact's name: \" : < > | * ? \\ / and line breaks are not allowed.");
        }

        ArtifactStore store = new(call.Services.Paths);
        if (store.Find(call.Job.Key, name) is { } there && there.Job != call.Job.State.Id && !call.Flag("overwrite"))
        {
            throw new ActionFailure($"The run has an artifact '{name}' already, from the job '{there.Job}'. Choose another name, or set overwrite.");
        }

        IReadOnlyList<string> patterns = call.Lines("path");
        IReadOnlyList<string> files = FileGlob.Find(call.Environment.Workspace, patterns, call.Flag("include-hidden-files"));
        if (files.Count == 0)
        {
            NothingFound(call, string.Join(", ", patterns));
            return;
        }

        string root = FileGlob.CommonDirectory(call.Environment.Workspace, patterns, files);
        List<ArtifactFile> kept = [];
        foreach (string file in files)
        {
            await using FileStream content = File.OpenRead(file);
            BlobDescriptor blob = await call.Services.Blobs.WriteAsync(content, cancellation);
            bool executable = !OperatingSystem.IsWindows() && File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);
            kept.Add(new ArtifactFile(Path.GetRelativePath(root, file).Replace('\\', '/'), blob.Digest, blob.Size, executable));
        }

        Artifact artifact = new() { Name = name, Job = call.Job.State.Id, CreatedAt = call.Services.Time.GetUtcNow(), Files = kept };
        store.Save(call.Job.Key, artifact);
        call.Say(string.Create(CultureInfo.InvariantCulture, $"Uploaded '{name}': {kept.Count} files, {artifact.Size} bytes."));
        call.Channel.SetOutput("artifact-id", name);
        call.Channel.SetOutput("artifact-url", $"{call.Services.Options.PortalUrl()}/fairway/v1/runs/{call.Job.Key.Namespace}/{call.Job.Key.Name}/artifacts/{Uri.EscapeDataString(name)}");
    }

    private static void NothingFound(ActionCall call, string patterns)
    {
        string message = $"No files were found with the path: {patterns}. No artifact is uploaded.";
        switch (call.Input("if-no-files-found", "warn"))
        {
            case "error":
                throw new ActionFailure(message);
            case "ignore":
                call.Say(message);
                break;
            default:
                call.Channel.Warning(message);
                break;
        }
    }
}

/// <summary><c>actions/download-artifact</c>: brings files that an earlier job of the run uploaded.</summary>
internal static class DownloadArtifact
{
    public static BuiltInAction Action { get; } = new(
        new(
            "actions/download-artifact",
            ["name", "path", "pattern", "merge-multiple"],
            [],
            new Dictionary<string, string> { ["digest-mismatch"] = "files are kept by digest and cannot differ." },
            new Dictionary<string, string>
            {
                ["run-id"] = "artifacts come from the same run.",
                ["repository"] = "artifacts come from the same run.",
                ["github-token"] = "artifacts come from the same run.",
                ["artifact-ids"] = "name the artifact instead.",
                ["skip-decompress"] = "artifacts are kept as files.",
            }),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        ArtifactStore store = new(call.Services.Paths);
        string target = call.InWorkspace(call.Input("path", "."));
        if (call.Input("name") is { Length: > 0 } name)
        {
            Artifact artifact = store.Find(call.Job.Key, name)
                ?? throw new ActionFailure($"The run has no artifact '{name}'. It has: {Known(store.List(call.Job.Key))}.");
            await WriteAsync(call, artifact, target, cancellation);
        }
        else
        {
            Syntax.GlobList? pattern = call.Input("pattern") is { Length: > 0 } glob ? Syntax.GlobList.Of(glob) : null;
            foreach (Artifact artifact in store.List(call.Job.Key).Where(artifact => pattern?.Includes(artifact.Name) ?? true))
            {
                await WriteAsync(call, artifact, call.Flag("merge-multiple") ? target : Path.Combine(target, artifact.Name), cancellation);
            }
        }

        call.Channel.SetOutput("download-path", target);
    }

    private static string Known(IReadOnlyList<Artifact> artifacts)
        => artifacts.Count == 0 ? "none" : string.Join(", ", artifacts.Select(artifact => $"'{artifact.Name}'"));

    private static async Task WriteAsync(ActionCall call, Artifact artifact, string target, CancellationToken cancellation)
    {
        foreach (ArtifactFile file in artifact.Files)
        {
            string path = Path.GetFullPath(Path.Combine(target, file.Path));
            if (!FileGlob.IsBelow(path, target))
            {
                throw new ActionFailure($"'{file.Path}' of '{artifact.Name}' leads out of the workspace.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using Stream content = call.Services.Blobs.Open(file.Digest);
            await using FileStream written = new(path, FileMode.Create, FileAccess.Write);
            await content.CopyToAsync(written, cancellation);
            if (file.Executable && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(written.SafeFileHandle, File.GetUnixFileMode(written.SafeFileHandle) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            }
        }

        call.Say(string.Create(CultureInfo.InvariantCulture, $"Downloaded '{artifact.Name}': {artifact.Files.Count} files, {artifact.Size} bytes."));
    }
}
