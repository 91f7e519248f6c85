using Fairway.Resources;
using static Fairway.Storage.Tests.Objects;

namespace Fairway.Storage.Tests;

public sealed class WatchTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Watch_FromARevision_GivesWhatCameAfterInOrder()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await log.PutAsync(Key("a"), "1");
        await log.PutAsync(Key("a"), "2");
        await log.PutAsync(Key("other", resource: "pods"), "x");
        await log.PutAsync(Key("b", "elsewhere"), "3");
        await log.DeleteAsync(Key("a"));

        (await TakeAsync(log, null, 1, 3)).ShouldBe(["Put a=2@2 was a=1@1", "Put b=3@4 was -", "Delete a=2@5 was a=2@2"]);
        (await TakeAsync(log, "shop", 1, 2)).ShouldBe(["Put a=2@2 was a=1@1", "Delete a=2@5 was a=2@2"]);
    }

    [Fact]
    public async Task Watch_AtTheEnd_WaitsForWhatComes()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await log.PutAsync(Key("a"), "1");
        Task<List<string>> watching = TakeAsync(log, "shop", log.Revision, 2);
        await log.PutAsync(Key("b", "elsewhere"), "1");
        await log.PutAsync(Key("b"), "1");
        await log.PutAsync(Key("c"), "1");

        (await watching).ShouldBe(["Put b=1@3 was -", "Put c=1@4 was -"]);
    }

    [Fact]
    public async Task Watch_WhenHeard_TheRevisionIsReadable()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 300; i++)
            {
                await log.PutAsync(Key("a"), Number(i));
            }
        });

        int seen = 0;
        await foreach (RevisionEvent change in log.WatchAsync("dev", "configmaps", null, 0, CancellationToken.None))
        {
            change.Revision.ShouldBe(++seen);
            log.Revision.ShouldBeGreaterThanOrEqualTo(change.Revision);
            long.Parse(log.Get(Key("a"))!.Header.ResourceVersion).ShouldBeGreaterThanOrEqualTo(change.Revision);
            if (seen == 300)
            {
                break;
            }
        }

        await writing;
    }

    [Fact]
    public async Task Watch_FromBeforeTheWindow_IsExpired()
    {
        await using RevisionLog log = await OpenAsync(_directory, options => options with { WindowCount = 10 });
        for (int i = 0; i < 30; i++)
        {
            await log.PutAsync(Key("a"), Number(i));
        }

        StatusException refusal = await TakeAsync(log, null, 5, 1).ShouldThrowAsync<StatusException>();
        refusal.IsExpired.ShouldBeTrue();
        refusal.Message.ShouldBe("too old resource version: 5 (20)");
        (await TakeAsync(log, null, 20, 10)).Count.ShouldBe(10);
    }

    [Fact]
    public async Task Watch_ThatFallsBehind_IsEndedAndHoldsUpNobody()
    {
        await using RevisionLog log = await OpenAsync(_directory, options => options with { WindowCount = 10 });
        await using IAsyncEnumerator<RevisionEvent> slow = log.WatchAsync("dev", "configmaps", null, 0, CancellationToken.None).GetAsyncEnumerator();
        await log.PutAsync(Key("a"), "first");
        (await slow.MoveNextAsync()).ShouldBeTrue();
        for (int i = 0; i < 1000; i++)
        {
            await log.PutAsync(Key("a"), Number(i));
        }

        (await Should.ThrowAsync<StatusException>(async () => await slow.MoveNextAsync())).IsExpired.ShouldBeTrue();
    }

    [Fact]
    public async Task Watch_OfAQuietResource_SurvivesNoiseElsewhere()
    {
        await using RevisionLog log = await OpenAsync(_directory, options => options with { WindowCount = 10 });
        await log.PutAsync(Key("a"), "1");
        for (int i = 0; i < 100; i++)
        {
            await log.PutAsync(Key("noise", resource: "leases"), Number(i));
        }

        await log.PutAsync(Key("a"), "2");
        (await TakeAsync(log, null, 1, 1)).ShouldBe(["Put a=2@102 was a=1@1"]);
    }

    [Fact]
    public async Task Watch_WithProgress_SaysHowFarItIs()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await log.PutAsync(Key("noise", resource: "leases"), "1");
        await foreach (RevisionEvent change in log.WatchAsync("dev", "configmaps", null, 0, TimeSpan.FromMilliseconds(10), CancellationToken.None))
        {
            change.ShouldBe(new RevisionEvent(RevisionEventType.Progress, 1, default, null, null));
            break;
        }
    }

    [Fact]
    public async Task Watch_AfterReopen_ResumesWithPreviousDocuments()
    {
        await using (RevisionLog log = await OpenAsync(_directory))
        {
            await log.PutAsync(Key("a"), "1");
            await log.PutAsync(Key("a"), "2");
            await log.DeleteAsync(Key("a"));
            await log.PutAsync(Key("a"), "3");
        }

        await using RevisionLog again = await OpenAsync(_directory);
        (await TakeAsync(again, null, 1, 3)).ShouldBe(["Put a=2@2 was a=1@1", "Delete a=2@3 was a=2@2", "Put a=3@4 was -"]);
    }

    [Fact]
    public async Task Watch_WhenClosed_Ends()
    {
        RevisionLog log = await OpenAsync(_directory);
        Task<List<string>> watching = TakeAsync(log, null, 0, 5);
        await log.PutAsync(Key("a"), "1");
        await log.DisposeAsync();
        (await watching).ShouldBe(["Put a=1@1 was -"]);
    }

    [Fact]
    public async Task Watch_Cancelled_Throws()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<RevisionEvent> watch = log.WatchAsync("dev", "configmaps", null, 0, cancellation.Token).GetAsyncEnumerator(CancellationToken.None);
        ValueTask<bool> next = watch.MoveNextAsync();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await next);
    }

    private static async Task<List<string>> TakeAsync(RevisionLog log, string? @namespace, long after, int count)
    {
        var events = new List<string>();
        await foreach (RevisionEvent change in log.WatchAsync("dev", "configmaps", @namespace, after, CancellationToken.None))
        {
            events.Add($"{change.Type} {Describe(change.Document)} was {Describe(change.Previous)}");
            if (events.Count == count)
            {
                break;
            }
        }

        return events;
    }
}
