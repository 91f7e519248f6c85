using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Chunks;
using Fairway.Telemetry.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Telemetry.Tests.Metrics;

public sealed class ChunkTests
{
    private static readonly Gen<double> Values = Gen.OneOf(
        ArbMap.Default.GeneratorFor<double>(),
        Gen.Choose(int.MinValue, int.MaxValue).Select(number => (double)number),
        Gen.Choose(-100_000, 100_000).Select(number => number / 1000.0),
        Gen.Elements(0, -0.0, double.NaN, double.PositiveInfinity, double.Epsilon, double.MaxValue, 1L << 53));

    private static readonly Gen<(long, double)[]> Samples =
        from start in Gen.Elements(0L, -5L, 1_700_000_000_000L)
        from steps in Gen.NonEmptyListOf(from step in Gen.Elements(1L, 2L, 15_000L, 15_001L, 1L << 20, 1L << 40) from value in Values select (step, value))
        select steps.Aggregate(new List<(long, double)>(), (list, step) =>
        {
            list.Add(((list.Count == 0 ? start : list[^1].Item1) + step.step, step.value));
            return list;
        }).ToArray();

    [Fact]
    public void Floats_OpenAndPacked_ComeBackBitForBit() => Prop.ForAll(Samples.ToArbitrary(), samples =>
    {
        var open = new OpenFloatChunk();
        foreach ((long time, double value) in samples)
        {
            open.Append(time, value);
        }

        var decoded = new DecodedSamples();
        SealedChunk.Decode(ChunkKind.OpenFloats, open.Data, open.Count, decoded);
        Same(decoded, samples);
        byte[] packed = PackedFloats.Encode(decoded.Times, decoded.Values);
        decoded.Clear();
        SealedChunk.Decode(ChunkKind.PackedFloats, packed, samples.Length, decoded);
        Same(decoded, samples);
        return true;
    }).ShouldHold();

    [Fact]
    public void Counter_OfRegularScrapes_TakesLessThanOneAndAThirdByte()
    {
        var random = new Random(1);
        long[] times = [.. Enumerable.Range(0, 240).Select(index => 1_700_000_000_000 + (index * 15_000L))];
        double total = 1e6;
        double[] values = [.. times.Select(_ => total += random.Next(0, 50))];
        (PackedFloats.Encode(times, values).Length / 240.0).ShouldBeLessThan(1.3);
    }

    [Fact]
    public void Chunk_WithDamagedBytes_ThrowsOrEndsAndNeverHangs() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        foreach (ChunkKind kind in Enum.GetValues<ChunkKind>())
        {
            try
            {
                SealedChunk.Decode(kind, bytes, 100, new DecodedSamples());
            }
            catch (ChunkException)
            {
                // That is the answer for damaged bytes.
            }
        }

        return true;
    }).ShouldHold();

    [Fact]
    public void Histograms_WithChangingLayouts_ComeBack()
    {
        FloatHistogram[] histograms =
        [
            new() { Schema = 3, ZeroThreshold = 0.001, ZeroCount = 2, Count = 12, Sum = 18.4, Positive = new BucketSet([0, 1, 3, 4], [1, 2, 1, 1]), Negative = new BucketSet([2], [5]) },
            new() { Schema = 3, ZeroThreshold = 0.001, ZeroCount = 3, Count = 14, Sum = 19, Positive = new BucketSet([0, 1, 3, 4], [1, 2, 2, 1]), Negative = new BucketSet([2], [5]) },
            new() { Schema = 2, Count = 0.5, Sum = double.NaN, Hint = CounterResetHint.Gauge },
            FloatHistogram.Stale,
            new() { Schema = FloatHistogram.CustomSchema, Count = 3, Sum = 4, CustomBounds = [0.5, 1], Positive = new BucketSet([0, 2], [1, 2]) },
        ];
        var chunk = new HistogramChunk();
        for (int index = 0; index < histograms.Length; index++)
        {
            chunk.Append(1000 + (index * 15L), histograms[index]);
        }

        var decoded = new DecodedSamples();
        SealedChunk.Decode(ChunkKind.Histograms, chunk.Data, chunk.Count, decoded);
        decoded.Count.ShouldBe(histograms.Length);
        for (int index = 0; index < histograms.Length; index++)
        {
            decoded.Times[index].ShouldBe(1000 + (index * 15L));
            FloatHistogram back = decoded.HistogramAt(index)!;
            back.IsStale.ShouldBe(histograms[index].IsStale);
            back.ToString().ShouldBe(histograms[index].ToString());
            back.Hint.ShouldBe(histograms[index].Hint);
        }
    }

    [Fact]
    public void Snappy_OfAnyBytes_ComesBack() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        byte[] long_ = [.. Enumerable.Repeat(bytes, 50).SelectMany(one => one)];
        return Snappy.Decode(Snappy.Encode(bytes), 1 << 20).SequenceEqual(bytes) && Snappy.Decode(Snappy.Encode(long_), 1 << 20).SequenceEqual(long_);
    }).ShouldHold();

    [Theory]
    [InlineData("00", "")]
    [InlineData("0510686f6c6c61", "holla")]
    [InlineData("0a0061220100", "aaaaaaaaaa")]
    public void Snappy_OfKnownBlocks_IsDecoded(string hex, string expected)
        => System.Text.Encoding.UTF8.GetString(Snappy.Decode(Convert.FromHexString(hex), 100)).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("ff")]
    [InlineData("05")]
    [InlineData("0501")]
    [InlineData("ffffffff0f00")]
    [InlineData("0a0061220900")]
    public void Snappy_ThatIsNone_IsRefused(string hex) => Should.Throw<SnappyException>(() => Snappy.Decode(Convert.FromHexString(hex), 1 << 20));

    private static void Same(DecodedSamples decoded, (long Time, double Value)[] samples)
    {
        decoded.Times.ToArray().ShouldBe(samples.Select(sample => sample.Time));
        decoded.Values.ToArray().Select(BitConverter.DoubleToInt64Bits).ShouldBe(samples.Select(sample => BitConverter.DoubleToInt64Bits(sample.Value)));
    }
}
