using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Prometheus.Remote;

/// <summary>A write that is refused: the status and the words.</summary>
internal sealed class RemoteWriteException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}

/// <summary>
/// Remote write 1.0 (<c>prometheus.WriteRequest</c>). As with Prometheus, a sample that cannot be taken refuses the whole
/// request; series with invalid labels are left out silently. A known series is recognized by a hash of its label bytes, so its
/// labels are not even decoded.
/// </summary>
internal sealed class WriteOne(MetricStore store)
{
    private const ulong Seed = 1;
    private readonly LabelRules _rules = new(store.Options);

    /// <summary>Decodes and appends; the caller commits.</summary>
    /// <exception cref="ProtoException">No such message.</exception>
    /// <exception cref="RemoteWriteException">A sample cannot be taken: nothing was stored.</exception>
    public void Apply(ReadOnlySpan<byte> body, MetricBatch batch)
    {
        var pending = new List<(MemorySeries Series, long Time, double Value, FloatHistogram? Histogram)>();
        var exemplars = new List<(MemorySeries Series, Exemplar Exemplar)>();
        var metadata = new List<(string, MetricMetadata)>();
        var reader = new ProtoReader(body);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    TimeSeries(reader.Bytes(), batch, pending, exemplars);
                    break;
                case 3:
                    metadata.Add(Metadata(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        long future = batch.Now + (long)store.Options.FutureLimit.TotalMilliseconds;
        foreach ((MemorySeries series, long time, double value, FloatHistogram? histogram) in pending)
        {
            AppendOutcome outcome = time > future ? AppendOutcome.OutOfBounds : store.Judge(series, time, value, histogram);
            if (Outcomes.Message(outcome) is { } problem)
            {
                throw new RemoteWriteException(400, outcome == AppendOutcome.OutOfBounds ? problem + ": timestamp is too far in the future" : problem);
            }
        }

        foreach ((MemorySeries series, long time, double value, FloatHistogram? histogram) in pending)
        {
            _ = histogram is null ? batch.Append(series, time, value) : batch.Append(series, time, histogram);
        }

        foreach ((MemorySeries series, Exemplar exemplar) in exemplars)
        {
            batch.Append(series, exemplar);
        }

        foreach ((string metric, MetricMetadata what) in metadata)
        {
            batch.Describe(metric, what);
        }
    }

    private void TimeSeries(
        ReadOnlySpan<byte> data, MetricBatch batch, List<(MemorySeries, long, double, FloatHistogram?)> pending, List<(MemorySeries, Exemplar)> exemplars)
    {
        MemorySeries? series = Series(data, batch);
        if (series is null)
        {
            return;
        }

        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    (long time, double value) = Sample(reader.Bytes());
                    pending.Add((series, time, value, null));
                    break;
                case 3:
                    exemplars.Add((series, Exemplar(reader.Bytes())));
                    break;
                case 4:
                    try
                    {
                        FloatHistogram histogram = IncomingHistogram.Read(reader.Bytes(), out long at);
                        pending.Add((series, at, histogram.Sum, histogram));
                    }
                    catch (FormatException invalid)
                    {
                        throw new RemoteWriteException(400, invalid.Message);
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>The series that the labels of a message name; null when they are invalid.</summary>
    private MemorySeries? Series(ReadOnlySpan<byte> data, MetricBatch batch)
    {
        var key = new RawKey(Seed, Seed);
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                key = RawKey.Of(reader.Bytes(), key.High ^ (key.Low << 1));
            }
            else
            {
                reader.Skip();
            }
        }

        if (store.TryGetRaw(key, out MemorySeries known))
        {
            return known;
        }

        var pairs = new List<(string, string)>();
        reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                pairs.Add(Label(reader.Bytes()));
            }
            else
            {
                reader.Skip();
            }
        }

        Labels? labels = LabelRules.From(pairs, out _);
        if (labels is null || labels.Name.Length == 0 || pairs.Any(pair => !Names.IsLabelName(pair.Item1)))
        {
            store.CountInvalid();
            return null;
        }

        if (_rules.Problem(labels) is { } problem)
        {
            throw new RemoteWriteException(400, problem);
        }

        MemorySeries series = batch.Series(labels, out string? refusal) ?? throw new RemoteWriteException(400, refusal!);
        store.SetRaw(key, series);
        return series;
    }

    private static (string Name, string Value) Label(ReadOnlySpan<byte> data)
    {
        var reader = new ProtoReader(data);
        string name = "";
        string value = "";
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.String(); break;
                case 2: value = reader.String(); break;
                default: reader.Skip(); break;
            }
        }

        return (name, value);
    }

    private static (long Time, double Value) Sample(ReadOnlySpan<byte> data)
    {
        var reader = new ProtoReader(data);
        long time = 0;
        double value = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: value = reader.Double(); break;
                case 2: time = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        return (time, value);
    }

    private static Exemplar Exemplar(ReadOnlySpan<byte> data)
    {
        var reader = new ProtoReader(data);
        var pairs = new List<(string, string)>();
        long time = 0;
        double value = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: pairs.Add(Label(reader.Bytes())); break;
                case 2: value = reader.Double(); break;
                case 3: time = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        return new Exemplar(LabelRules.From(pairs, out _) ?? Labels.Empty, time, value);
    }

    private static (string, MetricMetadata) Metadata(ReadOnlySpan<byte> data)
    {
        var reader = new ProtoReader(data);
        int type = 0;
        string metric = "";
        string help = "";
        string unit = "";
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = reader.Int32(); break;
                case 2: metric = reader.String(); break;
                case 4: help = reader.String(); break;
                case 5: unit = reader.String(); break;
                default: reader.Skip(); break;
            }
        }

        return (metric, new MetricMetadata(Outcomes.MetricType(type), help, unit));
    }
}

/// <summary>The words and numbers that both versions share.</summary>
internal static class Outcomes
{
    private static readonly string[] Types = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

    public static string MetricType(int number) => number >= 0 && number < Types.Length ? Types[number] : "unknown";

    /// <summary>What is wrong with a sample, in Prometheus' words; null for what was taken.</summary>
    public static string? Message(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Duplicate => "duplicate sample for timestamp",
        AppendOutcome.OutOfOrder => "out of order sample",
        AppendOutcome.TooOld => "too old sample",
        AppendOutcome.OutOfBounds => "out of bounds",
        _ => null,
    };
}
