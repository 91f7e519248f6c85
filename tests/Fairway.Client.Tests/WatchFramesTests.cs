using System.Text;
using System.Text.Json;
using Fairway.Resources;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Client.Tests;

public sealed class WatchFramesTests
{
    private const string Two = """
        {"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}
        {"object":{"metadata":{"name":"b","labels":{"x":"{}"}}},"type":"DELETED"}

        """;

    [Fact]
    public void Read_InChunksOfAnySize_GivesTheSameEvents()
        => Prop.ForAll(Gen.Choose(1, 40).ToArbitrary(), size =>
        {
            List<WatchEvent> events = Read(Two, size);
            return events.Select(change => $"{change.Type} {change.Object.Header.Name}").SequenceEqual(["Added a", "Deleted b"]);
        }).ShouldHold();

    [Fact]
    public void Read_CutOffInTheMiddle_DropsTheRest()
        => Read(Two[..^8], 1000).Count.ShouldBe(1);

    [Fact]
    public void Read_ErrorEvent_ThrowsItsStatus()
    {
        const string Error = """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}""" + "\n";
        Should.Throw<StatusException>(() => Read(Error, 7)).IsExpired.ShouldBeTrue();
    }

    [Theory]
    [InlineData("{\"type\":\"ADDED\"}\n")]
    [InlineData("nonsense\n")]
    [InlineData("{\"type\":\"NEWS\",\"object\":{}}\n")]
    public void Read_NoEvent_Throws(string line) => Should.Throw<JsonException>(() => Read(line, 100));

    private static List<WatchEvent> Read(string text, int chunk)
    {
        using var stream = new Trickle(Encoding.UTF8.GetBytes(text), chunk);
        return Collect(WatchFrames.ReadAsync(stream, CancellationToken.None)).GetAwaiter().GetResult();
    }

    private static async Task<List<WatchEvent>> Collect(IAsyncEnumerable<WatchEvent> events)
    {
        var all = new List<WatchEvent>();
        await foreach (WatchEvent change in events)
        {
            all.Add(change);
        }

        return all;
    }

    private sealed class Trickle(byte[] content, int chunk) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
