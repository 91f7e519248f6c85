using Fairway.Resources;
using static Fairway.Storage.Tests.Objects;

namespace Fairway.Storage.Tests;

public sealed class RevisionLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Commit_Put_IsReadBackWithItsRevision()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        CommitResult result = await log.PutAsync(Key("a"), "1");

        result.ShouldSatisfyAllConditions(
            () => result.Revision.ShouldBe(1),
            () => result.Changed.ShouldBeTrue(),
            () => log.Revision.ShouldBe(1),
            () => Describe(log.Get(Key("a"))).ShouldBe("a=1@1"),
            () => log.Get(Key("a", "other")).ShouldBeNull());
    }

    [Fact]
    public async Task Commit_Nothing_UsesNoRevision()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await log.PutAsync(Key("a"), "1");
        CommitResult result = await log.CommitAsync(Key("a"), (_, _) => Mutation.Nothing, CancellationToken.None);

        result.Changed.ShouldBeFalse();
        Describe(result.Document).ShouldBe("a=1@1");
        (await log.PutAsync(Key("b"), "2")).Revision.ShouldBe(2);
    }

    [Fact]
    public async Task Commit_DecideThrows_FailsOnlyItsCaller()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        Task<CommitResult>[] commits =
        [
            .. Enumerable.Range(0, 50).Select(i => i % 2 == 0
                ? log.PutAsync(Key($"a{i}"), "x")
                : log.CommitAsync(Key($"a{i}"), (_, _) => throw StatusException.BadRequest("no"), CancellationToken.None).AsTask()),
        ];
        await Task.WhenAll(commits).ShouldThrowAsync<StatusException>();

        commits.Count(commit => commit.IsFaulted).ShouldBe(25);
        log.List("dev", "configmaps", null).Count.ShouldBe(25);
        log.Revision.ShouldBe(25);
    }

    [Fact]
    public async Task Commit_ManyOnOneKey_EachSeesTheOneBefore()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => log.CommitAsync(
            Key("counter"),
            (current, revision) => new Mutation.Put(Make(Key("counter"), revision, Number(current is null ? 1 : long.Parse(Value(current)) + 1))),
            CancellationToken.None).AsTask()));

        Value(log.Get(Key("counter"))).ShouldBe("500");
    }

    [Theory]
    [InlineData("a/b", "x", "y")]
    [InlineData("dev", "x/y", "y")]
    [InlineData("dev", "", "y")]
    [InlineData("dev", "x", "")]
    public async Task Commit_KeyThatCannotBeTold_IsRefused(string cluster, string resource, string name)
    {
        await using RevisionLog log = await OpenAsync(_directory);
        StatusException refusal = await log.PutAsync(new StorageKey(cluster, resource, "", name), "1").ShouldThrowAsync<StatusException>();
        refusal.Code.ShouldBe(400);
    }

    [Fact]
    public async Task List_ByNamespace_IsOrderedAndStaysAsItWas()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        foreach (string name in (string[])["c", "a", "b"])
        {
            await log.PutAsync(Key(name), "1");
            await log.PutAsync(Key(name, "alpha"), "1");
            await log.PutAsync(Key(name, cluster: "prod"), "1");
        }

        Snapshot before = log.List("dev", "configmaps", null);
        await log.DeleteAsync(Key("a"));

        before.Select(document => $"{document.Header.Namespace}/{document.Header.Name}")
            .ShouldBe(["alpha/a", "alpha/b", "alpha/c", "shop/a", "shop/b", "shop/c"]);
        before.After(new ObjectKey("alpha", "b")).Select(document => $"{document.Header.Namespace}/{document.Header.Name}")
            .ShouldBe(["alpha/c", "shop/a", "shop/b", "shop/c"]);
        before.Revision.ShouldBe(9);
        log.List("dev", "configmaps", "shop").Select(document => document.Header.Name).ShouldBe(["b", "c"]);
        log.List("dev", "configmaps", "none").ShouldBeEmpty();
    }

    [Fact]
    public async Task At_PastRevision_GivesWhatWasThere()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await log.PutAsync(Key("a"), "1");
        await log.PutAsync(Key("a"), "2");
        await log.PutAsync(Key("b", "other"), "3");
        await log.DeleteAsync(Key("a"));

        (await ListedAt(1)).ShouldBe(["a=1@1"]);
        (await ListedAt(2)).ShouldBe(["a=2@2"]);
        (await ListedAt(3)).ShouldBe(["b=3@3", "a=2@2"], ignoreOrder: true);
        (await ListedAt(4)).ShouldBe(["b=3@3"]);
        Describe(await log.GetAtAsync(Key("a"), 2, CancellationToken.None)).ShouldBe("a=2@2");
        (await log.GetAtAsync(Key("a"), 4, CancellationToken.None)).ShouldBeNull();
        (await log.ListAtAsync("dev", "configmaps", "shop", 3, CancellationToken.None)).Count.ShouldBe(1);
        (await log.GetAtAsync(Key("a"), 5, CancellationToken.None).ShouldThrowAsync<StatusException>()).Code.ShouldBe(504);

        async Task<IEnumerable<string>> ListedAt(long revision)
            => (await log.ListAtAsync("dev", "configmaps", null, revision, CancellationToken.None)).Select(Describe);
    }

    [Fact]
    public async Task WaitFor_RevisionToCome_CompletesWhenItIsVisible()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        Task waiting = log.WaitForAsync(2, CancellationToken.None);
        await log.PutAsync(Key("a"), "1");
        waiting.IsCompleted.ShouldBeFalse();
        await log.PutAsync(Key("a"), "2");
        await waiting;
    }

    [Fact]
    public async Task Reopen_AfterClose_HasEverything()
    {
        await using (RevisionLog log = await OpenAsync(_directory))
        {
            await log.PutAsync(Key("a"), "1");
            await log.PutAsync(Key("s", resource: "secrets"), "hidden");
            await log.PutAsync(Key("b"), "1");
            await log.DeleteAsync(Key("b"));
        }

        await using RevisionLog again = await OpenAsync(_directory);
        again.Revision.ShouldBe(4);
        Describe(again.Get(Key("a"))).ShouldBe("a=1@1");
        Describe(again.Get(Key("s", resource: "secrets"))).ShouldBe("s=hidden@2");
        again.Get(Key("b")).ShouldBeNull();
        (await again.PutAsync(Key("b"), "2")).Revision.ShouldBe(5);
    }

    [Fact]
    public async Task Commit_AfterClose_IsRefused()
    {
        RevisionLog log = await OpenAsync(_directory);
        await log.DisposeAsync();
        (await log.PutAsync(Key("a"), "1").ShouldThrowAsync<StatusException>()).Code.ShouldBe(503);
    }
}
