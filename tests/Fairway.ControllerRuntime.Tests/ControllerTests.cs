using System.Collections.Concurrent;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.ControllerRuntime.Tests;

public sealed class ControllerTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly MemoryCluster _cluster;
    private readonly InformerSet _set;
    private readonly ControllerHost _host;

    public ControllerTests()
    {
        _cluster = new MemoryCluster("dev", _time);
        _set = new InformerSet(_cluster, _time, NullLoggerFactory.Instance);
        _host = new ControllerHost(_time, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Controller_ObjectsAndChildren_ReconcilesTheOwnersKey()
    {
        var seen = new ConcurrentQueue<ObjectKey>();
        Controller controller = Builder().For<ConfigMap>().Owns<Secret>().Reconcile((key, _) =>
        {
            seen.Enqueue(key);
            return Task.FromResult(ReconcileResult.Done);
        }).Build();
        _host.Add(controller);
        ConfigMap owner = _cluster.Seed(new ConfigMap { Metadata = new ObjectMeta { Name = "owner", Namespace = "shop" } });
        await _host.StartAsync(default);
        await Eventually.Holds(() => seen.Count == 1, "the first look");
        await _cluster.CreateAsync(
            new Secret { Metadata = new ObjectMeta { Name = "child", Namespace = "shop", OwnerReferences = [Owners.ControllerReference(owner)] } }, default);
        await Eventually.Holds(() => seen.Count == 2, "a look because of the child");
        seen.ShouldAllBe(key => key == new ObjectKey("shop", "owner"));
        controller.Health.Name.ShouldBe("dev/test");
    }

    [Fact]
    public async Task Controller_ReconcileThrows_RetriesWithBackoffAndShowsIt()
    {
        int calls = 0;
        Controller controller = Builder().For<ConfigMap>().Reconcile((_, _) =>
            ++calls < 3 ? throw new InvalidOperationException("not yet") : Task.FromResult(ReconcileResult.Done)).Build();
        _host.Add(controller);
        _cluster.Seed(new ConfigMap { Metadata = new ObjectMeta { Name = "one", Namespace = "shop" } });
        await _host.StartAsync(default);
        await Eventually.Holds(() => controller.Health is { Failures: 1, Delayed: 1 }, "the first failure");
        controller.Health.LastError.ShouldBe("shop/one: not yet");
        _time.Advance(TimeSpan.FromMilliseconds(5));
        await Eventually.Holds(() => controller.Health is { Failures: 2, Delayed: 1 }, "the second failure");
        _time.Advance(TimeSpan.FromMilliseconds(5));
        controller.Health.QueueLength.ShouldBe(0, "the second wait is twice as long");
        _time.Advance(TimeSpan.FromMilliseconds(5));
        await Eventually.Holds(() => controller.Health.LastSuccess is not null, "success");
    }

    [Fact]
    public async Task Controller_FailingReconcileWritesItsStatus_StillBacksOff()
    {
        ReplicaSet set = _cluster.Seed(new ReplicaSet
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "shop", Generation = 1 },
            Spec = new ReplicaSetSpec { Selector = new() },
        });
        int calls = 0;
        Controller controller = Builder().For<ReplicaSet>().Reconcile(async (_, cancellation) =>
        {
            set = await _cluster.WriteStatusAsync(set, set with { Status = new ReplicaSetStatus { Replicas = ++calls } }, cancellation);
            throw new InvalidOperationException($"refused web-{calls}");
        }).Build();
        _host.Add(controller);
        await _host.StartAsync(default);
        for (int failure = 1; failure <= 8; failure++)
        {
            await Eventually.Holds(
                () => controller.Health is { Delayed: 1, QueueLength: 0 } && _set.Of<ReplicaSet>().List().Single().Status?.Replicas == calls, "the wait");
            controller.Health.Failures.ShouldBe(failure);
            _time.Advance(Backoff.OfKeys.After(failure));
            await Eventually.Holds(() => controller.Health.Failures == failure + 1, "the retry at its time");
        }

        await _cluster.WriteAsync(set, set with { Metadata = set.Metadata with { Annotations = new Dictionary<string, string> { ["try"] = "again" } } }, default);
        await Eventually.Holds(() => calls == 10, "a look at once when people change the object");
    }

    [Fact]
    public async Task Controller_RequeueAfter_LooksAgainThen()
    {
        int calls = 0;
        Controller controller = Builder().For<ConfigMap>().Reconcile((_, _) =>
        {
            calls++;
            return Task.FromResult(ReconcileResult.After(TimeSpan.FromMinutes(10)));
        }).Build();
        _host.Add(controller);
        _cluster.Seed(new ConfigMap { Metadata = new ObjectMeta { Name = "one", Namespace = "shop" } });
        await _host.StartAsync(default);
        await Eventually.Holds(() => controller.Health is { Reconciles: 1, Delayed: 1 }, "the first look");
        _time.Advance(TimeSpan.FromMinutes(10));
        await Eventually.Holds(() => calls == 2, "the second look");
    }

    [Fact]
    public async Task Controller_ManyWorkers_NeverWorksOnOneKeyTwiceAtOnce()
    {
        var underWay = new ConcurrentDictionary<ObjectKey, int>();
        int overlaps = 0;
        int calls = 0;
        Controller controller = Builder().For<ConfigMap>().WithWorkers(8).Reconcile(async (key, _) =>
        {
            if (underWay.AddOrUpdate(key, 1, (_, count) => count + 1) > 1)
            {
                Interlocked.Increment(ref overlaps);
            }

            await Task.Yield();
            underWay.AddOrUpdate(key, 0, (_, count) => count - 1);
            Interlocked.Increment(ref calls);
            return ReconcileResult.Done;
        }).Build();
        _host.Add(controller);
        await _host.StartAsync(default);
        var keys = Enumerable.Range(0, 4).Select(number => new ObjectKey("shop", $"m{number}")).ToArray();
        await Eventually.Holds(() => controller.Health.State == ControllerState.Running, "the start");
        for (int round = 0; round < 500; round++)
        {
            controller.Enqueue(keys[round % keys.Length]);
            await Task.Yield();
        }

        await Eventually.Holds(() => calls >= 4 && controller.Health.QueueLength == 0, "all work done");
        overlaps.ShouldBe(0);
    }

    [Fact]
    public async Task Host_PartCrashes_StartsItAgainAndKeepsTheOthers()
    {
        int starts = 0;
        bool neighbourEnded = false;
        _host.Add("fragile", _ =>
        {
            starts++;
            throw new InvalidOperationException("fell over");
        });
        _host.Add("neighbour", async cancellation =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            }
            finally
            {
                neighbourEnded = !cancellation.IsCancellationRequested;
            }
        });
        await _host.StartAsync(default);
        await Eventually.Holds(() => _host.Health.First(part => part.Name == "fragile").Restarts == 1 && _time.Waiting > 0, "the first crash");
        _host.Health.First(part => part.Name == "fragile").LastError.ShouldBe("fell over");
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await Eventually.Holds(() => starts == 2, "the second start");
        neighbourEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task EventRecorder_SameThingTwice_CountsInOneEvent()
    {
        var recorder = new EventRecorder(_cluster, "tester", _time, NullLoggerFactory.Instance);
        _host.Add("events", recorder.RunAsync);
        await _host.StartAsync(default);
        ConfigMap about = _cluster.Seed(new ConfigMap { Metadata = new ObjectMeta { Name = "one", Namespace = "shop" } });
        recorder.Normal(about, "Created", "Created pod: x");
        recorder.Normal(about, "Created", "Created pod: x");
        recorder.Warning(about, "Failed", "no");
        await Eventually.Holds(() => _cluster.All<Event>().Count == 2, "two events");
        Event counted = _cluster.All<Event>().Single(one => one.Reason == "Created");
        counted.Count.ShouldBe(2);
        counted.InvolvedObject.Uid.ShouldBe(about.Metadata.Uid);
        counted.Source!.Component.ShouldBe("tester");
    }

    private ControllerBuilder Builder() => new("test", _set, _time, NullLoggerFactory.Instance);
}
