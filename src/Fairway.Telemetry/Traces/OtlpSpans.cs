using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Traces;

/// <summary>Reads the spans of an <c>ExportTraceServiceRequest</c>. Spans without valid ids are left out and counted.</summary>
internal static class OtlpSpans
{
    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;

    /// <exception cref="ProtoException">It is no such request.</exception>
    public static List<SpanRecord> Read(ReadOnlySpan<byte> request, out int invalid)
    {
        var spans = new List<SpanRecord>();
        invalid = 0;
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                Resource(reader.Bytes(), spans, ref invalid);
            }
            else
            {
                reader.Skip();
            }
        }

        return spans;
    }

    private static void Resource(ReadOnlySpan<byte> data, List<SpanRecord> into, ref int invalid)
    {
        var resource = new OtlpResource();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                resource = OtlpResource.Read(reader.Bytes());
            }
            else
            {
                reader.Skip();
            }
        }

        string service = resource["service.name"];
        var process = new SpanProcess(service.Length > 0 ? service : "unknown_service", resource.Attributes);
        reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                Scope(reader.Bytes(), process, into, ref invalid);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void Scope(ReadOnlySpan<byte> data, SpanProcess process, List<SpanRecord> into, ref int invalid)
    {
        (string Name, string Version) scope = ("", "");
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                scope = ScopeName(reader.Bytes());
            }
            else
            {
                reader.Skip();
            }
        }

        reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field != 2)
            {
                reader.Skip();
            }
            else if (Span(reader.Bytes(), process, scope) is { } span)
            {
                into.Add(span);
            }
            else
            {
                invalid++;
            }
        }
    }

    private static (string, string) ScopeName(ReadOnlySpan<byte> data)
    {
        string name = "";
        string version = "";
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.String(); break;
                case 2: version = reader.String(); break;
                default: reader.Skip(); break;
            }
        }

        return (name, version);
    }

    private static SpanRecord? Span(ReadOnlySpan<byte> data, SpanProcess process, (string Name, string Version) scope)
    {
        string? trace = null;
        string? id = null;
        string parent = "";
        var span = new SpanRecord { TraceId = "", SpanId = "", Process = process, Scope = scope.Name, ScopeVersion = scope.Version, Bytes = data.Length };
        var attributes = new List<(string, object?)>();
        var events = new List<SpanEvent>();
        var links = new List<SpanLink>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: trace = Id(reader.Bytes(), TraceIdBytes); break;
                case 2: id = Id(reader.Bytes(), SpanIdBytes); break;
                case 3: span = span with { TraceState = reader.String() }; break;
                case 4: parent = Id(reader.Bytes(), SpanIdBytes) ?? ""; break;
                case 5: span = span with { Name = reader.String() }; break;
                case 6: span = span with { Kind = (SpanKind)reader.Int32() }; break;
                case 7: span = span with { Start = (long)reader.Fixed64() }; break;
                case 8: span = span with { End = (long)reader.Fixed64() }; break;
                case 9: attributes.Add(OtlpAttributes.KeyValue(reader.Bytes())); break;
                case 11: events.Add(Event(reader.Bytes())); break;
                case 13: links.Add(Link(reader.Bytes())); break;
                case 15:
                    (int code, string message) = Status(reader.Bytes());
                    span = span with { Status = code, StatusMessage = message };
                    break;
                default: reader.Skip(); break;
            }
        }

        return trace is null || id is null ? null : span with { TraceId = trace, SpanId = id, ParentId = parent, Attributes = attributes, Events = events, Links = links };
    }

    /// <summary>Hexadecimal; null for another length or all zeros, which the specification calls invalid.</summary>
    private static string? Id(ReadOnlySpan<byte> id, int length) => id.Length == length && id.ContainsAnyExcept((byte)0) ? Convert.ToHexStringLower(id) : null;

    private static SpanEvent Event(ReadOnlySpan<byte> data)
    {
        long time = 0;
        string name = "";
        var attributes = new List<(string, object?)>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: time = (long)reader.Fixed64(); break;
                case 2: name = reader.String(); break;
                case 3: attributes.Add(OtlpAttributes.KeyValue(reader.Bytes())); break;
                default: reader.Skip(); break;
            }
        }

        return new SpanEvent(time, name, attributes);
    }

    private static SpanLink Link(ReadOnlySpan<byte> data)
    {
        string trace = "";
        string span = "";
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: trace = Convert.ToHexStringLower(reader.Bytes()); break;
                case 2: span = Convert.ToHexStringLower(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        return new SpanLink(trace, span);
    }

    private static (int Code, string Message) Status(ReadOnlySpan<byte> data)
    {
        int code = 0;
        string message = "";
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: message = reader.String(); break;
                case 3: code = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }

        return (code, message);
    }
}
