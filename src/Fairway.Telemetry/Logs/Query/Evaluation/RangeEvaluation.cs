using System.Runtime.InteropServices;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Syntax;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>Reads the lines of a range once and computes its function at every step.</summary>
internal sealed class RangeEvaluation(LogStore store, LogQueryLimits limits)
{
    /// <param name="outer">The grouping of the sum around it, when lines may be grouped by that at once; null for none.</param>
    public List<NumberSeries> Of(LogQuery.Range range, Grouping? outer, Steps steps, CancellationToken cancellation)
    {
        var extractor = new SampleExtractor(range, outer);
        long from = steps.From - range.Over.Offset;
        var scan = new LogScan(
            range.Over.Lines.Matchers, from - range.Over.Interval + 1, steps.Last - range.Over.Offset + 1, extractor.Pipeline.Needles, NewestFirst: false);
        var shifted = new Steps(from, steps.Count, steps.Step);
        List<NumberSeries> series = RangeFunctions.IsCounting(range) ? Counted(range, extractor, scan, shifted, cancellation) : Windows(range, extractor, scan, shifted, cancellation);
        return range.Function == "absent_over_time" ? Absent(range, series, steps.Count) : series;
    }

    /// <summary>Every line is added to the first step whose window has it and taken off after the last.</summary>
    private List<NumberSeries> Counted(LogQuery.Range range, SampleExtractor extractor, LogScan scan, Steps steps, CancellationToken cancellation)
    {
        var changes = new Dictionary<Labels, (double[] Sums, int[] Counts)>();
        foreach ((Labels labels, LinePoint point) in Points(extractor, scan, cancellation))
        {
            (int first, int last) = Window(point.Time, range.Over.Interval, steps);
            if (first > last)
            {
                continue;
            }

            ref (double[] Sums, int[] Counts) change = ref CollectionsMarshal.GetValueRefOrAddDefault(changes, labels, out bool known);
            if (!known)
            {
                Admit(labels, changes.Count);
                change = (new double[steps.Count + 1], new int[steps.Count + 1]);
            }

            change.Sums[first] += point.Value;
            change.Sums[last + 1] -= point.Value;
            change.Counts[first]++;
            change.Counts[last + 1]--;
        }

        return [.. changes.Select(one => new NumberSeries(one.Key, Totals(range, one.Value.Sums, one.Value.Counts))).OrderBy(one => one.Labels)];
    }

    private static double?[] Totals(LogQuery.Range range, double[] sums, int[] counts)
    {
        var values = new double?[counts.Length - 1];
        double sum = 0;
        int count = 0;
        for (int index = 0; index < values.Length; index++)
        {
            sum += sums[index];
            count += counts[index];
            values[index] = count == 0 ? null : RangeFunctions.Counted(range, sum);
        }

        return values;
    }

    private static (int First, int Last) Window(long time, long interval, Steps steps)
    {
        long first = Math.Max(0, (time - steps.From + steps.Step - 1) / steps.Step);
        long last = Math.Min(steps.Count - 1, FloorDivide(time + interval - steps.From - 1, steps.Step));
        return (first >= steps.Count ? steps.Count : (int)first, (int)Math.Max(-1, last));
    }

    private static long FloorDivide(long value, long by) => value >= 0 ? value / by : -((-value + by - 1) / by);

    private List<NumberSeries> Windows(LogQuery.Range range, SampleExtractor extractor, LogScan scan, Steps steps, CancellationToken cancellation)
    {
        var all = new Dictionary<Labels, List<LinePoint>>();
        foreach ((Labels labels, LinePoint point) in Points(extractor, scan, cancellation))
        {
            (int first, int last) = Window(point.Time, range.Over.Interval, steps);
            if (first > last)
            {
                continue;
            }

            if (!all.TryGetValue(labels, out List<LinePoint>? points))
            {
                Admit(labels, all.Count + 1);
                all[labels] = points = [];
            }

            points.Add(point);
        }

        return [.. all.Select(one => new NumberSeries(one.Key, Slide(range, one.Value, steps))).OrderBy(one => one.Labels)];
    }

    private static double?[] Slide(LogQuery.Range range, List<LinePoint> unordered, Steps steps)
    {
        LinePoint[] points = [.. unordered.OrderBy(point => point.Time)];
        var values = new double?[steps.Count];
        int start = 0;
        int end = 0;
        for (int index = 0; index < values.Length; index++)
        {
            long at = steps.At(index);
            while (end < points.Length && points[end].Time <= at)
            {
                end++;
            }

            while (start < end && points[start].Time <= at - range.Over.Interval)
            {
                start++;
            }

            values[index] = start == end ? null : RangeFunctions.Of(range, points.AsSpan(start..end), at);
        }

        return values;
    }

    private IEnumerable<(Labels Labels, LinePoint Point)> Points(SampleExtractor extractor, LogScan scan, CancellationToken cancellation)
    {
        long read = 0;
        foreach (LogBatch batch in store.Read(scan, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            read += batch.Entries.Count;
            if (read > limits.LinesRead)
            {
                throw new LogQueryException($"the query reads more than {limits.LinesRead} lines: narrow its selector or its time");
            }

            foreach (LogEntry entry in batch.Entries)
            {
                if (extractor.Read(batch.Stream, entry, out Labels labels, out double value))
                {
                    yield return (labels, new LinePoint(entry.Time, value));
                }
            }
        }
    }

    /// <summary>A new series: one that a stage failed on ends the query, unless the query asks for the error itself.</summary>
    private void Admit(Labels labels, int count)
    {
        if (labels.Has(LineErrors.Label) && labels[LineErrors.Preserve] != "true")
        {
            throw LogQueryException.Pipeline(labels);
        }

        if (count > limits.Series)
        {
            throw LogQueryException.TooManySeries(limits.Series);
        }
    }

    private static List<NumberSeries> Absent(LogQuery.Range range, List<NumberSeries> present, int count)
    {
        var values = new double?[count];
        for (int index = 0; index < count; index++)
        {
            values[index] = present.Exists(series => series.Values[index] is not null) ? null : 1;
        }

        if (Array.TrueForAll(values, value => value is null))
        {
            return [];
        }

        var labels = new LabelsBuilder();
        var others = new List<string>();
        foreach (LabelMatcher matcher in range.Over.Lines.Matchers)
        {
            if (matcher.Type == MatchType.Equal && labels[matcher.Name].Length == 0)
            {
                labels.Set(matcher.Name, matcher.Value);
            }
            else
            {
                others.Add(matcher.Name);
            }
        }

        others.ForEach(name => labels.Remove(name));
        return [new NumberSeries(labels.ToLabels(), values)];
    }
}
