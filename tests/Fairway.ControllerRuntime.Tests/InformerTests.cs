using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.ControllerRuntime.Tests;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly MemoryCluster _cluster = new("dev", TimeProvider.System);
    private readonly InformerSet _set;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public InformerTests()
    {
        _set = new InformerSet(_cluster, TimeProvider.System, NullLoggerFactory.Instance);
        _running = _set.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task Informer_ObjectsBeforeAndAfterTheList_ShowsBoth()
    {
        _cluster.Seed(Map("shop", "before"));
        Informer<ConfigMap> informer = _set.Of<ConfigMap>();
        await informer.WaitForSyncAsync(default);
        informer.Get("shop", "before").ShouldNotBeNull();
        await _cluster.CreateAsync(Map("shop", "after"), default);
        await Eventually.Holds(() => informer.List("shop").Count == 2, "two maps");
        await _cluster.DeleteAsync(Map("shop", "before"), default, DeleteOptions.Background);
        await Eventually.Holds(() => informer.Get("shop", "before") is null, "one map gone");
        informer.List("other").ShouldBeEmpty();
    }

    [Fact]
    public async Task Informer_WatchDropped_ResumesWithoutListing()
    {
        int lists = 0;
        _cluster.OnRequest = (verb, _, _) => lists += verb == "list" ? 1 : 0;
        Informer<ConfigMap> informer = _set.Of<ConfigMap>();
        await informer.WaitForSyncAsync(default);
        _cluster.DropWatches();
        await _cluster.CreateAsync(Map("shop", "one"), default);
        await Eventually.Holds(() => informer.Get("shop", "one") is not null, "the map created while nobody watched");
        lists.ShouldBe(1);
    }

    [Fact]
    public async Task Informer_PlaceExpired_ListsAgainAndAnnouncesWhatWent()
    {
        _cluster.Seed(Map("shop", "going"));
        Informer<ConfigMap> informer = _set.Of<ConfigMap>();
        var gone = new List<string>();
        informer.Subscribe((before, after) =>
        {
            if (after is null)
            {
                gone.Add(before!.Metadata.Name);
            }
        });
        await informer.WaitForSyncAsync(default);
        _cluster.HoldWatches();
        await _cluster.DeleteAsync(Map("shop", "going"), default, DeleteOptions.Background);
        await _cluster.CreateAsync(Map("shop", "coming"), default);
        _cluster.ExpireHistory();
        _cluster.DropWatches();
        await Eventually.Holds(() => informer.Get("shop", "coming") is not null, "the new list");
        gone.ShouldBe(["going"]);
    }

    [Fact]
    public async Task Informer_ServerFails_TriesAgain()
    {
        int failures = 3;
        _cluster.OnRequest = (verb, _, _) =>
        {
            if (verb == "list" && failures-- > 0)
            {
                throw new HttpRequestException("connection refused");
            }
        };
        Informer<ConfigMap> informer = _set.Of<ConfigMap>();
        await informer.WaitForSyncAsync(default);
        informer.Documents.LastError.ShouldBeNull();
    }

    [Fact]
    public async Task OwnedBy_AndIndexes_FollowChanges()
    {
        ConfigMap owner = _cluster.Seed(Map("shop", "owner"));
        ConfigMap child = _cluster.Seed(Map("shop", "child") with
        {
            Metadata = new ObjectMeta { Name = "child", Namespace = "shop", OwnerReferences = [Owners.ControllerReference(owner)] },
            Data = new Dictionary<string, string> { ["color"] = "red" },
        });
        Informer<ConfigMap> informer = _set.Of<ConfigMap>();
        ObjectIndex<ConfigMap> byColor = informer.AddIndex(map => map.Data?.Values ?? []);
        await informer.WaitForSyncAsync(default);
        informer.OwnedBy(owner.Metadata.Uid!).Single().Metadata.Name.ShouldBe("child");
        byColor.Find("red").Count.ShouldBe(1);
        await _cluster.WriteAsync(child, child with { Data = new Dictionary<string, string> { ["color"] = "blue" } }, default);
        await Eventually.Holds(() => byColor.Find("blue").Count == 1 && byColor.Find("red").Count == 0, "the moved index");
    }

    [Fact]
    public async Task OwnWrites_WhileTheWatchLags_ShowsWhatWasCreatedOnce()
    {
        Informer<ConfigMap> informer = _set.Of<ConfigMap>();
        var writes = new OwnWrites<ConfigMap>(_cluster, informer, TimeProvider.System);
        await informer.WaitForSyncAsync(default);
        _cluster.HoldWatches();
        ConfigMap created = await _cluster.CreateAsync(Map("shop", "one"), default);
        writes.Wrote(created);
        informer.List().ShouldBeEmpty();
        (await writes.OverAsync(informer.List(), _ => true, default)).Count.ShouldBe(1);
        _cluster.ReleaseWatches();
        await Eventually.Holds(() => informer.List().Count == 1, "the cache to catch up");
        (await writes.OverAsync(informer.List(), _ => true, default)).Count.ShouldBe(1);
    }

    private static ConfigMap Map(string @namespace, string name) => new() { Metadata = new ObjectMeta { Name = name, Namespace = @namespace } };
}
