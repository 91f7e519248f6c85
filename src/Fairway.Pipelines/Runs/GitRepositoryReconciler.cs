using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Git;
using Fairway.Pipelines.Syntax;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;

namespace Fairway.Pipelines.Runs;

/// <summary>
/// Keeps a bare repository for each GitRepository, and turns what was pushed into facts and runs. Pushes are told as they
/// happen; what was missed while the platform was down is found by comparing heads with the status.
/// </summary>
internal sealed class GitRepositoryReconciler(
    IClusterApi hub, GitRepositories repositories, RunFactory runs, WorkflowFiles files, Ledger ledger, PipelinesOptions options, TimeProvider time)
{
    /// <summary>Holds a GitRepository until its data are removed.</summary>
    public const string Finalizer = "fairway.dev/git";

    private static readonly string[] SkipMarks = ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"];

    // Who pushed what, until it is dealt with. Lost with the process; heads are then compared, and the committer counts as the pusher.
    private readonly ConcurrentDictionary<RepositoryName, ConcurrentQueue<PushReceived>> _told = new();

    /// <summary>A push happened.</summary>
    public void Tell(PushReceived push) => _told.GetOrAdd(push.Repository, static _ => new()).Enqueue(push);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        GitRepository? resource = await hub.FindAsync<GitRepository>(key.Namespace, key.Name, cancellation);
        if (resource is null)
        {
            return ReconcileResult.Done;
        }

        if (!RepositoryName.TryOf(key.Namespace, key.Name, out RepositoryName? name))
        {
            return await RefuseAsync(resource, $"'{key}' cannot be a repository's name: lower-case letters, digits, '-' and single dots are taken.", cancellation);
        }

        if (resource.Metadata.DeletionTimestamp is not null)
        {
            repositories.Delete(name);
            await hub.WriteAsync(resource, resource with { Metadata = resource.Metadata.WithoutFinalizer(Finalizer) }, cancellation);
            return ReconcileResult.Done;
        }

        string branch = resource.Spec?.DefaultBranch ?? "main";
        if (!BranchNames.IsValid(branch))
        {
            return await RefuseAsync(resource, $"'{branch}' is not a branch name.", cancellation);
        }

        resource = await hub.WriteAsync(resource, resource with { Metadata = resource.Metadata.WithFinalizer(Finalizer) }, cancellation);
        BareRepository repository = await repositories.EnsureAsync(name, branch, cancellation);
        await TakePushesAsync(resource, repository, cancellation);
        return ReconcileResult.Done;
    }

    private async Task<ReconcileResult> RefuseAsync(GitRepository resource, string why, CancellationToken cancellation)
    {
        GitRepositoryStatus status = (resource.Status ?? new GitRepositoryStatus()) with
        {
            Conditions = resource.Status?.Conditions.With(new Condition { Type = "Ready", Status = "False", Reason = "Invalid", Message = why }, time.GetUtcNow())
                ?? ((IReadOnlyList<Condition>?)null).With(new Condition { Type = "Ready", Status = "False", Reason = "Invalid", Message = why }, time.GetUtcNow()),
        };
        await hub.WriteStatusAsync(resource, resource with { Status = status }, cancellation);
        return ReconcileResult.Done;
    }

    /// <summary>Facts and runs come before the status that says they were made: after a crash in between they are made again, and found to be there.</summary>
    private async Task TakePushesAsync(GitRepository resource, BareRepository repository, CancellationToken cancellation)
    {
        ConcurrentQueue<PushReceived> told = _told.GetOrAdd(repository.Name, static _ => new());
        PushReceived[] pushes = [.. told];
        IReadOnlyDictionary<string, string> refs = await repository.RefsAsync(cancellation);
        Dictionary<string, GitBranch> known = Known(resource);
        foreach (PushReceived push in await CompleteAsync(repository, known, refs, pushes, cancellation))
        {
            await TakeAsync(resource, repository, push, cancellation);
            Note(known, push);
        }

        await WriteStatusAsync(resource, known, cancellation);
        for (int i = 0; i < pushes.Length; i++)
        {
            told.TryDequeue(out _);
        }
    }

    /// <summary>Pushes that were told and are still new, and for refs that moved untold one each.</summary>
    private static async Task<IReadOnlyList<PushReceived>> CompleteAsync(
        BareRepository repository, Dictionary<string, GitBranch> known, IReadOnlyDictionary<string, string> refs, PushReceived[] told, CancellationToken cancellation)
    {
        List<PushReceived> all = [];
        Dictionary<string, string?> seen = known.ToDictionary(branch => branch.Key, branch => (string?)branch.Value.Sha, StringComparer.Ordinal);
        foreach (PushReceived push in told.Where(push => seen.GetValueOrDefault(push.Ref) != push.NewSha))
        {
            all.Add(push with { OldSha = seen.GetValueOrDefault(push.Ref) });
            seen[push.Ref] = push.NewSha;
        }

        foreach (string name in seen.Keys.Union(refs.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray())
        {
            string? now = refs.GetValueOrDefault(name);
            if (now != seen.GetValueOrDefault(name))
            {
                string? committer = now is null ? null : (await repository.CommitAtAsync(now, cancellation))?.CommitterName;
                all.Add(new PushReceived(repository.Name, name, seen.GetValueOrDefault(name), now, committer ?? "unknown")
                {
                    ByPlatform = name.StartsWith("refs/heads/env/", StringComparison.Ordinal),
                });
            }
        }

        return all;
    }

    private async Task TakeAsync(GitRepository resource, BareRepository repository, PushReceived push, CancellationToken cancellation)
    {
        GitCommit? commit = push.NewSha is null ? null : await repository.CommitAtAsync(push.NewSha, cancellation);
        if (!push.ByPlatform)
        {
            await TellAsync(push, commit, cancellation);
        }

        if (commit is null || push.ByPlatform || Array.Exists(SkipMarks, mark => commit.Message.Contains(mark, StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        foreach (string path in await WorkflowFiles.ListAsync(repository, commit.Sha, cancellation))
        {
            WorkflowParse parse = (await files.ReadAsync(repository, commit.Sha, path, cancellation))!;
            if (await IsStartedAsync(repository, parse, push, commit, cancellation))
            {
                RunRequest request = new() { Workflow = path, Event = "push", Ref = push.Ref, Commit = commit, Before = push.OldSha, Actor = push.Actor };
                await runs.CreateAsync(resource, request, cancellation);
            }
        }
    }

    /// <summary>A file whose triggers cannot be read starts too: its run is refused, and says what is wrong.</summary>
    private static async Task<bool> IsStartedAsync(BareRepository repository, WorkflowParse parse, PushReceived push, GitCommit commit, CancellationToken cancellation)
    {
        if (parse.On is null)
        {
            return parse.Workflow is null;
        }

        if (parse.On.Push is not { } filter)
        {
            return false;
        }

        bool needsPaths = filter.Paths is not null || filter.PathsIgnore is not null;
        string[] changed = needsPaths ? await ChangedAsync(repository, push, commit, cancellation) : [];
        return filter.Matches(push.Ref, () => changed);
    }

    private static async Task<string[]> ChangedAsync(BareRepository repository, PushReceived push, GitCommit commit, CancellationToken cancellation)
    {
        string? before = push.OldSha;
        if (before is null || await repository.ResolveAsync(before, cancellation) is null)
        {
            before = commit.Parents.Count > 0 ? commit.Parents[0] : null;
        }

        return [.. (await repository.DiffAsync(before, commit.Sha, cancellation)).Select(change => change.Path)];
    }

    private Task TellAsync(PushReceived push, GitCommit? commit, CancellationToken cancellation)
    {
        Fact fact = new()
        {
            Type = FactTypes.PushReceived,
            Actor = push.Actor,
            Namespace = push.Repository.Namespace,
            Subject = $"GitRepository/{push.Repository.Name}",
            Data = new JsonObject
            {
                ["repository"] = push.Repository.Name,
                ["ref"] = push.Ref,
                ["old"] = push.OldSha,
                ["sha"] = push.NewSha,
                ["message"] = commit?.Subject,
                ["author"] = commit?.AuthorName,
            },
        };
        return ledger.AppendOnceAsync(
            fact,
            there => (string?)there.Data?["ref"] == push.Ref && (string?)there.Data?["sha"] == push.NewSha && (string?)there.Data?["old"] == push.OldSha,
            cancellation);
    }

    private static Dictionary<string, GitBranch> Known(GitRepository resource)
    {
        Dictionary<string, GitBranch> known = new(StringComparer.Ordinal);
        foreach (GitBranch branch in resource.Status?.Branches ?? [])
        {
            known["refs/heads/" + branch.Name] = branch;
        }

        foreach (GitBranch tag in resource.Status?.Tags ?? [])
        {
            known["refs/tags/" + tag.Name] = tag;
        }

        return known;
    }

    private void Note(Dictionary<string, GitBranch> known, PushReceived push)
    {
        if (push.NewSha is null)
        {
            known.Remove(push.Ref);
        }
        else
        {
            string name = push.Ref[(push.Ref.IndexOf('/', "refs/".Length) + 1)..];
            known[push.Ref] = new GitBranch { Name = name, Sha = push.NewSha, PushedAt = time.GetUtcNow(), PushedBy = push.Actor };
        }
    }

    private async Task WriteStatusAsync(GitRepository resource, Dictionary<string, GitBranch> known, CancellationToken cancellation)
    {
        GitRepositoryStatus status = (resource.Status ?? new GitRepositoryStatus()) with
        {
            Url = $"{options.GitUrl()}/{resource.Metadata.Namespace}/{resource.Metadata.Name}.git",
            Branches = Of("refs/heads/", known),
            Tags = Of("refs/tags/", known),
            Conditions = (resource.Status?.Conditions).With(new Condition { Type = "Ready", Status = "True", Reason = "Served", Message = "The repository is served." }, time.GetUtcNow()),
        };
        await hub.WriteStatusAsync(resource, resource with { Status = status }, cancellation);
    }

    private static GitBranch[] Of(string prefix, Dictionary<string, GitBranch> known)
        => [.. known.Where(branch => branch.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(branch => branch.Value).OrderBy(branch => branch.Name, StringComparer.Ordinal)];
}
