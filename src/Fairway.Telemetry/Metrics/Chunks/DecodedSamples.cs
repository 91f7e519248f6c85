using Fairway.PromQL;

namespace Fairway.Telemetry.Metrics.Chunks;

/// <summary>Decoded samples of one series in parallel arrays: floats, and native histograms where a sample is one. Reusable; not for several threads.</summary>
internal sealed class DecodedSamples
{
    private long[] _times = new long[256];
    private double[] _values = new double[256];
    private FloatHistogram?[]? _histograms;

    public int Count { get; private set; }

    public ReadOnlySpan<long> Times => _times.AsSpan(0, Count);

    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    public bool HasHistograms => _histograms is not null;

    public FloatHistogram? HistogramAt(int index) => _histograms?[index];

    public void Clear()
    {
        Count = 0;
        _histograms = null;
    }

    public void Add(long time, double value)
    {
        Reserve(1, out Span<long> times, out Span<double> values);
        times[0] = time;
        values[0] = value;
        Commit(1);
    }

    public void Add(long time, FloatHistogram histogram)
    {
        Add(time, histogram.Sum);
        _histograms ??= new FloatHistogram?[_times.Length];
        _histograms[Count - 1] = histogram;
    }

    /// <summary>Adds one sample of another buffer.</summary>
    public void AddFrom(DecodedSamples other, int index)
    {
        if (other.HistogramAt(index) is { } histogram)
        {
            Add(other._times[index], histogram);
        }
        else
        {
            Add(other._times[index], other._values[index]);
        }
    }

    /// <summary>Room for samples that a decoder writes itself, to be counted by <see cref="Commit"/>.</summary>
    public void Reserve(int count, out Span<long> times, out Span<double> values)
    {
        if (Count + count > _times.Length)
        {
            int size = Math.Max(_times.Length * 2, Count + count);
            Array.Resize(ref _times, size);
            Array.Resize(ref _values, size);
            if (_histograms is not null)
            {
                Array.Resize(ref _histograms, size);
            }
        }

        times = _times.AsSpan(Count, count);
        values = _values.AsSpan(Count, count);
    }

    public void Commit(int count) => Count += count;

    /// <summary>Copies the samples in a closed range of time, which must be in order.</summary>
    public void CopyTo(SampleBuffer into, long from, long to)
    {
        int first = LowerBound(from);
        int end = to == long.MaxValue ? Count : LowerBound(to + 1);
        if (first >= end)
        {
            return;
        }

        if (_histograms is null)
        {
            into.Reserve(end - first, out Span<long> times, out Span<double> values);
            _times.AsSpan(first, end - first).CopyTo(times);
            _values.AsSpan(first, end - first).CopyTo(values);
            into.Commit(end - first);
            return;
        }

        for (int index = first; index < end; index++)
        {
            if (_histograms[index] is { } histogram)
            {
                into.Append(_times[index], histogram);
            }
            else
            {
                into.Append(_times[index], _values[index]);
            }
        }
    }

    /// <summary>Takes the samples of a closed range of time out; they must be in order. True when there were any.</summary>
    public bool Remove(long from, long to)
    {
        int first = LowerBound(from);
        int end = to == long.MaxValue ? Count : LowerBound(to + 1);
        if (first >= end)
        {
            return false;
        }

        _times.AsSpan(end, Count - end).CopyTo(_times.AsSpan(first));
        _values.AsSpan(end, Count - end).CopyTo(_values.AsSpan(first));
        _histograms?.AsSpan(end, Count - end).CopyTo(_histograms.AsSpan(first));
        Count -= end - first;
        return true;
    }

    /// <summary>Puts samples from overlapping chunks into rising order; of two with one time the later added one stays. Costs one pass when there is nothing to do.</summary>
    public void Order()
    {
        bool rising = true;
        for (int index = 1; index < Count && rising; index++)
        {
            rising = _times[index] > _times[index - 1];
        }

        if (rising)
        {
            return;
        }

        int[] order = new int[Count];
        for (int index = 0; index < order.Length; index++)
        {
            order[index] = index;
        }

        long[] times = _times[..Count];
        double[] values = _values[..Count];
        FloatHistogram?[]? histograms = _histograms;
        Array.Sort(order, (left, right) => times[left] != times[right] ? times[left].CompareTo(times[right]) : left.CompareTo(right));
        _histograms = histograms is null ? null : new FloatHistogram?[_times.Length];
        Count = 0;
        for (int index = 0; index < order.Length; index++)
        {
            int from = order[index];
            if (index + 1 < order.Length && times[order[index + 1]] == times[from])
            {
                continue;
            }

            _times[Count] = times[from];
            _values[Count] = values[from];
            if (histograms is not null)
            {
                _histograms![Count] = histograms[from];
            }

            Count++;
        }
    }

    private int LowerBound(long time)
    {
        int at = _times.AsSpan(0, Count).BinarySearch(time);
        return at < 0 ? ~at : at;
    }
}
