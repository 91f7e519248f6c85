using System.Collections.Frozen;
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
        ("deployment.environment", "deployment_environment"), ("deployment.environment.name", "deployment_environment_name"), ("cloud.region", "cloud_region"),
        ("cloud.availability_zone", "cloud_availability_zone"), ("container.name", "container_name"), ("k8s.cluster.name", "k8s_cluster_name"), ("k8s.namespace.name", "k8s_namespace_name"),
        ("k8s.pod.name", "k8s_pod_name"), ("k8s.container.name", "k8s_container_name"),
        ("k8s.deployment.name", "k8s_deployment_name"), ("k8s.replicaset.name", "k8s_replicaset_name"), ("k8s.statefulset.name", "k8s_statefulset_name"),
        ("k8s.daemonset.name", "k8s_daemonset_name"), ("k8s.cronjob.name", "k8s_cronjob_name"), ("k8s.job.name", "k8s_job_name"),
    ];

    private static readonly FrozenDictionary<string, string> Attributes = StreamLabels
        .Concat([("k8s.cluster.name", "cluster"), ("k8s.namespace.name", "namespace"), ("k8s.pod.name", "pod"), ("k8s.container.name", "container")])
        .Concat(ResourceIdentity.Names.Select(name => ($"fairway.{name}", name)))
        .ToFrozenDictionary(one => one.Item2, one => one.Item1, StringComparer.Ordinal);

    private static readonly FrozenSet<string> StreamAttributes = StreamLabels.Select(one => one.Attribute).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The attribute of a resource that becomes a label of its stream; the label itself where there is none.</summary>
    public static string AttributeOf(string label) => Attributes.GetValueOrDefault(label, label);

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

        // What does not name the stream is known of each of its lines.
        List<KeyValuePair<string, string>> rest =
        [
            .. resource.Attributes.Where(one => !StreamAttributes.Contains(one.Key) && !one.Key.StartsWith("fairway.", StringComparison.Ordinal))
                .Select(one => KeyValuePair.Create(Query.Stages.LabelText.Name(one.Key), OtlpAttributes.Text(one.Value))),
        ];
        var entries = new List<LogEntry>();
        reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                Scope(reader.Bytes(), rest, entries);
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

    private void Scope(ReadOnlySpan<byte> data, List<KeyValuePair<string, string>> resource, List<LogEntry> into)
    {
        List<KeyValuePair<string, string>> known = resource;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                (string name, string version) = ProtoReader.Pair(reader.Bytes());
                known = [.. resource, KeyValuePair.Create("scope_name", name), KeyValuePair.Create("scope_version", version)];
            }
            else if (reader.Field == 2)
            {
                into.Add(Record(reader.Bytes(), known));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private LogEntry Record(ReadOnlySpan<byte> data, List<KeyValuePair<string, string>> shared)
    {
        ulong at = 0;
        ulong observed = 0;
        string line = "";
        var known = new LabelsBuilder();
        foreach ((string name, string text) in shared)
        {
            known.Set(name, text);
        }

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
