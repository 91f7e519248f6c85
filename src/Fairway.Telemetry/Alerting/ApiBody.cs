using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Alerting;

/// <summary>A request that Alertmanager's API refuses before it looks at what it asks for.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">The code in the body.</param>
/// <param name="message">In the original's words.</param>
internal sealed class ApiRefusal(int status, int code, string message) : Exception(message)
{
    public int Status => status;

    public int Code => code;

    public static ApiRefusal Required(string field) => new(422, 602, $"{field} in body is required");
}

/// <summary>Bodies and answers of Alertmanager's API.</summary>
internal static class ApiBody
{
    private const int MostBody = 10 << 20;

    public static async Task WriteAsync(HttpContext context, int status, JsonNode? body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync((body?.ToJsonString(AlertJson.Readable) ?? "null") + (status == 200 || body is not JsonObject ? "\n" : string.Empty), context.RequestAborted);
    }

    public static Task RefuseAsync(HttpContext context, ApiRefusal refusal)
        => WriteAsync(context, refusal.Status, new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message });

    /// <summary>A body as JSON, whatever it is called; null when there is none.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static async Task<JsonNode?> ReadAsync(HttpContext context)
    {
        using var text = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            text.Write(buffer, 0, read);
            if (text.Length > MostBody)
            {
                throw new ApiRefusal(413, 413, $"the body is longer than {MostBody} bytes");
            }
        }

        return text.Length == 0 ? null : JsonNode.Parse(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    /// <summary>A body that has to be JSON by its type.</summary>
    /// <exception cref="ApiRefusal">It is missing, or no JSON.</exception>
    public static async Task<JsonNode> ReadAsync(HttpContext context, string name)
    {
        string type = context.Request.ContentType?.Split(';')[0].Trim() ?? "application/octet-stream";
        if (context.Request.ContentLength is > 0 && !type.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiRefusal(415, 415, $"unsupported media type {GoText.Quote(type)}, only [application/json] are allowed");
        }

        try
        {
            return await ReadAsync(context) ?? throw ApiRefusal.Required(name);
        }
        catch (JsonException broken)
        {
            throw Unreadable(name, Words(broken));
        }
    }

    public static ApiRefusal Unreadable(string name, string why) => new(400, 400, $"parsing {name} body from \"\" failed, because {why}");

    /// <summary>What Go would call the kind of a value.</summary>
    public static string Kind(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "bool",
        _ => "null",
    };

    /// <summary>A time of a field; null when it is missing or zero.</summary>
    /// <exception cref="ApiRefusal">It is no time.</exception>
    public static DateTimeOffset? Time(JsonNode? node, string body)
    {
        if (node is null)
        {
            return null;
        }

        string text = AlertConfigReader.Text(node);
        return text.Length == 0 || text.StartsWith("0001-01-01", StringComparison.Ordinal) ? null
            : text.Length >= 10 && char.IsAsciiDigit(text[0]) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time
            : throw Unreadable(body, $"parsing time {GoText.Quote(text)} as \"2006-01-02 15:04:05\": cannot parse {GoText.Quote(text)} as \"2006\"");
    }

    private static string Words(JsonException broken)
    {
        string message = broken.Message;
        int at = message.IndexOf('\'', StringComparison.Ordinal);
        return at >= 0 && at + 2 < message.Length && message[at + 2] == '\''
            ? $"invalid character '{message[at + 1]}' looking for beginning of {(message.Contains("property name", StringComparison.Ordinal) || message.Contains("start of a property", StringComparison.Ordinal) ? "object key string" : "value")}"
            : "unexpected end of JSON input";
    }
}
