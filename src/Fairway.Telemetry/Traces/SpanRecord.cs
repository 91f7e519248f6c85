namespace Fairway.Telemetry.Traces;

/// <summary>What a span says of its part in a call; the numbers are OTLP's.</summary>
internal enum SpanKind
{
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// <summary>Something that happened within a span.</summary>
internal sealed record SpanEvent(long Time, string Name, IReadOnlyList<(string Key, object? Value)> Attributes);

/// <summary>Another span that a span names.</summary>
internal sealed record SpanLink(string TraceId, string SpanId);

/// <summary>Who made spans: the resource they share.</summary>
internal sealed record SpanProcess(string Service, IReadOnlyList<(string Key, object? Value)> Attributes)
{
    /// <summary>An attribute as text, or nothing.</summary>
    public string this[string key] => Otlp.OtlpAttributes.Text(Attributes.FirstOrDefault(attribute => attribute.Key == key).Value);
}

/// <summary>One span. Ids are lower-case hexadecimal, times nanoseconds since 1970.</summary>
internal sealed record SpanRecord
{
    public required string TraceId { get; init; }

    public required string SpanId { get; init; }

    /// <summary>Empty for a root.</summary>
    public string ParentId { get; init; } = "";

    public string Name { get; init; } = "";

    public SpanKind Kind { get; init; }

    public long Start { get; init; }

    public long End { get; init; }

    public required SpanProcess Process { get; init; }

    public IReadOnlyList<(string Key, object? Value)> Attributes { get; init; } = [];

    public IReadOnlyList<SpanEvent> Events { get; init; } = [];

    public IReadOnlyList<SpanLink> Links { get; init; } = [];

    /// <summary>0 unset, 1 ok, 2 error.</summary>
    public int Status { get; init; }

    public string StatusMessage { get; init; } = "";

    public string Scope { get; init; } = "";

    public string ScopeVersion { get; init; } = "";

    public string TraceState { get; init; } = "";

    /// <summary>How large it was when it came.</summary>
    public int Bytes { get; init; }

    public long Duration => Math.Max(0, End - Start);

    public bool IsError => Status == 2;
}

/// <summary>The spans of one trace, in order of their start.</summary>
internal sealed record TraceRecord(string Id, IReadOnlyList<SpanRecord> Spans)
{
    /// <summary>The span without a parent that begins first; the first of all when every one has a parent.</summary>
    public SpanRecord? Root => Spans.Where(span => span.ParentId.Length == 0).MinBy(span => span.Start) ?? Spans.MinBy(span => span.Start);

    public long Start => Spans.Min(span => span.Start);

    public long End => Spans.Max(span => span.End);

    public long Duration => Math.Max(0, End - Start);
}
