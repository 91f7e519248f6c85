namespace Fairway.PromQL;

/// <summary>
/// Samples of one series in time order, in parallel arrays: a store decodes straight into them, the engine walks them once.
/// Reused between series, so that a query allocates for its largest series only.
/// </summary>
public sealed class SampleBuffer
{
    private readonly int limit;
    private long[] times = new long[128];
    private double[] values = new double[128];
    private FloatHistogram?[]? histograms;

    /// <summary>A buffer without limit.</summary>
    public SampleBuffer()
        : this(int.MaxValue)
    {
    }

    /// <summary>A buffer that refuses more samples than a query may touch.</summary>
    public SampleBuffer(int limit) => this.limit = limit;

    /// <summary>Number of samples.</summary>
    public int Count { get; private set; }

    /// <summary>Milliseconds since 1970, strictly rising.</summary>
    public ReadOnlySpan<long> Times => times.AsSpan(0, Count);

    /// <summary>Values; of samples that are histograms, their sum (which is the staleness marker for stale histograms).</summary>
    public ReadOnlySpan<double> Values => values.AsSpan(0, Count);

    /// <summary>Whether any sample is a histogram.</summary>
    public bool HasHistograms => histograms is not null;

    /// <summary>The histogram at a position, or null when that sample is a float.</summary>
    public FloatHistogram? HistogramAt(int index) => histograms?[index];

    /// <summary>Empties the buffer and keeps its memory.</summary>
    public void Clear()
    {
        if (histograms is not null)
        {
            Array.Clear(histograms, 0, Count);
            histograms = null;
        }

        Count = 0;
    }

    /// <summary>Adds a float sample.</summary>
    /// <exception cref="PromQLException">More samples than the query may touch.</exception>
    public void Append(long time, double value)
    {
        if (Count == times.Length)
        {
            Grow(Count + 1);
        }

        times[Count] = time;
        values[Count] = value;
        Count++;
    }

    /// <summary>Adds a histogram sample. A stale one has a sum of <see cref="StaleMarker.Value"/>.</summary>
    /// <exception cref="PromQLException">More samples than the query may touch.</exception>
    public void Append(long time, FloatHistogram histogram)
    {
        Append(time, histogram.Sum);
        histograms ??= new FloatHistogram?[times.Length];
        histograms[Count - 1] = histogram;
    }

    /// <summary>
    /// Makes room for float samples that a decoder writes itself. It fills the two spans from the start and then calls
    /// <see cref="Commit"/> with how many it wrote.
    /// </summary>
    /// <exception cref="PromQLException">More samples than the query may touch.</exception>
    public void Reserve(int count, out Span<long> timesToFill, out Span<double> valuesToFill)
    {
        if (Count + count > times.Length)
        {
            Grow(Count + count);
        }

        timesToFill = times.AsSpan(Count, count);
        valuesToFill = values.AsSpan(Count, count);
    }

    /// <summary>Counts samples written into reserved room.</summary>
    public void Commit(int count) => Count += count;

    private void Grow(int needed)
    {
        if (needed > limit)
        {
            throw PromQLException.TooManySamples();
        }

        int size = (int)Math.Min(Math.Max((long)times.Length * 2, needed), Array.MaxLength);
        Array.Resize(ref times, size);
        Array.Resize(ref values, size);
        if (histograms is not null)
        {
            Array.Resize(ref histograms, size);
        }
    }
}
