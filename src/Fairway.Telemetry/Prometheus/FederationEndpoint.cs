using System.Globalization;
using System.Text;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Prometheus.Remote;
using Fairway.Telemetry.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus;

/// <summary>
/// <c>/federate</c>: the newest sample of each series that a selector names, as a page to be scraped. Text by default; delimited
/// protobuf where it is asked for, which alone can carry native histograms.
/// </summary>
internal sealed class FederationEndpoint(MetricStore store, TimeProvider time)
{
    private const long Lookback = 300_000;
    private static readonly string[] Escapings = ["allow-utf-8", "underscores", "dots", "values"];
    private const string ProtoType = "application/vnd.google.protobuf";

    public async Task HandleAsync(HttpContext context)
    {
        List<IReadOnlyList<LabelMatcher>> selectors = [];
        try
        {
            foreach (string selector in (await ApiRequest.ReadAsync(context)).All("match[]"))
            {
                selectors.Add(PromQLParser.ParseSelector(selector, ParserOptions.Stable));
            }
        }
        catch (Exception refused) when (refused is PromQLException or ApiException)
        {
            await PlainAnswer.Async(context, 400, refused.Message);
            return;
        }

        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        List<Sample> samples = Newest(selectors, now, context.RequestAborted);
        (bool proto, string escaping) = Format(context.Request.Headers.Accept.ToString());
        if (proto)
        {
            context.Response.ContentType = $"{ProtoType}; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping={escaping}";
            await context.Response.Body.WriteAsync(Protobuf(samples), context.RequestAborted);
            return;
        }

        context.Response.ContentType = $"text/plain; version=0.0.4; charset=utf-8; escaping={escaping}";
        await context.Response.WriteAsync(Text(samples, escaping), context.RequestAborted);
    }

    private List<Sample> Newest(List<IReadOnlyList<LabelMatcher>> selectors, long now, CancellationToken cancellation)
    {
        var found = new Dictionary<Labels, Sample>();
        var buffer = new SampleBuffer();
        foreach (IReadOnlyList<LabelMatcher> matchers in selectors)
        {
            foreach (ISeries series in store.Select(new SeriesQuery(matchers, now - Lookback, now), cancellation))
            {
                buffer.Clear();
                series.Read(now - Lookback, now, buffer);
                int last = buffer.Count - 1;
                if (last >= 0 && !StaleMarker.Is(buffer.Values[last]) && series.Labels.Name.Length > 0)
                {
                    found[series.Labels] = new Sample(series.Labels, buffer.Times[last], buffer.Values[last], buffer.HistogramAt(last));
                }
            }
        }

        return [.. found.Values.OrderBy(sample => sample.Labels.Name, StringComparer.Ordinal).ThenBy(sample => sample.Labels)];
    }

    /// <summary>What the client asks for first, of what there is.</summary>
    private static (bool Proto, string Escaping) Format(string accept)
    {
        foreach (string clause in accept.Split(',').OrderByDescending(Quality))
        {
            string[] parts = [.. clause.Split(';').Select(part => part.Trim())];
            string escaping = parts.FirstOrDefault(part => part.StartsWith("escaping=", StringComparison.Ordinal))?["escaping=".Length..] is { } asked && Escapings.Contains(asked) ? asked : "underscores";
            if (parts[0] == ProtoType && parts.Contains("proto=io.prometheus.client.MetricFamily") && parts.Contains("encoding=delimited"))
            {
                return (true, escaping);
            }

            if (parts[0] == "text/plain" && !parts.Any(part => part.StartsWith("version=", StringComparison.Ordinal) && part != "version=0.0.4"))
            {
                return (false, escaping);
            }
        }

        return (false, "underscores");
    }

    private static double Quality(string clause)
        => clause.Split(';').Select(part => part.Trim()).FirstOrDefault(part => part.StartsWith("q=", StringComparison.Ordinal)) is { } quality
            && double.TryParse(quality.AsSpan(2), CultureInfo.InvariantCulture, out double number) ? number : 1;

    private static string Text(List<Sample> samples, string escaping)
    {
        var page = new StringBuilder();
        string last = "";
        foreach (Sample sample in samples.Where(sample => sample.Histogram is null))
        {
            string name = Name(sample.Labels.Name, escaping, colons: true);
            bool quoted = !Names.IsLegacyMetricName(name);
            if (sample.Labels.Name != last)
            {
                last = sample.Labels.Name;
                page.Append("# TYPE ").Append(quoted ? Quote(name) : name).Append(" untyped\n");
            }

            page.Append(quoted ? "{" + Quote(name) + "," : name + "{");
            foreach ((string label, string value) in Labelled(sample.Labels))
            {
                string shown = Name(label, escaping, colons: false);
                page.Append(Names.IsLegacyLabelName(shown) ? shown : Quote(shown)).Append('=').Append(Quote(value)).Append(',');
            }

            page.Length--;
            page.Append("} ").Append(GoText.FormatGeneral(sample.Value)).Append(' ').Append(sample.Time.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }

        return page.ToString();
    }

    /// <summary>The labels, and an empty <c>instance</c> where there is none, so that the scraper's own does not come in its place.</summary>
    private static IEnumerable<(string Name, string Value)> Labelled(Labels labels)
        => labels.Pairs.Where(pair => pair.Key != Labels.MetricName).Select(pair => (pair.Key, pair.Value))
            .Concat(labels.Has("instance") ? [] : [("instance", "")]);

    /// <summary>A name as the client can take it: where it is none of the old syntax, or always for dots, its other characters are replaced.</summary>
    private static string Name(string name, string escaping, bool colons)
    {
        bool legacy = colons ? Names.IsLegacyMetricName(name) : Names.IsLegacyLabelName(name);
        if (escaping == "allow-utf-8" || (legacy && escaping != "dots"))
        {
            return name;
        }

        var escaped = new StringBuilder(escaping == "values" ? "U__" : "", name.Length + 8);
        bool first = true;
        foreach (Rune rune in name.EnumerateRunes())
        {
            char one = rune.IsAscii ? (char)rune.Value : '\0';
            bool stays = char.IsAsciiLetter(one) || one is '_' or ':' || (!first && char.IsAsciiDigit(one));
            first = false;
            _ = (escaping, one) switch
            {
                ("dots" or "values", '_') => escaped.Append("__"),
                ("dots", '.') => escaped.Append("_dot_"),
                _ when stays => escaped.Append(one),
                ("dots", _) => escaped.Append("__"),
                ("values", _) => escaped.Append(CultureInfo.InvariantCulture, $"_{rune.Value:x}_"),
                _ => escaped.Append('_'),
            };
        }

        return escaped.ToString();
    }

    private static string Quote(string text)
        => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static byte[] Protobuf(List<Sample> samples)
    {
        using var page = new MemoryStream();
        var family = new ProtoWriter();
        (string Name, int Type) last = ("", -1);
        foreach (Sample sample in samples)
        {
            int type = sample.Histogram is null ? 3 : sample.Histogram.Hint == CounterResetHint.Gauge ? 5 : 4;
            if ((sample.Labels.Name, type) != last)
            {
                Delimit(page, family);
                last = (sample.Labels.Name, type);
                family.String(1, last.Name);
                family.Int64(3, type);
            }

            family.Message(4, Metric(sample));
        }

        Delimit(page, family);
        return page.ToArray();
    }

    private static ProtoWriter Metric(Sample sample)
    {
        var metric = new ProtoWriter();
        var part = new ProtoWriter();
        foreach ((string name, string value) in Labelled(sample.Labels))
        {
            part.Clear();
            part.String(1, name);
            part.String(2, value);
            metric.Message(1, part);
        }

        part.Clear();
        if (sample.Histogram is { } histogram)
        {
            part.Double(2, histogram.Sum);
            part.Double(4, histogram.Count);
            part.SInt64(5, histogram.Schema);
            part.Double(6, histogram.ZeroThreshold);
            part.Double(8, histogram.ZeroCount);
            OutgoingHistogram.Buckets(part, histogram.Negative, 9, 11);
            OutgoingHistogram.Buckets(part, histogram.Positive, 12, 14);
            metric.Message(7, part);
        }
        else
        {
            part.Double(1, sample.Value);
            metric.Message(5, part);
        }

        metric.Int64(6, sample.Time);
        return metric;
    }

    private static void Delimit(MemoryStream page, ProtoWriter family)
    {
        if (family.Written.IsEmpty)
        {
            return;
        }

        uint length = (uint)family.Written.Length;
        for (; length >= 0x80; length >>= 7)
        {
            page.WriteByte((byte)(length | 0x80));
        }

        page.WriteByte((byte)length);
        page.Write(family.Written);
        family.Clear();
    }
}
