using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Resources.Kinds.Core;
using Fairway.Telemetry.Identity;

namespace Fairway.Telemetry.Logs.Pods;

/// <summary>Kubernetes events as lines of JSON in streams with <c>source="events"</c>.</summary>
internal static class EventLines
{
    /// <summary>The line of an event as it is now; null for one that last happened before the collector's start.</summary>
    public static (Labels Stream, LogEntry Entry)? Of(string cluster, Event @event, DateTimeOffset start, WorkloadIdentity identity)
    {
        DateTimeOffset? at = @event.Series?.LastObservedTime ?? @event.LastTimestamp ?? @event.EventTime ?? @event.FirstTimestamp ?? @event.Metadata.CreationTimestamp;
        if (at is null || at < start.AddSeconds(-1))
        {
            return null;
        }

        ObjectReference about = @event.InvolvedObject;
        var stream = new LabelsBuilder();
        stream.Set("cluster", cluster).Set("namespace", about.Namespace ?? @event.Metadata.Namespace ?? "");
        if (about.Kind == "Pod" && identity.Pod(cluster, about.Namespace ?? "", about.Name ?? "") is { } pod)
        {
            foreach ((string name, string value) in identity.OfPod(cluster, pod))
            {
                stream.Set(name, value);
            }
        }

        stream.Set("source", "events").Set("service_name", stream["service"] is { Length: > 0 } service ? service : "events");
        Labels known = Labels.Of(("detected_level", @event.Type == "Warning" ? "warn" : "info"));
        return (stream.ToLabels(), new LogEntry((at.Value - DateTimeOffset.UnixEpoch).Ticks * 100, Line(@event), known));
    }

    private static string Line(Event @event)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type", @event.Type ?? "Normal");
            json.WriteString("reason", @event.Reason ?? "");
            json.WriteString("kind", @event.InvolvedObject.Kind ?? "");
            json.WriteString("name", @event.InvolvedObject.Name ?? "");
            json.WriteString("message", @event.Message ?? "");
            json.WriteNumber("count", @event.Series?.Count ?? @event.Count ?? 1);
            json.WriteString("component", @event.ReportingComponent is { Length: > 0 } reporter ? reporter : @event.Source?.Component ?? "");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.WrittenSpan);
    }
}
