using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Git;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Runs;

/// <summary>A run that is wanted.</summary>
internal sealed record RunRequest
{
    public required string Workflow { get; init; }

    public required string Event { get; init; }

    public required string Ref { get; init; }

    public required GitCommit Commit { get; init; }

    public string? Before { get; init; }

    public required string Actor { get; init; }

    public IReadOnlyDictionary<string, string>? Inputs { get; init; }

    /// <summary>Tells apart runs of one commit that were started by hand.</summary>
    public string? Suffix { get; init; }
}

/// <summary>Creates PipelineRuns; asking twice for the same creates one.</summary>
internal sealed class RunFactory(IClusterApi hub) : IDisposable
{
    // Numbers count up without two runs taking the same.
    private readonly SemaphoreSlim _numbering = new(1, 1);

    public async Task<PipelineRun> CreateAsync(GitRepository repository, RunRequest request, CancellationToken cancellation)
    {
        string @namespace = repository.Metadata.Namespace ?? "";
        string name = RunNames.For(
            repository.Metadata.Name, request.Commit.Sha, request.Workflow, request.Ref, repository.Spec?.DefaultBranch ?? "main", request.Suffix);
        await _numbering.WaitAsync(cancellation);
        try
        {
            if (await hub.FindAsync<PipelineRun>(@namespace, name, cancellation) is { } there)
            {
                return there;
            }

            IReadOnlyList<PipelineRun> runs = await hub.ListAsync<PipelineRun>(@namespace, cancellation);
            long last = runs
                .Where(run => run.Spec.Repository == repository.Metadata.Name && run.Spec.Workflow == request.Workflow)
                .Select(run => run.Spec.Number)
                .DefaultIfEmpty(0)
                .Max();
            return await hub.CreateAsync(Build(repository, request, name, last + 1), cancellation);
        }
        catch (StatusException refused) when (refused.Reason == "AlreadyExists")
        {
            return await hub.GetAsync<PipelineRun>(@namespace, name, cancellation);
        }
        finally
        {
            _numbering.Release();
        }
    }

    public void Dispose() => _numbering.Dispose();

    private static PipelineRun Build(GitRepository repository, RunRequest request, string name, long number) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = repository.Metadata.Namespace,
            Labels = new Dictionary<string, string> { ["fairway.dev/repository"] = repository.Metadata.Name },
            OwnerReferences = [Owners.ControllerReference(repository)],
        },
        Spec = new PipelineRunSpec
        {
            Repository = repository.Metadata.Name,
            Workflow = request.Workflow,
            Event = request.Event,
            Ref = request.Ref,
            Sha = request.Commit.Sha,
            Version = RunNames.Short(request.Commit.Sha),
            CommitMessage = request.Commit.Message,
            Author = request.Commit.AuthorName,
            CommitTime = request.Commit.CommittedAt,
            Actor = request.Actor,
            Before = request.Before,
            Inputs = request.Inputs,
            Number = number,
        },
    };
}
