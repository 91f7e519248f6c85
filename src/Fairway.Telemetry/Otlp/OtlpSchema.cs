using System.Collections.Frozen;

namespace Fairway.Telemetry.Otlp;

/// <summary>How a field is on the wire and in JSON.</summary>
internal enum FieldKind
{
    Text,
    Bytes,

    /// <summary>Bytes that JSON writes in hexadecimal: ids of traces and spans.</summary>
    Id,
    Bool,
    Int32,
    SInt32,
    UInt32,
    Int64,
    UInt64,
    Fixed32,
    Fixed64,
    SFixed64,
    Double,

    /// <summary>A number in JSON, never a name.</summary>
    Enum,
    Message,
}

/// <summary>A field of a message.</summary>
internal sealed record SchemaField(int Number, string Name, FieldKind Kind, string? Message = null, bool Repeated = false);

/// <summary>A message: its fields by JSON name and by number.</summary>
internal sealed class SchemaMessage(string name, params SchemaField[] fields)
{
    public string Name { get; } = name;

    public FrozenDictionary<string, SchemaField> ByName { get; } = fields.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);

    public FrozenDictionary<int, SchemaField> ByNumber { get; } = fields.ToFrozenDictionary(field => field.Number);
}

/// <summary>
/// The messages of OTLP 1.x as data: names and numbers as the specification publishes them. One table serves the JSON form in
/// both directions, so that there is one reading of each signal, over the binary form.
/// </summary>
internal static class OtlpSchema
{
    public const string MetricsRequest = "MetricsRequest";
    public const string LogsRequest = "LogsRequest";
    public const string TracesRequest = "TracesRequest";

    private static readonly FrozenDictionary<string, SchemaMessage> Messages = ((SchemaMessage[])
    [
        new(MetricsRequest, Many(1, "resourceMetrics", "ResourceMetrics")),
        new(LogsRequest, Many(1, "resourceLogs", "ResourceLogs")),
        new(TracesRequest, Many(1, "resourceSpans", "ResourceSpans")),
        new("AnyValue",
            Text(1, "stringValue"), new(2, "boolValue", FieldKind.Bool), new(3, "intValue", FieldKind.Int64), new(4, "doubleValue", FieldKind.Double),
            One(5, "arrayValue", "ArrayValue"), One(6, "kvlistValue", "KeyValueList"), new(7, "bytesValue", FieldKind.Bytes)),
        new("ArrayValue", Many(1, "values", "AnyValue")),
        new("KeyValueList", Many(1, "values", "KeyValue")),
        new("KeyValue", Text(1, "key"), One(2, "value", "AnyValue")),
        new("Scope", Text(1, "name"), Text(2, "version"), Attributes(3), Dropped(4)),
        new("Resource", Attributes(1), Dropped(2)),
        new("ResourceMetrics", One(1, "resource", "Resource"), Many(2, "scopeMetrics", "ScopeMetrics"), Text(3, "schemaUrl")),
        new("ScopeMetrics", One(1, "scope", "Scope"), Many(2, "metrics", "Metric"), Text(3, "schemaUrl")),
        new("Metric",
            Text(1, "name"), Text(2, "description"), Text(3, "unit"), One(5, "gauge", "Gauge"), One(7, "sum", "Sum"), One(9, "histogram", "Histogram"),
            One(10, "exponentialHistogram", "ExponentialHistogram"), One(11, "summary", "Summary"), Many(12, "metadata", "KeyValue")),
        new("Gauge", Many(1, "dataPoints", "NumberDataPoint")),
        new("Sum", Many(1, "dataPoints", "NumberDataPoint"), new(2, "aggregationTemporality", FieldKind.Enum), new(3, "isMonotonic", FieldKind.Bool)),
        new("Histogram", Many(1, "dataPoints", "HistogramDataPoint"), new(2, "aggregationTemporality", FieldKind.Enum)),
        new("ExponentialHistogram", Many(1, "dataPoints", "ExponentialHistogramDataPoint"), new(2, "aggregationTemporality", FieldKind.Enum)),
        new("Summary", Many(1, "dataPoints", "SummaryDataPoint")),
        new("NumberDataPoint",
            Nano(2, "startTimeUnixNano"), Nano(3, "timeUnixNano"), Real(4, "asDouble"), Many(5, "exemplars", "Exemplar"), new(6, "asInt", FieldKind.SFixed64),
            Attributes(7), new(8, "flags", FieldKind.UInt32)),
        new("HistogramDataPoint",
            Nano(2, "startTimeUnixNano"), Nano(3, "timeUnixNano"), Nano(4, "count"), Real(5, "sum"), new(6, "bucketCounts", FieldKind.Fixed64, Repeated: true),
            new(7, "explicitBounds", FieldKind.Double, Repeated: true), Many(8, "exemplars", "Exemplar"), Attributes(9), new(10, "flags", FieldKind.UInt32),
            Real(11, "min"), Real(12, "max")),
        new("ExponentialHistogramDataPoint",
            Attributes(1), Nano(2, "startTimeUnixNano"), Nano(3, "timeUnixNano"), Nano(4, "count"), Real(5, "sum"), new(6, "scale", FieldKind.SInt32),
            Nano(7, "zeroCount"), One(8, "positive", "Buckets"), One(9, "negative", "Buckets"), new(10, "flags", FieldKind.UInt32),
            Many(11, "exemplars", "Exemplar"), Real(12, "min"), Real(13, "max"), Real(14, "zeroThreshold")),
        new("Buckets", new(1, "offset", FieldKind.SInt32), new(2, "bucketCounts", FieldKind.UInt64, Repeated: true)),
        new("SummaryDataPoint",
            Nano(2, "startTimeUnixNano"), Nano(3, "timeUnixNano"), Nano(4, "count"), Real(5, "sum"), Many(6, "quantileValues", "ValueAtQuantile"),
            Attributes(7), new(8, "flags", FieldKind.UInt32)),
        new("ValueAtQuantile", Real(1, "quantile"), Real(2, "value")),
        new("Exemplar",
            Nano(2, "timeUnixNano"), Real(3, "asDouble"), new(4, "spanId", FieldKind.Id), new(5, "traceId", FieldKind.Id), new(6, "asInt", FieldKind.SFixed64),
            Many(7, "filteredAttributes", "KeyValue")),
        new("ResourceLogs", One(1, "resource", "Resource"), Many(2, "scopeLogs", "ScopeLogs"), Text(3, "schemaUrl")),
        new("ScopeLogs", One(1, "scope", "Scope"), Many(2, "logRecords", "LogRecord"), Text(3, "schemaUrl")),
        new("LogRecord",
            Nano(1, "timeUnixNano"), new(2, "severityNumber", FieldKind.Enum), Text(3, "severityText"), One(5, "body", "AnyValue"), Attributes(6), Dropped(7),
            new(8, "flags", FieldKind.Fixed32), new(9, "traceId", FieldKind.Id), new(10, "spanId", FieldKind.Id), Nano(11, "observedTimeUnixNano"), Text(12, "eventName")),
        new("ResourceSpans", One(1, "resource", "Resource"), Many(2, "scopeSpans", "ScopeSpans"), Text(3, "schemaUrl")),
        new("ScopeSpans", One(1, "scope", "Scope"), Many(2, "spans", "Span"), Text(3, "schemaUrl")),
        new("Span",
            new(1, "traceId", FieldKind.Id), new(2, "spanId", FieldKind.Id), Text(3, "traceState"), new(4, "parentSpanId", FieldKind.Id), Text(5, "name"),
            new(6, "kind", FieldKind.Enum), Nano(7, "startTimeUnixNano"), Nano(8, "endTimeUnixNano"), Attributes(9), Dropped(10), Many(11, "events", "Event"),
            new(12, "droppedEventsCount", FieldKind.UInt32), Many(13, "links", "Link"), new(14, "droppedLinksCount", FieldKind.UInt32), One(15, "status", "SpanStatus"),
            new(16, "flags", FieldKind.Fixed32)),
        new("Event", Nano(1, "timeUnixNano"), Text(2, "name"), Attributes(3), Dropped(4)),
        new("Link",
            new(1, "traceId", FieldKind.Id), new(2, "spanId", FieldKind.Id), Text(3, "traceState"), Attributes(4), Dropped(5), new(6, "flags", FieldKind.Fixed32)),
        new("SpanStatus", Text(2, "message"), new(3, "code", FieldKind.Enum)),
    ]).ToFrozenDictionary(message => message.Name, StringComparer.Ordinal);

    public static SchemaMessage Get(string name) => Messages[name];

    private static SchemaField Text(int number, string name) => new(number, name, FieldKind.Text);

    private static SchemaField Real(int number, string name) => new(number, name, FieldKind.Double);

    private static SchemaField Nano(int number, string name) => new(number, name, FieldKind.Fixed64);

    private static SchemaField Dropped(int number) => new(number, "droppedAttributesCount", FieldKind.UInt32);

    private static SchemaField One(int number, string name, string message) => new(number, name, FieldKind.Message, message);

    private static SchemaField Many(int number, string name, string message) => new(number, name, FieldKind.Message, message, Repeated: true);

    private static SchemaField Attributes(int number) => Many(number, "attributes", "KeyValue");
}
