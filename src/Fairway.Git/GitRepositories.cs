using System.Collections.Concurrent;

namespace Fairway.Git;

/// <summary>The bare repositories below one directory, at <c>&lt;namespace&gt;/&lt;name&gt;.git</c>.</summary>
/// <remarks>Safe for concurrent use. Whether a repository exists is read from disk, so nothing is lost with the process.</remarks>
public sealed class GitRepositories
{
    private const string HookText = """
        #!/bin/sh
        # Environment branches are the record of what runs where: they only grow.
        ref="$1" old="$2" new="$3"
        zero=0000000000000000000000000000000000000000
        case "$ref" in
        refs/heads/env/*)
          if [ "$new" = "$zero" ]; then
            echo "fairway: $ref is an environment branch and cannot be deleted" >&2; exit 1
          fi
          if [ "$old" != "$zero" ] && ! git merge-base --is-ancestor "$old" "$new"; then
            echo "fairway: $ref is an environment branch; push a commit on top of it, history cannot be rewritten" >&2; exit 1
          fi ;;
        refs/fairway/*)
          echo "fairway: $ref is kept by the platform" >&2; exit 1 ;;
        esac
        exit 0

        """;

    private readonly string _root;
    private readonly ConcurrentDictionary<RepositoryName, BareRepository> _open = new();
    private readonly ConcurrentDictionary<Guid, Action<PushReceived>> _subscribers = new();

    public GitRepositories(string root, GitProgram git)
    {
        _root = Path.GetFullPath(root);
        Git = git;
        Directory.CreateDirectory(_root);
    }

    public GitProgram Git { get; }

    /// <summary>Where a repository is or would be on disk.</summary>
    public string DirectoryOf(RepositoryName name) => Path.Combine(_root, name.Namespace, name.Name + ".git");

    /// <summary>The repository, or null when there is none.</summary>
    public BareRepository? Find(RepositoryName name)
    {
        string directory = DirectoryOf(name);
        if (!File.Exists(Path.Combine(directory, "HEAD")))
        {
            _open.TryRemove(name, out _);
            return null;
        }

        return _open.GetOrAdd(name, key => new BareRepository(key, directory, Git, Publish));
    }

    /// <summary>The repository.</summary>
    /// <exception cref="GitException">There is none.</exception>
    public BareRepository Get(RepositoryName name) => Find(name) ?? throw new GitException($"There is no repository {name}.");

    /// <summary>Every repository on disk.</summary>
    public IReadOnlyList<RepositoryName> List()
    {
        List<RepositoryName> names = [];
        foreach (string directory in Directory.EnumerateDirectories(_root))
        {
            foreach (string repository in Directory.EnumerateDirectories(directory, "*.git"))
            {
                if (RepositoryName.TryOf(Path.GetFileName(directory), Path.GetFileNameWithoutExtension(repository), out RepositoryName? name))
                {
                    names.Add(name);
                }
            }
        }

        return names;
    }

    /// <summary>Creates the repository, or opens it when it is there; either way its settings and hooks are the current ones.</summary>
    /// <remarks>A new repository appears whole: it is made aside and renamed into place.</remarks>
    public async Task<BareRepository> EnsureAsync(RepositoryName name, string defaultBranch, CancellationToken cancellation)
    {
        BranchNames.Require(defaultBranch);
        string directory = DirectoryOf(name);
        if (!File.Exists(Path.Combine(directory, "HEAD")))
        {
            await CreateAsync(directory, defaultBranch, cancellation);
        }
        else
        {
            await WriteHookAsync(directory, cancellation);
            await Git.RunAsync(directory, ["symbolic-ref", "HEAD", $"refs/heads/{defaultBranch}"], cancellation);
        }

        return Get(name);
    }

    /// <summary>Removes the repository and all that is in it. One that is not there is no error.</summary>
    public void Delete(RepositoryName name)
    {
        string directory = DirectoryOf(name);
        _open.TryRemove(name, out _);
        if (Directory.Exists(directory))
        {
            string aside = Path.Combine(_root, $".deleted-{Guid.NewGuid():N}");
            Directory.Move(directory, aside);
            Directory.Delete(aside, recursive: true);
        }
    }

    /// <summary>Calls back, in the writer's flow, after each move of a ref. The callback must be quick and must not throw.</summary>
    /// <returns>Ends the subscription.</returns>
    /// <remarks>A hint and no more: what was pushed just before a crash is found by comparing heads.</remarks>
    public IDisposable Subscribe(Action<PushReceived> received)
    {
        Guid id = Guid.NewGuid();
        _subscribers[id] = received;
        return new Subscription(() => _subscribers.TryRemove(id, out _));
    }

    internal void Publish(PushReceived push)
    {
        foreach (Action<PushReceived> subscriber in _subscribers.Values)
        {
            subscriber(push);
        }
    }

    private async Task CreateAsync(string directory, string defaultBranch, CancellationToken cancellation)
    {
        string aside = Path.Combine(_root, $".new-{Guid.NewGuid():N}");
        try
        {
            await Git.RunAsync(null, ["init", "--bare", "--quiet", $"--initial-branch={defaultBranch}", "--template=", aside], cancellation);
            await File.AppendAllTextAsync(Path.Combine(aside, "config"), Settings, cancellation);
            await WriteHookAsync(aside, cancellation);
            Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
            Directory.Move(aside, directory);
        }
        catch (IOException) when (File.Exists(Path.Combine(directory, "HEAD")))
        {
            // Someone else created it at the same time: theirs is as good.
        }
        finally
        {
            if (Directory.Exists(aside))
            {
                Directory.Delete(aside, recursive: true);
            }
        }
    }

    private static async Task WriteHookAsync(string directory, CancellationToken cancellation)
    {
        string hook = Path.Combine(directory, "hooks", "update");
        if (File.Exists(hook) && string.Equals(await File.ReadAllTextAsync(hook, cancellation), HookText, StringComparison.Ordinal))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(hook)!);
        await File.WriteAllTextAsync(hook, HookText, cancellation);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(hook, (UnixFileMode)0b111_101_101);
        }
    }

    // What is pushed is checked and durable before it is acknowledged; housekeeping leaves no process behind.
    private const string Settings = """
        [receive]
        	fsckObjects = true
        	maxInputSize = 1g
        [core]
        	fsync = objects,reference
        [gc]
        	autoDetach = false
        [http]
        	receivepack = true
        [uploadpack]
        	allowFilter = true
        	allowAnySHA1InWant = true
        	hideRefs = refs/fairway

        """;

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
