namespace Fairway.PromQL;

/// <summary>Series held in lists: for rule tests and other small data. Adding is not safe for several threads at once.</summary>
public sealed class MemorySource : ISeriesSource
{
    private readonly Dictionary<Labels, MemorySeries> series = [];

    /// <summary>All series.</summary>
    public IEnumerable<ISeries> Series => series.Values;

    /// <summary>Adds a float sample; one at the same time is replaced.</summary>
    public void Add(Labels labels, long time, double value) => Of(labels).Add(time, value, null);

    /// <summary>Adds a histogram sample; one at the same time is replaced. What is known about resets is found out here.</summary>
    public void Add(Labels labels, long time, FloatHistogram histogram) => Of(labels).Add(time, 0, histogram);

    /// <summary>Forgets everything.</summary>
    public void Clear() => series.Clear();

    /// <inheritdoc/>
    public IEnumerable<ISeries> Select(SeriesQuery query, CancellationToken cancellation)
    {
        foreach (MemorySeries one in series.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            if (query.Matchers.All(matcher => matcher.Matches(one.Labels[matcher.Name])))
            {
                yield return one;
            }
        }
    }

    private MemorySeries Of(Labels labels)
    {
        if (!series.TryGetValue(labels, out MemorySeries? found))
        {
            series.Add(labels, found = new MemorySeries(labels));
        }

        return found;
    }

    private sealed class MemorySeries(Labels labels) : ISeries
    {
        private readonly List<(long Time, double Value, FloatHistogram? Histogram)> samples = [];

        public Labels Labels => labels;

        public void Add(long time, double value, FloatHistogram? histogram)
        {
            int at = samples.FindLastIndex(sample => sample.Time < time);
            if (histogram is not null)
            {
                histogram = CounterResetHints.Apply(at < 0 ? null : samples[at].Histogram, histogram);
            }

            if (at + 1 < samples.Count && samples[at + 1].Time == time)
            {
                samples[at + 1] = (time, value, histogram);
            }
            else
            {
                samples.Insert(at + 1, (time, value, histogram));
            }
        }

        public void Read(long from, long to, SampleBuffer into)
        {
            foreach ((long time, double value, FloatHistogram? histogram) in samples)
            {
                if (time < from || time > to)
                {
                    continue;
                }

                if (histogram is null)
                {
                    into.Append(time, value);
                }
                else
                {
                    into.Append(time, histogram);
                }
            }
        }
    }
}
