using System.Globalization;

namespace Fairway.Telemetry.Traces.Storage;

/// <summary>Traces that are in no block yet, and the limits that senders meet. Not for several threads.</summary>
internal sealed class TraceMemory(TraceStoreOptions options)
{
    private const long WindowSeconds = 10;
    private const int MostServices = 10_000;
    private const int Scanned = 64;
    private readonly Dictionary<string, (long Second, long Spans)> _rates = new(StringComparer.Ordinal);

    /// <summary>Spans by trace.</summary>
    public Dictionary<string, List<SpanRecord>> Traces { get; private set; } = new(StringComparer.Ordinal);

    public int Spans { get; private set; }

    /// <summary>Takes all traces out.</summary>
    public Dictionary<string, List<SpanRecord>> Leave()
    {
        Dictionary<string, List<SpanRecord>> leaving = Traces;
        Traces = new Dictionary<string, List<SpanRecord>>(StringComparer.Ordinal);
        Spans = 0;
        return leaving;
    }

    /// <summary>Takes a span; null, or why not.</summary>
    public string? Add(SpanRecord span, long seconds)
    {
        long window = seconds / WindowSeconds;
        string service = span.Process.Service;
        (long at, long count) = _rates.GetValueOrDefault(service);
        count = at == window ? count + 1 : 1;
        if (count > options.SpansPerSecond * WindowSeconds)
        {
            return string.Create(CultureInfo.InvariantCulture, $"service \"{service}\" sends more than {options.SpansPerSecond} spans a second");
        }

        if (_rates.Count > MostServices)
        {
            _rates.Clear();
        }

        _rates[service] = (window, count);
        return Put(span);
    }

    /// <summary>Takes a span whatever its sender's rate.</summary>
    public string? Put(SpanRecord span)
    {
        if (!Traces.TryGetValue(span.TraceId, out List<SpanRecord>? trace))
        {
            Traces[span.TraceId] = trace = [];
        }

        // The same span sent again after a lost answer replaces itself.
        int known = trace.Count < Scanned ? trace.FindIndex(one => one.SpanId == span.SpanId && one.Kind == span.Kind) : -1;
        if (known >= 0)
        {
            trace[known] = span;
            return null;
        }

        if (trace.Count >= options.SpansPerTrace)
        {
            return string.Create(CultureInfo.InvariantCulture, $"trace {span.TraceId} has {trace.Count} spans, the limit is {options.SpansPerTrace}");
        }

        trace.Add(span);
        Spans++;
        return null;
    }
}
