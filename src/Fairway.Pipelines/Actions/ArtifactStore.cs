using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Pipelines.Execution;
using Fairway.Resources;

namespace Fairway.Pipelines.Actions;

/// <summary>What a run uploaded under one name: files by content. The contents are in the blob store.</summary>
public sealed record Artifact
{
    public required string Name { get; init; }

    /// <summary>The job that uploaded it.</summary>
    public required string Job { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required IReadOnlyList<ArtifactFile> Files { get; init; }

    /// <summary>In bytes.</summary>
    public long Size => Files.Sum(file => file.Size);
}

/// <summary>A file of an artifact.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Digest">Of its content.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Executable">Whether it may be run.</param>
public sealed record ArtifactFile(string Path, string Digest, long Size, bool Executable);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false)]
[JsonSerializable(typeof(Artifact))]
[JsonSerializable(typeof(IReadOnlyList<Artifact>))]
internal sealed partial class ArtifactJson : JsonSerializerContext;

/// <summary>The artifacts of runs: one small file of JSON for each, written whole or not at all.</summary>
internal sealed class ArtifactStore(RunPaths paths)
{
    private static readonly char[] Forbidden = ['"', ':', '<', '>', '|', '*', '?', '\r', '\n', '\\', '/'];

    public static bool IsName(string name) => name.Length is > 0 and <= 200 && name is not ("." or "..") && name.IndexOfAny(Forbidden) < 0;

    public Artifact? Find(ObjectKey run, string name)
    {
        string path = FileOf(run, name);
        return IsName(name) && File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ArtifactJson.Default.Artifact) : null;
    }

    public IReadOnlyList<Artifact> List(ObjectKey run)
    {
        string directory = paths.ArtifactDirectory(run);
        return !Directory.Exists(directory) ? [] :
        [
            .. Directory.EnumerateFiles(directory, "*.json")
                .Select(file => JsonSerializer.Deserialize(File.ReadAllBytes(file), ArtifactJson.Default.Artifact)!)
                .OrderBy(artifact => artifact.Name, StringComparer.Ordinal),
        ];
    }

    public void Save(ObjectKey run, Artifact artifact)
    {
        string path = FileOf(run, artifact.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string aside = path + ".new";
        using (FileStream file = new(aside, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, artifact, ArtifactJson.Default.Artifact);
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Digests that some run's artifacts still name.</summary>
    public IEnumerable<string> Digests()
        => Directory.Exists(paths.Runs)
            ? Directory.EnumerateFiles(paths.Runs, "*.json", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == "artifacts")
                .SelectMany(file => JsonSerializer.Deserialize(File.ReadAllBytes(file), ArtifactJson.Default.Artifact)!.Files)
                .Select(file => file.Digest)
            : [];

    private string FileOf(ObjectKey run, string name) => Path.Combine(paths.ArtifactDirectory(run), name + ".json");
}
