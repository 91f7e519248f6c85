using System.Security.Cryptography;
using System.Text;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Git;
using Fairway.Pipelines.Actions;
using Fairway.Pipelines.Execution;
using Fairway.Pipelines.Runs;
using Fairway.Pipelines.Syntax;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Fairway.Pipelines;

/// <summary>Repositories and pipelines of one platform: their controllers and their endpoints.</summary>
public sealed class PipelinesArea
{
    private readonly PipelineEndpoints _endpoints;
    private readonly ArtifactStore _artifacts;

    private PipelinesArea(PipelineEndpoints endpoints, ArtifactStore artifacts)
    {
        _endpoints = endpoints;
        _artifacts = artifacts;
    }

    /// <summary>Adds the controllers of GitRepository and PipelineRun to a host.</summary>
    /// <param name="host">Runs them.</param>
    /// <param name="hub">The hub cluster, for writes.</param>
    /// <param name="informers">The hub cluster, for watches.</param>
    /// <param name="repositories">The hosted repositories; pushes are taken from here.</param>
    /// <param name="blobs">Where artifacts are kept. See <see cref="ReferencedBlobs"/>.</param>
    /// <param name="images">Where published images go.</param>
    /// <param name="ledger">Where facts go.</param>
    public static PipelinesArea AddTo(
        ControllerHost host,
        IClusterApi hub,
        InformerSet informers,
        GitRepositories repositories,
        BlobStore blobs,
        ImageStore images,
        Ledger ledger,
        PipelinesOptions options,
        TimeProvider time,
        ILoggerFactory logs)
    {
        RunPaths paths = new(options.DataDirectory);
        ActionCatalog actions = new(options.HostActions);
        ActionServices services = new(repositories, blobs, images, ledger, hub, paths, options, time);
        Leftovers leftovers = new($"FAIRWAY_JOB={Instance(options.DataDirectory)}", paths.Processes);
        WorkflowFiles files = new(new WorkflowParser(actions.Interfaces));
        RunServices run = new(
            hub, repositories, files, new JobRunner(paths, actions, services, leftovers, options, time), ledger, new ConcurrencyGroups(), new SemaphoreSlim(options.MaxParallelJobs), options, time);
        RunEngine engine = new(run, leftovers, paths, logs.CreateLogger<RunEngine>());
        RunFactory factory = new(hub);

        PipelineRunReconciler runReconciler = new(hub, engine, paths, options, time);
        host.Add("hub/pipeline-jobs", engine.RunAsync);
        host.Add(new ControllerBuilder("pipeline-runs", informers, time, logs).For<PipelineRun>().Reconcile(runReconciler.ReconcileAsync).WithWorkers(4).Build());
        AddRepositories(host, hub, informers, repositories, factory, files, ledger, options, time, logs);
        return new PipelinesArea(new PipelineEndpoints(hub, new LogReader(paths, engine, time), paths, blobs, repositories, files, factory), new ArtifactStore(paths));
    }

    /// <summary>Serves logs, artifacts, summaries and starting by hand below <c>/fairway/v1</c>.</summary>
    /// <param name="authorize">Asked for each request.</param>
    /// <param name="actor">The name of who asks, for the record.</param>
    public void MapEndpoints(IEndpointRouteBuilder endpoints, AuthorizePipelines authorize, Func<HttpContext, string> actor)
        => _endpoints.Map(endpoints, authorize, actor);

    /// <summary>Digests of blobs that artifacts still need; a collection of garbage keeps them.</summary>
    public IEnumerable<string> ReferencedBlobs() => _artifacts.Digests();

    private static void AddRepositories(
        ControllerHost host,
        IClusterApi hub,
        InformerSet informers,
        GitRepositories repositories,
        RunFactory factory,
        WorkflowFiles files,
        Ledger ledger,
        PipelinesOptions options,
        TimeProvider time,
        ILoggerFactory logs)
    {
        GitRepositoryReconciler reconciler = new(hub, repositories, factory, files, ledger, options, time);
        Controller controller = new ControllerBuilder("git-repositories", informers, time, logs)
            .For<GitRepository>().Reconcile(reconciler.ReconcileAsync).WithWorkers(4).Build();
        repositories.Subscribe(push =>
        {
            reconciler.Tell(push);
            controller.Enqueue(new ObjectKey(push.Repository.Namespace, push.Repository.Name));
        });
        host.Add(controller);
    }

    // Two platforms on one machine must not end each other's steps.
    private static string Instance(string dataDirectory)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(dataDirectory))))[..16];
}
