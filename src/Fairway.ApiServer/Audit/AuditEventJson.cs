using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>audit.k8s.io/v1 Event, one to a line.</summary>
internal static class AuditEventJson
{
    private const string Micros = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static void Write(IBufferWriter<byte> output, AuditRecord record)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("kind", "Event");
        json.WriteString("apiVersion", "audit.k8s.io/v1");
        json.WriteString("level", record.Level.ToString());
        json.WriteString("auditID", record.Id);
        json.WriteString("stage", record.Stage);
        json.WriteString("requestURI", record.RequestUri);
        json.WriteString("verb", record.Request.Verb);
        WriteUser(json, "user", record.User);
        if (record.Impersonated is not null)
        {
            WriteUser(json, "impersonatedUser", record.Impersonated);
        }

        if (record.SourceIp is { } source)
        {
            json.WriteStartArray("sourceIPs");
            json.WriteStringValue(source);
            json.WriteEndArray();
        }

        WriteText(json, "userAgent", record.UserAgent);
        WriteObject(json, record.Request);
        WriteStatus(json, record);
        WriteNode(json, "requestObject", record.RequestObject);
        WriteNode(json, "responseObject", record.ResponseObject);
        json.WriteString("requestReceivedTimestamp", record.Received.UtcDateTime.ToString(Micros));
        json.WriteString("stageTimestamp", record.At.UtcDateTime.ToString(Micros));
        json.WriteStartObject("annotations");
        foreach ((string key, string value) in record.Annotations)
        {
            json.WriteString(key, value);
        }

        json.WriteString("fairway.dev/cluster", record.Cluster);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static void WriteStatus(Utf8JsonWriter json, AuditRecord record)
    {
        if (record.Code == 0)
        {
            return; // nothing is answered yet
        }

        json.WriteStartObject("responseStatus");
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        if (record.Refusal is { } refusal)
        {
            json.WriteString("status", "Failure");
            json.WriteString("message", refusal.Message);
            WriteText(json, "reason", refusal.Reason);
        }

        json.WriteNumber("code", record.Code);
        json.WriteEndObject();
    }

    private static void WriteUser(Utf8JsonWriter json, string member, Identity? user)
    {
        if (user is null)
        {
            json.WriteStartObject(member);
            json.WriteEndObject();
            return;
        }

        json.WritePropertyName(member);
        user.ToUserInfo().WriteTo(json);
    }

    private static void WriteNode(Utf8JsonWriter json, string member, JsonNode? node)
    {
        if (node is not null)
        {
            json.WritePropertyName(member);
            node.WriteTo(json);
        }
    }

    private static void WriteObject(Utf8JsonWriter json, RequestInfo request)
    {
        if (!request.IsResource)
        {
            return;
        }

        json.WriteStartObject("objectRef");
        json.WriteString("resource", request.Resource);
        WriteText(json, "namespace", request.Namespace);
        WriteText(json, "name", request.Name);
        WriteText(json, "apiGroup", request.Group);
        json.WriteString("apiVersion", request.Version);
        WriteText(json, "subresource", request.Subresource);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }
}
