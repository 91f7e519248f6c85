using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Traces.Storage;

/// <summary>Writes spans as an <c>ExportTraceServiceRequest</c>: the form in which they are kept.</summary>
internal static class SpanWriter
{
    public static ReadOnlyMemory<byte> Write(IReadOnlyList<SpanRecord> spans)
    {
        var request = new ProtoWriter();
        foreach (IGrouping<SpanProcess, SpanRecord> process in spans.GroupBy<SpanRecord, SpanProcess>(span => span.Process, ReferenceEqualityComparer.Instance))
        {
            var resource = new ProtoWriter();
            foreach ((string key, object? value) in process.Key.Attributes)
            {
                resource.Message(1, Attribute(key, value));
            }

            var all = new ProtoWriter();
            all.Message(1, resource);
            foreach (IGrouping<(string, string), SpanRecord> scope in process.GroupBy(span => (span.Scope, span.ScopeVersion)))
            {
                var named = new ProtoWriter();
                named.String(1, scope.Key.Item1);
                named.String(2, scope.Key.Item2);
                var spansOf = new ProtoWriter();
                spansOf.Message(1, named);
                foreach (SpanRecord span in scope)
                {
                    spansOf.Message(2, Span(span));
                }

                all.Message(2, spansOf);
            }

            request.Message(1, all);
        }

        return request.Memory;
    }

    /// <summary>A <c>KeyValue</c>.</summary>
    public static ProtoWriter Attribute(string key, object? value)
    {
        var pair = new ProtoWriter();
        pair.String(1, key);
        pair.Message(2, Value(value));
        return pair;
    }

    private static ProtoWriter Value(object? value)
    {
        var any = new ProtoWriter();
        switch (value)
        {
            case string text: any.String(1, text); break;
            case bool flag: any.Bool(2, flag); break;
            case long number: any.Int64(3, number); break;
            case double number: any.Double(4, number); break;
            case List<object?> list:
                var values = new ProtoWriter();
                list.ForEach(one => values.Message(1, Value(one)));
                any.Message(5, values);
                break;
            case List<KeyValuePair<string, object?>> map:
                var pairs = new ProtoWriter();
                map.ForEach(one => pairs.Message(1, Attribute(one.Key, one.Value)));
                any.Message(6, pairs);
                break;
            case byte[] bytes: any.Bytes(7, bytes); break;
        }

        return any;
    }

    private static ProtoWriter Span(SpanRecord span)
    {
        var into = new ProtoWriter();
        into.Bytes(1, Convert.FromHexString(span.TraceId));
        into.Bytes(2, Convert.FromHexString(span.SpanId));
        if (span.TraceState.Length > 0)
        {
            into.String(3, span.TraceState);
        }

        if (span.ParentId.Length > 0)
        {
            into.Bytes(4, Convert.FromHexString(span.ParentId));
        }

        into.String(5, span.Name);
        into.Int64(6, (long)span.Kind);
        into.Fixed64(7, (ulong)span.Start);
        into.Fixed64(8, (ulong)span.End);
        foreach ((string key, object? value) in span.Attributes)
        {
            into.Message(9, Attribute(key, value));
        }

        foreach (SpanEvent one in span.Events)
        {
            var written = new ProtoWriter();
            written.Fixed64(1, (ulong)one.Time);
            written.String(2, one.Name);
            foreach ((string key, object? value) in one.Attributes)
            {
                written.Message(3, Attribute(key, value));
            }

            into.Message(11, written);
        }

        foreach (SpanLink link in span.Links)
        {
            var written = new ProtoWriter();
            written.Bytes(1, Convert.FromHexString(link.TraceId));
            written.Bytes(2, Convert.FromHexString(link.SpanId));
            into.Message(13, written);
        }

        if (span.Status != 0 || span.StatusMessage.Length > 0)
        {
            var status = new ProtoWriter();
            status.String(2, span.StatusMessage);
            status.Int64(3, span.Status);
            into.Message(15, status);
        }

        return into;
    }
}
