using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary>What of a request was written.</summary>
internal sealed class WriteCounts
{
    public int Samples { get; set; }

    public int Histograms { get; set; }

    public int Exemplars { get; set; }

    /// <summary>What was wrong with the rest; the good part is written all the same.</summary>
    public List<string> Problems { get; } = [];
}

/// <summary>Remote write 2.0 (<c>io.prometheus.write.v2.Request</c>): names by number in a table, partial success, counts of what was written.</summary>
internal sealed class WriteTwo(MetricStore store)
{
    private const int MostProblems = 100;
    private readonly LabelRules _rules = new(store.Options);

    /// <summary>Decodes and appends; the caller commits.</summary>
    /// <exception cref="ProtoException">No such message.</exception>
    public WriteCounts Apply(ReadOnlySpan<byte> body, MetricBatch batch)
    {
        var symbols = new List<string>();
        var reader = new ProtoReader(body);
        while (reader.Next())
        {
            if (reader.Field == 4)
            {
                symbols.Add(reader.String());
            }
            else
            {
                reader.Skip();
            }
        }

        var counts = new WriteCounts();
        reader = new ProtoReader(body);
        while (reader.Next())
        {
            if (reader.Field == 5)
            {
                TimeSeries(reader.Bytes(), symbols, batch, counts);
            }
            else
            {
                reader.Skip();
            }
        }

        return counts;
    }

    private void TimeSeries(ReadOnlySpan<byte> data, List<string> symbols, MetricBatch batch, WriteCounts counts)
    {
        var references = new List<ulong>();
        ReadOnlySpan<byte> metadata = default;
        bool any = false;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: reader.Varints(references); break;
                case 5: metadata = reader.Bytes(); break;
                default:
                    any |= reader.Field is 2 or 3;
                    reader.Skip();
                    break;
            }
        }

        if (Series(references, symbols, any, batch, counts) is not { } series)
        {
            return;
        }

        if (!metadata.IsEmpty && !Describe(metadata, series.Labels, symbols, batch, counts))
        {
            return;
        }

        reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: Sample(reader.Bytes(), series, batch, counts); break;
                case 3: Histogram(reader.Bytes(), series, batch, counts); break;
                case 4: Exemplar(reader.Bytes(), series, symbols, batch, counts); break;
                default: reader.Skip(); break;
            }
        }
    }

    private MemorySeries? Series(List<ulong> references, List<string> symbols, bool any, MetricBatch batch, WriteCounts counts)
    {
        if (Pairs(references, symbols, out string? broken) is not { } pairs)
        {
            Problem(counts, $"parsing labels for series [{string.Join(' ', references)}]: {broken}");
            return null;
        }

        Labels? labels = LabelRules.From(pairs, out string? doubled);
        if (labels is null)
        {
            Problem(counts, $"invalid labels for series, labels {LabelRules.Text(pairs)}, duplicated label {doubled}");
            return null;
        }

        if (labels.Name.Length == 0 || pairs.Any(pair => !Names.IsLabelName(pair.Name)))
        {
            Problem(counts, $"invalid metric name or labels, got {labels}");
            return null;
        }

        if (!any)
        {
            Problem(counts, $"TimeSeries must contain at least one sample or histogram for series {labels}");
            return null;
        }

        if (_rules.Problem(labels) is { } problem)
        {
            Problem(counts, problem);
            return null;
        }

        MemorySeries? series = batch.Series(labels, out string? refusal);
        if (series is null)
        {
            Problem(counts, refusal!);
        }

        return series;
    }

    private static List<(string Name, string Value)>? Pairs(List<ulong> references, List<string> symbols, out string? problem)
    {
        problem = null;
        if (references.Count % 2 != 0)
        {
            problem = $"invalid labelRefs length {references.Count}";
            return null;
        }

        var pairs = new List<(string, string)>(references.Count / 2);
        for (int index = 0; index < references.Count; index += 2)
        {
            if (references[index] >= (ulong)symbols.Count || references[index + 1] >= (ulong)symbols.Count)
            {
                problem = $"labelRefs {references[index]} (name) = {references[index + 1]} (value) outside of symbols table (size {symbols.Count})";
                return null;
            }

            pairs.Add((symbols[(int)references[index]], symbols[(int)references[index + 1]]));
        }

        return pairs;
    }

    private static bool Describe(ReadOnlySpan<byte> data, Labels labels, List<string> symbols, MetricBatch batch, WriteCounts counts)
    {
        var reader = new ProtoReader(data);
        int type = 0;
        uint help = 0;
        uint unit = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = reader.Int32(); break;
                case 3: help = reader.UInt32(); break;
                case 4: unit = reader.UInt32(); break;
                default: reader.Skip(); break;
            }
        }

        if (help >= symbols.Count || unit >= symbols.Count)
        {
            if (help != 0 || unit != 0)
            {
                Problem(counts, $"parsing metadata for series {labels}: reference outside of symbols table (size {symbols.Count})");
                return false;
            }

            return true;
        }

        if (type != 0 || help != 0 || unit != 0)
        {
            batch.Describe(labels.Name, new MetricMetadata(Outcomes.MetricType(type), symbols[(int)help], symbols[(int)unit]));
        }

        return true;
    }

    private static void Sample(ReadOnlySpan<byte> data, MemorySeries series, MetricBatch batch, WriteCounts counts)
    {
        var reader = new ProtoReader(data);
        double value = 0;
        long time = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: value = reader.Double(); break;
                case 2: time = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        if (Outcomes.Message(batch.Append(series, time, value)) is { } problem)
        {
            Problem(counts, $"{problem} for series {series.Labels}");
        }
        else
        {
            counts.Samples++;
        }
    }

    private static void Histogram(ReadOnlySpan<byte> data, MemorySeries series, MetricBatch batch, WriteCounts counts)
    {
        try
        {
            FloatHistogram histogram = IncomingHistogram.Read(data, out long time);
            if (Outcomes.Message(batch.Append(series, time, histogram)) is { } problem)
            {
                Problem(counts, $"{problem} for series {series.Labels}");
            }
            else
            {
                counts.Histograms++;
            }
        }
        catch (FormatException invalid)
        {
            Problem(counts, $"{invalid.Message} for series {series.Labels}");
        }
    }

    private static void Exemplar(ReadOnlySpan<byte> data, MemorySeries series, List<string> symbols, MetricBatch batch, WriteCounts counts)
    {
        var reader = new ProtoReader(data);
        var references = new List<ulong>();
        double value = 0;
        long time = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: reader.Varints(references); break;
                case 2: value = reader.Double(); break;
                case 3: time = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        if (Pairs(references, symbols, out string? broken) is not { } pairs)
        {
            Problem(counts, $"parsing exemplar for series {series.Labels}: {broken}");
            return;
        }

        if (batch.Append(series, new Exemplar(LabelRules.From(pairs, out _) ?? Labels.Empty, time, value)))
        {
            counts.Exemplars++;
        }
        else
        {
            Problem(counts, $"out of order exemplar for series {series.Labels}");
        }
    }

    private static void Problem(WriteCounts counts, string problem)
    {
        if (counts.Problems.Count < MostProblems)
        {
            counts.Problems.Add(problem);
        }
    }
}
