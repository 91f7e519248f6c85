using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Fairway.Workloads.Ownership;
using Fairway.Workloads.ReplicaSets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Workloads.Tests.ReplicaSets;

public sealed class ReplicaSetReconcilerTests : IAsyncDisposable
{
    private static readonly ObjectKey Key = new("shop", "web-abc");

    private readonly ManualTime _time = new();
    private readonly MemoryCluster _cluster;
    private readonly InformerSet _informers;
    private readonly ReplicaSetReconciler _reconciler;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public ReplicaSetReconcilerTests()
    {
        _cluster = new MemoryCluster("dev", _time);
        _cluster.Seed(Sample.Set(3));
        _informers = new InformerSet(_cluster, _time, NullLoggerFactory.Instance);
        _reconciler = new ReplicaSetReconciler(_cluster, _informers, new PodCandidates(_informers.Of<Pod>()), new EventRecorder(_cluster, "test", _time, NullLoggerFactory.Instance), _time);
        _running = _informers.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task Reconcile_AgainWhileTheWatchLags_CreatesNoPodTwice()
    {
        await _informers.WaitForSyncAsync(default);
        _cluster.HoldWatches();
        for (int time = 0; time < 5; time++)
        {
            await TryAsync();
            _time.Advance(TimeSpan.FromMinutes(2)); // also longer than anyone waits for a cache
        }

        _cluster.All<Pod>().Count.ShouldBe(3);
    }

    [Fact]
    public async Task Reconcile_PodDeletedUnseen_IsReplacedOnceTheServerSaysSo()
    {
        await _informers.WaitForSyncAsync(default);
        _cluster.HoldWatches();
        await TryAsync();
        Pod victim = _cluster.All<Pod>()[0];
        await _cluster.DeleteAsync(KindOf<Pod>.Type, "shop", victim.Metadata.Name, Client.DeleteOptions.Background, default);
        _time.Advance(TimeSpan.FromMinutes(2));
        await TryAsync();
        _cluster.All<Pod>().Count.ShouldBe(3);
        _cluster.All<Pod>().ShouldNotContain(pod => pod.Metadata.Uid == victim.Metadata.Uid);
    }

    [Fact]
    public async Task Reconcile_MatchingOrphanAndStranger_AdoptsOneAndReleasesTheOther()
    {
        ReplicaSet set = _cluster.All<ReplicaSet>().Single();
        _cluster.Seed(Sample.Pod("orphan"));
        Pod stranger = Sample.Pod("stranger");
        _cluster.Seed(stranger with
        {
            Metadata = stranger.Metadata with { Labels = new Dictionary<string, string> { ["app"] = "debug" }, OwnerReferences = [Owners.ControllerReference(set)] },
        });
        _ = _informers.Of<Pod>();
        await _informers.WaitForSyncAsync(default);
        await Eventually.Holds(() => _informers.Of<Pod>().List().Count == 2, "both pods");
        await TryAsync();
        _cluster.All<Pod>().Count(pod => pod.Metadata.IsControlledBy(set)).ShouldBe(3);
        Pod adopted = _cluster.All<Pod>().Single(pod => pod.Metadata.Name == "orphan");
        adopted.Metadata.IsControlledBy(set).ShouldBeTrue();
        _cluster.All<Pod>().Single(pod => pod.Metadata.Name == "stranger").Metadata.OwnerReferences.ShouldBeNull();
    }

    [Fact]
    public async Task Reconcile_CreationRefused_SaysSoInTheStatusAndStopsEarly()
    {
        await _informers.WaitForSyncAsync(default);
        int attempts = 0;
        _cluster.OnRequest = (verb, type, _) =>
        {
            if (verb == "create" && type.Plural == "pods")
            {
                attempts++;
                throw new StatusException(403, "Forbidden", "exceeded quota");
            }
        };
        await Should.ThrowAsync<StatusException>(() => _reconciler.ReconcileAsync(Key, default));
        attempts.ShouldBe(1, "the first failure ends the batch");
        Condition failure = _cluster.All<ReplicaSet>().Single().Status!.Conditions!.Single();
        (failure.Type, failure.Status, failure.Reason, failure.Message).ShouldBe(("ReplicaFailure", "True", "FailedCreate", "exceeded quota"));
    }

    private async Task TryAsync()
    {
        try
        {
            await _reconciler.ReconcileAsync(Key, default);
        }
        catch (StatusException refused) when (refused.IsConflict)
        {
            // The cached set is older than its status: the controller would try again.
        }
    }
}
