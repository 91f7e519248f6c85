using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Git;

namespace Fairway.Delivery.Rendering;

/// <summary>Reads the manifests of a folder at a commit, plain or by Kustomize, and makes them those of a release in an environment.</summary>
/// <remarks>Safe for concurrent use. The tree is exported to a directory of its own, which is removed afterwards.</remarks>
internal sealed class Renderer(GitRepositories repositories, TimeProvider time)
{
    private static readonly EnumerationOptions Files = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly Kustomize _kustomize = new(time);

    /// <summary>The manifests in the order of application.</summary>
    /// <exception cref="RenderException">They cannot be rendered; the message says where and why.</exception>
    public async Task<IReadOnlyList<Manifest>> RenderAsync(
        RepositoryName name, string commit, string path, RenderTarget target, CancellationToken cancellation)
    {
        string folder = Normalize(path);
        string root = Path.Combine(Path.GetTempPath(), $"fairway-render-{Guid.NewGuid():N}");
        try
        {
            BareRepository repository = repositories.Get(name);
            if (await repository.ResolveAsync(commit, cancellation) is not { } sha)
            {
                throw new RenderException($"repository {name} has no commit {commit}");
            }

            await repository.ExportAsync(sha, root, ExportLimits.Default, cancellation);
            return ManifestTransform.Apply(await ReadAsync(root, folder, cancellation), target);
        }
        catch (GitException refused)
        {
            throw new RenderException(refused.Message, refused);
        }
        finally
        {
            if (Directory.Exists(root))
            {
                Directory.Delete(root, recursive: true);
            }
        }
    }

    private async Task<IReadOnlyList<Manifest>> ReadAsync(string root, string folder, CancellationToken cancellation)
    {
        string directory = Path.Combine(root, folder);
        if (!Directory.Exists(directory))
        {
            throw new RenderException($"{(folder.Length == 0 ? "." : folder)}: there is no such folder at this commit; expected the application's manifests");
        }

        if (Array.Exists(Kustomize.FileNames, file => File.Exists(Path.Combine(directory, file))))
        {
            string built = await _kustomize.BuildAsync(root, folder, cancellation);
            return [.. Parse($"{folder} (kustomized)", built)];
        }

        List<Manifest> manifests = [];
        foreach (string file in Directory.EnumerateFiles(directory, "*", Files).Order(StringComparer.Ordinal).Where(IsManifest))
        {
            manifests.AddRange(Parse(Path.GetRelativePath(root, file), await File.ReadAllTextAsync(file, cancellation)));
        }

        return manifests;
    }

    /// <summary>The objects of one file.</summary>
    internal static IEnumerable<Manifest> Parse(string file, string text)
    {
        foreach ((JsonNode node, int line) in file.EndsWith(".json", StringComparison.Ordinal) ? Json(file, text) : ManifestYaml.Read(file, text))
        {
            yield return node is JsonObject members
                ? new Manifest(members, $"{file}:{line}")
                : throw new RenderException($"{file}:{line}: {Short(node)}; expected an object with apiVersion, kind and metadata");
        }
    }

    private static IReadOnlyList<(JsonNode Node, int Line)> Json(string file, string text)
    {
        try
        {
            return JsonNode.Parse(text) is { } node ? [(node, 1)] : [];
        }
        catch (JsonException bad)
        {
            throw new RenderException($"{file}:{bad.LineNumber + 1}: not valid JSON: {bad.Message}", bad);
        }
    }

    private static bool IsManifest(string file) => Path.GetExtension(file) is ".yaml" or ".yml" or ".json";

    private static string Short(JsonNode node)
    {
        string text = node.ToJsonString();
        return text.Length <= 60 ? text : new StringBuilder(text, 0, 57, 60).Append('…').ToString();
    }

    private static string Normalize(string path)
    {
        string[] parts = [.. path.Split('/', '\\').Where(part => part is not ("" or "."))];
        return Array.Exists(parts, part => part is ".." or ".git")
            ? throw new RenderException($"path \"{path}\": expected a folder inside the repository")
            : string.Join('/', parts);
    }
}
