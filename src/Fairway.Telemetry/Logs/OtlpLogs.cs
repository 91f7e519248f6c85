using Fairway.PromQL;
using Fairway.Telemetry.Otlp;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Logs;

/// <summary>Turns an <c>ExportLogsServiceRequest</c> into lines: the resource names the stream, the rest is known of each line.</summary>
internal sealed class OtlpLogs(TimeProvider time)
{
    private static readonly (string Attribute, string Label)[] StreamLabels =
    [
        ("service.name", "service_name"), ("service.namespace", "service_namespace"), ("service.instance.id", "service_instance_id"),
        ("deployment.environment.name", "deployment_environment_name"), ("k8s.cluster.name", "k8s_cluster_name"), ("k8s.namespace.name", "k8s_namespace_name"),
        ("k8s.pod.name", "k8s_pod_name"), ("k8s.container.name", "k8s_container_name"),
    ];

    /// <exception cref="ProtoException">It is no such request.</exception>
    public List<LogBatch> Read(ReadOnlySpan<byte> request)
    {
        var batches = new List<LogBatch>();
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                Resource(reader.Bytes(), batches);
            }
            else
            {
                reader.Skip();
            }
        }

        return batches;
    }

    private void Resource(ReadOnlySpan<byte> data, List<LogBatch> into)
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

        var stream = new LabelsBuilder();
        foreach ((string attribute, string label) in StreamLabels)
        {
            stream.Set(label, resource[attribute]);
        }

        foreach ((string name, string value) in ResourceIdentity.Of(resource))
        {
            stream.Set(name, value);
        }

        if (stream["service_name"].Length == 0)
        {
            stream.Set("service_name", "unknown_service");
        }

        var entries = new List<LogEntry>();
        reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                Scope(reader.Bytes(), entries);
            }
            else
            {
                reader.Skip();
            }
        }

        if (entries.Count > 0)
        {
            into.Add(new LogBatch(stream.ToLabels(), entries));
        }
    }

    private void Scope(ReadOnlySpan<byte> data, List<LogEntry> into)
    {
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                into.Add(Record(reader.Bytes()));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private LogEntry Record(ReadOnlySpan<byte> data)
    {
        ulong at = 0;
        ulong observed = 0;
        string line = "";
        var known = new LabelsBuilder();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: at = reader.Fixed64(); break;
                case 2: known.Set("severity_number", OtlpAttributes.Text((long)reader.Int32())); break;
                case 3: known.Set("severity_text", reader.String()); break;
                case 5: line = OtlpAttributes.Text(OtlpAttributes.Value(reader.Bytes())); break;
                case 6:
                    (string key, object? value) = OtlpAttributes.KeyValue(reader.Bytes());
                    known.Set(Query.Stages.LabelText.Name(key), OtlpAttributes.Text(value));
                    break;
                case 9: known.Set("trace_id", Convert.ToHexStringLower(reader.Bytes())); break;
                case 10: known.Set("span_id", Convert.ToHexStringLower(reader.Bytes())); break;
                case 11: observed = reader.Fixed64(); break;
                default: reader.Skip(); break;
            }
        }

        long moment = at != 0 ? (long)at : observed != 0 ? (long)observed : time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        return new LogEntry(moment, line, known.ToLabels());
    }
}
