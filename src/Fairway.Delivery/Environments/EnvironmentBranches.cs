using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;
using Fairway.Git;
using Fairway.Resources.Yaml;

namespace Fairway.Delivery.Environments;

/// <summary>What a commit of an environment branch says about one application.</summary>
/// <param name="Pin">Null when the branch does not have the application.</param>
internal sealed record EnvironmentState(EnvironmentPin? Pin, IReadOnlyList<Manifest> Manifests);

/// <summary>
/// The branches <c>env/&lt;environment&gt;</c> of an application's repository: the desired state of its environments, a file for each
/// object below a folder for each application.
/// </summary>
/// <remarks>Safe for concurrent use. A commit is read once and then remembered, since it never changes.</remarks>
internal sealed class EnvironmentBranches(GitRepositories repositories, TimeProvider time)
{
    private const int Remembered = 512;

    private readonly ConcurrentDictionary<(RepositoryName, string Commit, string Application), EnvironmentState> _read = new();

    public static string BranchOf(string environment) => $"env/{environment}";

    /// <summary>The head of an environment's branch; null when there is no repository or no branch.</summary>
    public async Task<string?> HeadAsync(RepositoryName name, string environment, CancellationToken cancellation)
        => repositories.Find(name) is { } repository
            ? await repository.ResolveAsync($"refs/heads/{BranchOf(environment)}", cancellation)
            : null;

    /// <summary>The application's part of a commit.</summary>
    /// <exception cref="RenderException">A file is not what it should be; the message says where.</exception>
    public async Task<EnvironmentState> ReadAsync(
        RepositoryName name, string commit, string application, string applicationNamespace, string @namespace, CancellationToken cancellation)
    {
        if (_read.TryGetValue((name, commit, application), out EnvironmentState? known))
        {
            return known;
        }

        EnvironmentState state = await LoadAsync(name, commit, application, applicationNamespace, @namespace, cancellation);
        if (_read.Count >= Remembered)
        {
            _read.Clear();
        }

        _read[(name, commit, application)] = state;
        return state;
    }

    /// <summary>Puts a release's manifests and its pin on the branch, conditional on the head that was seen.</summary>
    public async Task<CommitOutcome> WriteAsync(
        RepositoryName name, EnvironmentPin pin, string? head, IReadOnlyList<Manifest> manifests, string message, CancellationToken cancellation)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>?>(StringComparer.Ordinal);
        foreach (Manifest manifest in manifests)
        {
            files[FileOf(pin.Application, manifest, files)] = Encoding.UTF8.GetBytes(YamlWriter.Write(manifest.Node));
        }

        return await CommitAsync(name, pin, head, files, message, cancellation);
    }

    /// <summary>Puts the application's files of an earlier commit back, under a new pin.</summary>
    public async Task<CommitOutcome> RestoreAsync(
        RepositoryName name, EnvironmentPin pin, string? head, string revision, string message, CancellationToken cancellation)
    {
        BareRepository repository = repositories.Get(name);
        var files = new Dictionary<string, ReadOnlyMemory<byte>?>(StringComparer.Ordinal);
        foreach (GitTreeEntry entry in await FilesAsync(repository, revision, pin.Application, cancellation))
        {
            files[entry.Path] = await repository.ReadFileAsync(revision, entry.Path, cancellation);
        }

        return await CommitAsync(name, pin, head, files, message, cancellation);
    }

    private async Task<CommitOutcome> CommitAsync(
        RepositoryName name, EnvironmentPin pin, string? head, Dictionary<string, ReadOnlyMemory<byte>?> files, string message, CancellationToken cancellation)
    {
        BareRepository repository = repositories.Get(name);
        files[$"{pin.Application}/{EnvironmentPin.FileName}"] = Encoding.UTF8.GetBytes(pin.Write());
        if (head is not null)
        {
            foreach (GitTreeEntry old in await FilesAsync(repository, head, pin.Application, cancellation))
            {
                files.TryAdd(old.Path, null);
            }
        }

        return await repository.CommitAsync(
            new CommitRequest
            {
                Branch = BranchOf(pin.Environment),
                ExpectedHead = head,
                Files = files,
                Message = message,
                Author = new GitSignature("Fairway", "delivery@fairway.dev", time.GetUtcNow()),
            },
            cancellation);
    }

    private async Task<EnvironmentState> LoadAsync(
        RepositoryName name, string commit, string application, string applicationNamespace, string @namespace, CancellationToken cancellation)
    {
        BareRepository repository = repositories.Get(name);
        EnvironmentPin? pin = null;
        List<Manifest> written = [];
        foreach (GitTreeEntry entry in await FilesAsync(repository, commit, application, cancellation))
        {
            if (await repository.ReadFileAsync(commit, entry.Path, cancellation) is not { } content)
            {
                continue;
            }

            string text = Encoding.UTF8.GetString(content.Span);
            if (entry.Path == $"{application}/{EnvironmentPin.FileName}")
            {
                pin = EnvironmentPin.Parse(entry.Path, text);
            }
            else if (Path.GetExtension(entry.Path) is ".yaml" or ".yml" or ".json")
            {
                written.AddRange(Renderer.Parse(entry.Path, text));
            }
        }

        if (pin is null || written.Count == 0)
        {
            return new EnvironmentState(pin, []);
        }

        // What a person committed to the branch by hand becomes the application's as what Fairway wrote is.
        var target = new RenderTarget
        {
            Application = application,
            ApplicationNamespace = applicationNamespace,
            Environment = pin.Environment,
            Namespace = @namespace,
            Release = pin.Release,
        };
        return new EnvironmentState(pin, ManifestTransform.Apply(written, target));
    }

    private static async Task<IReadOnlyList<GitTreeEntry>> FilesAsync(
        BareRepository repository, string commit, string application, CancellationToken cancellation)
        => [.. (await repository.ListTreeAsync(commit, cancellation, under: application)).Where(entry => entry.IsFile)];

    private static string FileOf(string application, Manifest manifest, Dictionary<string, ReadOnlyMemory<byte>?> taken)
    {
        string name = new([.. $"{manifest.Kind}-{manifest.Name}".ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_')]);
        string path = $"{application}/{name}.yaml";
        for (int i = 2; taken.ContainsKey(path); i++)
        {
            path = $"{application}/{name}-{i}.yaml";
        }

        return path;
    }
}
