using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>meta/v1 Status as bytes: what a server answers instead of the object when it refuses.</summary>
public static class StatusBody
{
    /// <summary>Reads a Status body, or makes the best of a body that is none (a proxy's error page).</summary>
    public static StatusException Read(int httpCode, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
            if (JsonNode.Parse(ref reader) is JsonObject status && (string?)status["kind"] == "Status")
            {
                return Read(status, httpCode);
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
        {
            // The text below says as much as can be said.
        }

        string text = System.Text.Encoding.UTF8.GetString(body.Length > 512 ? body[..512] : body).Trim();
        return new StatusException(httpCode, ReasonOf(httpCode), text.Length == 0 ? $"the server answered {httpCode}" : text);
    }

    /// <summary>Reads a Status object.</summary>
    public static StatusException Read(JsonObject status, int fallbackCode)
    {
        ArgumentNullException.ThrowIfNull(status);
        int code = (int?)status["code"] ?? fallbackCode;
        return new StatusException(code, (string?)status["reason"] ?? ReasonOf(code), (string?)status["message"] ?? "")
        {
            Details = status["details"] is { } details ? details.Deserialize(KindsJson.Of<StatusDetails>()) : null,
        };
    }

    /// <summary>Writes a refusal as a Status body.</summary>
    public static byte[] Write(StatusException refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = refused.Continue is { } token ? new JsonObject { ["continue"] = token } : new JsonObject(),
            ["status"] = "Failure",
            ["message"] = refused.Message,
        };
        if (refused.Reason.Length > 0)
        {
            status["reason"] = refused.Reason;
        }

        if (refused.Details is { } details)
        {
            status["details"] = JsonSerializer.SerializeToNode(details, KindsJson.Of<StatusDetails>());
        }

        status["code"] = refused.Code;
        return Document.From(status).Json.ToArray();
    }

    private static string ReasonOf(int code) => code switch
    {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        409 => "Conflict",
        410 => "Expired",
        413 => "RequestEntityTooLarge",
        415 => "UnsupportedMediaType",
        422 => "Invalid",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "InternalError",
    };
}
