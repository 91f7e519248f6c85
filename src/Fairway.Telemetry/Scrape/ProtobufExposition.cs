using System.Globalization;
using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Prometheus.Remote;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Scrape;

/// <summary>
/// Reads the protobuf exposition: delimited <c>io.prometheus.client.MetricFamily</c> messages. Histograms become native ones where
/// they have native buckets, and classic series where they have classic buckets; a histogram that has both becomes both.
/// </summary>
internal static class ProtobufExposition
{
    private const int Counter = 0;
    private const int Gauge = 1;
    private const int Summary = 2;
    private const int Untyped = 3;
    private const int Histogram = 4;
    private const int GaugeHistogram = 5;

    private static readonly string[] Types = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"];

    /// <summary>Reads a whole page.</summary>
    /// <exception cref="ExpositionException">It is malformed.</exception>
    public static void Parse(ReadOnlySpan<byte> page, IExpositionReader into)
    {
        try
        {
            while (!page.IsEmpty)
            {
                Family(Delimited(ref page), into);
            }
        }
        catch (Exception malformed) when (malformed is ProtoException or FormatException)
        {
            throw new ExpositionException(malformed.Message);
        }
    }

    private static ReadOnlySpan<byte> Delimited(ref ReadOnlySpan<byte> page)
    {
        ulong length = 0;
        int at = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (at >= page.Length || shift > 63)
            {
                throw new ProtoException("the page ends within a length");
            }

            byte one = page[at++];
            length |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                break;
            }
        }

        if (length > (ulong)(page.Length - at))
        {
            throw new ProtoException($"a family of {length} bytes is cut off after {page.Length - at}");
        }

        ReadOnlySpan<byte> family = page.Slice(at, (int)length);
        page = page[(at + (int)length)..];
        return family;
    }

    private static void Family(ReadOnlySpan<byte> data, IExpositionReader into)
    {
        string name = "";
        string help = "";
        string unit = "";
        int type = 0;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.String(); break;
                case 2: help = reader.String(); break;
                case 3: type = reader.Int32(); break;
                case 5: unit = reader.String(); break;
                default: reader.Skip(); break;
            }
        }

        if (name.Length == 0)
        {
            throw new ExpositionException("invalid metric name: ");
        }

        if (type is < Counter or > GaugeHistogram)
        {
            throw new ExpositionException($"unknown metric type for metric {GoText.Quote(name)}: {type}");
        }

        into.Metadata(name, "TYPE", Types[type]);
        into.Metadata(name, "HELP", help);
        if (unit.Length > 0)
        {
            into.Metadata(name, "UNIT", unit);
        }

        reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 4)
            {
                Metric(reader.Bytes(), name, type, into);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void Metric(ReadOnlySpan<byte> data, string name, int type, IExpositionReader into)
    {
        var labels = new StringBuilder();
        long time = 0;
        ReadOnlySpan<byte> value = default;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    Label(reader.Bytes(), labels);
                    break;
                case 2 or 3 or 4 or 5 or 7:
                    value = reader.Bytes();
                    break;
                case 6:
                    time = reader.Int64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var writer = new Writer(name, labels.ToString(), time == 0 ? null : time, into);
        switch (type)
        {
            case Counter or Gauge or Untyped:
                writer.Number(value);
                break;
            case Summary:
                writer.Summary(value);
                break;
            default:
                writer.Histogram(value, type == GaugeHistogram);
                break;
        }
    }

    private static void Label(ReadOnlySpan<byte> data, StringBuilder into)
    {
        (string name, string value) = ProtoReader.Pair(data);
        into.Append(into.Length == 0 ? "" : ",").Append(Quote(name)).Append('=').Append(Quote(value));
    }

    private static string Quote(string text)
        => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    /// <summary>Writes the samples of one metric, each under the text that names its series.</summary>
    private sealed class Writer(string name, string labels, long? time, IExpositionReader into)
    {
        public void Number(ReadOnlySpan<byte> data)
        {
            double value = 0;
            string exemplar = "";
            var reader = new ProtoReader(data);
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: value = reader.Double(); break;
                    case 2 when reader.Type == WireType.Bytes: exemplar = Exemplar(reader.Bytes(), needsTime: false) ?? ""; break;
                    default: reader.Skip(); break;
                }
            }

            Sample("", "", value, exemplar);
        }

        public void Summary(ReadOnlySpan<byte> data)
        {
            ulong count = 0;
            double sum = 0;
            var quantiles = new List<(double Quantile, double Value)>();
            var reader = new ProtoReader(data);
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: count = reader.UInt64(); break;
                    case 2: sum = reader.Double(); break;
                    case 3: quantiles.Add(Two(reader.Bytes())); break;
                    default: reader.Skip(); break;
                }
            }

            Sample("_count", "", count, "");
            Sample("_sum", "", sum, "");
            foreach ((double quantile, double value) in quantiles)
            {
                Sample("", $"\"quantile\"={Quote(ExpositionParser.Bound(quantile))}", value, "");
            }
        }

        public void Histogram(ReadOnlySpan<byte> data, bool gauge)
        {
            HistogramMessage message = HistogramMessage.Read(data, gauge);
            if (message.Native is { } native)
            {
                into.Histogram(Encoding.UTF8.GetBytes(Series("", "")), native, time, [.. message.Exemplars]);
            }

            // One that has neither kind of buckets still has a count and a sum.
            if (message.Native is not null && message.Buckets.Count == 0)
            {
                return;
            }

            Sample("_count", "", message.Count, "");
            Sample("_sum", "", message.Sum, "");
            foreach ((double bound, double count, string exemplar) in message.Buckets)
            {
                Sample("_bucket", $"\"le\"={Quote(ExpositionParser.Bound(bound))}", count, exemplar);
            }

            if (message.Buckets.Count == 0 || !double.IsPositiveInfinity(message.Buckets[^1].Bound))
            {
                Sample("_bucket", "\"le\"=\"+Inf\"", message.Count, "");
            }
        }

        private void Sample(string suffix, string label, double value, string exemplar)
            => into.Sample(new ExpositionSample(Encoding.UTF8.GetBytes(Series(suffix, label)), value, time, Encoding.UTF8.GetBytes(exemplar)));

        private string Series(string suffix, string label)
            => $"{{{Quote(name + suffix)}{(labels.Length > 0 ? "," + labels : "")}{(label.Length > 0 ? "," + label : "")}}}";

        private static (double, double) Two(ReadOnlySpan<byte> data)
        {
            double one = 0;
            double two = 0;
            var reader = new ProtoReader(data);
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: one = reader.Double(); break;
                    case 2: two = reader.Double(); break;
                    default: reader.Skip(); break;
                }
            }

            return (one, two);
        }
    }

    /// <summary>An exemplar as OpenMetrics writes it; null where it says no time and must.</summary>
    private static string? Exemplar(ReadOnlySpan<byte> data, bool needsTime)
    {
        var labels = new StringBuilder();
        double value = 0;
        string? time = null;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: Label(reader.Bytes(), labels); break;
                case 2: value = reader.Double(); break;
                case 3: time = Seconds(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        return time is null && needsTime ? null : $"{{{labels}}} {GoText.FormatGeneral(value)}{(time is null ? "" : " " + time)}";
    }

    private static string Seconds(ReadOnlySpan<byte> data)
    {
        long seconds = 0;
        int nanoseconds = 0;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: seconds = reader.Int64(); break;
                case 2: nanoseconds = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{seconds}.{nanoseconds / 1_000_000:000}");
    }

    /// <summary>A histogram message, decoded.</summary>
    private sealed class HistogramMessage
    {
        public double Count { get; private set; }

        public double Sum { get; private set; }

        public FloatHistogram? Native { get; private set; }

        public List<(double Bound, double Count, string Exemplar)> Buckets { get; } = [];

        /// <summary>Of the native histogram.</summary>
        public List<string> Exemplars { get; } = [];

        public static HistogramMessage Read(ReadOnlySpan<byte> data, bool gauge)
        {
            var message = new HistogramMessage();
            double whole = 0;
            double fraction = 0;
            bool native = false;

            // The fields of the native part are those of the store's own message under other numbers.
            var translated = new ProtoWriter();
            double zeroFraction = 0;
            var reader = new ProtoReader(data);
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: whole = reader.UInt64(); break;
                    case 2: message.Sum = reader.Double(); break;
                    case 3: message.Bucket(reader.Bytes()); break;
                    case 4: fraction = reader.Double(); break;
                    case 5: translated.SInt64(4, reader.SInt32()); break;
                    case 6:
                        double threshold = reader.Double();
                        native |= threshold > 0;
                        translated.Double(5, threshold);
                        break;
                    case 7:
                        ulong zero = reader.UInt64();
                        native |= zero > 0;
                        translated.UInt64(6, zero);
                        break;
                    case 8:
                        zeroFraction = reader.Double();
                        native |= zeroFraction > 0;
                        translated.Double(7, zeroFraction);
                        break;
                    case 9 or 12:
                        native = true;
                        translated.Bytes(reader.Field == 9 ? 8 : 11, reader.Bytes());
                        break;
                    case 10 or 13:
                        Numbers(ref reader, translated, reader.Field == 10 ? 9 : 12);
                        break;
                    case 11 or 14:
                        Doubles(ref reader, translated, reader.Field == 11 ? 10 : 13);
                        break;
                    case 16:
                        if (Exemplar(reader.Bytes(), needsTime: true) is { } exemplar)
                        {
                            message.Exemplars.Add(exemplar);
                        }

                        break;
                    default: reader.Skip(); break;
                }
            }

            message.Count = fraction > 0 ? fraction : whole;
            if (native)
            {
                bool isFloat = fraction > 0 || zeroFraction > 0;
                if (isFloat)
                {
                    translated.Double(2, fraction);
                }
                else
                {
                    translated.UInt64(1, (ulong)whole);
                }

                translated.Double(3, message.Sum);
                translated.Int64(14, gauge ? 3 : 0);
                message.Native = IncomingHistogram.Read(translated.Written, out _).Compacted();
                if (message.Exemplars.Count == 0)
                {
                    message.Exemplars.AddRange(message.Buckets.Select(bucket => bucket.Exemplar).Where(exemplar => exemplar.Count(one => one == ' ') > 1));
                }
            }

            return message;
        }

        private void Bucket(ReadOnlySpan<byte> data)
        {
            double whole = 0;
            double fraction = 0;
            double bound = 0;
            string exemplar = "";
            var reader = new ProtoReader(data);
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: whole = reader.UInt64(); break;
                    case 2: bound = reader.Double(); break;
                    case 3: exemplar = ProtobufExposition.Exemplar(reader.Bytes(), needsTime: false) ?? ""; break;
                    case 4: fraction = reader.Double(); break;
                    default: reader.Skip(); break;
                }
            }

            Buckets.Add((bound, fraction > 0 ? fraction : whole, exemplar));
        }

        private static void Numbers(ref ProtoReader reader, ProtoWriter into, int field)
        {
            var numbers = new List<ulong>();
            reader.Varints(numbers);
            foreach (ulong number in numbers)
            {
                into.UInt64(field, number);
            }
        }

        private static void Doubles(ref ProtoReader reader, ProtoWriter into, int field)
        {
            var numbers = new List<double>();
            reader.Doubles(numbers);
            foreach (double number in numbers)
            {
                into.Double(field, number);
            }
        }
    }
}
