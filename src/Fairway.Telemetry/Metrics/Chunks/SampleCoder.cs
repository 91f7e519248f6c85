using Fairway.Telemetry.Metrics.Head;

namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>Turns decoded samples into sealed chunks: runs of one kind, within one window, of a bounded number.</summary>
internal static class SampleCoder
{
    /// <summary>The most samples of a chunk in a block: twice those in memory, since nothing is appended any more.</summary>
    public const int SamplesPerChunk = 240;

    /// <summary>Encodes all samples. Samples that may be out of order are ordered in a copy first.</summary>
    /// <param name="samples">What is encoded.</param>
    /// <param name="ordered">Whether they are in order.</param>
    /// <param name="byWindow">Whether a chunk ends with its window; thinned out samples are too few for that.</param>
    public static IReadOnlyList<SealedChunk> Encode(DecodedSamples samples, bool ordered, bool byWindow = true)
    {
        if (!ordered)
        {
            var copy = new DecodedSamples();
            for (int index = 0; index < samples.Count; index++)
            {
                copy.AddFrom(samples, index);
            }

            copy.Order();
            samples = copy;
        }

        var chunks = new List<SealedChunk>();
        for (int start = 0; start < samples.Count;)
        {
            bool histogram = samples.HistogramAt(start) is not null;
            long window = MemorySeries.WindowOf(samples.Times[start]);
            int end = start + 1;
            while (end < samples.Count
                && end - start < SamplesPerChunk
                && samples.HistogramAt(end) is not null == histogram
                && (!byWindow || MemorySeries.WindowOf(samples.Times[end]) == window))
            {
                end++;
            }

            chunks.Add(histogram ? Histograms(samples, start, end) : Floats(samples, start, end));
            start = end;
        }

        return chunks;
    }

    private static SealedChunk Floats(DecodedSamples samples, int start, int end) => new(
        ChunkKind.PackedFloats,
        samples.Times[start],
        samples.Times[end - 1],
        end - start,
        PackedFloats.Encode(samples.Times[start..end], samples.Values[start..end]));

    private static SealedChunk Histograms(DecodedSamples samples, int start, int end)
    {
        var chunk = new HistogramChunk();
        for (int index = start; index < end; index++)
        {
            chunk.Append(samples.Times[index], samples.HistogramAt(index)!);
        }

        return new SealedChunk(ChunkKind.Histograms, chunk.First, chunk.Last, chunk.Count, chunk.Data.ToArray());
    }
}
