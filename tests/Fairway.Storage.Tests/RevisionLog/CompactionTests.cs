using Fairway.Resources;
using Microsoft.Data.Sqlite;
using static Fairway.Storage.Tests.Objects;

namespace Fairway.Storage.Tests;

public sealed class CompactionTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Compact_ByCount_KeepsLatestStatesAndRecentHistory()
    {
        await using RevisionLog log = await OpenAsync(_directory, options => options with { HistoryCount = 10, CompactionChunk = 7 });
        await log.PutAsync(Key("old"), "still here");
        await log.PutAsync(Key("gone"), "1");
        await log.DeleteAsync(Key("gone"));
        for (int i = 0; i < 100; i++)
        {
            await log.PutAsync(Key("busy"), Number(i));
        }

        await log.CompactAsync(CancellationToken.None);

        log.OldestRevision.ShouldBe(93);
        Rows().ShouldBe(12); // old, the state of busy at 93, and ten of history
        Value(await log.GetAtAsync(Key("busy"), 93, CancellationToken.None)).ShouldBe("89");
        (await log.ListAtAsync("dev", "configmaps", null, 97, CancellationToken.None)).Select(Value).ShouldBe(["93", "still here"]);
        (await log.GetAtAsync(Key("busy"), 92, CancellationToken.None).ShouldThrowAsync<StatusException>()).IsExpired.ShouldBeTrue();
    }

    [Fact]
    public async Task Compact_ByAge_KeepsWhatIsYoung()
    {
        var time = new SteppedTime();
        await using RevisionLog log = await OpenAsync(_directory, options => options with { HistoryAge = TimeSpan.FromHours(1), Time = time });
        await log.PutAsync(Key("a"), "1");
        await log.PutAsync(Key("a"), "2");
        time.Now += TimeSpan.FromMinutes(61);
        await log.PutAsync(Key("a"), "3");
        await log.PutAsync(Key("a"), "4");
        await log.CompactAsync(CancellationToken.None);

        log.OldestRevision.ShouldBe(2);
        Rows().ShouldBe(3);
        (await log.RevisionAtAsync(time.Now - TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldBe(2);
        (await log.RevisionAtAsync(time.Now, CancellationToken.None)).ShouldBe(4);
    }

    [Fact]
    public async Task Compact_Everything_NeverReusesARevision()
    {
        await using (RevisionLog log = await OpenAsync(_directory, options => options with { HistoryCount = 0 }))
        {
            await log.PutAsync(Key("a"), "1");
            await log.DeleteAsync(Key("a"));
            await log.CompactAsync(CancellationToken.None);
            Rows().ShouldBe(0);
        }

        await using RevisionLog again = await OpenAsync(_directory);
        again.Revision.ShouldBe(2);
        (await again.PutAsync(Key("a"), "2")).Revision.ShouldBe(3);
    }

    [Fact]
    public async Task Compact_WhileWriting_LosesNothing()
    {
        await using RevisionLog log = await OpenAsync(_directory, options => options with { HistoryCount = 5, CompactionChunk = 3 });
        Task writing = Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (int i = 0; i < 200; i++)
            {
                await log.PutAsync(Key($"k{writer}-{i % 10}"), Number(i));
            }
        }));
        while (!writing.IsCompleted)
        {
            await log.CompactAsync(CancellationToken.None);
        }

        await writing;
        await log.CompactAsync(CancellationToken.None);
        string[] before = [.. log.List("dev", "configmaps", null).Select(Describe)];
        await log.DisposeAsync();
        await using RevisionLog again = await OpenAsync(_directory);
        again.List("dev", "configmaps", null).Select(Describe).ShouldBe(before);
        before.Length.ShouldBe(80);
    }

    [Fact]
    public async Task WriteAheadLog_GrownLarge_IsEmptied()
    {
        await using RevisionLog log = await OpenAsync(_directory, options => options with { MaxWalBytes = 100_000 });
        for (int i = 0; i < 50; i++)
        {
            await log.PutAsync(Key("a"), new string('x', 10_000));
        }

        new FileInfo(_directory["resources.db-wal"]).Length.ShouldBeGreaterThan(100_000);
        await log.CompactAsync(CancellationToken.None);
        new FileInfo(_directory["resources.db-wal"]).Length.ShouldBeLessThan(100_000);
    }

    private long Rows()
    {
        using var reader = new SqliteConnection($"Data Source={_directory["resources.db"]};Pooling=False;Mode=ReadOnly");
        reader.Open();
        return SqliteFiles.Scalar(reader, "SELECT count(*) FROM revisions");
    }

    private sealed class SteppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
