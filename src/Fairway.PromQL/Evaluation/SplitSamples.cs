namespace Fairway.PromQL.Evaluation;

/// <summary>Samples of one series without staleness markers, floats and histograms apart, each in time order. Reused between series.</summary>
internal sealed class SplitSamples
{
    private readonly List<FloatHistogram> histograms = [];
    private long[] floatTimes = new long[128];
    private double[] floats = new double[128];
    private long[] histogramTimes = new long[16];
    private int floatCount;

    // The window last asked for; windows only move forward, so their ends are found by walking.
    private int floatFrom;
    private int floatTo;
    private int histogramFrom;
    private int histogramTo;

    public int Count => floatCount + histograms.Count;

    public void Load(SampleBuffer buffer)
    {
        Clear(buffer.Count);
        ReadOnlySpan<long> times = buffer.Times;
        ReadOnlySpan<double> values = buffer.Values;
        if (!buffer.HasHistograms)
        {
            for (int i = 0; i < times.Length; i++)
            {
                if (!StaleMarker.Is(values[i]))
                {
                    floatTimes[floatCount] = times[i];
                    floats[floatCount++] = values[i];
                }
            }

            return;
        }

        for (int i = 0; i < times.Length; i++)
        {
            if (!StaleMarker.Is(values[i]))
            {
                Add(times[i], values[i], buffer.HistogramAt(i));
            }
        }
    }

    public void Load(Column column, long start, long step)
    {
        Clear(column.Values.Length);
        for (int i = 0; i < column.Values.Length; i++)
        {
            if (column.Has(i))
            {
                // Which samples a subquery skips or repeats is unknown, so what was known about resets no longer holds.
                FloatHistogram? histogram = column.HistogramAt(i);
                Add(
                    start + (i * step),
                    column.Values[i],
                    histogram?.Hint is CounterResetHint.Reset or CounterResetHint.NotReset ? histogram.WithHint(CounterResetHint.Unknown) : histogram);
            }
        }
    }

    /// <summary>The samples with <c>from &lt; time &lt;= to</c>; neither end may go back between calls.</summary>
    public Window At(long from, long to)
    {
        Narrow(from, to);
        return new Window(
            floatTimes.AsSpan(floatFrom, floatTo - floatFrom),
            floats.AsSpan(floatFrom, floatTo - floatFrom),
            histogramTimes.AsSpan(histogramFrom, histogramTo - histogramFrom),
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(histograms)[histogramFrom..histogramTo]);
    }

    public void Narrow(long from, long to)
    {
        Walk(floatTimes, floatCount, from, to, ref floatFrom, ref floatTo);
        Walk(histogramTimes, histograms.Count, from, to, ref histogramFrom, ref histogramTo);
    }

    /// <summary>The samples of the current window in time order.</summary>
    public List<Point> ToPoints()
    {
        var points = new List<Point>();
        int i = floatFrom;
        int j = histogramFrom;
        while (i < floatTo || j < histogramTo)
        {
            if (j >= histogramTo || (i < floatTo && floatTimes[i] < histogramTimes[j]))
            {
                points.Add(new Point(floatTimes[i], floats[i]));
                i++;
            }
            else
            {
                points.Add(new Point(histogramTimes[j], 0, histograms[j]));
                j++;
            }
        }

        return points;
    }

    private static void Walk(long[] times, int count, long from, long to, ref int first, ref int last)
    {
        while (last < count && times[last] <= to)
        {
            last++;
        }

        while (first < last && times[first] <= from)
        {
            first++;
        }
    }

    private void Add(long time, double value, FloatHistogram? histogram)
    {
        if (histogram is null)
        {
            floatTimes[floatCount] = time;
            floats[floatCount++] = value;
            return;
        }

        if (histograms.Count == histogramTimes.Length)
        {
            Array.Resize(ref histogramTimes, histogramTimes.Length * 2);
        }

        histogramTimes[histograms.Count] = time;
        histograms.Add(histogram);
    }

    private void Clear(int room)
    {
        if (room > floatTimes.Length)
        {
            floatTimes = new long[room];
            floats = new double[room];
        }

        floatCount = 0;
        histograms.Clear();
        floatFrom = floatTo = histogramFrom = histogramTo = 0;
    }
}

/// <summary>The samples of one series in one window, in time order.</summary>
internal readonly ref struct Window(
    ReadOnlySpan<long> floatTimes, ReadOnlySpan<double> floats, ReadOnlySpan<long> histogramTimes, ReadOnlySpan<FloatHistogram> histograms)
{
    public ReadOnlySpan<long> FloatTimes { get; } = floatTimes;

    public ReadOnlySpan<double> Floats { get; } = floats;

    public ReadOnlySpan<long> HistogramTimes { get; } = histogramTimes;

    public ReadOnlySpan<FloatHistogram> Histograms { get; } = histograms;

    public int Count => Floats.Length + Histograms.Length;

    public bool IsMixed => Floats.Length > 0 && Histograms.Length > 0;
}
