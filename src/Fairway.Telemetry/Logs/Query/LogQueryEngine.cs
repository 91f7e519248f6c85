using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query;

/// <summary>Answers LogQL over the store: lines newest or oldest first up to a limit, or numbers at steps.</summary>
internal sealed class LogQueryEngine(LogStore store)
{
    private const int MostLinesRead = 20_000_000;
    private const int MostSeries = 5000;

    /// <summary>Lines that pass, with the labels that they ended up with.</summary>
    /// <param name="from">Nanoseconds, included.</param>
    /// <param name="to">Nanoseconds, not included.</param>
    /// <param name="limit">The most lines.</param>
    /// <param name="newestFirst">Which lines the limit leaves.</param>
    public IReadOnlyList<(Labels Labels, long Time, string Line)> Lines(LogPipeline pipeline, long from, long to, int limit, bool newestFirst, CancellationToken cancellation)
    {
        var found = new PriorityQueue<(Labels Labels, long Time, string Line), long>();
        var seen = new HashSet<(Labels, long, string)>();
        long worst = long.MaxValue;
        foreach (LogBatch batch in store.Read(pipeline.Matchers, from, to, pipeline.Texts, newestFirst, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (LogEntry entry in batch.Entries)
            {
                long order = newestFirst ? entry.Time : -entry.Time;
                if (found.Count >= limit && worst != long.MaxValue && order <= worst)
                {
                    continue;
                }

                var line = new LogLine(batch.Stream, entry);
                if (!pipeline.Apply(line) || !seen.Add((batch.Stream, entry.Time, entry.Line)))
                {
                    continue;
                }

                found.Enqueue((line.Labels.ToLabels(), entry.Time, line.Line), order);
                if (found.Count > limit)
                {
                    found.Dequeue();
                }

                if (found.Count >= limit && found.TryPeek(out _, out long least))
                {
                    worst = least;
                }
            }
        }

        var lines = new List<(Labels, long, string)>(found.Count);
        while (found.TryDequeue(out (Labels Labels, long Time, string Line) line, out _))
        {
            lines.Add(line);
        }

        lines.Reverse();
        return lines;
    }

    /// <summary>Numbers at every step of a closed range of nanoseconds.</summary>
    public IReadOnlyDictionary<Labels, double?[]> Numbers(LogQuery query, long from, long to, long step, CancellationToken cancellation)
    {
        int count = (int)((to - from) / step) + 1;
        return Evaluate(query, from, count, step, cancellation);
    }

    private Dictionary<Labels, double?[]> Evaluate(LogQuery query, long from, int count, long step, CancellationToken cancellation) => query switch
    {
        LogQuery.Over over => Over(over, from, count, step, cancellation),
        LogQuery.Aggregate aggregate => Aggregate(aggregate, Evaluate(aggregate.Inner, from, count, step, cancellation), count),
        LogQuery.Binary binary => Binary(binary.Operator, Evaluate(binary.Left, from, count, step, cancellation), Evaluate(binary.Right, from, count, step, cancellation), binary, count),
        LogQuery.Literal literal => new() { [Labels.Empty] = [.. Enumerable.Repeat((double?)literal.Value, count)] },
        _ => throw new LogQueryException("a query of lines gives no numbers: put it into rate(...[5m]) or count_over_time(...[5m])"),
    };

    private Dictionary<Labels, double?[]> Over(LogQuery.Over over, long from, int count, long step, CancellationToken cancellation)
    {
        long range = over.Range.Ticks * 100;
        long offset = over.Offset.Ticks * 100;
        long first = from - offset - range;
        long last = from - offset + ((count - 1) * step);
        var series = new Dictionary<Labels, List<(long Time, double Value)>>();
        var seen = new HashSet<(Labels, long, string)>();
        int read = 0;
        foreach (LogBatch batch in store.Read(over.Pipeline.Matchers, first + 1, last + 1, over.Pipeline.Texts, newestFirst: false, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (LogEntry entry in batch.Entries)
            {
                if (++read > MostLinesRead)
                {
                    throw new LogQueryException($"the query reads more than {MostLinesRead} lines: narrow its selector or its time");
                }

                var line = new LogLine(batch.Stream, entry);
                if (over.Pipeline.Apply(line) && seen.Add((batch.Stream, entry.Time, entry.Line)) && Value(over, line) is { } value)
                {
                    Labels labels = (over.Unwrap is null ? line.Labels : line.Labels.Remove(over.Unwrap)).ToLabels();
                    if (!series.TryGetValue(labels, out List<(long, double)>? points))
                    {
                        series[labels] = points = series.Count < MostSeries ? [] : throw new LogQueryException($"maximum of series ({MostSeries}) reached for a single query");
                    }

                    points.Add((entry.Time, value));
                }
            }
        }

        if (over.Function == "absent_over_time")
        {
            return Absent(over, series, from - offset, count, step, range);
        }

        return series.ToDictionary(one => one.Key, one => Slide(over, one.Value, from - offset, count, step, range));
    }

    private static Dictionary<Labels, double?[]> Absent(
        LogQuery.Over over, Dictionary<Labels, List<(long Time, double Value)>> series, long from, int count, long step, long range)
    {
        var absent = new double?[count];
        for (int index = 0; index < count; index++)
        {
            long at = from + (index * step);
            absent[index] = series.Values.Any(points => points.Exists(point => point.Time > at - range && point.Time <= at)) ? null : 1;
        }

        var labels = new LabelsBuilder();
        foreach (LabelMatcher matcher in over.Pipeline.Matchers.Where(matcher => matcher.Type == PromQL.MatchType.Equal))
        {
            labels.Set(matcher.Name, matcher.Value);
        }

        return absent.Any(value => value is not null) ? new() { [labels.ToLabels()] = absent } : [];
    }

    private static double? Value(LogQuery.Over over, LogLine line)
        => over.Unwrap is { } label ? Quantities.Parse(line.Labels[label])
            : over.Function is "bytes_rate" or "bytes_over_time" ? System.Text.Encoding.UTF8.GetByteCount(line.Line) : 1;

    private static double?[] Slide(LogQuery.Over over, List<(long Time, double Value)> points, long from, int count, long step, long range)
    {
        points.Sort(static (left, right) => left.Time.CompareTo(right.Time));
        var values = new double?[count];
        int start = 0;
        int end = 0;
        for (int index = 0; index < count; index++)
        {
            long at = from + (index * step);
            while (end < points.Count && points[end].Time <= at)
            {
                end++;
            }

            while (start < end && points[start].Time <= at - range)
            {
                start++;
            }

            values[index] = start == end ? null : Reduce(over, points.GetRange(start, end - start));
        }

        return values;
    }

    private static double Reduce(LogQuery.Over over, List<(long Time, double Value)> window) => over.Function switch
    {
        "rate" or "bytes_rate" => window.Sum(point => point.Value) / over.Range.TotalSeconds,
        "avg_over_time" => window.Average(point => point.Value),
        "min_over_time" => window.Min(point => point.Value),
        "max_over_time" => window.Max(point => point.Value),
        "first_over_time" => window[0].Value,
        "last_over_time" => window[^1].Value,
        _ => window.Sum(point => point.Value),
    };

    private static Dictionary<Labels, double?[]> Aggregate(LogQuery.Aggregate aggregate, Dictionary<Labels, double?[]> inner, int count)
    {
        if (aggregate.Function is "topk" or "bottomk")
        {
            return Best(aggregate, inner, count);
        }

        string[] names = [.. aggregate.Labels.Order(StringComparer.Ordinal)];
        return inner
            .GroupBy(series => aggregate.By ? series.Key.Keep(names) : series.Key.Drop(names))
            .ToDictionary(group => group.Key, group =>
            {
                double?[][] members = [.. group.Select(series => series.Value)];
                return Enumerable.Range(0, count).Select(index =>
                {
                    double[] values = [.. members.Select(member => member[index]).OfType<double>()];
                    return values.Length == 0 ? (double?)null : aggregate.Function switch
                    {
                        "sum" => values.Sum(),
                        "avg" => values.Average(),
                        "min" => values.Min(),
                        "max" => values.Max(),
                        _ => values.Length,
                    };
                }).ToArray();
            });
    }

    private static Dictionary<Labels, double?[]> Best(LogQuery.Aggregate aggregate, Dictionary<Labels, double?[]> inner, int count)
    {
        var best = new Dictionary<Labels, double?[]>();
        for (int index = 0; index < count; index++)
        {
            int at = index;
            IEnumerable<KeyValuePair<Labels, double?[]>> present = inner.Where(series => series.Value[at] is not null);
            present = aggregate.Function == "topk" ? present.OrderByDescending(series => series.Value[at]) : present.OrderBy(series => series.Value[at]);
            foreach ((Labels labels, double?[] values) in present.Take(aggregate.Parameter ?? 0))
            {
                (best.TryGetValue(labels, out double?[]? kept) ? kept : best[labels] = new double?[count])[at] = values[at];
            }
        }

        return best;
    }

    private static Dictionary<Labels, double?[]> Binary(
        string sign, Dictionary<Labels, double?[]> left, Dictionary<Labels, double?[]> right, LogQuery.Binary query, int count)
    {
        var result = new Dictionary<Labels, double?[]>();
        foreach ((Labels labels, double?[] values) in query.Left is LogQuery.Literal ? right : left)
        {
            double?[]? one = query.Left is LogQuery.Literal ? left[Labels.Empty] : values;
            double?[]? other = query.Left is LogQuery.Literal ? values : query.Right is LogQuery.Literal ? right[Labels.Empty] : right.GetValueOrDefault(labels);
            if (other is not null)
            {
                result[labels] = [.. Enumerable.Range(0, count).Select(index => sign switch
                {
                    "+" => one[index] + other[index],
                    "-" => one[index] - other[index],
                    "*" => one[index] * other[index],
                    _ => one[index] / other[index],
                })];
            }
        }

        return result;
    }
}
