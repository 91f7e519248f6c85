using System.Text;

namespace Fairway.Storage.Tests;

public sealed class BlobStoreTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Write_Content_IsNamedByItsHashAndReadBack()
    {
        var store = new BlobStore(_directory.Path);
        BlobDescriptor blob = await store.WriteAsync("hello"u8.ToArray(), CancellationToken.None);

        blob.ShouldBe(new BlobDescriptor("sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 5));
        store.Contains(blob.Digest).ShouldBeTrue();
        (await store.ReadAsync(blob.Digest, CancellationToken.None)).ShouldBe("hello"u8.ToArray());
        (await store.WriteAsync("hello"u8.ToArray(), CancellationToken.None)).ShouldBe(blob);
        store.All().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Write_SameContentFromMany_IsStoredOnce()
    {
        var store = new BlobStore(_directory.Path);
        byte[] content = new byte[300_000];
        BlobDescriptor[] blobs = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => store.WriteAsync(content, CancellationToken.None)));
        blobs.Distinct().Count().ShouldBe(1);
        Directory.GetFiles(_directory["incoming"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_SourceBreaks_LeavesNothing()
    {
        var store = new BlobStore(_directory.Path);
        await Should.ThrowAsync<IOException>(() => store.WriteAsync(new BreakingStream(), CancellationToken.None));
        store.All().ShouldBeEmpty();
        Directory.GetFiles(_directory["incoming"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_AfterInterruptedWrite_ClearsTheLeftover()
    {
        _ = new BlobStore(_directory.Path);
        await File.WriteAllTextAsync(Path.Combine(_directory["incoming"], "half"), "x");
        _ = new BlobStore(_directory.Path);
        Directory.GetFiles(_directory["incoming"]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("sha256:abc")]
    [InlineData("sha256:../../../../etc/passwd/../../../../etc/passwd/../../../../etc/passwd")]
    [InlineData("md5:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    [InlineData("sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824")]
    [InlineData("")]
    public void Open_NotADigest_IsRefused(string digest)
    {
        var store = new BlobStore(_directory.Path);
        store.Contains(digest).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => store.Open(digest));
    }

    [Fact]
    public async Task Collect_KeepsWhatIsReachableOrYoung()
    {
        var store = new BlobStore(_directory.Path);
        BlobDescriptor kept = await store.WriteAsync("kept"u8.ToArray(), CancellationToken.None);
        BlobDescriptor lost = await store.WriteAsync("lost"u8.ToArray(), CancellationToken.None);

        store.Collect(new HashSet<string> { kept.Digest }, DateTimeOffset.UnixEpoch).ShouldBe((0, 0));
        store.Collect(new HashSet<string> { kept.Digest }, DateTimeOffset.MaxValue).ShouldBe((1, 4));
        store.Contains(kept.Digest).ShouldBeTrue();
        store.Contains(lost.Digest).ShouldBeFalse();
    }

    [Fact]
    public async Task Read_LargerThanTheLimit_IsRefused()
    {
        var store = new BlobStore(_directory.Path);
        BlobDescriptor blob = await store.WriteAsync(Encoding.UTF8.GetBytes("hello"), CancellationToken.None);
        await Should.ThrowAsync<InvalidDataException>(() => store.ReadAsync(blob.Digest, CancellationToken.None, limit: 4));
    }

    private sealed class BreakingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("broken");
    }
}
