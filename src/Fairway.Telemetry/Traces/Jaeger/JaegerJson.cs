using System.Text.Json;
using Fairway.Telemetry.Otlp;

namespace Fairway.Telemetry.Traces.Jaeger;

/// <summary>Traces in the JSON of Jaeger's own pages: microseconds, tags with types, processes by reference.</summary>
internal static class JaegerJson
{
    public static string Kind(SpanKind kind) => kind is SpanKind.Unspecified ? "" : kind.ToString().ToLowerInvariant();

    public static void Trace(Utf8JsonWriter json, TraceRecord trace)
    {
        var processes = new Dictionary<SpanProcess, string>(ReferenceEqualityComparer.Instance);
        json.WriteStartObject();
        json.WriteString("traceID", trace.Id);
        json.WriteStartArray("spans");
        foreach (SpanRecord span in trace.Spans)
        {
            if (!processes.TryGetValue(span.Process, out string? process))
            {
                processes[span.Process] = process = $"p{processes.Count + 1}";
            }

            Span(json, span, process);
        }

        json.WriteEndArray();
        json.WriteStartObject("processes");
        foreach ((SpanProcess process, string name) in processes)
        {
            json.WriteStartObject(name);
            json.WriteString("serviceName", process.Service);
            json.WritePropertyName("tags");
            Tags(json, process.Attributes.Where(attribute => attribute.Key != "service.name"));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNull("warnings");
        json.WriteEndObject();
    }

    private static void Span(Utf8JsonWriter json, SpanRecord span, string process)
    {
        json.WriteStartObject();
        json.WriteString("traceID", span.TraceId);
        json.WriteString("spanID", span.SpanId);
        json.WriteString("operationName", span.Name);
        json.WriteStartArray("references");
        if (span.ParentId.Length > 0)
        {
            Reference(json, "CHILD_OF", span.TraceId, span.ParentId);
        }

        foreach (SpanLink link in span.Links)
        {
            Reference(json, "FOLLOWS_FROM", link.TraceId, link.SpanId);
        }

        json.WriteEndArray();
        json.WriteNumber("startTime", span.Start / 1000);
        json.WriteNumber("duration", span.Duration / 1000);
        json.WritePropertyName("tags");
        Tags(json, SpanTags(span));
        json.WriteStartArray("logs");
        foreach (SpanEvent one in span.Events)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", one.Time / 1000);
            json.WritePropertyName("fields");
            Tags(json, one.Attributes.Prepend(("event", one.Name)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("processID", process);
        json.WriteNull("warnings");
        json.WriteEndObject();
    }

    private static IEnumerable<(string Key, object? Value)> SpanTags(SpanRecord span)
    {
        foreach ((string, object?) attribute in span.Attributes)
        {
            yield return attribute;
        }

        if (span.Kind != SpanKind.Unspecified)
        {
            yield return ("span.kind", Kind(span.Kind));
        }

        if (span.Status != 0)
        {
            yield return ("otel.status_code", span.IsError ? "ERROR" : "OK");
        }

        if (span.StatusMessage.Length > 0)
        {
            yield return ("otel.status_description", span.StatusMessage);
        }

        if (span.IsError)
        {
            yield return ("error", true);
        }

        if (span.Scope.Length > 0)
        {
            yield return ("otel.scope.name", span.Scope);
        }

        if (span.ScopeVersion.Length > 0)
        {
            yield return ("otel.scope.version", span.ScopeVersion);
        }

        if (span.TraceState.Length > 0)
        {
            yield return ("w3c.tracestate", span.TraceState);
        }
    }

    private static void Reference(Utf8JsonWriter json, string type, string trace, string span)
    {
        json.WriteStartObject();
        json.WriteString("refType", type);
        json.WriteString("traceID", trace);
        json.WriteString("spanID", span);
        json.WriteEndObject();
    }

    private static void Tags(Utf8JsonWriter json, IEnumerable<(string Key, object? Value)> attributes)
    {
        json.WriteStartArray();
        foreach ((string key, object? value) in attributes)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            switch (value)
            {
                case bool flag:
                    json.WriteString("type", "bool");
                    json.WriteBoolean("value", flag);
                    break;
                case long number:
                    json.WriteString("type", "int64");
                    json.WriteNumber("value", number);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteString("type", "float64");
                    json.WriteNumber("value", number);
                    break;
                case byte[] bytes:
                    json.WriteString("type", "binary");
                    json.WriteBase64String("value", bytes);
                    break;
                default:
                    json.WriteString("type", "string");
                    json.WriteString("value", OtlpAttributes.Text(value));
                    break;
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
