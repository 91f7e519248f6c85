using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Prometheus.Remote;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Forwarding;

/// <summary>A request with samples that is being filled.</summary>
internal abstract class MetricRequest
{
    /// <summary>Samples in it.</summary>
    public int Count { get; protected set; }

    public static MetricRequest For(ForwardTarget target, MetricStore store) => target.Protocol switch
    {
        ForwardProtocol.RemoteWriteOne => new WriteOneRequest(target.Histograms),
        ForwardProtocol.RemoteWriteTwo => new WriteTwoRequest(target.Histograms),
        _ => new OtlpMetricRequest(store),
    };

    public abstract void Add(Labels labels, SampleBuffer samples, IReadOnlyList<Exemplar> exemplars);

    /// <summary>The body; the request is empty again.</summary>
    public byte[] Take(out int items)
    {
        items = Count;
        Count = 0;
        return Finish();
    }

    protected abstract byte[] Finish();

    /// <summary>Writes samples; how many.</summary>
    protected static int Samples(ProtoWriter series, SampleBuffer samples, int sampleField, int histogramField, bool histograms)
    {
        int written = 0;
        var part = new ProtoWriter();
        for (int i = 0; i < samples.Count; i++)
        {
            part.Clear();
            if (samples.HistogramAt(i) is { } histogram)
            {
                if (!histograms)
                {
                    continue;
                }

                OutgoingHistogram.Write(part, histogram, samples.Times[i]);
                series.Message(histogramField, part);
            }
            else
            {
                part.Double(1, samples.Values[i]);
                part.Int64(2, samples.Times[i]);
                series.Message(sampleField, part);
            }

            written++;
        }

        return written;
    }

    private sealed class WriteOneRequest(bool histograms) : MetricRequest
    {
        private readonly ProtoWriter request = new();

        public override void Add(Labels labels, SampleBuffer samples, IReadOnlyList<Exemplar> exemplars)
        {
            var series = new ProtoWriter();
            var label = new ProtoWriter();
            Put(series, 1, labels, label);
            int written = Samples(series, samples, 2, 4, histograms);
            foreach (Exemplar one in exemplars)
            {
                var exemplar = new ProtoWriter();
                Put(exemplar, 1, one.Labels, label);
                exemplar.Double(2, one.Value);
                exemplar.Int64(3, one.Time);
                series.Message(3, exemplar);
            }

            if (written + exemplars.Count > 0)
            {
                request.Message(1, series);
                Count += written + exemplars.Count;
            }
        }

        private static void Put(ProtoWriter into, int field, Labels labels, ProtoWriter label)
        {
            foreach ((string name, string value) in labels.Pairs)
            {
                label.Clear();
                label.String(1, name);
                label.String(2, value);
                into.Message(field, label);
            }
        }

        protected override byte[] Finish()
        {
            byte[] body = request.Written.ToArray();
            request.Clear();
            return body;
        }
    }

    private sealed class WriteTwoRequest(bool histograms) : MetricRequest
    {
        private readonly Dictionary<string, int> symbols = new(StringComparer.Ordinal) { [string.Empty] = 0 };
        private readonly List<string> texts = [string.Empty];
        private readonly List<byte[]> all = [];

        public override void Add(Labels labels, SampleBuffer samples, IReadOnlyList<Exemplar> exemplars)
        {
            var series = new ProtoWriter();
            Put(series, 1, labels);
            int written = Samples(series, samples, 2, 3, histograms);
            foreach (Exemplar one in exemplars)
            {
                var exemplar = new ProtoWriter();
                Put(exemplar, 1, one.Labels);
                exemplar.Double(2, one.Value);
                exemplar.Int64(3, one.Time);
                series.Message(4, exemplar);
            }

            if (written + exemplars.Count > 0)
            {
                all.Add(series.Written.ToArray());
                Count += written + exemplars.Count;
            }
        }

        private void Put(ProtoWriter into, int field, Labels labels)
        {
            var references = new ProtoWriter();
            foreach ((string name, string value) in labels.Pairs)
            {
                references.Varint32(Symbol(name));
                references.Varint32(Symbol(value));
            }

            into.Bytes(field, references.Written);
        }

        protected override byte[] Finish()
        {
            var request = new ProtoWriter();
            foreach (string text in texts)
            {
                request.String(4, text);
            }

            foreach (byte[] series in all)
            {
                request.Bytes(5, series);
            }

            symbols.Clear();
            texts.Clear();
            all.Clear();
            Symbol(string.Empty);
            return request.Written.ToArray();
        }

        private uint Symbol(string text)
        {
            if (!symbols.TryGetValue(text, out int reference))
            {
                reference = texts.Count;
                symbols[text] = reference;
                texts.Add(text);
            }

            return (uint)reference;
        }
    }

    /// <summary>Numbers as gauges, counters as sums. Native histograms have no place in it and are left out.</summary>
    private sealed class OtlpMetricRequest(MetricStore store) : MetricRequest
    {
        private readonly ProtoWriter scope = new();

        public override void Add(Labels labels, SampleBuffer samples, IReadOnlyList<Exemplar> exemplars)
        {
            string name = labels[Labels.MetricName];
            bool counter = store.Metadata.Get(name) is [{ Type: "counter" }, ..] || name.EndsWith("_total", StringComparison.Ordinal);
            var data = new ProtoWriter();
            var point = new ProtoWriter();
            for (int i = 0; i < samples.Count; i++)
            {
                if (samples.HistogramAt(i) is not null || StaleMarker.Is(samples.Values[i]))
                {
                    continue;
                }

                point.Clear();
                OtlpWriting.Attributes(point, 7, labels.WithoutName());
                point.Fixed64(3, (ulong)samples.Times[i] * 1_000_000);
                point.Double(4, samples.Values[i]);
                data.Message(1, point);
                Count++;
            }

            if (data.Written.Length == 0)
            {
                return;
            }

            if (counter)
            {
                data.UInt64(2, 2);
                data.Bool(3, true);
            }

            var metric = new ProtoWriter();
            metric.String(1, name);
            metric.Message(counter ? 7 : 5, data);
            scope.Message(2, metric);
        }

        protected override byte[] Finish()
        {
            var resource = new ProtoWriter();
            resource.Message(2, scope);
            var request = new ProtoWriter();
            request.Message(1, resource);
            scope.Clear();
            return request.Written.ToArray();
        }
    }
}

/// <summary>Parts of OTLP messages.</summary>
internal static class OtlpWriting
{
    public static void Attributes(ProtoWriter into, int field, Labels labels)
    {
        var value = new ProtoWriter();
        var pair = new ProtoWriter();
        foreach ((string name, string text) in labels.Pairs)
        {
            value.Clear();
            value.String(1, text);
            pair.Clear();
            pair.String(1, name);
            pair.Message(2, value);
            into.Message(field, pair);
        }
    }
}
